//! Which digests a text names. Whatever has 64 hexadecimal digits in a row may be one: nobody who keeps something needs to
//! say so anywhere else.

use std::collections::BTreeMap;

use artifact::Digest;

/// Hexadecimal digits of a digest.
const DIGITS: usize = 64;

/// Digests that were named, and when last, as far as that is known.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mentions(BTreeMap<Digest, u64>);

impl Mentions {
    /// Reads the parts of one text, which was cut anywhere. `at_ms`: when what it tells happened, milliseconds since 1970.
    pub(crate) fn read<'a>(&mut self, parts: impl IntoIterator<Item = &'a [u8]>, at_ms: u64) {
        let mut run = Vec::with_capacity(DIGITS + 1);
        for byte in parts.into_iter().flatten() {
            if matches!(byte, b'0'..=b'9' | b'a'..=b'f') {
                // What is longer is none: one digit more says so.
                if run.len() <= DIGITS {
                    run.push(*byte);
                }
                continue;
            }
            self.note(&run, at_ms);
            run.clear();
        }
        self.note(&run, at_ms);
    }

    /// Whether it was named.
    pub(crate) fn contains(&self, digest: &Digest) -> bool {
        self.0.contains_key(digest)
    }

    /// When it was last named.
    pub(crate) fn last_ms(&self, digest: &Digest) -> Option<u64> {
        self.0.get(digest).copied()
    }

    /// All of them.
    pub(crate) fn digests(&self) -> impl Iterator<Item = &Digest> {
        self.0.keys()
    }

    fn note(&mut self, run: &[u8], at_ms: u64) {
        if run.len() != DIGITS {
            return;
        }
        let digest = std::str::from_utf8(run).ok().and_then(|hex| Digest::from_hex(hex).ok());
        if let Some(digest) = digest {
            let last_ms = self.0.entry(digest).or_default();
            *last_ms = (*last_ms).max(at_ms);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(parts: &[&str], expected: usize) {
        let hex = Digest::of(b"x").hex();
        let (one, other) = hex.split_at(30);
        let parts: Vec<String> = parts
            .iter()
            .map(|part| part.replace("HEX", &hex).replace("ONE", one).replace("OTHER", other))
            .collect();
        let mut mentions = Mentions::default();
        mentions.read(parts.iter().map(String::as_bytes), 7);
        assert_eq!(mentions.digests().count(), expected, "{parts:?}");
        if expected == 1 {
            assert_eq!(mentions.last_ms(&Digest::of(b"x")), Some(7));
        }
    }

    #[test]
    fn digests_are_found_wherever_they_stand() {
        check(&["HEX"], 1);
        check(&["{\"a\":\"sha256:HEX\",\"b\":[\"HEX\"]}"], 1);
        check(&["cache/HEX\n"], 1);
        check(&["\"sha256:ONE", "OTHER\""], 1);
        check(&["\"ONE\"", "\"OTHER\""], 0);
        check(&["aHEX"], 0);
        check(&["HEXHEX"], 0);
        check(&[""], 0);
    }
}
