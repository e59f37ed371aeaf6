use std::collections::BTreeMap;

use super::pack::{self, MAX_PACK_BYTES};
use super::{Artifacts, Error, MAX_BATCH_BYTES, Pieces, StoredTree, record};
use crate::{Digest, Entry, Store, Tree};

/// So many packs are read at once.
const BATCH_PACKS: usize = MAX_BATCH_BYTES / MAX_PACK_BYTES;

impl<S: Store + ?Sized> Artifacts<'_, S> {
    /// The tree of this digest. Its files' contents are not read yet.
    pub fn load(&self, digest: &Digest) -> Result<StoredTree, Error> {
        let value = self.get_anywhere(&record::key(digest))?;
        self.finish_load(digest, value)
    }

    /// The trees of these digests, in their order.
    pub fn load_many(&self, digests: &[Digest]) -> Result<Vec<StoredTree>, Error> {
        let keys: Vec<_> = digests.iter().map(record::key).collect();
        let values = if keys.is_empty() { Vec::new() } else { self.get_many_anywhere(&keys)? };
        let trees = digests.iter().zip(values);
        trees.map(|(digest, value)| self.finish_load(digest, value)).collect()
    }

    /// The contents of one file.
    pub fn read(&self, stored: &StoredTree, path: &str) -> Result<Vec<u8>, Error> {
        let mut contents = self.read_all(stored, [path])?;
        contents.remove(path).ok_or_else(|| unknown(stored, path))
    }

    /// The contents of these files, by their paths.
    pub fn read_all<'p>(
        &self,
        stored: &StoredTree,
        paths: impl IntoIterator<Item = &'p str>,
    ) -> Result<BTreeMap<String, Vec<u8>>, Error> {
        let mut wanted = BTreeMap::new();
        for path in paths {
            let entry = stored.tree.get(path).ok_or_else(|| unknown(stored, path))?;
            wanted.insert(path, entry);
        }
        let mut contents = BTreeMap::new();
        self.visit(stored, wanted, |path, _, bytes| {
            contents.insert(path.to_owned(), bytes);
            Ok::<_, Error>(())
        })?;
        Ok(contents)
    }

    /// Hands over the contents of those files of a tree that `files` has (a part of the tree, as
    /// [`Tree::filter`] gives it), each once, in no particular order. Every digest is verified before.
    /// At no time are more than some 8 MiB of contents in memory besides a file larger than that.
    pub fn read_each<E: From<Error>>(
        &self,
        stored: &StoredTree,
        files: &Tree,
        visit: impl FnMut(&str, &Entry, Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut wanted = BTreeMap::new();
        for (path, entry) in files.iter() {
            if stored.tree.get(path) != Some(entry) {
                return Err(unknown(stored, path).into());
            }
            wanted.insert(path, entry);
        }
        self.visit(stored, wanted, visit)
    }

    pub(super) fn finish_load(&self, digest: &Digest, value: Option<Vec<u8>>) -> Result<StoredTree, Error> {
        let value = value.ok_or(Error::UnknownTree(*digest))?;
        let Some(keys) = record::packs_of(digest, &value)? else {
            return record::decode(digest, &value);
        };
        let mut record = Vec::new();
        for batch in keys.chunks(BATCH_PACKS) {
            for piece in self.get_many_anywhere(batch)? {
                record.extend(piece.ok_or_else(|| Error::CorruptRecord {
                    tree: *digest,
                    why: "a piece of it is gone".to_owned(),
                })?);
            }
        }
        record::decode(digest, &record)
    }

    fn visit<E: From<Error>>(
        &self,
        stored: &StoredTree,
        wanted: BTreeMap<&str, &Entry>,
        visit: impl FnMut(&str, &Entry, Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut plan = Plan::new(stored, visit);
        plan.sort(wanted)?;
        let packs: Vec<_> = plan.small.keys().copied().collect();
        for batch in packs.chunks(BATCH_PACKS) {
            for (pack, contents) in batch.iter().zip(self.packs(batch)?) {
                plan.take_small(pack, contents.as_deref())?;
            }
        }
        for (path, entry, pieces) in std::mem::take(&mut plan.large) {
            let mut contents = Vec::new();
            for batch in pieces.chunks(BATCH_PACKS) {
                for piece in self.packs(batch)? {
                    contents.extend(piece.ok_or_else(|| corrupt(stored, path, GONE))?);
                }
            }
            plan.hand_over(path, entry, contents)?;
        }
        Ok(())
    }

    fn packs(&self, packs: &[Digest]) -> Result<Vec<Option<Vec<u8>>>, Error> {
        let keys: Vec<_> = packs.iter().map(pack::key).collect();
        Ok(self.get_many_anywhere(&keys)?)
    }
}

const GONE: &str = "its contents are not in the store";

/// What is read from where.
struct Plan<'a, V> {
    stored: &'a StoredTree,
    /// Files within packs: path, entry and offset.
    small: BTreeMap<Digest, Vec<(&'a str, &'a Entry, usize)>>,
    /// Files that are whole packs.
    large: Vec<(&'a str, &'a Entry, &'a [Digest])>,
    visit: V,
}

impl<'a, E: From<Error>, V: FnMut(&str, &Entry, Vec<u8>) -> Result<(), E>> Plan<'a, V> {
    fn new(stored: &'a StoredTree, visit: V) -> Self {
        Self { stored, small: BTreeMap::new(), large: Vec::new(), visit }
    }

    /// Empty files are handed over at once.
    fn sort(&mut self, wanted: BTreeMap<&'a str, &'a Entry>) -> Result<(), E> {
        for (path, entry) in wanted {
            if entry.size == 0 {
                self.hand_over(path, entry, Vec::new())?;
                continue;
            }
            let place = self.stored.places.get(&entry.digest);
            match place.map(|place| &place.pieces) {
                Some(Pieces::Within { pack, offset }) => {
                    self.small.entry(*pack).or_default().push((path, entry, *offset));
                }
                Some(Pieces::Packs(packs)) => self.large.push((path, entry, packs)),
                None => return Err(corrupt(self.stored, path, "it has no place").into()),
            }
        }
        Ok(())
    }

    /// Hands over the files that are in this pack.
    fn take_small(&mut self, pack: &Digest, contents: Option<&[u8]>) -> Result<(), E> {
        for (path, entry, offset) in self.small.remove(pack).unwrap_or_default() {
            let contents = contents.ok_or_else(|| corrupt(self.stored, path, GONE))?;
            let file = usize::try_from(entry.size)
                .ok()
                .and_then(|size| contents.get(offset..)?.get(..size))
                .ok_or_else(|| corrupt(self.stored, path, "it is cut"))?;
            self.hand_over(path, entry, file.to_vec())?;
        }
        Ok(())
    }

    fn hand_over(&mut self, path: &str, entry: &Entry, contents: Vec<u8>) -> Result<(), E> {
        if contents.len() as u64 != entry.size || Digest::of(&contents) != entry.digest {
            let why = "its contents have another digest";
            return Err(corrupt(self.stored, path, why).into());
        }
        (self.visit)(path, entry, contents)
    }
}

fn unknown(stored: &StoredTree, path: &str) -> Error {
    Error::UnknownFile { tree: stored.digest, path: path.to_owned() }
}

fn corrupt(stored: &StoredTree, path: &str, why: &'static str) -> Error {
    Error::CorruptFile { tree: stored.digest, path: path.to_owned(), why }
}
