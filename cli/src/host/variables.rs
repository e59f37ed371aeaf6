//! Values of variables: given to the host, from the environment, from a file, generated, or the default.

use std::collections::BTreeMap;
use std::path::Path;

use super::HostError;
use super::guest::Guest;
use crate::manifest::{self, Manifest};

/// A variables file may have at most so many bytes.
const MAX_FILE_BYTES: u64 = 1024 * 1024;
/// Environment variables are named so, and then like the variable in upper case.
const ENVIRONMENT_PREFIX: &str = "SPIN_VARIABLE_";

/// Reads a file of variables: one TOML table of strings.
pub(super) fn read_file(path: &Path) -> Result<BTreeMap<String, String>, HostError> {
    let failed = |reason: &str| {
        HostError::Variable(format!("failed to read variables from `{}`: {reason}", path.display()))
    };
    let size = std::fs::metadata(path).map_err(|error| failed(&error.to_string()))?.len();
    if size > MAX_FILE_BYTES {
        return Err(failed(&format!("{size} bytes, the limit is {MAX_FILE_BYTES}")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| failed(&error.to_string()))?;
    toml::from_str(&text)
        .map_err(|error| failed(&format!("{}\nhint: write `name = \"value\"` on each line", error.message())))
}

/// The value of each of the application's variables.
pub(super) fn resolve(
    manifest: &Manifest,
    given: &BTreeMap<String, String>,
    file: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, HostError> {
    for name in given.keys().chain(file.keys()) {
        if !manifest.variables.contains_key(name) {
            let text =
                format!("there is no variable `{name}`\nhint: write it under `[variables]` in spin.toml");
            return Err(HostError::Variable(text));
        }
    }
    let mut values = BTreeMap::new();
    for (name, variable) in &manifest.variables {
        let environment = || std::env::var(format!("{ENVIRONMENT_PREFIX}{}", name.to_uppercase())).ok();
        let value = given.get(name).cloned();
        let value = value.or_else(environment).or_else(|| file.get(name).cloned());
        let Some(value) = value.or_else(|| variable.default.clone()) else {
            let text = format!(
                "variable `{name}` is required and has no value\nhint: set {ENVIRONMENT_PREFIX}{}",
                name.to_uppercase()
            );
            return Err(HostError::Variable(text));
        };
        values.insert(name.clone(), value);
    }
    Ok(values)
}

/// Wants values for those of the named variables that the application has: hosts that share a store must have the same.
pub(super) fn demand(names: &[String], values: &BTreeMap<String, String>) -> Result<(), HostError> {
    let missing = names.iter().find(|name| values.get(*name).is_some_and(String::is_empty));
    let Some(name) = missing else {
        return Ok(());
    };
    let text = format!(
        "variable `{name}` has no value, and hosts that share a store must have the same\nhint: set \
         {ENVIRONMENT_PREFIX}{} on each of them, for example to what `openssl rand -hex 32` prints",
        name.to_uppercase()
    );
    Err(HostError::Variable(text))
}

/// A component's own variables.
pub(super) fn of_component(
    component: &manifest::Component,
    values: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let resolved = component.variables.iter();
    resolved.filter_map(|(name, template)| Some((name.clone(), template.resolve(values)?))).collect()
}

/// Why a component does not get a variable.
enum Refused {
    Name(String),
    Undefined(String),
}

fn get(guest: &Guest, name: &str) -> Result<String, Refused> {
    match guest.component.variables.get(name) {
        Some(value) => Ok(value.clone()),
        None => match manifest::check_name(name) {
            Err(reason) => Err(Refused::Name(reason)),
            Ok(()) => Err(Refused::Undefined(format!(
                "no variable `{name}` for component `{}`",
                guest.component.id
            ))),
        },
    }
}

mod v2 {
    use super::{Refused, get};
    use crate::host::bindings::fermyon::spin::variables::{Error, Host};
    use crate::host::guest::Guest;

    impl Host for Guest {
        fn get(&mut self, name: String) -> wasmtime::Result<Result<String, Error>> {
            Ok(get(self, &name).map_err(|refused| match refused {
                Refused::Name(reason) => Error::InvalidName(reason),
                Refused::Undefined(reason) => Error::Undefined(reason),
            }))
        }
    }
}

mod v3 {
    use wasmtime::component::{Accessor, HasSelf};

    use super::{Refused, get};
    use crate::host::bindings::spin::variables::variables::{Error, Host, HostWithStore};
    use crate::host::guest::Guest;

    impl Host for Guest {}

    impl<T> HostWithStore<T> for HasSelf<Guest> {
        async fn get(accessor: &Accessor<T, Self>, name: String) -> wasmtime::Result<Result<String, Error>> {
            let value = accessor.with(|mut access| get(access.get(), &name));
            Ok(value.map_err(|refused| match refused {
                Refused::Name(reason) => Error::InvalidName(reason),
                Refused::Undefined(reason) => Error::Undefined(reason),
            }))
        }
    }
}
