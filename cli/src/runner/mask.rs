//! Masks secrets in what comes bit by bit.

use stage_http::mask::Masker;

/// Text that comes bit by bit. What may be the beginning of a secret is held back until it is known.
pub(super) struct MaskedStream<'a> {
    masker: &'a Masker,
    /// Bytes that are not text yet.
    bytes: Vec<u8>,
    /// Text that is held back.
    text: String,
}

impl<'a> MaskedStream<'a> {
    pub(super) fn new(masker: &'a Masker) -> Self {
        Self { masker, bytes: Vec::new(), text: String::new() }
    }

    /// What can be told after these bytes came.
    pub(super) fn push(&mut self, bytes: &[u8]) -> String {
        self.bytes.extend_from_slice(bytes);
        self.take_text();
        let (masked, taken) = self.masker.beginning(&self.text);
        self.text.drain(..taken);
        masked
    }

    /// What is left at the end.
    pub(super) fn finish(mut self) -> String {
        self.text.push_str(&String::from_utf8_lossy(&self.bytes));
        let mut text = self.masker.text(self.text);
        self.masker.cut_end(&mut text);
        text
    }

    /// Moves whole characters from bytes to text; what is none becomes the replacement character.
    fn take_text(&mut self) {
        let mut taken = 0;
        for chunk in self.bytes.utf8_chunks() {
            self.text.push_str(chunk.valid());
            taken += chunk.valid().len();
            let is_at_end = taken + chunk.invalid().len() == self.bytes.len();
            // At the end it may be a character that is cut: it has four bytes at most.
            if chunk.invalid().is_empty() || is_at_end && chunk.invalid().len() < 4 {
                break;
            }
            self.text.push(char::REPLACEMENT_CHARACTER);
            taken += chunk.invalid().len();
        }
        self.bytes.drain(..taken);
    }
}

#[cfg(test)]
mod tests {
    use stage_http::host::Secret;

    use super::*;

    #[track_caller]
    fn check(secrets: &[&str], chunks: &[&[u8]], expected: &[&str]) {
        let secrets: Vec<Secret> =
            secrets.iter().map(|value| Secret { name: "S".to_owned(), value: (*value).to_owned() }).collect();
        let masker = Masker::new(&secrets);
        let mut stream = MaskedStream::new(&masker);
        let mut found: Vec<String> = chunks.iter().map(|chunk| stream.push(chunk)).collect();
        found.push(stream.finish());
        assert_eq!(found, expected);
    }

    #[test]
    fn a_secret_is_masked_wherever_it_is_cut() {
        check(&["hunter22"], &[b"a hunter22 b\n"], &["a *** b\n", ""]);
        check(&["hunter22"], &[b"a hun", b"ter22", b" b"], &["a ", "***", " b", ""]);
        check(&["hunter22"], &[b"a hun", b"gry"], &["a ", "hungry", ""]);
        check(&["hunter22"], &[b"a hunter2"], &["a ", "***"]);
        check(&["abab"], &[b"xabab", b"x"], &["x***", "x", ""]);
        check(&["abab"], &[b"xaba", b"b"], &["x", "***", ""]);
        check(&["abc", "abcdef"], &[b"abc", b"def", b"abc", b"x"], &["", "***", "", "***x", ""]);
        check(&[], &[b"a", b"b"], &["a", "b", ""]);
    }

    #[test]
    fn what_is_no_text_is_shown_as_such() {
        check(&[], &[b"\xc3", b"\xa9"], &["", "é", ""]);
        check(&[], &[b"a\xffb"], &["a\u{fffd}b", ""]);
        check(&[], &[b"\xe2\x82"], &["", "\u{fffd}"]);
        check(&[], &[b"\xff", b"\xff"], &["", "\u{fffd}", "\u{fffd}"]);
    }
}
