//! The record of a tree, `tree/<digest>`. Text, each line ended by `\n`:
//!
//! ```text
//! ropewalk tree record 1
//! <number of packs> <number of places> <bytes of the manifest>
//! <digest of pack 0, 64 hexadecimal digits>
//! …
//! <place>
//! …
//! <manifest>
//! ```
//!
//! There is one place for each distinct digest of a file that is not empty, in the order in which they
//! first occur in the manifest: `<pack> <offset>` for contents within a pack, or `<pack>,<pack>,…` for
//! contents that are these whole packs, one after the other. Packs are named by their index.
//!
//! A record over [`MAX_PACK_BYTES`] is cut into packs, and the value of the key is instead the line
//! `ropewalk tree record in packs 1` and one line for each of them, its digest.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::pack::{self, MAX_PACK_BYTES};
use super::{Error, Pieces, Place, StoredTree, Writes};
use crate::tree::MAX_TREE_BYTES;
use crate::{Digest, Tree};

const HEAD: &str = "ropewalk tree record 1\n";
const HEAD_IN_PACKS: &str = "ropewalk tree record in packs 1\n";
/// More packs than the largest tree needs for its record.
const MAX_RECORD_PACKS: usize = 100;

/// The key of a tree's record.
pub(super) fn key(tree: &Digest) -> String {
    format!("tree/{}", tree.hex())
}

/// What must be written for the record, the record itself last.
pub(super) fn encode(stored: &StoredTree) -> Writes {
    let record = to_text(stored).into_bytes();
    if record.len() <= MAX_PACK_BYTES {
        return vec![(key(&stored.digest), record)];
    }
    let mut head = HEAD_IN_PACKS.to_owned();
    let mut writes = Writes::new();
    for piece in record.chunks(MAX_PACK_BYTES) {
        let digest = Digest::of(piece);
        head.push_str(&digest.hex());
        head.push('\n');
        writes.push((pack::key(&digest), piece.to_vec()));
    }
    writes.push((key(&stored.digest), head.into_bytes()));
    writes
}

/// The keys of the packs in which the record is, if it is not in the value itself.
pub(super) fn packs_of(tree: &Digest, value: &[u8]) -> Result<Option<Vec<String>>, Error> {
    let corrupt = |why: &str| Error::CorruptRecord { tree: *tree, why: why.to_owned() };
    let Some(lines) = value.strip_prefix(HEAD_IN_PACKS.as_bytes()) else {
        return Ok(None);
    };
    let lines = std::str::from_utf8(lines).map_err(|_| corrupt("it is not UTF-8"))?;
    let mut keys = Vec::new();
    for line in lines.split_inclusive('\n') {
        let hex = line.strip_suffix('\n').ok_or_else(|| corrupt("its last line is cut"))?;
        let digest = Digest::from_hex(hex).map_err(|error| corrupt(&error.to_string()))?;
        keys.push(pack::key(&digest));
    }
    if keys.is_empty() || keys.len() > MAX_RECORD_PACKS {
        return Err(corrupt("it lists no packs, or too many"));
    }
    Ok(Some(keys))
}

/// Reads a record.
pub(super) fn decode(digest: &Digest, record: &[u8]) -> Result<StoredTree, Error> {
    let corrupt = |why: String| Error::CorruptRecord { tree: *digest, why };
    let text = std::str::from_utf8(record).map_err(|_| corrupt("it is not UTF-8".to_owned()))?;
    let (manifest, packs, lines) = split(text).ok_or_else(|| corrupt("it is cut".to_owned()))?;
    if Digest::of(manifest.as_bytes()) != *digest {
        return Err(corrupt("its manifest has another digest".to_owned()));
    }
    let tree = Tree::from_manifest(manifest).map_err(|error| corrupt(error.to_string()))?;
    let places = read_places(&tree, &packs, &lines).map_err(|why| corrupt(why.to_owned()))?;
    Ok(StoredTree { digest: *digest, tree, places })
}

fn to_text(stored: &StoredTree) -> String {
    let mut packs = Indexes::default();
    let mut places = String::new();
    let mut count = 0;
    for place in in_order(&stored.tree).filter_map(|(digest, _)| stored.places.get(&digest)) {
        count += 1;
        match &place.pieces {
            Pieces::Within { pack, offset } => writeln!(places, "{} {offset}", packs.of(*pack)),
            Pieces::Packs(whole) => {
                let indexes: Vec<_> = whole.iter().map(|pack| packs.of(*pack).to_string()).collect();
                writeln!(places, "{}", indexes.join(","))
            }
        }
        .expect("a String takes any text");
    }
    let manifest = stored.tree.to_manifest();
    let mut text = format!("{HEAD}{} {count} {}\n", packs.list.len(), manifest.len());
    for pack in packs.list {
        text.push_str(&pack.hex());
        text.push('\n');
    }
    text + &places + &manifest
}

/// The distinct digests of a tree's files that are not empty, with the sizes, as they first occur.
fn in_order(tree: &Tree) -> impl Iterator<Item = (Digest, u64)> {
    let mut seen = std::collections::BTreeSet::new();
    tree.iter()
        .filter(move |(_, entry)| entry.size > 0 && seen.insert(entry.digest))
        .map(|(_, entry)| (entry.digest, entry.size))
}

#[derive(Default)]
struct Indexes {
    list: Vec<Digest>,
    index: BTreeMap<Digest, usize>,
}

impl Indexes {
    fn of(&mut self, pack: Digest) -> usize {
        *self.index.entry(pack).or_insert_with(|| {
            self.list.push(pack);
            self.list.len() - 1
        })
    }
}

/// The manifest, the packs and the lines of the places.
fn split(text: &str) -> Option<(&str, Vec<Digest>, Vec<&str>)> {
    let (counts, mut rest) = text.strip_prefix(HEAD)?.split_once('\n')?;
    let mut counts = counts.split(' ').map(|count| count.parse::<usize>().ok());
    let (packs, places, bytes) = (counts.next()??, counts.next()??, counts.next()??);
    let mut line = || {
        let (line, later) = rest.split_once('\n')?;
        rest = later;
        Some(line)
    };
    // Grown as lines are found: what the counts say is not believed before.
    let packs: Option<Vec<_>> = (0..packs).map(|_| Digest::from_hex(line()?).ok()).collect();
    let places: Option<Vec<_>> = (0..places).map(|_| line()).collect();
    (counts.next().is_none() && rest.len() == bytes).then_some((rest, packs?, places?))
}

fn read_places(
    tree: &Tree,
    packs: &[Digest],
    lines: &[&str],
) -> Result<BTreeMap<Digest, Place>, &'static str> {
    let mut places = BTreeMap::new();
    let mut lines = lines.iter();
    for (digest, size) in in_order(tree) {
        let line = lines.next().ok_or("a place is missing")?;
        let pieces = read_place(line, packs).ok_or("a place is malformed")?;
        places.insert(digest, Place { size, pieces });
    }
    if lines.next().is_some() {
        return Err("there are more places than files");
    }
    Ok(places)
}

fn read_place(line: &str, packs: &[Digest]) -> Option<Pieces> {
    let pack = |index: &str| packs.get(index.parse::<usize>().ok()?).copied();
    if let Some((index, offset)) = line.split_once(' ') {
        let offset = offset.parse().ok().filter(|offset| *offset < MAX_PACK_BYTES)?;
        return Some(Pieces::Within { pack: pack(index)?, offset });
    }
    let whole: Option<Vec<_>> = line.split(',').map(pack).collect();
    let most = usize::try_from(MAX_TREE_BYTES).ok()? / MAX_PACK_BYTES + 1;
    whole.filter(|whole| whole.len() <= most).map(Pieces::Packs)
}
