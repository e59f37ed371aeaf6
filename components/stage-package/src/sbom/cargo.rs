//! `Cargo.lock`, of any version.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::hash::Hash;
use super::stock::{Component, Stock, purl};

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    package: Vec<Package>,
    /// Checksums, as version 1 had them.
    #[serde(default)]
    metadata: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    source: Option<String>,
    checksum: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
}

pub(super) fn read(text: &str, stock: &mut Stock) -> Result<(), String> {
    let lock: Lock =
        toml::from_str(text).map_err(|error| format!("it cannot be read: {}", error.message()))?;
    let mut purls = Vec::with_capacity(lock.package.len());
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, package) in lock.package.iter().enumerate() {
        let (purl, component) = component(package, &lock.metadata)?;
        purls.push(purl.clone());
        by_name.entry(&package.name).or_default().push(index);
        stock.add(purl, component);
    }
    for (index, package) in lock.package.iter().enumerate() {
        if package.source.is_none() {
            stock.roots.insert(purls[index].clone());
        }
        for dependency in &package.dependencies {
            let found = by_name
                .get(dependency.split(' ').next().unwrap_or_default())
                .and_then(|candidates| candidates.iter().find(|index| lock.package[**index].is(dependency)));
            let found = found.ok_or_else(|| {
                format!("package `{}` depends on `{dependency}`, which is not there", package.name)
            })?;
            stock.link(&purls[index], &purls[*found]);
        }
    }
    Ok(())
}

impl Package {
    /// Whether a dependency means this package: `name`, `name version` or `name version (source)`.
    fn is(&self, dependency: &str) -> bool {
        let mut parts = dependency.splitn(3, ' ');
        let name = parts.next().unwrap_or_default();
        let source = |source: &str| {
            // A dependency's source has no commit.
            let own = self.source.as_deref().map(|own| own.split('#').next().unwrap_or(own));
            Some(source.trim_matches(['(', ')'])).map(|one| one.split('#').next().unwrap_or(one)) == own
        };
        self.name == name
            && parts.next().is_none_or(|version| self.version == version)
            && parts.next().is_none_or(source)
    }
}

fn component(package: &Package, metadata: &BTreeMap<String, String>) -> Result<(String, Component), String> {
    let source = package.source.as_deref().unwrap_or_default();
    let registry = source.strip_prefix("registry+").or_else(|| source.strip_prefix("sparse+"));
    let qualifiers = match registry {
        Some(registry) if !registry.contains("crates.io") => vec![("repository_url", registry)],
        _ if source.starts_with("git+") => vec![("vcs_url", source)],
        _ => Vec::new(),
    };
    let purl = purl("cargo", None, &package.name, Some(&package.version), &qualifiers)?;
    let old = format!("checksum {} {} ({source})", package.name, package.version);
    let checksum = package.checksum.as_ref().or_else(|| metadata.get(&old));
    let mut component = Component {
        name: package.name.clone(),
        version: Some(package.version.clone()),
        repository: source.strip_prefix("git+").map(str::to_owned),
        ..Component::default()
    };
    // What is not checked, cargo writes as `<none>`.
    if let Some(checksum) = checksum.filter(|checksum| *checksum != "<none>") {
        let hash = Hash::from_hex("sha256", checksum);
        component.hashes.extend(hash.map_err(|why| format!("package `{}`: {why}", package.name))?);
    }
    Ok((purl, component))
}
