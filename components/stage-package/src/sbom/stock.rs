//! What lock files name: components and who depends on whom, each named by its package URL.

use std::collections::{BTreeMap, BTreeSet};

use packageurl::PackageUrl;

use super::hash::Hash;
use super::license::License;

/// Everything that was found.
#[derive(Debug, Default)]
pub(super) struct Stock {
    /// By package URL.
    pub(super) components: BTreeMap<String, Component>,
    /// Who depends on whom, by package URL.
    pub(super) edges: BTreeMap<String, BTreeSet<String>>,
    /// On what the package itself depends.
    pub(super) roots: BTreeSet<String>,
}

/// One version of one library.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Component {
    pub(super) group: Option<String>,
    pub(super) name: String,
    pub(super) version: Option<String>,
    pub(super) hashes: BTreeSet<Hash>,
    pub(super) license: Option<License>,
    /// Nothing needs it at run time, as far as the lock file tells.
    pub(super) optional: bool,
    /// It is for development alone.
    pub(super) development: bool,
    /// Where its files are had, and their hashes.
    pub(super) distributions: BTreeMap<String, BTreeSet<Hash>>,
    /// Where its source is had.
    pub(super) repository: Option<String>,
}

impl Stock {
    /// Adds a component. One that is there already, from another place or file, is the same: what is known of it is
    /// put together.
    pub(super) fn add(&mut self, purl: String, component: Component) {
        use std::collections::btree_map::Entry;
        match self.components.entry(purl) {
            Entry::Vacant(place) => {
                place.insert(component);
            }
            Entry::Occupied(mut place) => {
                let known = place.get_mut();
                known.hashes.extend(component.hashes);
                known.optional &= component.optional;
                known.development &= component.development;
                known.license = known.license.take().or(component.license);
                known.repository = known.repository.take().or(component.repository);
                for (url, hashes) in component.distributions {
                    known.distributions.entry(url).or_default().extend(hashes);
                }
            }
        }
    }

    /// Notes that one depends on another. Nothing depends on itself.
    pub(super) fn link(&mut self, from: &str, to: &str) {
        if from != to {
            self.edges.entry(from.to_owned()).or_default().insert(to.to_owned());
        }
    }

    /// Makes roots of those, of these components, on which none depends: where a lock file doesn't name its roots.
    pub(super) fn root_the_free(&mut self, components: &[String]) {
        let needed: BTreeSet<&String> = self.edges.values().flatten().collect();
        let free = components.iter().filter(|purl| !needed.contains(purl)).cloned().collect::<Vec<_>>();
        self.roots.extend(free);
    }
}

/// The package URL of something that lock files name.
pub(super) fn purl(
    kind: &'static str,
    group: Option<&str>,
    name: &str,
    version: Option<&str>,
    qualifiers: &[(&'static str, &str)],
) -> Result<String, String> {
    let refused = |error: packageurl::Error| format!("package `{name}` has no package URL: {error}");
    let mut purl = PackageUrl::new(kind, name).map_err(refused)?;
    if let Some(group) = group {
        purl.with_namespace(group).map_err(refused)?;
    }
    if let Some(version) = version {
        purl.with_version(version).map_err(refused)?;
    }
    for (key, value) in qualifiers {
        purl.add_qualifier(*key, *value).map_err(refused)?;
    }
    Ok(purl.to_string())
}
