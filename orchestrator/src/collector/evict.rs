//! Which cached results stay where the store's budget is spent: those that were used latest.

use std::collections::{BTreeMap, BTreeSet};

use artifact::{Digest, Store};

use super::Report;
use super::mark::{Cached, Marked};
use crate::api::Orchestrator;
use crate::error::ApiError;
use crate::host::Host;

/// The last uses that earlier collections saw are kept on so many pages, by the first digits of the keys.
const PAGES: usize = 16;
/// Most of them on one page, which is one value of the store; the latest stay.
const MAX_ON_PAGE: usize = 20_000;
/// So many digits of a key tell it apart.
const NAME_DIGITS: usize = 16;
/// Uses are told apart by the hour: milliseconds.
const HOUR_MS: u64 = 3_600_000;
/// Entries that are deleted at once.
const BATCH: usize = 64;

/// Evicts what has no room, and gives the trees that stay.
pub(super) fn evict<H: Host>(
    app: &Orchestrator<H>,
    marked: &Marked,
    report: &mut Report,
) -> Result<BTreeSet<Digest>, ApiError> {
    let store = app.host.store();
    let mut room = Room::new(marked);
    for tree in marked.held.digests() {
        room.take(tree);
    }
    report.held_bytes = room.bytes;
    report.entries = marked.cached.len();
    let used = note_uses(store, &marked.cached, |cached| last_use_ms(cached, marked))?;
    let mut by_use: Vec<(bool, u64, &Cached)> = marked
        .cached
        .iter()
        .map(|cached| {
            (is_pinned(cached, marked), used.get(cached.key.as_str()).copied().unwrap_or(0), cached)
        })
        .collect();
    // Those that a run names first, then those that were used latest.
    by_use.sort_by_key(|(pinned, used, cached)| (!pinned, u64::MAX - used, cached.key.as_str()));
    let mut evicted = Vec::new();
    for (pinned, _, cached) in by_use {
        report.pinned += usize::from(pinned);
        let needs = room.needs(cached);
        let fits = report.limit_bytes.is_none_or(|limit| room.bytes + needs <= limit);
        if pinned || fits {
            cached.names.digests().for_each(|tree| room.take(tree));
            room.bytes += cached.bytes;
        } else {
            evicted.push(cached.key.clone());
        }
    }
    for some in evicted.chunks(BATCH) {
        store.delete_many(some)?;
    }
    report.evicted = evicted.len();
    report.cache_bytes = room.bytes - report.held_bytes;
    report.artifacts = room.trees.len();
    Ok(room.trees)
}

/// Whether a run that is kept names the entry: its log stands there.
fn is_pinned(cached: &Cached, marked: &Marked) -> bool {
    digest_in(&cached.key).is_some_and(|digest| marked.held.contains(&digest))
}

/// A result was used when a run named it. Of a commit that is checked out, the artifact tells.
fn last_use_ms(cached: &Cached, marked: &Marked) -> u64 {
    let by_key = digest_in(&cached.key).and_then(|digest| marked.held.last_ms(&digest));
    let is_checkout = cached.key.starts_with("checkout/");
    let by_artifacts =
        cached.names.digests().filter(|_| is_checkout).filter_map(|tree| marked.held.last_ms(tree)).max();
    cached.made_at_ms.max(by_key.unwrap_or(0)).max(by_artifacts.unwrap_or(0))
}

fn digest_in(key: &str) -> Option<Digest> {
    Digest::from_hex(key.rsplit('/').next()?).ok()
}

/// What stays, and how much that is.
struct Room<'a> {
    marked: &'a Marked,
    all: BTreeSet<Digest>,
    trees: BTreeSet<Digest>,
    packs: BTreeMap<Digest, u64>,
    bytes: u64,
}

impl<'a> Room<'a> {
    fn new(marked: &'a Marked) -> Self {
        let all = marked.holding.all_trees();
        Self { marked, all, trees: BTreeSet::new(), packs: BTreeMap::new(), bytes: 0 }
    }

    /// Bytes that an entry needs besides what stays anyway.
    fn needs(&self, cached: &Cached) -> u64 {
        let trees = cached.names.digests().filter(|tree| !self.trees.contains(tree));
        let packs: BTreeMap<&Digest, &u64> =
            trees.filter_map(|tree| self.marked.packs_of.get(tree)).flatten().collect();
        let new = packs.into_iter().filter(|(pack, _)| !self.packs.contains_key(pack));
        cached.bytes + new.map(|(_, bytes)| bytes).sum::<u64>()
    }

    fn take(&mut self, tree: &Digest) {
        if !self.all.contains(tree) || !self.trees.insert(*tree) {
            return;
        }
        for (pack, bytes) in self.marked.packs_of.get(tree).into_iter().flatten() {
            // Several trees may know different ends of one pack.
            let known = self.packs.entry(*pack).or_default();
            if bytes > known {
                self.bytes += bytes - *known;
                *known = *bytes;
            }
        }
    }
}

/// When each entry was last used, by what runs say that are still kept, and what earlier collections have noted of others;
/// and notes that.
fn note_uses<'a>(
    store: &impl Store,
    cached: &'a [Cached],
    last_use_ms: impl Fn(&Cached) -> u64,
) -> Result<BTreeMap<&'a str, u64>, ApiError> {
    let mut used = BTreeMap::new();
    let mut pages: Vec<Vec<&Cached>> = (0..PAGES).map(|_| Vec::new()).collect();
    for entry in cached {
        let digit = name(&entry.key).chars().next().and_then(|digit| digit.to_digit(16)).unwrap_or(0);
        pages[digit as usize].push(entry);
    }
    for (page, entries) in pages.into_iter().enumerate() {
        let key = format!("used/{page:x}");
        let bytes = store.get(&key)?;
        let before: BTreeMap<String, u64> =
            bytes.as_deref().and_then(|bytes| serde_json::from_slice(bytes).ok()).unwrap_or_default();
        let mut now: Vec<(&str, u64)> = Vec::with_capacity(entries.len());
        for entry in entries {
            let noted_ms = before.get(name(&entry.key)).map_or(0, |hour| hour * HOUR_MS);
            let at_ms = last_use_ms(entry).max(noted_ms);
            used.insert(entry.key.as_str(), at_ms);
            now.push((name(&entry.key), at_ms / HOUR_MS));
        }
        now.sort_unstable_by_key(|(_, hour)| u64::MAX - hour);
        now.truncate(MAX_ON_PAGE);
        let now: BTreeMap<&str, u64> = now.into_iter().collect();
        let after = serde_json::to_vec(&now).map_err(|error| ApiError::corrupt(&key, error))?;
        if bytes.as_deref() != Some(after.as_slice()) && !(bytes.is_none() && now.is_empty()) {
            store.set(&key, &after)?;
        }
    }
    Ok(used)
}

fn name(key: &str) -> &str {
    let name = key.rsplit('/').next().unwrap_or_default();
    name.get(..NAME_DIGITS).unwrap_or(name)
}
