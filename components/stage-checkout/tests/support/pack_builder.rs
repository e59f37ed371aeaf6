//! Packs that git would not write.

use std::io::Write;

use gix_pack::data::entry::Header;
use gix_zlib::Compression;
use gix_zlib::stream::deflate;

/// A pack in the making.
pub(crate) struct PackBuilder {
    bytes: Vec<u8>,
    objects: u32,
}

impl PackBuilder {
    pub(crate) fn new() -> Self {
        Self { bytes: vec![0; 12], objects: 0 }
    }

    /// Where the next object will begin.
    pub(crate) fn position(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Adds an object, or a delta.
    pub(crate) fn add(&mut self, header: Header, contents: &[u8]) -> &mut Self {
        self.add_claiming(header, contents, contents.len() as u64)
    }

    /// Adds an object that claims another size.
    pub(crate) fn add_claiming(&mut self, header: Header, contents: &[u8], size: u64) -> &mut Self {
        header.write_to(size, &mut self.bytes).unwrap();
        let mut compressed = deflate::Write::new(Vec::new(), Compression::BEST_SPEED);
        compressed.write_all(contents).unwrap();
        compressed.flush().unwrap();
        self.bytes.extend_from_slice(&compressed.into_inner());
        self.objects += 1;
        self
    }

    /// The pack.
    pub(crate) fn finish(&self) -> Vec<u8> {
        self.finish_claiming(self.objects)
    }

    /// The pack, which claims another number of objects.
    pub(crate) fn finish_claiming(&self, objects: u32) -> Vec<u8> {
        let mut pack = self.bytes.clone();
        pack[..12].copy_from_slice(&gix_pack::data::header::encode(gix_pack::data::Version::V2, objects));
        seal(&mut pack);
        pack
    }
}

/// Adds the checksum to a pack that has none.
pub(crate) fn seal(pack: &mut Vec<u8>) {
    let mut hasher = gix_hash::hasher(gix_hash::Kind::Sha1);
    hasher.update(pack);
    let checksum = hasher.try_finalize().unwrap();
    pack.extend_from_slice(checksum.as_slice());
}

/// Instructions that turn a base of this size into one of that size.
pub(crate) fn delta(base_bytes: u64, result_bytes: u64, instructions: &[u8]) -> Vec<u8> {
    let mut delta = Vec::new();
    for mut size in [base_bytes, result_bytes] {
        loop {
            let [low, ..] = size.to_le_bytes();
            size >>= 7;
            delta.push(low & 0x7f | if size == 0 { 0 } else { 0x80 });
            if size == 0 {
                break;
            }
        }
    }
    delta.extend_from_slice(instructions);
    delta
}

/// The answer to a fetch that brings this pack.
pub(crate) fn fetch_answer(pack: &[u8]) -> Vec<u8> {
    let mut body = b"000dpackfile\n".to_vec();
    for piece in pack.chunks(60_000) {
        body.extend_from_slice(format!("{:04x}\u{1}", piece.len() + 5).as_bytes());
        body.extend_from_slice(piece);
    }
    body.extend_from_slice(b"0000");
    body
}

/// The pack in the answer to a fetch of protocol version 2.
pub(crate) fn pack_of(body: &[u8]) -> Vec<u8> {
    let mut pack = Vec::new();
    let mut at = 0;
    while at < body.len() {
        let length = std::str::from_utf8(&body[at..at + 4]).unwrap();
        let length = usize::from_str_radix(length, 16).unwrap();
        if length > 4 && body[at + 4] == 1 {
            pack.extend_from_slice(&body[at + 5..at + length]);
        }
        at += length.max(4);
    }
    pack
}
