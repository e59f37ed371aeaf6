//! `uv.lock`: what the project needs, by its graph of packages.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::pinned::{Locked, Pinned, PinnedFile, Wants, file_name, file_url};
use crate::error::Error;
use crate::integrity::Integrity;
use crate::report::Skipped;

#[derive(Deserialize)]
struct Lock {
    version: u64,
    #[serde(default)]
    package: Vec<Package>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Package {
    name: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    source: Source,
    #[serde(default)]
    resolution_markers: Vec<String>,
    #[serde(default)]
    dependencies: Vec<Dependency>,
    #[serde(default)]
    optional_dependencies: BTreeMap<String, Vec<Dependency>>,
    #[serde(default)]
    dev_dependencies: BTreeMap<String, Vec<Dependency>>,
    #[serde(default)]
    wheels: Vec<File>,
    sdist: Option<File>,
}

#[derive(Default, Deserialize)]
struct Source {
    r#virtual: Option<String>,
    editable: Option<String>,
    directory: Option<String>,
    git: Option<String>,
    path: Option<String>,
    url: Option<String>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    version: Option<String>,
    marker: Option<String>,
    #[serde(default)]
    extra: Vec<String>,
}

#[derive(Deserialize)]
struct File {
    url: Option<String>,
    filename: Option<String>,
    hash: Option<String>,
}

/// Reads a lock file.
pub(super) fn read(file: &str, text: &str, wants: &Wants) -> Result<Locked, Error> {
    let lock: Lock = toml::from_str(text).map_err(|error| Error::lock(file, error.message()))?;
    if lock.version != 1 {
        return Err(Error::lock(file, format!("version {} cannot be read, only version 1", lock.version)));
    }
    let reached = Walk { file, wants, lock: &lock, reached: BTreeSet::new() }.all()?;
    let mut locked = Locked::default();
    for (at, package) in lock.package.iter().enumerate() {
        if !reached.contains(&at) {
            locked.omitted += usize::from(package.source.local().is_none());
        } else if let Some(folder) = package.source.local() {
            if folder != "." {
                let reason = format!("it is the local folder `{folder}`, which is not built");
                let (name, version) = (package.name.clone(), package.version.clone());
                locked.skipped.push(Skipped { name, version, reason });
            }
        } else {
            locked.packages.push(package.pinned(file)?);
        }
    }
    Ok(locked)
}

impl Source {
    fn local(&self) -> Option<&str> {
        [&self.r#virtual, &self.editable, &self.directory].into_iter().flatten().next().map(String::as_str)
    }
}

impl Package {
    fn pinned(&self, file: &str) -> Result<Pinned, Error> {
        let mut pinned = Pinned::new(file, &self.name, &self.version)?;
        if self.source.git.is_some() {
            pinned.problem = Some("comes from a git repository".to_owned());
        } else if self.source.path.is_some() {
            pinned.problem = Some("comes from a local file".to_owned());
        }
        if pinned.problem.is_some() {
            return Ok(pinned);
        }
        for one in self.wheels.iter().chain(&self.sdist) {
            let Some(url) = one.url.as_ref().or(self.source.url.as_ref()) else { continue };
            let url = file_url(file, url)?;
            let Some(hash) = &one.hash else {
                let packages = pinned.what();
                let hint = "`uv lock` writes hashes where the index has them";
                return Err(Error::NoIntegrity { file: file.to_owned(), packages, hint });
            };
            let integrity = Integrity::from_hex([hash.as_str()])
                .map_err(|problem| Error::lock(file, format!("{}: {problem}", pinned.what())))?;
            let name = one.filename.clone().unwrap_or_else(|| file_name(&url));
            pinned.files.push(PinnedFile { name, url: Some(url), integrity });
        }
        Ok(pinned)
    }
}

/// Goes from the projects of the lock file to all that they need.
struct Walk<'a> {
    file: &'a str,
    wants: &'a Wants,
    lock: &'a Lock,
    reached: BTreeSet<usize>,
}

impl<'a> Walk<'a> {
    fn all(mut self) -> Result<BTreeSet<usize>, Error> {
        let is_project =
            |package: &Package| package.source.r#virtual.is_some() || package.source.editable.is_some();
        let projects = self.lock.package.iter().enumerate().filter(|(_, package)| is_project(package));
        let mut open: Vec<&'a Dependency> = Vec::new();
        for (at, project) in projects {
            self.reached.insert(at);
            open.extend(&project.dependencies);
            let extras = self.wants.extras.iter();
            open.extend(
                extras.filter_map(|extra| project.optional_dependencies.get(extra.as_ref())).flatten(),
            );
            let groups = self.wants.groups.iter();
            open.extend(groups.filter_map(|group| project.dev_dependencies.get(group)).flatten());
        }
        if self.reached.is_empty() {
            return Err(Error::lock(
                self.file,
                "it has no project: no package with an editable or virtual source",
            ));
        }
        let mut with_extra = BTreeSet::new();
        while let Some(dependency) = open.pop() {
            if !self.wants.accepts(self.file, dependency.marker.as_deref())? {
                continue;
            }
            let at = self.find(dependency)?;
            let package = &self.lock.package[at];
            if self.reached.insert(at) {
                open.extend(&package.dependencies);
            }
            for extra in &dependency.extra {
                if with_extra.insert((at, extra)) {
                    open.extend(package.optional_dependencies.get(extra).into_iter().flatten());
                }
            }
        }
        Ok(self.reached)
    }

    /// The package that a dependency means. There may be several of its name, for different environments.
    fn find(&self, dependency: &Dependency) -> Result<usize, Error> {
        let is_named = |package: &Package| {
            package.name == dependency.name
                && dependency.version.as_ref().is_none_or(|version| *version == package.version)
        };
        let packages = self.lock.package.iter().enumerate();
        let named: Vec<(usize, &Package)> = packages.filter(|(_, package)| is_named(package)).collect();
        if let [(only, _)] = named[..] {
            return Ok(only);
        }
        for (at, package) in named {
            for marker in &package.resolution_markers {
                if self.wants.accepts(self.file, Some(marker))? {
                    return Ok(at);
                }
            }
        }
        let name = &dependency.name;
        Err(Error::lock(self.file, format!("no package `{name}` for this environment, though one needs it")))
    }
}
