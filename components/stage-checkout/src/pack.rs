//! A pack in memory: every object decoded once, its id computed, and the pack's own checksum compared,
//! before anything of it is used.

use std::collections::HashMap;

use gix_hash::{Kind as Hash, ObjectId};
use gix_object::{Kind, compute_hash};
use gix_pack::cache::lru::MemoryCappedHashmap;
use gix_pack::data::decode::entry::ResolvedBase;
use gix_pack::data::entry::Header;
use gix_pack::data::{self, Entry, File};
use gix_zlib::Inflate;

use crate::error::Error;
use crate::limits::{
    KEPT_OBJECTS_BYTES, MAX_DECODING_BYTES, MAX_DELTA_DEPTH, MAX_OBJECT_BYTES, MAX_OBJECTS,
    MAX_UNPACKED_BYTES,
};

const HASH: Hash = Hash::Sha1;

/// A pack whose objects are all known to be what their ids say.
pub(crate) struct Pack {
    decoder: Decoder,
    /// Where each object's entry begins.
    places: HashMap<ObjectId, u64>,
}

impl Pack {
    /// Reads a whole pack.
    pub(crate) fn new(bytes: Vec<u8>) -> Result<Self, Error> {
        let file = File::from_data(bytes, std::path::PathBuf::new(), HASH)
            .map_err(|error| Error::corrupt("its header", &error))?;
        if file.num_objects() > MAX_OBJECTS {
            let what = format!("a pack of {} objects", file.num_objects());
            return Err(Error::too_large(what, "MAX_OBJECTS", MAX_OBJECTS.to_string()));
        }
        let limit = usize::try_from(MAX_DECODING_BYTES).ok();
        let file = file.with_alloc_limit_bytes(limit);
        check_trailer(&file)?;
        Indexer::new(Decoder::new(file)).index()
    }

    /// How many objects it has.
    pub(crate) fn object_count(&self) -> usize {
        self.places.len()
    }

    /// Whether it has this object.
    pub(crate) fn contains(&self, id: &ObjectId) -> bool {
        self.places.contains_key(id)
    }

    /// Reads an object. That a commit's object isn't there makes the pack corrupt.
    pub(crate) fn read(&mut self, id: &ObjectId) -> Result<(Kind, Vec<u8>), Error> {
        let offset =
            *self.places.get(id).ok_or_else(|| Error::CorruptPack(format!("object {id} is missing")))?;
        let entry = self.decoder.entry(offset)?;
        let mut out = Vec::new();
        let decoded = self.decoder.decode(entry, &self.places, &mut out)?;
        Ok((decoded.kind, out))
    }
}

/// Compares the checksum at the pack's end.
fn check_trailer(file: &File<Vec<u8>>) -> Result<(), Error> {
    let end = file.pack_end();
    let bytes = file.entry_slice(0..end as u64).unwrap_or_default();
    let mut hasher = gix_hash::hasher(HASH);
    hasher.update(bytes);
    let actual = hasher.try_finalize().map_err(|error| Error::corrupt("its checksum", &error))?;
    if actual == file.checksum() {
        return Ok(());
    }
    Err(Error::CorruptPack(format!("its checksum is {actual}, and should be {}", file.checksum())))
}

/// Decodes entries.
struct Decoder {
    file: File<Vec<u8>>,
    cache: MemoryCappedHashmap,
    inflate: Inflate,
}

impl Decoder {
    fn new(file: File<Vec<u8>>) -> Self {
        Self { file, cache: MemoryCappedHashmap::new(KEPT_OBJECTS_BYTES), inflate: Inflate::default() }
    }

    fn entry(&self, offset: u64) -> Result<Entry, Error> {
        if offset >= self.file.pack_end() as u64 {
            return Err(Error::CorruptPack("it ends within its objects".to_owned()));
        }
        self.file.entry(offset).map_err(|error| Error::corrupt(&format!("the entry at {offset}"), &error))
    }

    /// Decodes an object, deltas resolved, into `out`, which has its bytes and no others then.
    fn decode(
        &mut self,
        entry: Entry,
        places: &HashMap<ObjectId, u64>,
        out: &mut Vec<u8>,
    ) -> Result<data::decode::entry::Outcome, Error> {
        let offset = entry.pack_offset();
        let file = &self.file;
        out.clear();
        let outcome = file
            .decode_entry(
                entry,
                out,
                &mut self.inflate,
                &|base, _| match places.get(base) {
                    Some(place) => file.entry(*place).map(|entry| Some(ResolvedBase::InPack(entry))),
                    None => Ok(None),
                },
                &mut self.cache,
            )
            .map_err(|error| {
                if error.is_resource_exhausted() {
                    object_too_large()
                } else {
                    Error::corrupt(&format!("the object at {offset}"), &error)
                }
            })?;
        // The outcome's own size is that of the delta when the object comes out of the cache.
        if out.len() as u64 > MAX_OBJECT_BYTES {
            return Err(object_too_large());
        }
        Ok(outcome)
    }
}

fn object_too_large() -> Error {
    Error::too_large("a file of the repository", "MAX_OBJECT_BYTES", format!("{MAX_OBJECT_BYTES} bytes"))
}

/// What a delta is waiting for.
#[derive(PartialEq, Eq, Hash)]
enum Base {
    At(u64),
    Named(ObjectId),
}

/// Goes through a pack from its beginning. A delta whose base comes later waits for it.
struct Indexer {
    decoder: Decoder,
    places: HashMap<ObjectId, u64>,
    /// How many deltas are between the object that begins here and a whole one.
    depths: HashMap<u64, u32>,
    waiting: HashMap<Base, Vec<u64>>,
    unpacked_bytes: u64,
    /// The object that is being decoded. One memory for all of them.
    object: Vec<u8>,
}

impl Indexer {
    fn new(decoder: Decoder) -> Self {
        Self {
            decoder,
            places: HashMap::new(),
            depths: HashMap::new(),
            waiting: HashMap::new(),
            unpacked_bytes: 0,
            object: Vec::new(),
        }
    }

    fn index(mut self) -> Result<Pack, Error> {
        let mut offset = data::header::SIZE as u64;
        for _ in 0..self.decoder.file.num_objects() {
            let entry = self.decoder.entry(offset)?;
            if entry.decompressed_size > MAX_OBJECT_BYTES {
                return Err(object_too_large());
            }
            let data_offset = entry.data_offset;
            let compressed_bytes = match self.depth(&entry)? {
                Ok(depth) => self.resolve(entry, depth)?,
                Err(base) => {
                    self.waiting.entry(base).or_default().push(offset);
                    self.measure(&entry)?
                }
            };
            offset = data_offset + compressed_bytes as u64;
        }
        if offset != self.decoder.file.pack_end() as u64 {
            return Err(Error::CorruptPack("there is more in it than its objects".to_owned()));
        }
        if let Some(base) = self.waiting.keys().next() {
            return Err(Error::CorruptPack(match base {
                Base::Named(id) => format!("object {id}, on which others build, is missing"),
                Base::At(offset) => format!("the object at {offset} builds on one that is missing"),
            }));
        }
        Ok(Pack { decoder: self.decoder, places: self.places })
    }

    /// The depth of an entry in its chain of deltas, or the base that isn't resolved yet.
    fn depth(&self, entry: &Entry) -> Result<Result<u32, Base>, Error> {
        let (base, base_depth) = match entry.header {
            Header::OfsDelta { base_distance } => {
                let offset = entry.checked_base_pack_offset(base_distance).ok_or_else(|| {
                    Error::CorruptPack("a delta builds on what is before the pack".to_owned())
                })?;
                (Base::At(offset), self.depths.get(&offset))
            }
            Header::RefDelta { base_id } => {
                (Base::Named(base_id), self.places.get(&base_id).and_then(|offset| self.depths.get(offset)))
            }
            _ => return Ok(Ok(0)),
        };
        match base_depth {
            Some(depth) if *depth >= MAX_DELTA_DEPTH => {
                Err(Error::too_large("a chain of deltas", "MAX_DELTA_DEPTH", MAX_DELTA_DEPTH.to_string()))
            }
            Some(depth) => Ok(Ok(depth + 1)),
            None => Ok(Err(base)),
        }
    }

    /// Decodes an entry and those that waited for it. Returns the compressed size of the first.
    fn resolve(&mut self, entry: Entry, depth: u32) -> Result<usize, Error> {
        let mut freed = Vec::new();
        let compressed_bytes = self.add(entry, depth, &mut freed)?;
        while let Some(offset) = freed.pop() {
            let entry = self.decoder.entry(offset)?;
            match self.depth(&entry)? {
                Ok(depth) => {
                    self.add(entry, depth, &mut freed)?;
                }
                Err(base) => self.waiting.entry(base).or_default().push(offset),
            }
        }
        Ok(compressed_bytes)
    }

    fn add(&mut self, entry: Entry, depth: u32, freed: &mut Vec<u64>) -> Result<usize, Error> {
        let offset = entry.pack_offset();
        self.count(entry.decompressed_size)?;
        let is_delta = entry.header.is_delta();
        let outcome = self.decoder.decode(entry, &self.places, &mut self.object)?;
        if is_delta {
            self.count(self.object.len() as u64)?;
        }
        let id = compute_hash(HASH, outcome.kind, &self.object)
            .map_err(|error| Error::corrupt("an object's hash", &error))?;
        self.places.insert(id, offset);
        self.depths.insert(offset, depth);
        freed.extend(self.waiting.remove(&Base::At(offset)).unwrap_or_default());
        freed.extend(self.waiting.remove(&Base::Named(id)).unwrap_or_default());
        Ok(outcome.compressed_size)
    }

    /// The compressed size of an entry that can't be resolved yet.
    fn measure(&mut self, entry: &Entry) -> Result<usize, Error> {
        self.count(entry.decompressed_size)?;
        let mut out = vec![0; usize::try_from(entry.decompressed_size).map_err(|_| object_too_large())?];
        let Decoder { file, inflate, .. } = &mut self.decoder;
        file.decompress_entry(entry, inflate, &mut out).map_err(|error| Error::corrupt("a delta", &error))
    }

    fn count(&mut self, bytes: u64) -> Result<(), Error> {
        self.unpacked_bytes = self.unpacked_bytes.saturating_add(bytes);
        if self.unpacked_bytes <= MAX_UNPACKED_BYTES {
            return Ok(());
        }
        Err(Error::too_large(
            "the decompressed pack",
            "MAX_UNPACKED_BYTES",
            format!("{MAX_UNPACKED_BYTES} bytes"),
        ))
    }
}
