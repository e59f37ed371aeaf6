mod pack;
mod read;
mod record;
mod trash;

use std::collections::{BTreeMap, BTreeSet};

use crate::tree::{InvalidPath, TreeError};
use crate::{Digest, Entry, Store, StoreError, Tree};
use pack::Packer;
pub use trash::{Holding, Sweep, Swept};

/// Trees of files in a store.
///
/// # In the store
///
/// - `pack/<digest>`: contents of files, at most 900,000 bytes, named by their own digest. Small files
///   stand one after the other; where one pack ends and the next begins follows from the contents, so
///   that a changed file changes its own pack and not all later ones. A larger file has packs of its own.
/// - `tree/<digest>`: a tree's manifest, and where the contents of its files are. A record that is
///   larger than a value lists pieces instead, which are packs like others.
///
/// Nothing is ever changed but by putting the same tree again. A tree's record is written after all
/// it names, so a writer that dies leaves packs that nobody names, and no tree that cannot be read.
/// What nobody needs any more is removed by way of `trash/`: see [`Holding`].
#[derive(Debug, Clone, Copy)]
pub struct Artifacts<'a, S: Store + ?Sized> {
    store: &'a S,
}

/// What is to be written: keys and values, each after those it hangs on.
pub type Writes = Vec<(String, Vec<u8>)>;

/// A file to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Relative; see [`Tree`] for the rules.
    pub path: String,
    /// All of it.
    pub contents: Vec<u8>,
    /// Whether it may be run as a program.
    pub executable: bool,
}

/// A tree, and where the contents of its files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTree {
    digest: Digest,
    tree: Tree,
    places: BTreeMap<Digest, Place>,
}

/// Where the contents with some digest are.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    /// In bytes.
    size: u64,
    pieces: Pieces,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pieces {
    /// So many bytes into a pack.
    Within { pack: Digest, offset: usize },
    /// These packs, one after the other.
    Packs(Vec<Digest>),
}

/// Why a tree cannot be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such tree.
    #[error("artifact `{0}` is not in the store")]
    UnknownTree(Digest),
    /// The tree has no such file.
    #[error("artifact `{tree}` has no file `{path}`")]
    UnknownFile {
        /// Which tree.
        tree: Digest,
        /// Which file.
        path: String,
    },
    /// What is stored was cut or changed.
    #[error("the record of artifact `{tree}` is corrupt: {why}")]
    CorruptRecord {
        /// Which tree.
        tree: Digest,
        /// What is wrong with it.
        why: String,
    },
    /// The contents of a file are gone, cut or changed.
    #[error("file `{path}` of artifact `{tree}` is corrupt: {why}")]
    CorruptFile {
        /// Which tree.
        tree: Digest,
        /// Which file.
        path: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The files cannot be one tree.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// So many bytes are read or written at once at most, unless one value is larger.
const MAX_BATCH_BYTES: usize = 8 << 20;

impl<'a, S: Store + ?Sized> Artifacts<'a, S> {
    /// The trees in this store.
    pub fn new(store: &'a S) -> Self {
        Self { store }
    }

    /// Stores these files as one tree: [`Self::stage_put`] and [`Self::write`].
    pub fn put(&self, files: Vec<File>, bases: &[&StoredTree]) -> Result<Digest, Error> {
        let (digest, writes) = self.stage_put(files, bases)?;
        self.write(&writes)?;
        Ok(digest)
    }

    /// The digest of the tree of these files, and what must be written so that it is stored: nothing if
    /// it is already. Contents that `bases` have are not written again, nor are packs that the store has.
    /// A caller may add writes of its own behind them and hand all to [`Self::write`].
    pub fn stage_put(&self, files: Vec<File>, bases: &[&StoredTree]) -> Result<(Digest, Writes), Error> {
        let tree = Tree::from_entries(files.iter().map(|file| (file.path.clone(), entry_of(file))))?;
        let digest = tree.digest();
        if self.store.exists(&record::key(&digest))? {
            return Ok((digest, Writes::new()));
        }
        let mut places = places_in(&tree, bases);
        let packs = pack_missing(&tree, files, &mut places);
        let mut writes = Writes::new();
        for (key, contents) in packs {
            if !self.store.exists(&key)? {
                writes.push((key, contents));
            }
        }
        writes.extend(record::encode(&StoredTree { digest, tree, places }));
        Ok((digest, writes))
    }

    /// Writes in the order given, as one durable write if all is small enough (8 MiB), otherwise as
    /// several.
    pub fn write(&self, writes: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        let mut rest = writes;
        while !rest.is_empty() {
            let mut bytes = 0;
            let fitting = rest.iter().take_while(|(_, value)| {
                bytes += value.len();
                bytes <= MAX_BATCH_BYTES
            });
            let (batch, later) = rest.split_at(fitting.count().max(1));
            self.store.set_many(batch)?;
            rest = later;
        }
        Ok(())
    }
}

impl StoredTree {
    /// The tree's digest.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The files.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The keys of the packs in which the contents are: what must be kept as long as the tree is.
    pub fn pack_keys(&self) -> BTreeSet<String> {
        let packs = self.places.values().flat_map(|place| match &place.pieces {
            Pieces::Within { pack, .. } => std::slice::from_ref(pack),
            Pieces::Packs(packs) => packs,
        });
        packs.map(pack::key).collect()
    }
}

impl From<InvalidPath> for Error {
    fn from(error: InvalidPath) -> Self {
        Self::Tree(TreeError::Path(error))
    }
}

fn entry_of(file: &File) -> Entry {
    Entry {
        digest: Digest::of(&file.contents),
        size: file.contents.len() as u64,
        executable: file.executable,
    }
}

/// Where the contents that the bases have are.
fn places_in(tree: &Tree, bases: &[&StoredTree]) -> BTreeMap<Digest, Place> {
    let mut places = BTreeMap::new();
    for (_, entry) in tree.iter() {
        let known = bases.iter().find_map(|base| base.places.get(&entry.digest));
        if let Some(place) = known.filter(|place| place.size == entry.size) {
            places.insert(entry.digest, place.clone());
        }
    }
    places
}

/// Packs the contents that have no place yet, and adds their places.
fn pack_missing(tree: &Tree, mut files: Vec<File>, places: &mut BTreeMap<Digest, Place>) -> Writes {
    files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    let mut packer = Packer::new();
    // The tree has the same files in the same order, and their digests.
    for (file, (_, entry)) in files.into_iter().zip(tree.iter()) {
        if entry.size > 0 && !places.contains_key(&entry.digest) {
            // Its place is known when the pack is full; until then this keeps a second one out.
            places.insert(entry.digest, Place { size: entry.size, pieces: Pieces::Packs(Vec::new()) });
            packer.add(entry.digest, file.contents);
        }
    }
    let (packs, found) = packer.finish();
    for (digest, pieces) in found {
        if let Some(place) = places.get_mut(&digest) {
            place.pieces = pieces;
        }
    }
    packs
}

#[cfg(test)]
mod tests;
