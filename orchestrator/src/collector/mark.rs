//! Looks at all that the store has: who names which artifact, and which artifacts there are.

use std::collections::{BTreeMap, BTreeSet};

use artifact::{Artifacts, Digest, Holding, List, Store};
use serde::Deserialize;
use ulid::Ulid;

use super::{Mentions, Pace, Turn};
use crate::error::ApiError;
use crate::host::Host;
use crate::run::{self, Entry, Run};
use crate::table;

/// So many values are read at once: they may be as large as values can be.
const BATCH: usize = 16;
/// Keys of a store that are looked at: they are held in memory.
const MAX_KEYS: usize = 2_000_000;

/// What was seen.
#[derive(Default)]
pub(super) struct Marked {
    /// The trees and packs that there are.
    pub(super) holding: Holding,
    /// The packs of every tree that can be read.
    pub(super) packs_of: BTreeMap<Digest, BTreeMap<Digest, u64>>,
    /// What everything but the cache names.
    pub(super) held: Mentions,
    /// The cache.
    pub(super) cached: Vec<Cached>,
    pub(super) hits: u64,
    pub(super) misses: u64,
}

/// A result in the cache, or a commit that is checked out.
pub(super) struct Cached {
    pub(super) key: String,
    /// When it was made, milliseconds since 1970.
    pub(super) made_at_ms: u64,
    /// What it names.
    pub(super) names: Mentions,
    pub(super) bytes: u64,
}

/// Looks at everything. `Ok(None)`: the turn is over before that is done.
pub(super) async fn mark<H: Host>(
    turn: &Turn<'_, H>,
    pace: &mut Pace<'_, H>,
) -> Result<Option<Marked>, ApiError> {
    let store = turn.app.host.store();
    let mut marked = Marked::default();
    let mut seen = BTreeSet::new();
    // What was written meanwhile is looked at, too. The artifacts themselves are those that were there at first.
    for is_first in [true, false] {
        let fresh = fresh_keys(store, &seen)?;
        let mut late = Holding::default();
        let holding = if is_first { &mut marked.holding } else { &mut late };
        let rest: Vec<String> = fresh.iter().filter(|key| !holding.note(key)).cloned().collect();
        seen.extend(fresh);
        let mut rest = rest.into_iter().peekable();
        while let Some(key) = rest.next() {
            if !turn.goes_on()? {
                return Ok(None);
            }
            pace.rest().await;
            if let Some(id) = key.strip_prefix("run/") {
                let own: Vec<String> =
                    std::iter::from_fn(|| rest.next_if(|next| is_part_of(&key, next))).collect();
                if !id.contains('/') {
                    read_run(store, &key, own, &mut marked)?;
                }
                continue;
            }
            let mut keys = vec![key];
            if keys[0].starts_with("release/") {
                while let Some(part) = rest.next_if(|next| is_part_of(&keys[0], next)) {
                    keys.push(part);
                }
                read_release(store, keys, &mut marked)?;
                continue;
            }
            let stands_alone = |key: &str| key.starts_with("run/") || key.starts_with("release/");
            while keys.len() < BATCH
                && let Some(next) = rest.next_if(|next| !stands_alone(next))
            {
                keys.push(next);
            }
            read_others(store, &keys, &mut marked)?;
        }
    }
    let artifacts = Artifacts::new(store);
    for tree in marked.holding.all_trees() {
        if !turn.goes_on()? {
            return Ok(None);
        }
        pace.rest().await;
        if let Some(packs) = artifacts.packs_of(&tree)? {
            marked.packs_of.insert(tree, packs);
        }
    }
    Ok(Some(marked))
}

fn fresh_keys(store: &impl List, seen: &BTreeSet<String>) -> Result<BTreeSet<String>, ApiError> {
    let mut fresh = BTreeSet::new();
    let mut cursor = None;
    loop {
        let page = store.page(cursor.as_deref())?;
        fresh.extend(page.keys.into_iter().filter(|key| !seen.contains(key)));
        if seen.len() + fresh.len() > MAX_KEYS {
            let message = format!("the store has more than {MAX_KEYS} keys (MAX_KEYS): it is not collected");
            return Err(ApiError::new(507, "too-many-keys", message));
        }
        cursor = page.cursor;
        if cursor.is_none() {
            return Ok(fresh);
        }
    }
}

fn is_part_of(key: &str, other: &str) -> bool {
    other.strip_prefix(key).is_some_and(|rest| rest.starts_with('/'))
}

/// A run: its record first, then what that names, so that what moves from the one to the other is seen.
fn read_run(store: &impl Store, key: &str, listed: Vec<String>, marked: &mut Marked) -> Result<(), ApiError> {
    let Some(record) = store.get(key)? else { return Ok(()) };
    let at_ms = key.strip_prefix("run/").map_or(0, made_at_ms);
    marked.held.read([record.as_slice()], at_ms);
    let mut keys = listed;
    if let Ok(run) = table::decode::<Run>(key, &record)
        && let Ok(history) = run::kept(store, &run)
    {
        marked.count(&history);
        keys = run.own_keys(&history);
    }
    keys.retain(|own| own.starts_with("run/"));
    // In their order: a large document is cut into parts, perhaps in the middle of a digest.
    let mut parts = Vec::new();
    for some in keys.chunks(BATCH) {
        parts.extend(store.get_many(some)?.into_iter().flatten());
    }
    marked.held.read(parts.iter().map(Vec::as_slice), at_ms);
    Ok(())
}

/// A release, whose parts are numbered.
fn read_release(store: &impl Store, mut keys: Vec<String>, marked: &mut Marked) -> Result<(), ApiError> {
    keys[1..].sort_by_key(|key| key.rsplit('/').next().and_then(|part| part.parse::<u32>().ok()));
    let parts = store.get_many(&keys)?;
    marked.held.read(parts.iter().flatten().map(Vec::as_slice), 0);
    Ok(())
}

/// What is read of an answer in the cache.
#[derive(Deserialize)]
struct Made {
    run: String,
}

fn read_others(store: &impl Store, keys: &[String], marked: &mut Marked) -> Result<(), ApiError> {
    for (key, value) in keys.iter().zip(store.get_many(keys)?) {
        let Some(value) = value else { continue };
        if !is_cached(key) {
            marked.held.read([value.as_slice()], 0);
            continue;
        }
        // A claim is none: whoever has it is at work.
        if let Ok(made) = serde_json::from_slice::<Made>(&value) {
            let mut names = Mentions::default();
            names.read([value.as_slice()], 0);
            let bytes = value.len() as u64;
            let made_at_ms = made_at_ms(&made.run);
            marked.cached.push(Cached { key: key.clone(), made_at_ms, names, bytes });
        }
    }
    Ok(())
}

/// Whether a key is one of the cache: what it names is kept only as long as there is room.
pub(super) fn is_cached(key: &str) -> bool {
    key.starts_with("cache/") || key.starts_with("checkout/")
}

/// When a run began: its id begins with that.
fn made_at_ms(run: &str) -> u64 {
    Ulid::from_string(run).map_or(0, |id| id.timestamp_ms())
}

impl Marked {
    fn count(&mut self, history: &[Entry]) {
        for call in history.iter().filter_map(|entry| entry.call.as_ref()) {
            let is_cached = call.record.as_deref().is_some_and(is_cached);
            match call.cached {
                true => self.hits += 1,
                false if is_cached => self.misses += 1,
                false => {}
            }
        }
    }
}
