use std::collections::BTreeSet;

use super::{Pieces, Writes};
use crate::Digest;

/// The largest pack, in bytes: below the largest value, so that a store may add something.
pub(super) const MAX_PACK_BYTES: usize = 900_000;

/// A pack of so many bytes may end where the contents say so.
const MIN_PACK_BYTES: usize = 256_000;

/// The key of a pack.
pub(super) fn key(digest: &Digest) -> String {
    format!("pack/{}", digest.hex())
}

/// Puts small contents together and cuts large ones.
#[derive(Debug, Default)]
pub(super) struct Packer {
    packs: Writes,
    pushed: BTreeSet<Digest>,
    placed: Vec<(Digest, Pieces)>,
    open: Vec<u8>,
    /// What is in the open pack: digest and offset.
    waiting: Vec<(Digest, usize)>,
}

impl Packer {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Adds contents with this digest.
    pub(super) fn add(&mut self, digest: Digest, contents: Vec<u8>) {
        if contents.len() > MAX_PACK_BYTES {
            let packs = contents.chunks(MAX_PACK_BYTES).map(|piece| self.push(piece.to_vec())).collect();
            self.placed.push((digest, Pieces::Packs(packs)));
            return;
        }
        if self.open.len() + contents.len() > MAX_PACK_BYTES {
            self.close();
        }
        self.waiting.push((digest, self.open.len()));
        if self.open.is_empty() {
            self.open = contents;
        } else {
            self.open.extend_from_slice(&contents);
        }
        // One in eight contents ends a pack, whatever comes before or after it.
        if self.open.len() >= MIN_PACK_BYTES && digest.as_bytes()[0].is_multiple_of(8) {
            self.close();
        }
    }

    /// The packs, and where the contents are in them.
    pub(super) fn finish(mut self) -> (Writes, Vec<(Digest, Pieces)>) {
        self.close();
        (self.packs, self.placed)
    }

    fn close(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let contents = std::mem::take(&mut self.open);
        let pack = self.push(contents);
        let waiting = std::mem::take(&mut self.waiting);
        let placed = waiting.into_iter().map(|(digest, offset)| (digest, Pieces::Within { pack, offset }));
        self.placed.extend(placed);
    }

    fn push(&mut self, contents: Vec<u8>) -> Digest {
        let digest = Digest::of(&contents);
        if self.pushed.insert(digest) {
            self.packs.push((key(&digest), contents));
        }
        digest
    }
}
