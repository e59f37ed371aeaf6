//! `poetry.lock`: packages with the hashes of their files; where those are, an index knows.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use toml::Value;

use super::pinned::{Locked, Pinned, PinnedFile, Wants};
use crate::error::Error;
use crate::integrity::Integrity;
use crate::parameters::Parameters;

/// The group of what the project itself needs.
const MAIN: &str = "main";

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    package: Vec<Package>,
    #[serde(default)]
    extras: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    #[serde(default)]
    optional: bool,
    /// Before Poetry 2 a lock file does not tell.
    groups: Option<Vec<String>>,
    markers: Option<Value>,
    #[serde(default)]
    files: Vec<File>,
    source: Option<Source>,
    #[serde(default)]
    dependencies: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct File {
    file: String,
    hash: String,
}

#[derive(Deserialize)]
struct Source {
    r#type: String,
    url: String,
}

/// Reads a lock file.
pub(super) fn read(file: &str, text: &str, wants: &Wants) -> Result<Locked, Error> {
    let lock: Lock = toml::from_str(text).map_err(|error| Error::lock(file, error.message()))?;
    let optional = wanted_optional(&lock, wants);
    let mut locked = Locked::default();
    for package in &lock.package {
        let is_wanted = !package.optional || optional.contains(package.name.as_str());
        if is_wanted && package.is_for(file, wants)? {
            locked.packages.push(package.pinned(file)?);
        } else {
            locked.omitted += 1;
        }
    }
    Ok(locked)
}

/// The optional packages that the wanted extras need.
fn wanted_optional<'a>(lock: &'a Lock, wants: &Wants) -> BTreeSet<&'a str> {
    let find = |name: &str| lock.package.iter().find(|package| package.name.eq_ignore_ascii_case(name));
    // `name (>=1.0)` in old lock files.
    let bare = |name: &'a String| name.split([' ', '(']).next().unwrap_or_default();
    let extras = wants.extras.iter().filter_map(|extra| lock.extras.get(extra.as_ref())).flatten();
    let mut open: Vec<&Package> = extras.filter_map(|name| find(bare(name))).collect();
    let mut found = BTreeSet::new();
    while let Some(package) = open.pop() {
        if found.insert(package.name.as_str()) {
            open.extend(package.dependencies.keys().filter_map(|name| find(name)));
        }
    }
    found
}

impl Package {
    /// Whether a wanted group has it, and its marker holds.
    fn is_for(&self, file: &str, wants: &Wants) -> Result<bool, Error> {
        let is_wanted = |group: &str| group == MAIN || wants.groups.iter().any(|wanted| wanted == group);
        let Some(groups) = &self.groups else { return self.holds(file, wants, None) };
        for group in groups.iter().filter(|group| is_wanted(group)) {
            if self.holds(file, wants, Some(group))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Markers are one for all groups, or each group has its own.
    fn holds(&self, file: &str, wants: &Wants, group: Option<&str>) -> Result<bool, Error> {
        match &self.markers {
            None => Ok(true),
            Some(Value::String(marker)) => wants.accepts(file, Some(marker)),
            Some(Value::Table(by_group)) => {
                let marker = group.and_then(|group| by_group.get(group)).and_then(Value::as_str);
                wants.accepts(file, marker)
            }
            Some(_) => Err(Error::lock(file, format!("the markers of `{}` are not understood", self.name))),
        }
    }

    fn pinned(&self, file: &str) -> Result<Pinned, Error> {
        let mut pinned = Pinned::new(file, &self.name, &self.version)?;
        match &self.source {
            None => {}
            Some(source) if source.r#type == "legacy" => {
                pinned.index = Some(Parameters::base("index", &source.url)?);
            }
            Some(source) => {
                pinned.problem = Some(format!("comes from a source of type `{}`", source.r#type));
                return Ok(pinned);
            }
        }
        if self.files.is_empty() {
            let packages = pinned.what();
            let hint = "`poetry lock` of Poetry 1.3 or newer writes hashes";
            return Err(Error::NoIntegrity { file: file.to_owned(), packages, hint });
        }
        for one in &self.files {
            let integrity = Integrity::from_hex([one.hash.as_str()])
                .map_err(|problem| Error::lock(file, format!("{}: {problem}", pinned.what())))?;
            pinned.files.push(PinnedFile { name: one.file.clone(), url: None, integrity });
        }
        Ok(pinned)
    }
}
