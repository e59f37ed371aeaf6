//! Which sites there are, and whose they are.

use std::collections::{BTreeMap, BTreeSet};

use artifact::{MAX_VALUE_BYTES, Store};
use serde::{Deserialize, Serialize};

use crate::{Error, change, decode, encode};

/// The index's key.
const KEY: &str = "sites";

/// All sites, in one value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// By name.
    pub sites: BTreeMap<String, Owner>,
}

/// Whose a site is, and where it is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The project that published it first. No other may.
    pub project: String,
    /// The environments to which something was published.
    pub environments: BTreeSet<String>,
}

impl Index {
    /// The index as it is.
    pub fn load<S: Store + ?Sized>(store: &S) -> Result<Self, Error> {
        store.get(KEY)?.map_or_else(|| Ok(Self::default()), |value| decode(KEY, &value))
    }
}

/// Enters a site and environment for a project, unless it is there already. If the site is another
/// project's, that project is returned.
pub fn enter<S: Store + ?Sized>(
    store: &S,
    project: &str,
    (site, environment): (&str, &str),
) -> Result<Result<(), String>, Error> {
    change(store, KEY, |now| {
        let mut index: Index = now.map_or_else(|| Ok(Index::default()), |value| decode(KEY, value))?;
        let owner = index
            .sites
            .entry(site.to_owned())
            .or_insert_with(|| Owner { project: project.to_owned(), environments: BTreeSet::new() });
        if owner.project != project {
            return Ok((Err(owner.project.clone()), None));
        }
        if !owner.environments.insert(environment.to_owned()) {
            return Ok((Ok(()), None));
        }
        let value = encode(KEY, &index)?;
        if value.len() > MAX_VALUE_BYTES {
            let what = format!("the index of {} sites has {} bytes", index.sites.len(), value.len());
            return Err(Error::TooLarge { what, limit: MAX_VALUE_BYTES });
        }
        Ok((Ok(()), Some(value)))
    })
}

#[cfg(test)]
mod tests {
    use artifact::MemoryStore;

    use super::*;

    #[test]
    fn a_site_is_the_project_s_that_came_first() {
        let store = MemoryStore::new();
        let enter = |project, site, environment| enter(&store, project, (site, environment)).unwrap();
        assert_eq!(enter("a", "docs", "production"), Ok(()));
        assert_eq!(enter("a", "docs", "staging"), Ok(()));
        let writes = store.writes();
        assert_eq!(enter("a", "docs", "staging"), Ok(()));
        assert_eq!(enter("b", "docs", "preview"), Err("a".to_owned()));
        assert_eq!(store.writes(), writes);
        assert_eq!(enter("b", "blog", "production"), Ok(()));
        let index = Index::load(&store).unwrap();
        assert_eq!(index.sites["docs"].environments.len(), 2);
        assert_eq!(index.sites["blog"].project, "b");
    }
}
