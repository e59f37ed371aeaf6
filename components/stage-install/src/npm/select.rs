//! Which packages of a lock file are installed, where, and from what.

use std::collections::BTreeSet;

use url::Url;

use super::REGISTRY;
use super::lock::{FOLDER, Lock, join, name_at, split};
use super::package::Package;
use crate::error::{Error, listed};
use crate::integrity::Integrity;
use crate::limits::MAX_NAMED;
use crate::parameters::{Kind, Links, Parameters};
use crate::report::Skipped;

/// A package that is installed.
#[derive(Debug)]
pub(super) struct Planned {
    /// Below `node_modules`.
    pub(super) place: String,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) source: Source,
    pub(super) integrity: Integrity,
    pub(super) wants_script: bool,
}

/// Where an archive is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Source {
    Url(Url),
    /// A file of the inputs.
    File(String),
}

/// A folder of the project that stands in `node_modules`, too.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// Below `node_modules`.
    pub(super) place: String,
    /// The folder.
    pub(super) target: String,
}

/// What a lock file comes to.
#[derive(Debug, Default)]
pub(super) struct Selection {
    pub(super) planned: Vec<Planned>,
    pub(super) links: Vec<Link>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) bundled: usize,
    pub(super) omitted: usize,
}

impl Planned {
    /// For a person.
    pub(super) fn what(&self) -> String {
        format!("`{}` {}", self.name, self.version)
    }
}

/// Chooses what is installed.
pub(super) fn select(lock: &Lock, parameters: &Parameters, registry: &Url) -> Result<Selection, Error> {
    let mut selector = Selector {
        lock,
        parameters,
        registry,
        needed: needed(lock),
        links: if parameters.links == Links::Copy { links(lock)? } else { Vec::new() },
        unpinned: Vec::new(),
        unsupported: Vec::new(),
        selection: Selection::default(),
    };
    for (place, package) in &lock.packages {
        if place.contains("node_modules/") {
            selector.choose(place, package)?;
        }
    }
    selector.finish()
}

struct Selector<'a> {
    lock: &'a Lock,
    parameters: &'a Parameters,
    registry: &'a Url,
    /// What is left when optional packages of other machines are not there.
    needed: BTreeSet<&'a str>,
    links: Vec<Link>,
    unpinned: Vec<String>,
    unsupported: Vec<String>,
    selection: Selection,
}

impl Selector<'_> {
    fn choose(&mut self, place: &str, package: &Package) -> Result<(), Error> {
        if is_omitted(package, self.parameters) {
            self.selection.omitted += 1;
            return Ok(());
        }
        if package.in_bundle {
            self.selection.bundled += 1;
            return Ok(());
        }
        let is_optional = package.optional || package.dev_optional;
        if let (true, Some(foreign)) = (is_optional, package.foreign()) {
            self.skip(place, package, format!("it is made for {foreign}"));
            return Ok(());
        }
        if is_optional && !self.needed.contains(place) {
            self.skip(place, package, "only packages that are left out need it".to_owned());
            return Ok(());
        }
        if package.link {
            self.link(place, package);
            return Ok(());
        }
        let (above, below) = split(place);
        if above.is_empty() {
            return self.plan(place, below, package);
        }
        if self.parameters.links == Links::Skip {
            self.skip(place, package, format!("it belongs to the local folder `{above}`"));
            return Ok(());
        }
        // What a linked folder has for itself goes where its copy is.
        let copies = self.links.iter().filter(|link| link.target == above);
        let copies: Vec<String> = copies.map(|link| format!("{FOLDER}/{}/{below}", link.place)).collect();
        copies.iter().try_for_each(|copy| self.plan(place, copy, package))
    }

    fn link(&mut self, place: &str, package: &Package) {
        if self.parameters.links == Links::Skip {
            let target = package.resolved.as_deref().unwrap_or_default();
            self.skip(place, package, format!("it is a link to the local folder `{target}`"));
        }
    }

    fn plan(&mut self, place: &str, to: &str, package: &Package) -> Result<(), Error> {
        let name = package.name.as_deref().unwrap_or_else(|| name_at(place)).to_owned();
        let Some(version) = package.version.clone() else {
            return Err(Error::lock(&self.lock.file, format!("package `{place}` has no version")));
        };
        let what = format!("`{name}` {version}");
        let source = match self.source(&name, &version, package)? {
            Ok(source) => source,
            Err(problem) => {
                self.unsupported.push(format!("{what} {problem}"));
                return Ok(());
            }
        };
        let Some(integrity) = &package.integrity else {
            self.unpinned.push(what);
            return Ok(());
        };
        let integrity = Integrity::parse(integrity)
            .map_err(|problem| Error::lock(&self.lock.file, format!("{what}: {problem}")))?;
        self.selection.planned.push(Planned {
            place: to.strip_prefix("node_modules/").unwrap_or(to).to_owned(),
            name,
            version,
            source,
            integrity,
            wants_script: package.has_install_script,
        });
        Ok(())
    }

    /// Where an archive is, or why it cannot be had.
    fn source(&self, name: &str, version: &str, package: &Package) -> Result<Result<Source, String>, Error> {
        let Some(resolved) = &package.resolved else {
            return self.at_registry(name, version).map(Ok);
        };
        if let Some(path) = resolved.strip_prefix("file:") {
            return Ok(match crate::archive::clean_path(path) {
                Ok(path) => Ok(Source::File(path)),
                Err(problem) => Err(format!("is the file `{path}`: {problem}")),
            });
        }
        if resolved.starts_with("git") {
            return Ok(Err("comes from a git repository".to_owned()));
        }
        // As npm does: the default registry stands for whichever is used.
        let url = match resolved.strip_prefix(REGISTRY) {
            Some(path) => self.registry.join(path),
            None => Url::parse(resolved),
        };
        let invalid =
            |problem: String| Error::lock(&self.lock.file, format!("`{name}` {version}: {problem}"));
        let url = url.map_err(|error| invalid(format!("`resolved` is not a URL: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Ok(Err(format!("comes from a URL of `{}`", url.scheme())));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid("`resolved` has credentials, which belong in a secret".to_owned()));
        }
        Ok(Ok(Source::Url(url)))
    }

    /// Where npm's registries have an archive.
    fn at_registry(&self, name: &str, version: &str) -> Result<Source, Error> {
        let file = name.rsplit('/').next().unwrap_or(name);
        let url = self.registry.join(&format!("{name}/-/{file}-{version}.tgz"));
        url.map(Source::Url).map_err(|error| Error::lock(&self.lock.file, format!("`{name}`: {error}")))
    }

    fn skip(&mut self, place: &str, package: &Package, reason: String) {
        let name = package.name.as_deref().unwrap_or_else(|| name_at(place)).to_owned();
        let version = package.version.clone().unwrap_or_default();
        self.selection.skipped.push(Skipped { name, version, reason });
    }

    fn finish(mut self) -> Result<Selection, Error> {
        let file = self.lock.file.clone();
        if !self.unsupported.is_empty() {
            return Err(Error::Unsupported {
                file,
                packages: listed(&self.unsupported, MAX_NAMED),
                hint: "depend on a version from a registry, or on the URL of an archive",
            });
        }
        if !self.unpinned.is_empty() {
            return Err(Error::NoIntegrity {
                file,
                packages: listed(&self.unpinned, MAX_NAMED),
                hint: "remove the lock file and write it anew: `npm install --package-lock-only`",
            });
        }
        let (lock, parameters) = (self.lock, self.parameters);
        let is_kept = |link: &Link| {
            let package = lock.packages.get(&join(FOLDER, &link.place));
            package.is_none_or(|package| !is_omitted(package, parameters))
        };
        self.selection.links = self.links.into_iter().filter(is_kept).collect();
        Ok(self.selection)
    }
}

/// As npm decides it.
fn is_omitted(package: &Package, parameters: &Parameters) -> bool {
    let (dev, optional) = (parameters.omits(Kind::Dev), parameters.omits(Kind::Optional));
    (dev && package.dev)
        || (optional && package.optional)
        || (dev && optional && package.dev_optional)
        || (parameters.omits(Kind::Peer) && package.peer)
}

/// Links to folders of the project.
fn links(lock: &Lock) -> Result<Vec<Link>, Error> {
    let mut links = Vec::new();
    for (place, package) in &lock.packages {
        let (true, Some(target)) = (package.link, &package.resolved) else { continue };
        let invalid =
            |problem: String| Error::lock(&lock.file, format!("`{place}` links to `{target}`: {problem}"));
        let target = crate::archive::clean_path(target).map_err(invalid)?;
        let Some(place) = place.strip_prefix("node_modules/") else {
            return Err(invalid("links below other folders cannot be followed".to_owned()));
        };
        links.push(Link { place: place.to_owned(), target });
    }
    Ok(links)
}

/// The places of all that the project needs, if optional packages of other machines are not there.
fn needed(lock: &Lock) -> BTreeSet<&str> {
    let is_local = |(place, _): &(&String, &Package)| split(place).1.is_empty();
    let mut open: Vec<&str> =
        lock.packages.iter().filter(is_local).map(|(place, _)| place.as_str()).collect();
    let mut needed = BTreeSet::new();
    while let Some(place) = open.pop() {
        let Some(package) = lock.packages.get(place) else { continue };
        let is_optional = package.optional || package.dev_optional;
        if (is_optional && package.foreign().is_some()) || !needed.insert(place) {
            continue;
        }
        open.extend(package.needs().filter_map(|name| lock.resolve(place, name)));
    }
    needed
}

#[cfg(test)]
mod tests;
