//! Runs that wait for a moment that is far, in the order of their moments. They cost rows of the store and nothing else:
//! whoever looks for what is due reads the pages of the present, however many lie in the future.
//!
//! A sorted list in pages, with a directory of the pages: a B-tree of two levels. What it lists may be out of date, for a
//! run that is woken early isn't struck off; whoever takes a run off it looks at the run's record. The reverse is never
//! true: a run that waits is here, or in the list of [open](super) runs.
//!
//! Each change is a compare-and-swap of one record, in such an order that a host may end between any two: a page is
//! there before the directory names it, and a run is on its new page before it leaves its old one. A page that is empty is
//! closed for good before the directory lets go of it, so nobody adds to a page that is no longer read.

use artifact::Store;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;
use crate::table;

/// Runs on one page, after which it is split. Few in tests, so that they meet splits.
const MAX_PAGE_RUNS: usize = if cfg!(test) { 4 } else { 2_000 };
/// Most pages: the directory is one value of the store.
const MAX_PAGES: usize = 6_000;
/// How often a change is tried again because the directory changed.
const MAX_TRIES: usize = 64;
/// Pages that are read at once.
const READ_PAGES: usize = 8;

const DIRECTORY_KEY: &str = "parked";

/// A run that waits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Parked {
    /// When it goes on, milliseconds since 1970.
    pub(super) at_ms: u64,
    /// Its id.
    pub(super) id: String,
    /// Its project.
    pub(super) project: String,
}

/// One page, as the directory knows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Page {
    /// What is on it isn't before this moment and id; the first page has what is before, too.
    from: (u64, String),
    number: u32,
    /// No id on it is greater.
    newest: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Directory {
    /// The number of the next page.
    next: u32,
    /// In the order of their moments.
    pages: Vec<Page>,
}

/// A page's record.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Leaf {
    /// Nothing is ever added again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    closed: bool,
    runs: Vec<Parked>,
}

impl Directory {
    fn read(store: &impl Store) -> Result<Self, ApiError> {
        Ok(table::read(store, DIRECTORY_KEY)?.unwrap_or_default())
    }

    /// The place of the page for a run.
    fn place(&self, run: &Parked) -> usize {
        let after = self.pages.partition_point(|page| (page.from.0, &page.from.1) <= (run.at_ms, &run.id));
        after.saturating_sub(1)
    }
}

/// Adds runs. Adding one again changes nothing.
pub(super) fn add(store: &impl Store, mut runs: Vec<Parked>) -> Result<(), ApiError> {
    runs.sort_unstable();
    for _ in 0..MAX_TRIES {
        if runs.is_empty() {
            return Ok(());
        }
        let directory = Directory::read(store)?;
        if directory.pages.is_empty() {
            create_first(store, directory.next)?;
            continue;
        }
        let mut left = Vec::new();
        while let Some(first) = runs.first() {
            let place = directory.place(first);
            let end = directory.pages.get(place + 1).map_or(runs.len(), |next| {
                runs.partition_point(|run| (run.at_ms, &run.id) < (next.from.0, &next.from.1))
            });
            let later = runs.split_off(end);
            let page = &directory.pages[place];
            if !add_to(store, page, &runs)? {
                // Whoever closed it may have ended before the directory let go of it.
                let_go(store, &[page.number])?;
                left.append(&mut runs);
            }
            runs = later;
        }
        runs = left;
    }
    Err(contention())
}

/// The first page of all. Its record first: the directory names only what is there.
fn create_first(store: &impl Store, number: u32) -> Result<(), ApiError> {
    let key = page_key(number);
    let empty = serde_json::to_vec(&Leaf::default()).map_err(|error| ApiError::corrupt(&key, error))?;
    store.swap(&key, None, &empty)?;
    table::update(store, DIRECTORY_KEY, |directory: &mut Directory| {
        if directory.pages.is_empty() && directory.next == number {
            directory.next += 1;
            directory.pages.push(Page { from: (0, String::new()), number, newest: String::new() });
        }
        Ok(())
    })
}

/// Adds runs to a page. `false`: the page is closed.
fn add_to(store: &impl Store, page: &Page, runs: &[Parked]) -> Result<bool, ApiError> {
    let newest = runs.iter().map(|run| &run.id).max().cloned().unwrap_or_default();
    if newest > page.newest {
        // Before the runs are there: who looks for the newest ones passes over pages that have none.
        table::update(store, DIRECTORY_KEY, |directory: &mut Directory| {
            if let Some(known) = directory.pages.iter_mut().find(|known| known.number == page.number) {
                known.newest = known.newest.clone().max(newest.clone());
            }
            Ok(())
        })?;
    }
    let mut added = Leaf::default();
    let is_open = change_page(store, page.number, |leaf| {
        for run in runs {
            if let Err(place) = leaf.runs.binary_search(run) {
                leaf.runs.insert(place, run.clone());
            }
        }
        added.runs.clone_from(&leaf.runs);
    })?;
    if is_open && added.runs.len() > MAX_PAGE_RUNS {
        split(store, page.number, added.runs)?;
    }
    Ok(is_open)
}

/// Changes a page that is not closed. `false`: it is.
fn change_page(store: &impl Store, number: u32, mut change: impl FnMut(&mut Leaf)) -> Result<bool, ApiError> {
    let key = page_key(number);
    for _ in 0..MAX_TRIES {
        let Some(before) = store.get(&key)? else { return Ok(false) };
        let mut leaf: Leaf = table::decode(&key, &before)?;
        if leaf.closed {
            return Ok(false);
        }
        change(&mut leaf);
        let after = serde_json::to_vec(&leaf).map_err(|error| ApiError::corrupt(&key, error))?;
        if after == before || store.swap(&key, Some(&before), &after)? {
            return Ok(true);
        }
    }
    Err(contention())
}

/// Moves what is too much for a page to new ones. What is added to the old page meanwhile, and belongs on a new one, is
/// found there all the same: no page is passed over that may have what is due.
fn split(store: &impl Store, number: u32, runs: Vec<Parked>) -> Result<(), ApiError> {
    let moved: Vec<&[Parked]> = runs.chunks(MAX_PAGE_RUNS / 2).skip(1).collect();
    let mut first = 0;
    let wanted = u32::try_from(moved.len()).unwrap_or(u32::MAX);
    // The numbers first, so that nobody else writes these pages.
    table::update(store, DIRECTORY_KEY, |directory: &mut Directory| {
        if directory.pages.len() + moved.len() > MAX_PAGES {
            let most = MAX_PAGES * MAX_PAGE_RUNS / 2;
            let message = format!("about {most} runs wait for their moments already (MAX_PAGES)");
            return Err(ApiError::new(429, "too-many-waiting-runs", message)
                .hint("wait for runs to end, or cancel some"));
        }
        first = directory.next;
        directory.next += wanted;
        Ok(())
    })?;
    let mut pages = Vec::new();
    for (number, runs) in (first..).zip(&moved) {
        let leaf = Leaf { closed: false, runs: runs.to_vec() };
        let key = page_key(number);
        let bytes = serde_json::to_vec(&leaf).map_err(|error| ApiError::corrupt(&key, error))?;
        store.set(&key, &bytes)?;
        let newest = runs.iter().map(|run| &run.id).max().cloned().unwrap_or_default();
        pages.push(Page { from: (runs[0].at_ms, runs[0].id.clone()), number, newest });
    }
    table::update(store, DIRECTORY_KEY, |directory: &mut Directory| {
        for page in &pages {
            if directory.pages.iter().all(|other| other.number != page.number) {
                let place = directory.pages.partition_point(|other| other.from <= page.from);
                directory.pages.insert(place, page.clone());
            }
        }
        Ok(())
    })?;
    let moved = moved.concat();
    change_page(store, number, |leaf| leaf.runs.retain(|run| moved.binary_search(run).is_err()))?;
    Ok(())
}

/// Runs whose moment has come, the earliest first, about so many at most.
pub(super) fn due(store: &impl Store, now_ms: u64, limit: usize) -> Result<Vec<Parked>, ApiError> {
    let directory = Directory::read(store)?;
    let mut due = Vec::new();
    for (place, page) in directory.pages.iter().enumerate() {
        if due.len() >= limit || (place > 0 && page.from.0 > now_ms) {
            break;
        }
        let leaf: Leaf = table::read(store, &page_key(page.number))?.unwrap_or_default();
        due.extend(leaf.runs.into_iter().filter(|run| run.at_ms <= now_ms));
    }
    // Two hosts that split a page at once have put its runs on two new ones.
    due.sort_unstable();
    due.dedup();
    due.truncate(limit);
    Ok(due)
}

/// Strikes off runs, which [`due`] gave, and lets go of pages that are empty.
pub(super) fn strike(store: &impl Store, gone: &[Parked]) -> Result<(), ApiError> {
    let Some(last_ms) = gone.iter().map(|run| run.at_ms).max() else { return Ok(()) };
    let directory = Directory::read(store)?;
    let mut emptied = Vec::new();
    for (place, page) in directory.pages.iter().enumerate() {
        if place > 0 && page.from.0 > last_ms {
            break;
        }
        let mut is_closed = false;
        let is_open = change_page(store, page.number, |leaf| {
            leaf.runs.retain(|run| !gone.contains(run));
            leaf.closed = leaf.runs.is_empty();
            is_closed = leaf.closed;
        })?;
        if is_closed || !is_open {
            emptied.push(page.number);
        }
    }
    if emptied.is_empty() { Ok(()) } else { let_go(store, &emptied) }
}

/// Removes pages that are closed.
fn let_go(store: &impl Store, closed: &[u32]) -> Result<(), ApiError> {
    table::update(store, DIRECTORY_KEY, |directory: &mut Directory| {
        directory.pages.retain(|page| !closed.contains(&page.number));
        Ok(())
    })?;
    let keys: Vec<String> = closed.iter().map(|number| page_key(*number)).collect();
    Ok(store.delete_many(&keys)?)
}

/// The newest runs of these projects, at most so many, in no order. Some may be at their end.
pub(super) fn newest(store: &impl Store, projects: &[String], limit: usize) -> Result<Vec<String>, ApiError> {
    let mut pages = Directory::read(store)?.pages;
    pages.sort_unstable_by(|a, b| b.newest.cmp(&a.newest));
    let mut ids: Vec<String> = Vec::new();
    for some in pages.chunks(READ_PAGES) {
        if ids.len() >= limit && some[0].newest < ids[limit - 1] {
            break;
        }
        let keys: Vec<String> = some.iter().map(|page| page_key(page.number)).collect();
        for (key, bytes) in keys.iter().zip(store.get_many(&keys)?) {
            let Some(bytes) = bytes else { continue };
            let leaf: Leaf = table::decode(key, &bytes)?;
            ids.extend(leaf.runs.into_iter().filter(|run| projects.contains(&run.project)).map(|run| run.id));
        }
        ids.sort_unstable_by(|a, b| b.cmp(a));
        ids.dedup();
        ids.truncate(limit);
    }
    Ok(ids)
}

fn contention() -> ApiError {
    ApiError::new(503, "contention", "the list of waiting runs changes all the time")
        .hint("repeat the request")
}

fn page_key(number: u32) -> String {
    format!("parked/{number}")
}

#[cfg(test)]
mod tests;
