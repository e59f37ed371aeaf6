//! Lists of runs: of each project the newest first, and all that aren't at their end.

use artifact::Store;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;
use crate::table;

/// Ids on one page of a project's list.
const PAGE_RUNS: usize = 256;
/// The list of unfinished runs is spread over so many keys, so that writers seldom meet.
const OPEN_SHARDS: u32 = 16;
/// Most unfinished runs in one of them: it is one value of the store.
const MAX_OPEN_PER_SHARD: usize = 12_000;

/// The newest page of a project's list.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Page {
    /// How many full pages came before.
    number: u32,
    /// Oldest first.
    ids: Vec<String>,
}

/// A run that is not at its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// The run's id.
    pub id: String,
    /// When it goes on, milliseconds since 1970. `None`: somebody drives it, or did.
    pub wake_at_ms: Option<u64>,
}

/// Adds a run to its project's list. Adding it again changes nothing.
pub fn add(store: &impl Store, project: &str, id: &str) -> Result<(), ApiError> {
    table::update(store, &page_key(project), |page: &mut Page| {
        if page.ids.iter().any(|other| other == id) {
            return Ok(());
        }
        if page.ids.len() >= PAGE_RUNS {
            let next = Page { number: page.number + 1, ids: Vec::new() };
            let done = std::mem::replace(page, next);
            let key = old_page_key(project, done.number);
            let bytes = serde_json::to_vec(&done.ids).map_err(|e| ApiError::corrupt(&key, e))?;
            store.set(&key, &bytes)?;
        }
        page.ids.push(id.to_owned());
        Ok(())
    })
}

/// The newest runs of a project, newest first.
pub fn newest(store: &impl Store, project: &str, limit: usize) -> Result<Vec<String>, ApiError> {
    let page: Page = table::read(store, &page_key(project))?.unwrap_or_default();
    let mut ids: Vec<String> = page.ids.into_iter().rev().take(limit).collect();
    let mut number = page.number;
    while ids.len() < limit && number > 0 {
        number -= 1;
        let key = old_page_key(project, number);
        let older: Vec<String> =
            table::read(store, &key)?.ok_or_else(|| ApiError::corrupt(&key, "it is not there"))?;
        let missing = limit - ids.len();
        ids.extend(older.into_iter().rev().take(missing));
    }
    Ok(ids)
}

/// Notes that a run is not at its end, and when it goes on.
pub fn open(store: &impl Store, id: &str, wake_at_ms: Option<u64>) -> Result<(), ApiError> {
    let key = shard_key(shard(id));
    table::update(store, &key, |runs: &mut Vec<Open>| {
        if let Some(run) = runs.iter_mut().find(|run| run.id == id) {
            run.wake_at_ms = wake_at_ms;
        } else if runs.len() >= MAX_OPEN_PER_SHARD {
            return Err(ApiError::new(
                429,
                "too-many-open-runs",
                format!("more than {MAX_OPEN_PER_SHARD} unfinished runs share key `{key}`"),
            )
            .hint("wait for runs to end, or cancel some"));
        } else {
            runs.push(Open { id: id.to_owned(), wake_at_ms });
        }
        Ok(())
    })
}

/// Notes that a run is at its end.
pub fn close(store: &impl Store, id: &str) -> Result<(), ApiError> {
    table::update(store, &shard_key(shard(id)), |runs: &mut Vec<Open>| {
        runs.retain(|run| run.id != id);
        Ok(())
    })
}

/// All runs that aren't at their end.
pub fn all_open(store: &impl Store) -> Result<Vec<Open>, ApiError> {
    let keys: Vec<String> = (0..OPEN_SHARDS).map(shard_key).collect();
    let mut runs = Vec::new();
    for (key, bytes) in keys.iter().zip(store.get_many(&keys)?) {
        if let Some(bytes) = bytes {
            runs.extend(table::decode::<Vec<Open>>(key, &bytes)?);
        }
    }
    Ok(runs)
}

fn shard(id: &str) -> u32 {
    id.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % OPEN_SHARDS
}

fn shard_key(shard: u32) -> String {
    format!("open/{shard}")
}

fn page_key(project: &str) -> String {
    format!("runs/{project}")
}

fn old_page_key(project: &str, number: u32) -> String {
    format!("runs/{project}/{number}")
}

#[cfg(test)]
mod tests {
    use artifact::MemoryStore;

    use super::*;

    #[test]
    fn lists_newest_first_over_pages() {
        let store = MemoryStore::default();
        for number in 0..600 {
            add(&store, "site", &format!("run{number:03}")).unwrap();
        }
        add(&store, "site", "run599").unwrap();
        let ids = newest(&store, "site", 520).unwrap();
        assert_eq!(ids.len(), 520);
        assert_eq!(ids[0], "run599");
        assert_eq!(ids[519], "run080");
        assert_eq!(newest(&store, "site", 1000).unwrap().len(), 600);
        assert!(newest(&store, "other", 10).unwrap().is_empty());
    }

    #[test]
    fn keeps_open_runs() {
        let store = MemoryStore::default();
        open(&store, "a", None).unwrap();
        open(&store, "b", Some(5)).unwrap();
        open(&store, "a", Some(7)).unwrap();
        let mut runs = all_open(&store).unwrap();
        runs.sort_by(|a, b| a.id.cmp(&b.id));
        let expected =
            [("a", Some(7)), ("b", Some(5))].map(|(id, wake_at_ms)| Open { id: id.to_owned(), wake_at_ms });
        assert_eq!(runs, expected);
        close(&store, "a").unwrap();
        close(&store, "a").unwrap();
        assert_eq!(all_open(&store).unwrap().len(), 1);
    }
}
