//! What nobody seems to need goes to the trash before it goes for good.
//!
//! `trash/tree/<digest>` and `trash/pack/<digest>` hold the same as the keys without `trash/`. Whoever doesn't find a
//! tree or a pack looks there; so somebody who came upon an artifact a moment before nobody else needed it still reads it,
//! and what they then write is seen by the next sweep, which puts it back.

use std::collections::{BTreeMap, BTreeSet};

use super::{Artifacts, Error, Pieces, StoredTree, pack, record};
use crate::{Digest, Store, StoreError};

/// Where what nobody seems to need waits.
const TRASH: &str = "trash/";
/// So many values are moved at once: they may be as large as values can be.
const BATCH: usize = 8;

/// The trees and packs that a store has.
#[derive(Debug, Clone, Default)]
pub struct Holding {
    /// Trees in their place.
    pub trees: BTreeSet<Digest>,
    /// Packs in their place.
    pub packs: BTreeSet<Digest>,
    /// Trees in the trash.
    pub trashed_trees: BTreeSet<Digest>,
    /// Packs in the trash.
    pub trashed_packs: BTreeSet<Digest>,
}

/// What a sweep has to do, key by key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sweep {
    /// Needed, and in the trash alone: goes back to its place.
    pub restored: Vec<String>,
    /// Needed and in both places, or needed by nobody for a long time: leaves the trash.
    pub dropped: Vec<String>,
    /// Needed by nobody: goes to the trash.
    pub trashed: Vec<String>,
}

/// How many values a sweep moved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Put back.
    pub restored: usize,
    /// Gone for good.
    pub removed: usize,
    /// Put into the trash.
    pub trashed: usize,
}

impl Holding {
    /// Notes a key, if it is one of a tree or a pack. Whether it was.
    pub fn note(&mut self, key: &str) -> bool {
        let (key, trees, packs) = match key.strip_prefix(TRASH) {
            Some(key) => (key, &mut self.trashed_trees, &mut self.trashed_packs),
            None => (key, &mut self.trees, &mut self.packs),
        };
        let Some((kind, hex)) = key.split_once('/') else { return false };
        let kept = match kind {
            "tree" => trees,
            "pack" => packs,
            _ => return false,
        };
        Digest::from_hex(hex).is_ok_and(|digest| {
            kept.insert(digest);
            true
        })
    }

    /// Every tree, wherever it is.
    pub fn all_trees(&self) -> BTreeSet<Digest> {
        self.trees.union(&self.trashed_trees).copied().collect()
    }

    /// What a sweep has to do so that of the trees those that are `live` stay, and of the packs those that trees have.
    /// `packs_of` says which. A tree that goes to the trash keeps its packs until it leaves that.
    /// With `only_back`, the time of what is in the trash isn't over: nothing leaves it but what is needed, and nothing
    /// goes there.
    pub fn sweep(
        &self,
        live: impl Fn(&Digest) -> bool,
        packs_of: &BTreeMap<Digest, BTreeMap<Digest, u64>>,
        only_back: bool,
    ) -> Sweep {
        let stays = |tree: &&Digest| self.trees.contains(*tree) || only_back || live(tree);
        let needed: BTreeSet<&Digest> = self
            .all_trees()
            .iter()
            .filter(stays)
            .filter_map(|tree| packs_of.get(tree))
            .flat_map(BTreeMap::keys)
            .collect();
        let mut sweep = Sweep::default();
        let mut plan = |placed: &BTreeSet<Digest>,
                        trashed: &BTreeSet<Digest>,
                        key: fn(&Digest) -> String,
                        is_needed: &dyn Fn(&Digest) -> bool| {
            for digest in trashed {
                match (is_needed(digest), placed.contains(digest)) {
                    (true, false) => sweep.restored.push(key(digest)),
                    (true, true) => sweep.dropped.push(key(digest)),
                    (false, _) if !only_back => sweep.dropped.push(key(digest)),
                    (false, _) => {}
                }
            }
            if !only_back {
                sweep.trashed.extend(placed.iter().filter(|digest| !is_needed(digest)).map(key));
            }
        };
        // Packs first: a tree is never back before they are.
        plan(&self.packs, &self.trashed_packs, pack::key, &|digest| needed.contains(digest));
        plan(&self.trees, &self.trashed_trees, record::key, &live);
        sweep
    }
}

impl<S: Store + ?Sized> Artifacts<'_, S> {
    /// The packs that a tree needs, those with its record among them, and how many bytes of each: at least so many as
    /// this tree knows of. `Ok(None)`: it is not there, or cannot be read.
    pub fn packs_of(&self, tree: &Digest) -> Result<Option<BTreeMap<Digest, u64>>, StoreError> {
        let Some(value) = self.get_anywhere(&record::key(tree))? else { return Ok(None) };
        let mut packs = BTreeMap::new();
        if let Ok(Some(keys)) = record::packs_of(tree, &value) {
            let digests = keys.iter().filter_map(|key| Digest::from_hex(key.strip_prefix("pack/")?).ok());
            packs.extend(digests.map(|digest| (digest, pack::MAX_PACK_BYTES as u64)));
        }
        match self.finish_load(tree, Some(value)) {
            Ok(stored) => stored.measure_packs(&mut packs),
            Err(Error::Store(error)) => return Err(error),
            // What is left of it stays as it is: it may be what somebody wants to look at.
            Err(_) => {}
        }
        Ok(Some(packs))
    }

    /// Carries a sweep out, one batch at a call: what it did, or `None` once nothing is left.
    pub fn sweep_some(&self, sweep: &mut Sweep) -> Result<Option<Swept>, StoreError> {
        let take = |keys: &mut Vec<String>| keys.drain(..keys.len().min(BATCH)).collect::<Vec<_>>();
        if !sweep.restored.is_empty() {
            let keys = take(&mut sweep.restored);
            let copied = self.copy(&keys, trash_key, str::to_owned)?;
            self.store.delete_many(&copied)?;
            return Ok(Some(Swept { restored: keys.len(), ..Swept::default() }));
        }
        if !sweep.dropped.is_empty() {
            let keys: Vec<_> = take(&mut sweep.dropped).iter().map(|key| trash_key(key)).collect();
            self.store.delete_many(&keys)?;
            return Ok(Some(Swept { removed: keys.len(), ..Swept::default() }));
        }
        if !sweep.trashed.is_empty() {
            // Trees first: what they need is not in the trash before them.
            let from = sweep.trashed.len().saturating_sub(BATCH);
            let keys = sweep.trashed.split_off(from);
            let copied = self.copy(&keys, str::to_owned, trash_key)?;
            self.store.delete_many(&copied)?;
            return Ok(Some(Swept { trashed: keys.len(), ..Swept::default() }));
        }
        Ok(None)
    }

    /// The value of a tree's or a pack's key, in its place or in the trash.
    pub(super) fn get_anywhere(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        if let Some(value) = self.store.get(key)? {
            return Ok(Some(value));
        }
        if let Some(value) = self.store.get(&trash_key(key))? {
            return Ok(Some(value));
        }
        // It may have been put back between the two.
        self.store.get(key)
    }

    /// The same of several.
    pub(super) fn get_many_anywhere(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let mut values = self.store.get_many(keys)?;
        for (key, value) in keys.iter().zip(&mut values) {
            if value.is_none() {
                *value = self.get_anywhere(key)?;
            }
        }
        Ok(values)
    }

    /// Puts a tree that is in the trash, and what it needs of there, back: somebody begins to need it. Whether there is
    /// such a tree at all.
    pub fn keep(&self, tree: &Digest) -> Result<bool, StoreError> {
        let Some(packs) = self.packs_of(tree)? else { return Ok(false) };
        let mut keys: Vec<_> = packs.keys().map(pack::key).collect();
        keys.push(record::key(tree));
        for some in keys.chunks(BATCH) {
            let mut lacking = Vec::new();
            for key in some {
                if !self.store.exists(key)? {
                    lacking.push(key.clone());
                }
            }
            self.copy(&lacking, trash_key, str::to_owned)?;
        }
        Ok(true)
    }

    /// Copies what is found, and gives the keys that it was copied from: nothing else may be deleted, since somebody
    /// may write what wasn't there.
    fn copy(
        &self,
        keys: &[String],
        from: impl Fn(&str) -> String,
        to: impl Fn(&str) -> String,
    ) -> Result<Vec<String>, StoreError> {
        let sources: Vec<_> = keys.iter().map(|key| from(key)).collect();
        let mut writes = Vec::new();
        let mut copied = Vec::new();
        for ((key, source), value) in keys.iter().zip(&sources).zip(self.store.get_many(&sources)?) {
            if let Some(value) = value {
                writes.push((to(key), value));
                copied.push(source.clone());
            }
        }
        self.store.set_many(&writes)?;
        Ok(copied)
    }
}

impl StoredTree {
    fn measure_packs(&self, packs: &mut BTreeMap<Digest, u64>) {
        let mut grow = |pack: &Digest, bytes: u64| {
            let known = packs.entry(*pack).or_default();
            *known = (*known).max(bytes);
        };
        for place in self.places.values() {
            match &place.pieces {
                Pieces::Within { pack, offset } => grow(pack, *offset as u64 + place.size),
                Pieces::Packs(whole) => {
                    let mut left = place.size;
                    for pack in whole {
                        let bytes = left.min(pack::MAX_PACK_BYTES as u64);
                        grow(pack, bytes);
                        left -= bytes;
                    }
                }
            }
        }
    }
}

fn trash_key(key: &str) -> String {
    format!("{TRASH}{key}")
}
