//! Reads `spin.toml`, manifest version 2, as strictly as the embedded host needs: what it does not implement and what
//! would change how the application behaves is refused here, with the place and a way out, before anything starts.

mod component;
mod error;
mod read;
mod route;
mod template;
mod trigger;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use component::{Build, Component, Program, Tool};
pub use error::{ManifestError, Problem};
pub use route::{Pattern, Route, Segment};
pub use template::Template;
pub use trigger::Trigger;

use read::{Reader, Table};
pub(crate) use template::check_name;

/// `spin.toml` may have at most so many bytes.
pub const MAX_MANIFEST_BYTES: u64 = 1024 * 1024;
/// An application may have at most so many components.
pub const MAX_COMPONENTS: usize = 256;
/// An application may have at most so many triggers.
pub const MAX_TRIGGERS: usize = 1024;
/// Paths below are the host's own, as on Spin; no route may claim them.
pub const RESERVED_PREFIX: &str = "/.well-known/spin/";

/// An application, as its `spin.toml` describes it.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// Where the manifest was read from.
    pub path: PathBuf,
    /// The folder it stands in. Paths in it are relative to this folder.
    pub dir: PathBuf,
    /// `[application]`.
    pub application: Application,
    /// `[variables]`, by name.
    pub variables: BTreeMap<String, Variable>,
    /// `[[trigger.http]]`, in the order of the file.
    pub triggers: Vec<Trigger>,
    /// `[component.<id>]`, by id.
    pub components: BTreeMap<String, Component>,
}

/// `[application]`.
#[derive(Clone, Debug, Default)]
pub struct Application {
    /// The application's name.
    pub name: String,
    /// Its version; empty when there is none.
    pub version: String,
    /// What it is for; empty when there is none.
    pub description: String,
}

/// An entry of `[variables]`.
#[derive(Clone, Debug)]
pub struct Variable {
    /// The value when none is supplied. Without it one must be supplied.
    pub default: Option<String>,
    /// Whether the value must never be shown.
    pub secret: bool,
}

impl Manifest {
    /// Reads a manifest from a file.
    pub fn load(path: &Path) -> Result<Self, ManifestError> {
        let unreadable = |cause| ManifestError::Unreadable { path: path.to_owned(), cause };
        let size = std::fs::metadata(path).map_err(unreadable)?.len();
        if size > MAX_MANIFEST_BYTES {
            return Err(ManifestError::TooLarge { path: path.to_owned(), size });
        }
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        Self::parse(&text, path)
    }

    /// Keeps these components alone, and their routes; all of them where none is named.
    pub fn keep(&mut self, ids: &[String]) -> Result<(), ManifestError> {
        if let Some(unknown) = ids.iter().find(|id| !self.components.contains_key(*id)) {
            return Err(ManifestError::UnknownComponent {
                path: self.path.clone(),
                id: unknown.clone(),
                known: self.components.keys().cloned().collect::<Vec<_>>().join(", "),
            });
        }
        if !ids.is_empty() {
            self.components.retain(|id, _| ids.contains(id));
            self.triggers.retain(|trigger| ids.contains(&trigger.component));
        }
        Ok(())
    }

    /// Reads a manifest from its text. `path` is where it came from: sources are found relative to its folder.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ManifestError> {
        let mut reader = Reader::new(text);
        let manifest = match toml::de::DeTable::parse(text) {
            Ok(root) => Some(read_manifest(&mut reader, root.into_inner(), path)),
            Err(error) => {
                reader.problem(error.span(), "", error.message(), None);
                None
            }
        };
        match (manifest, reader.into_problems()) {
            (Some(manifest), problems) if problems.is_empty() => Ok(manifest),
            (_, problems) => Err(ManifestError::Invalid { path: path.to_owned(), problems }),
        }
    }
}

fn read_manifest(reader: &mut Reader<'_>, root: toml::de::DeTable<'_>, path: &Path) -> Manifest {
    let mut root = Table::new(root, String::new());
    let version = root.take("spin_manifest_version");
    match version.as_ref().and_then(|v| v.get_ref().as_integer()) {
        Some(number) if number.as_str() == "2" => {}
        Some(_) => reader.problem(
            version.map(|v| v.span()),
            "spin_manifest_version",
            "only manifest version 2 is supported",
            Some("write `spin_manifest_version = 2`; `spin doctor` upgrades older manifests"),
        ),
        None => reader.problem(
            None,
            "spin_manifest_version",
            "missing or not a number",
            Some("write `spin_manifest_version = 2` as the first line"),
        ),
    }
    let dir = path.parent().map_or_else(PathBuf::new, Path::to_owned);
    let application = root.table(reader, "application").map(|table| read_application(reader, table));
    if application.is_none() {
        reader.problem(None, "application", "missing", Some("write `[application]` with a `name`"));
    }
    let variables = root.entries(reader, "variables", read_variable);
    let components =
        root.entries(reader, "component", |reader, id, table| component::read(reader, id, table, &dir));
    if components.len() > MAX_COMPONENTS {
        let text = format!("more than {MAX_COMPONENTS} components");
        reader.problem(None, "component", &text, None);
    }
    let triggers = trigger::read(reader, &mut root);
    root.finish(reader);
    let manifest = Manifest {
        path: path.to_owned(),
        dir,
        application: application.unwrap_or_default(),
        variables,
        triggers,
        components,
    };
    check_references(reader, &manifest);
    manifest
}

fn read_application(reader: &mut Reader<'_>, mut table: Table<'_>) -> Application {
    let name = table.required_string(reader, "name").unwrap_or_default();
    let application = Application {
        name,
        version: table.string(reader, "version").unwrap_or_default(),
        description: table.string(reader, "description").unwrap_or_default(),
    };
    for ignored in ["authors", "tool", "targets"] {
        table.take(ignored);
    }
    if let Some(mut trigger) = table.table(reader, "trigger")
        && let Some(mut http) = trigger.table(reader, "http")
    {
        if http.string(reader, "base").is_some_and(|base| base != "/") {
            http.refuse(reader, "base", "a base path is not supported", "write it into each route");
        }
        http.finish(reader);
        trigger.finish(reader);
    }
    table.finish(reader);
    application
}

fn read_variable(reader: &mut Reader<'_>, name: &str, mut table: Table<'_>) -> Option<Variable> {
    if let Err(reason) = template::check_name(name) {
        reader.problem(Some(table.span()), table.path(), &reason, Some("use lower_snake_case"));
    }
    let default = table.string(reader, "default");
    let required = table.boolean(reader, "required").unwrap_or(false);
    let secret = table.boolean(reader, "secret").unwrap_or(false);
    table.take("description");
    match (&default, required) {
        (None, false) => reader.problem(
            Some(table.span()),
            table.path(),
            "neither `default` nor `required = true`",
            Some("write one of them"),
        ),
        (Some(_), true) => reader.problem(
            Some(table.span()),
            table.path(),
            "both `default` and `required = true`",
            Some("a variable with a default is not required: remove one of them"),
        ),
        _ => {}
    }
    table.finish(reader);
    Some(Variable { default, secret })
}

/// What one part says of another: triggers name components, templates name variables.
fn check_references(reader: &mut Reader<'_>, manifest: &Manifest) {
    for trigger in &manifest.triggers {
        if !manifest.components.contains_key(&trigger.component) {
            let text = format!("component `{}` is not defined", trigger.component);
            let hint = format!("write `[component.{}]`", trigger.component);
            reader.problem(None, "trigger.http", &text, Some(&hint));
        }
    }
    for component in manifest.components.values() {
        let hosts = component.allowed_outbound_hosts.iter();
        for template in component.variables.values().chain(hosts) {
            for name in template.names().filter(|name| !manifest.variables.contains_key(*name)) {
                let text = format!("`{}` uses variable `{name}`, which is not defined", template.source());
                let hint = format!("write `{name} = {{ required = true }}` under `[variables]`");
                reader.problem(None, &format!("component.{}", component.id), &text, Some(&hint));
            }
        }
    }
}

#[cfg(test)]
mod tests;
