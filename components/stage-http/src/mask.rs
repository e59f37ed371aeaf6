//! Keeps secrets' values out of what is stored and shown.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use crate::host::Secret;

/// What stands where a secret was.
pub const MASK: &str = "***";

/// Values shorter than this are masked as they are, but not in their encoded forms: those would be
/// found in any text.
const MIN_ENCODED_BYTES: usize = 6;
/// Lines of a value that are at least so long are masked by themselves: programs print keys line by line.
const MIN_LINE_BYTES: usize = 8;
/// So many lines of one value are.
const MAX_LINES: usize = 256;
/// So many bytes of a value's beginning are masked where a log was cut within it.
const MIN_CUT_BYTES: usize = 4;

/// Knows the secrets of one call: each value as it is and by lines, as JSON writes it, percent-encoded,
/// in hexadecimal, and in base64, also where it is only a part of what was encoded.
#[derive(Debug, Clone, Default)]
pub struct Masker {
    /// By the first byte, then the longest first.
    patterns: BTreeMap<u8, Vec<String>>,
}

impl Masker {
    /// Masks these secrets.
    pub fn new(secrets: &[Secret]) -> Self {
        let mut forms = Vec::new();
        for secret in secrets {
            let value = secret.value.as_str();
            add_forms(value, &mut forms);
            // Files end with a line break that is not printed.
            if value.trim() != value {
                add_forms(value.trim(), &mut forms);
            }
            let lines = value.lines().map(str::trim).filter(|line| line.len() >= MIN_LINE_BYTES);
            for line in lines.take(MAX_LINES) {
                add_forms(line, &mut forms);
            }
        }
        forms.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        let mut patterns: BTreeMap<u8, Vec<String>> = BTreeMap::new();
        for form in forms {
            if let Some(first) = form.bytes().next() {
                patterns.entry(first).or_default().push(form);
            }
        }
        Self { patterns }
    }

    /// The text with every secret masked.
    pub fn text(&self, text: String) -> String {
        if self.patterns.is_empty() {
            return text;
        }
        let (mut masked, taken) = self.masked_until(&text, text.len());
        if taken == 0 {
            return text;
        }
        masked.push_str(&text[taken..]);
        masked
    }

    /// The beginning of a text that goes on, masked, and how many bytes of the text that is: as far as no secret that may
    /// still come begins.
    pub fn beginning(&self, text: &str) -> (String, usize) {
        let bytes = text.as_bytes();
        let longest = self.patterns.values().flatten().map(String::len).max().unwrap_or(0);
        let begins = |at: &usize| {
            let starting = self.patterns.get(&bytes[*at]).map_or(&[][..], Vec::as_slice);
            let rest = &bytes[*at..];
            starting.iter().any(|pattern| pattern.len() > rest.len() && pattern.as_bytes().starts_with(rest))
        };
        let until = (bytes.len().saturating_sub(longest)..bytes.len()).find(begins).unwrap_or(bytes.len());
        let (mut masked, taken) = self.masked_until(text, until);
        if taken >= until {
            return (masked, taken);
        }
        masked.push_str(&text[taken..until]);
        (masked, until)
    }

    /// The text up to the end of the last secret that begins before `until`, masked, and how many bytes that is.
    fn masked_until(&self, text: &str, until: usize) -> (String, usize) {
        let bytes = text.as_bytes();
        let mut masked = String::new();
        let (mut kept, mut at) = (0, 0);
        while at < until {
            let starting = self.patterns.get(&bytes[at]).map_or(&[][..], Vec::as_slice);
            // The first byte of a pattern begins a character, so what is found is cut out between two.
            match starting.iter().find(|pattern| bytes[at..].starts_with(pattern.as_bytes())) {
                Some(pattern) => {
                    masked.push_str(&text[kept..at]);
                    masked.push_str(MASK);
                    at += pattern.len();
                    kept = at;
                }
                None => at += 1,
            }
        }
        (masked, kept)
    }

    /// The text with a secret's beginning at its end masked: for one that was cut there.
    pub fn cut_end(&self, text: &mut String) {
        let begins = |pattern: &String| {
            let most = pattern.len().saturating_sub(1).min(text.len());
            (MIN_CUT_BYTES..=most)
                .rev()
                .find(|length| pattern.is_char_boundary(*length) && text.ends_with(&pattern[..*length]))
        };
        if let Some(length) = self.patterns.values().flatten().filter_map(begins).max() {
            text.truncate(text.len() - length);
            text.push_str(MASK);
        }
    }

    /// The value with every secret masked in texts, names of members and numbers.
    pub fn value(&self, value: Value) -> Value {
        if self.patterns.is_empty() {
            return value;
        }
        match value {
            Value::String(text) => self.text(text).into(),
            Value::Array(items) => items.into_iter().map(|item| self.value(item)).collect(),
            Value::Object(members) => {
                let masked = members.into_iter().map(|(name, value)| (self.text(name), self.value(value)));
                Value::Object(masked.collect::<Map<_, _>>())
            }
            Value::Number(number) => {
                let text = number.to_string();
                let masked = self.text(text.clone());
                if masked == text { Value::Number(number) } else { masked.into() }
            }
            Value::Bool(_) | Value::Null => value,
        }
    }
}

fn add_forms(value: &str, patterns: &mut Vec<String>) {
    patterns.push(value.to_owned());
    let json = Value::from(value).to_string();
    patterns.push(json[1..json.len() - 1].to_owned());
    if value.len() < MIN_ENCODED_BYTES {
        return;
    }
    for upper in [false, true] {
        patterns.push(value.bytes().map(|byte| hex(byte, upper)).collect());
        patterns.push(percent_encoded(value, upper));
        patterns.push(percent_encoded(value, upper).replace("%20", "+"));
    }
    for skipped in 0..3 {
        let [standard, url_safe] = within_base64(value.as_bytes(), skipped);
        patterns.push(standard);
        patterns.push(url_safe);
    }
}

/// The characters of base64 that depend on the value alone when `skipped` bytes (modulo 3) stand before
/// it and anything behind it.
fn within_base64(value: &[u8], skipped: usize) -> [String; 2] {
    let padded = [&[0; 2][..skipped], value].concat();
    // Each character holds 6 bits; those that share bits with what is before or behind are left out.
    let first = (skipped * 8).div_ceil(6);
    let end = padded.len() * 8 / 6;
    let part = |text: String| text[first..end].to_owned();
    [part(STANDARD_NO_PAD.encode(&padded)), part(URL_SAFE_NO_PAD.encode(&padded))]
}

fn percent_encoded(value: &str, upper: bool) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(byte.into());
        } else {
            text.push('%');
            text.push_str(&hex(byte, upper));
        }
    }
    text
}

fn hex(byte: u8, upper: bool) -> String {
    if upper { format!("{byte:02X}") } else { format!("{byte:02x}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn masker(values: &[&str]) -> Masker {
        let secrets: Vec<_> =
            values.iter().map(|value| Secret { name: "S".to_owned(), value: (*value).to_owned() }).collect();
        Masker::new(&secrets)
    }

    #[track_caller]
    fn check(secrets: &[&str], text: &str, expected: &str) {
        assert_eq!(masker(secrets).text(text.to_owned()), expected);
    }

    #[test]
    fn values_are_masked_wherever_they_are() {
        check(&["hunter22"], "hunter22hunter22, hunter2", "******, hunter2");
        check(&["abc", "abcdef"], "abcdefabc", "******");
        check(&["é€"], "xé€é", "x***é");
        check(&["x"], "axb", "a***b");
        check(&[""], "abc", "abc");
        check(&["abc\n"], "abcd", "***d");
        check(&[], "abc", "abc");
        check(&["line one\nline two\n}"], "> line one\n> line two\n}", "> ***\n> ***\n}");
    }

    #[test]
    fn encoded_forms_are_masked() {
        let secret = "p@ss word/é\"\u{1}";
        let check = |text: &str| check(&[secret], &format!("<{text}>"), "<***>");
        check("p%40ss%20word%2F%C3%A9%22%01");
        check("p%40ss%20word%2f%c3%a9%22%01");
        check("p%40ss+word%2F%C3%A9%22%01");
        check("7040737320776f72642fc3a92201");
        check("7040737320776F72642FC3A92201");
        check("p@ss word/é\\\"\\u0001");
    }

    #[test]
    fn base64_is_masked_at_every_offset() {
        for secret in ["token-1", "token-12", "token-123", "\u{3ff}\u{3ff}\u{3ff}>>>???"] {
            for before in ["", "u", "us", "user:", "user:x"] {
                for after in ["", "1", "12", "123"] {
                    let text = format!("{before}{secret}{after}");
                    for encoded in [STANDARD_NO_PAD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
                        let masked = masker(&[secret]).text(encoded.clone());
                        assert!(masked.contains(MASK), "{text}: {encoded}");
                    }
                }
            }
        }
    }

    #[test]
    fn json_is_masked_and_stays_json() {
        let value = json!({ "a hunter22": ["hunter22", 1, null, true], "n": 123_456, "f": 0.5 });
        let masked = masker(&["hunter22", "345"]).value(value);
        assert_eq!(masked, json!({ "a ***": ["***", 1, null, true], "n": "12***6", "f": 0.5 }));
    }

    #[track_caller]
    fn check_cut(text: &str, expected: &str) {
        let mut text = text.to_owned();
        masker(&["hunter22", "nter2x"]).cut_end(&mut text);
        assert_eq!(text, expected);
    }

    #[test]
    fn a_secret_that_was_cut_is_masked() {
        check_cut("a hunter2", "a ***");
        check_cut("a hunt", "a ***");
        check_cut("a hun", "a hun");
        check_cut("", "");
        check_cut("hunter22 x", "hunter22 x");
    }
}
