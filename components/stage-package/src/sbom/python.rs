//! Lock files of Python's package managers, all of them TOML: `uv.lock`, `poetry.lock`, and `pylock.toml` of
//! PEP 751.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::{Table, Value};

use super::hash::Hash;
use super::stock::{Component, Stock, purl};

/// A package, whoever wrote it down.
#[derive(Default)]
struct Package {
    name: String,
    version: Option<String>,
    /// Names, and versions where a name is not enough.
    needs: Vec<(String, Option<String>)>,
    /// URL, if it is told, and hash.
    files: Vec<(Option<String>, String)>,
    repository: Option<String>,
    /// The project itself.
    root: bool,
}

#[derive(Deserialize)]
struct UvLock {
    #[serde(default)]
    package: Vec<UvPackage>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct UvPackage {
    name: String,
    version: Option<String>,
    #[serde(default)]
    source: Table,
    #[serde(default)]
    dependencies: Vec<Named>,
    #[serde(default)]
    optional_dependencies: BTreeMap<String, Vec<Named>>,
    #[serde(default)]
    dev_dependencies: BTreeMap<String, Vec<Named>>,
    sdist: Option<UvFile>,
    #[serde(default)]
    wheels: Vec<UvFile>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
    version: Option<String>,
}

#[derive(Deserialize)]
struct UvFile {
    url: Option<String>,
    hash: Option<String>,
}

pub(super) fn read_uv(text: &str, stock: &mut Stock) -> Result<(), String> {
    let lock: UvLock = parse(text)?;
    let packages = lock.package.into_iter().map(|package| {
        let lists = package.optional_dependencies.into_values().chain(package.dev_dependencies.into_values());
        let needs = package.dependencies.into_iter().chain(lists.flatten());
        let files = package.sdist.into_iter().chain(package.wheels);
        let text = |key: &str| package.source.get(key).and_then(Value::as_str);
        Package {
            needs: needs.map(|named| (named.name, named.version)).collect(),
            files: files.filter_map(|file| Some((file.url, file.hash?))).collect(),
            repository: text("git").map(str::to_owned),
            root: text("virtual").is_some() || text("editable").is_some(),
            name: package.name,
            version: package.version,
        }
    });
    add(packages.collect(), stock)
}

#[derive(Deserialize)]
struct PoetryLock {
    #[serde(default)]
    package: Vec<PoetryPackage>,
}

#[derive(Deserialize)]
struct PoetryPackage {
    name: String,
    version: String,
    #[serde(default)]
    dependencies: BTreeMap<String, Value>,
    #[serde(default)]
    files: Vec<PoetryFile>,
    source: Option<PoetrySource>,
}

#[derive(Deserialize)]
struct PoetryFile {
    hash: String,
}

#[derive(Deserialize)]
struct PoetrySource {
    #[serde(rename = "type")]
    kind: Option<String>,
    url: Option<String>,
}

pub(super) fn read_poetry(text: &str, stock: &mut Stock) -> Result<(), String> {
    let lock: PoetryLock = parse(text)?;
    let packages = lock.package.into_iter().map(|package| Package {
        needs: package.dependencies.into_keys().map(|name| (name, None)).collect(),
        files: package.files.into_iter().map(|file| (None, file.hash)).collect(),
        repository: package
            .source
            .filter(|source| source.kind.as_deref() == Some("git"))
            .and_then(|source| source.url),
        root: false,
        name: package.name,
        version: Some(package.version),
    });
    add(packages.collect(), stock)
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Pylock {
    lock_version: String,
    #[serde(default)]
    packages: Vec<PylockPackage>,
}

#[derive(Deserialize)]
struct PylockPackage {
    name: String,
    version: Option<String>,
    #[serde(default)]
    dependencies: Vec<Named>,
    sdist: Option<PylockFile>,
    archive: Option<PylockFile>,
    #[serde(default)]
    wheels: Vec<PylockFile>,
    vcs: Option<PylockVcs>,
}

#[derive(Deserialize)]
struct PylockFile {
    url: Option<String>,
    #[serde(default)]
    hashes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct PylockVcs {
    url: Option<String>,
}

pub(super) fn read_pylock(text: &str, stock: &mut Stock) -> Result<(), String> {
    let lock: Pylock = parse(text)?;
    if !lock.lock_version.starts_with("1.") {
        return Err(format!("it is of version `{}`: hint: version 1 is known", lock.lock_version));
    }
    let packages = lock.packages.into_iter().map(|package| {
        let files = package.sdist.into_iter().chain(package.archive).chain(package.wheels);
        let files = files.flat_map(|file| {
            let url = file.url;
            let hashes = file.hashes.into_iter();
            hashes.map(move |(algorithm, digits)| (url.clone(), format!("{algorithm}:{digits}")))
        });
        Package {
            files: files.collect(),
            needs: package.dependencies.into_iter().map(|named| (named.name, named.version)).collect(),
            repository: package.vcs.and_then(|vcs| vcs.url),
            root: false,
            name: package.name,
            version: package.version,
        }
    });
    add(packages.collect(), stock)
}

fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    toml::from_str(text).map_err(|error| format!("it cannot be read: {}", error.message()))
}

/// Adds packages, with their dependencies by name. Where a lock file has several versions of one, and doesn't say
/// which is meant, all are.
fn add(packages: Vec<Package>, stock: &mut Stock) -> Result<(), String> {
    let mut purls = Vec::new();
    let mut by_name: BTreeMap<String, Vec<(Option<String>, String)>> = BTreeMap::new();
    for package in &packages {
        let (purl, component) = component(package)?;
        by_name.entry(normalized(&package.name)).or_default().push((package.version.clone(), purl.clone()));
        purls.push(purl.clone());
        if !package.root {
            stock.add(purl, component);
        }
    }
    let mut known: Vec<String> = Vec::new();
    for (package, purl) in packages.iter().zip(&purls) {
        if !package.root {
            known.push(purl.clone());
        }
        for (name, version) in &package.needs {
            // Those for other platforms, and extras, may be left out of a lock file.
            let candidates = by_name.get(&normalized(name)).into_iter().flatten();
            let meant = candidates.filter(|(have, _)| version.is_none() || have == version);
            for (_, needed) in meant {
                if package.root {
                    stock.roots.insert(needed.clone());
                } else {
                    stock.link(purl, needed);
                }
            }
        }
    }
    if !packages.iter().any(|package| package.root) {
        stock.root_the_free(&known);
    }
    Ok(())
}

fn component(package: &Package) -> Result<(String, Component), String> {
    let name = normalized(&package.name);
    let qualifiers: Vec<(&'static str, &str)> =
        package.repository.iter().map(|repository| ("vcs_url", repository.as_str())).collect();
    let purl = purl("pypi", None, &name, package.version.as_deref(), &qualifiers)?;
    let mut component = Component {
        name,
        version: package.version.clone(),
        repository: package.repository.clone(),
        ..Component::default()
    };
    for (url, hash) in &package.files {
        let hash = Hash::from_pair(hash).map_err(|why| format!("package `{}`: {why}", package.name))?;
        let Some(hash) = hash else { continue };
        match url {
            Some(url) => {
                component.distributions.entry(url.clone()).or_default().insert(hash);
            }
            None => {
                component.hashes.insert(hash);
            }
        }
    }
    Ok((purl, component))
}

/// A project's name as PEP 503 compares it.
pub(super) fn normalized(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}
