//! The objects of a commit: those of packs that were fetched, and files that were there already.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use gix_hash::{Kind as Hash, ObjectId};
use gix_object::tree::EntryKind;
use gix_object::{Kind, compute_hash};

use crate::error::Error;
use crate::pack::Pack;
use crate::tree::Entry;

/// The files of another checkout, by git's ids of their contents.
#[derive(Debug, Default)]
pub(crate) struct Known(HashMap<ObjectId, PathBuf>);

impl Known {
    /// Those below a folder, which may be missing.
    pub(crate) fn below(folder: &Path) -> Result<Self, Error> {
        let mut known = HashMap::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(current) = folders.pop() {
            // What can't be read isn't known: it is fetched.
            for entry in fs::read_dir(&current).into_iter().flatten().flatten() {
                let path = entry.path();
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => folders.push(path),
                    Ok(kind) if kind.is_file() => {
                        if let Ok(contents) = fs::read(&path) {
                            known.insert(id_of(&contents)?, path);
                        }
                    }
                    _ => {}
                }
            }
        }
        Ok(Self(known))
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The contents of this id, if they are there, and still are what the id says.
    fn read(&self, id: &ObjectId) -> Option<Vec<u8>> {
        let contents = fs::read(self.0.get(id)?).ok()?;
        id_of(&contents).is_ok_and(|found| found == *id).then_some(contents)
    }
}

fn id_of(contents: &[u8]) -> Result<ObjectId, Error> {
    compute_hash(Hash::Sha1, Kind::Blob, contents).map_err(|error| Error::corrupt("a file's hash", &error))
}

/// The objects of a commit.
pub(crate) struct Objects {
    packs: Vec<Pack>,
    known: Known,
    /// Bytes of the packs as they were sent.
    pub(crate) pack_bytes: usize,
}

impl Objects {
    /// Those of one pack, and what else is there.
    pub(crate) fn new(pack: Vec<u8>, known: Known) -> Result<Self, Error> {
        let mut objects = Self { packs: Vec::new(), known, pack_bytes: 0 };
        objects.add(pack)?;
        Ok(objects)
    }

    /// Adds those of another pack.
    pub(crate) fn add(&mut self, pack: Vec<u8>) -> Result<(), Error> {
        self.pack_bytes += pack.len();
        self.packs.push(Pack::new(pack)?);
        Ok(())
    }

    /// How many were fetched.
    pub(crate) fn fetched_count(&self) -> usize {
        self.packs.iter().map(Pack::object_count).sum()
    }

    /// Whether this one was fetched.
    pub(crate) fn has_fetched(&self, id: &ObjectId) -> bool {
        self.packs.iter().any(|pack| pack.contains(id))
    }

    /// The files among these entries that are neither fetched nor there, each once.
    pub(crate) fn missing(&self, entries: &[Entry]) -> Vec<ObjectId> {
        let is_file = |kind| matches!(kind, EntryKind::Blob | EntryKind::BlobExecutable | EntryKind::Link);
        let mut seen = HashSet::new();
        let files = entries.iter().filter(|entry| is_file(entry.kind)).map(|entry| entry.id);
        files
            .filter(|id| !self.known.0.contains_key(id) && !self.has_fetched(id) && seen.insert(*id))
            .collect()
    }

    /// Reads an object. That a commit's object isn't there makes the pack corrupt.
    pub(crate) fn read(&mut self, id: &ObjectId) -> Result<(Kind, Vec<u8>), Error> {
        if let Some(pack) = self.packs.iter_mut().find(|pack| pack.contains(id)) {
            return pack.read(id);
        }
        let contents = self.known.read(id);
        contents
            .map(|contents| (Kind::Blob, contents))
            .ok_or_else(|| Error::CorruptPack(format!("object {id} is missing")))
    }
}
