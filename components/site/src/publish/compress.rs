use std::io::Write as _;

use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Contents of fewer bytes than this fit into a packet or two anyway.
const MIN_BYTES: usize = 1024;
/// Of 11. From here on a little less size costs a lot more time.
const BROTLI_QUALITY: i32 = 6;
/// Of 9.
const GZIP_LEVEL: u32 = 7;

/// Contents, compressed as far as that makes them smaller.
#[derive(Debug, Default)]
pub(super) struct Compressed {
    pub(super) gzip: Option<Vec<u8>>,
    pub(super) br: Option<Vec<u8>>,
}

impl Compressed {
    /// The same contents always give the same bytes.
    pub(super) fn of(contents: &[u8]) -> Self {
        if contents.len() < MIN_BYTES {
            return Self::default();
        }
        let smaller = |bytes: Option<Vec<u8>>| bytes.filter(|bytes| bytes.len() < contents.len());
        Self { gzip: smaller(gzip(contents)), br: smaller(brotli(contents)) }
    }
}

fn gzip(contents: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(GZIP_LEVEL));
    encoder.write_all(contents).ok()?;
    encoder.finish().ok()
}

fn brotli(contents: &[u8]) -> Option<Vec<u8>> {
    let params = BrotliEncoderParams {
        quality: BROTLI_QUALITY,
        size_hint: contents.len(),
        ..BrotliEncoderParams::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &*contents, &mut compressed, &params).ok()?;
    Some(compressed)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn what_is_compressed_can_be_read_again() {
        let text = "three strands, laid to the right. ".repeat(200);
        let compressed = Compressed::of(text.as_bytes());
        let mut read = String::new();
        let gzip = compressed.gzip.unwrap();
        flate2::read::GzDecoder::new(&*gzip).read_to_string(&mut read).unwrap();
        assert_eq!(read, text);
        let mut read = Vec::new();
        let br = compressed.br.unwrap();
        brotli::BrotliDecompress(&mut &*br, &mut read).unwrap();
        assert_eq!(read, text.as_bytes());
        assert!(br.len() < 200 && gzip.len() < 200);
        assert_eq!(Compressed::of(text.as_bytes()).gzip.unwrap(), gzip);
    }

    #[test]
    fn what_would_not_gain_is_left_alone() {
        let small = Compressed::of(&[b'a'; MIN_BYTES - 1]);
        assert!(small.gzip.is_none() && small.br.is_none());
        // A byte each, in an order without repetition: a linear congruence.
        let mut state = 1_u32;
        let noise: Vec<u8> = (0..4096)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect();
        let noise = Compressed::of(&noise);
        assert!(noise.gzip.is_none() && noise.br.is_none());
    }
}
