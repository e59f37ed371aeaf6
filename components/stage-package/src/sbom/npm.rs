//! `package-lock.json`, versions 2 and 3: its member `packages`, folder to package.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::hash::Hash;
use super::license::License;
use super::stock::{Component, Stock, purl};

const MODULES: &str = "node_modules/";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Lock {
    #[serde(default)]
    lockfile_version: u64,
    #[serde(default)]
    packages: BTreeMap<String, Package>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Package {
    name: Option<String>,
    version: Option<String>,
    resolved: Option<String>,
    integrity: Option<String>,
    license: Option<Value>,
    link: bool,
    dev: bool,
    optional: bool,
    dev_optional: bool,
    dependencies: BTreeMap<String, Value>,
    dev_dependencies: BTreeMap<String, Value>,
    optional_dependencies: BTreeMap<String, Value>,
    peer_dependencies: BTreeMap<String, Value>,
}

pub(super) fn read(text: &str, stock: &mut Stock) -> Result<(), String> {
    let lock: Lock = serde_json::from_str(text).map_err(|error| format!("it cannot be read: {error}"))?;
    if !matches!(lock.lockfile_version, 2 | 3) {
        return Err(format!(
            "it is of version {}: hint: `npm install --package-lock-only --lockfile-version 3` writes one that tells more",
            lock.lockfile_version
        ));
    }
    let mut purls = BTreeMap::new();
    for (folder, package) in &lock.packages {
        if folder.is_empty() || package.link {
            continue;
        }
        let (purl, component) = component(folder, package)?;
        purls.insert(folder.as_str(), purl.clone());
        stock.add(purl, component);
    }
    for (folder, package) in &lock.packages {
        for name in package.needs() {
            let Some(needed) = lock.resolve(folder, name).and_then(|folder| purls.get(folder)) else {
                // Optional ones, and peers, need not be there.
                continue;
            };
            match purls.get(folder.as_str()) {
                Some(purl) => stock.link(purl, needed),
                None if folder.is_empty() => {
                    stock.roots.insert(needed.clone());
                }
                None => {}
            }
        }
    }
    Ok(())
}

impl Package {
    fn needs(&self) -> impl Iterator<Item = &String> {
        [&self.dependencies, &self.dev_dependencies, &self.optional_dependencies, &self.peer_dependencies]
            .into_iter()
            .flat_map(BTreeMap::keys)
    }
}

impl Lock {
    /// The folder in which a package finds another, as Node looks for it: below itself, and then below each folder
    /// above. Links lead to where they point.
    fn resolve(&self, from: &str, name: &str) -> Option<&str> {
        let mut at = from;
        loop {
            let candidate =
                if at.is_empty() { format!("{MODULES}{name}") } else { format!("{at}/{MODULES}{name}") };
            if let Some((folder, package)) = self.packages.get_key_value(&candidate) {
                return if package.link { package.resolved.as_deref() } else { Some(folder) };
            }
            if at.is_empty() {
                return None;
            }
            at = above(at);
        }
    }
}

/// The folder above, past `node_modules`.
fn above(folder: &str) -> &str {
    let end = folder.rfind(MODULES).or_else(|| folder.rfind('/')).unwrap_or(0);
    folder[..end].trim_end_matches('/')
}

fn component(folder: &str, package: &Package) -> Result<(String, Component), String> {
    let name = match (&package.name, folder.rfind(MODULES)) {
        (Some(name), _) => name.as_str(),
        (None, Some(at)) => &folder[at + MODULES.len()..],
        (None, None) => folder.rsplit('/').next().unwrap_or(folder),
    };
    let (group, plain) = match name.split_once('/') {
        Some((group, plain)) if group.starts_with('@') => (Some(group), plain),
        _ => (None, name),
    };
    let resolved = package.resolved.as_deref().unwrap_or_default();
    let git = resolved.starts_with("git");
    let qualifiers = if git { vec![("vcs_url", resolved)] } else { Vec::new() };
    let version = package.version.as_deref();
    let purl = purl("npm", group, plain, version, &qualifiers)?;
    let hashes = Hash::from_integrity(package.integrity.as_deref().unwrap_or_default())
        .map_err(|why| format!("package `{name}`: {why}"))?;
    let mut component = Component {
        group: group.map(str::to_owned),
        name: plain.to_owned(),
        version: package.version.clone(),
        hashes: hashes.into_iter().collect(),
        license: package.license.as_ref().and_then(license),
        optional: package.optional || package.dev || package.dev_optional,
        development: package.dev,
        repository: git.then(|| resolved.to_owned()),
        ..Component::default()
    };
    if resolved.starts_with("http") {
        component.distributions.insert(resolved.to_owned(), component.hashes.clone());
    }
    Ok((purl, component))
}

/// A text, or as old packages have it, `{"type"}`.
fn license(value: &Value) -> Option<License> {
    License::read(value.as_str().or_else(|| value["type"].as_str())?)
}
