//! Regular expressions, which run in linear time whatever their pattern.

use std::sync::Arc;

use regex::{Regex, RegexBuilder};

/// Bytes that a compiled pattern may take.
const MAX_PATTERN_BYTES: usize = 1024 * 1024;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    regex: Arc<Regex>,
}

/// One match; places are bytes of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) groups: Vec<Option<String>>,
}

impl Pattern {
    /// Compiles what stands between the slashes. The error says what can't be had.
    pub(super) fn compile(pattern: &str, flags: &str) -> Result<Self, String> {
        let regex = RegexBuilder::new(&translated(pattern))
            .case_insensitive(flags.contains('i'))
            .multi_line(flags.contains('m'))
            .size_limit(MAX_PATTERN_BYTES)
            .build()
            .map_err(|error| {
                let text = error.to_string();
                let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                format!("`/{pattern}/` isn't a regular expression that can be used: {reason}")
            })?;
        Ok(Self { regex: Arc::new(regex) })
    }

    /// The first match from a place on.
    pub(super) fn find(&self, text: &str, from: usize) -> Option<Match> {
        let captures = self.regex.captures_at(text, from)?;
        let whole = captures.get(0)?;
        Some(Match {
            start: whole.start(),
            end: whole.end(),
            groups: captures
                .iter()
                .skip(1)
                .map(|group| group.map(|group| group.as_str().to_owned()))
                .collect(),
        })
    }
}

/// The pattern with the meaning that it has in JavaScript: classes are those of ASCII, brackets in a class are plain.
fn translated(pattern: &str) -> String {
    let mut text = String::with_capacity(pattern.len());
    let mut in_class = false;
    let mut characters = pattern.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\\' => match (characters.next(), in_class) {
                (Some('d'), false) => text.push_str("[0-9]"),
                (Some('d'), true) => text.push_str("0-9"),
                (Some('D'), false) => text.push_str("[^0-9]"),
                (Some('w'), false) => text.push_str("[0-9A-Za-z_]"),
                (Some('w'), true) => text.push_str("0-9A-Za-z_"),
                (Some('W'), false) => text.push_str("[^0-9A-Za-z_]"),
                (Some(word @ ('b' | 'B')), false) => text.extend(["(?-u:\\", &word.to_string(), ")"]),
                (Some('b'), true) => text.push_str("\\x08"),
                (Some(other), _) => text.extend(['\\', other]),
                (None, _) => text.push('\\'),
            },
            '[' if in_class => text.push_str("\\["),
            '[' => {
                in_class = true;
                text.push('[');
                if characters.next_if_eq(&'^').is_some() {
                    text.push('^');
                }
                if characters.peek() == Some(&']') {
                    text.push_str("\\]");
                    characters.next();
                }
            }
            ']' => {
                in_class = false;
                text.push(']');
            }
            c @ ('&' | '~' | '-') if in_class && characters.peek() == Some(&c) => text.extend(['\\', c]),
            '{' if !in_class && !characters.peek().is_some_and(char::is_ascii_digit) => text.push_str("\\{"),
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[track_caller]
    fn check(pattern: &str, flags: &str, text: &str, expected: Option<&str>) {
        let found = Pattern::compile(pattern, flags).expect("the pattern compiles").find(text, 0);
        assert_eq!(found.map(|found| &text[found.start..found.end]), expected, "/{pattern}/ in {text:?}");
    }

    #[test]
    fn patterns() {
        check("^hello\\ ", "", "hello world", Some("hello "));
        check("WORLD$", "i", "hello world", Some("world"));
        check("\\d+", "", "٣ 42", Some("42"));
        check("[[\\]]+", "", "a[b]", Some("["));
        check("a{2}", "", "caab", Some("aa"));
        check("{x", "", "{x", Some("{x"));
    }

    #[test]
    fn what_would_not_run_in_linear_time_is_refused() {
        assert!(Pattern::compile("(?=a)b", "").is_err());
        assert!(Pattern::compile("(a)\\1", "").is_err());
        assert!(Pattern::compile("(a{1000}){1000}", "").is_err());
    }
}
