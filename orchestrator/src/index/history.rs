//! The list of a project's runs that are at their end, in the order in which they were settled: one record for
//! the newest, and full pages for those before.

use artifact::Store;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;
use crate::table;

/// Ids on one page.
const PAGE_RUNS: usize = 256;

/// The newest page of a project's list.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Head {
    /// The first page that is still there.
    #[serde(default)]
    first: u32,
    /// How many full pages came before this one, those that are gone included.
    number: u32,
    /// Oldest first.
    ids: Vec<String>,
}

/// Adds runs to their project's list. What is on its newest page already stays where it is.
pub fn add(store: &impl Store, project: &str, ids: &[&str]) -> Result<(), ApiError> {
    table::update(store, &head_key(project), |head: &mut Head| {
        for id in ids {
            if head.ids.iter().any(|other| other == id) {
                continue;
            }
            if head.ids.len() >= PAGE_RUNS {
                let key = page_key(project, head.number);
                let bytes = serde_json::to_vec(&head.ids).map_err(|e| ApiError::corrupt(&key, e))?;
                store.set(&key, &bytes)?;
                head.number += 1;
                head.ids.clear();
            }
            head.ids.push((*id).to_owned());
        }
        Ok(())
    })
}

/// At least as many of the newest runs as asked for, where there are so many; in no order.
pub(super) fn newest(store: &impl Store, project: &str, limit: usize) -> Result<Vec<String>, ApiError> {
    let head: Head = table::read(store, &head_key(project))?.unwrap_or_default();
    let mut ids = head.ids;
    let mut number = head.number;
    // One page more than needed: a run that took long was settled after others that began later.
    let mut wanted = limit.saturating_add(PAGE_RUNS);
    wanted = wanted.saturating_sub(ids.len());
    while wanted > 0 && number > head.first {
        number -= 1;
        let page = page(store, project, number)?;
        wanted = wanted.saturating_sub(page.len());
        ids.extend(page);
    }
    Ok(ids)
}

/// How many runs the list has, and the oldest of them, oldest first: at most a page.
pub fn oldest(store: &impl Store, project: &str) -> Result<(usize, Vec<String>), ApiError> {
    let head: Head = table::read(store, &head_key(project))?.unwrap_or_default();
    if head.first == head.number {
        return Ok((head.ids.len(), head.ids));
    }
    let oldest = page(store, project, head.first)?;
    let full = usize::try_from(head.number - head.first - 1).unwrap_or(usize::MAX);
    Ok((oldest.len() + full * PAGE_RUNS + head.ids.len(), oldest))
}

/// Strikes the oldest runs off the list: these, which [`oldest`] named.
pub fn strike_oldest(store: &impl Store, project: &str, gone: &[String]) -> Result<(), ApiError> {
    let head: Head = table::read(store, &head_key(project))?.unwrap_or_default();
    if head.first < head.number {
        let mut left = page(store, project, head.first)?;
        left.retain(|id| !gone.contains(id));
        let key = page_key(project, head.first);
        if !left.is_empty() {
            let bytes = serde_json::to_vec(&left).map_err(|e| ApiError::corrupt(&key, e))?;
            return Ok(store.set(&key, &bytes)?);
        }
        table::update(store, &head_key(project), |now: &mut Head| {
            now.first = now.first.max(head.first + 1);
            Ok(())
        })?;
        return Ok(store.delete(&key)?);
    }
    table::update(store, &head_key(project), |head: &mut Head| {
        head.ids.retain(|id| !gone.contains(id));
        Ok(())
    })
}

fn page(store: &impl Store, project: &str, number: u32) -> Result<Vec<String>, ApiError> {
    // A page that is gone was emptied by somebody else just now.
    Ok(table::read(store, &page_key(project, number))?.unwrap_or_default())
}

fn head_key(project: &str) -> String {
    format!("runs/{project}")
}

fn page_key(project: &str, number: u32) -> String {
    format!("runs/{project}/{number}")
}
