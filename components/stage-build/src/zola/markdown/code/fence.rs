use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use crate::zola::markdown::escaped;

/// What a fence says: `rust,linenos,linenostart=10,hl_lines=1-3 5,hide_lines=2,name=main.rs`.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Fence {
    pub(super) lang: String,
    pub(super) numbers: bool,
    /// The number of the first line, one unless the fence says another.
    pub(super) first_number: i64,
    marked: Vec<RangeInclusive<usize>>,
    hidden: Vec<RangeInclusive<usize>>,
    /// Everything else, which becomes attributes.
    others: BTreeMap<String, String>,
}

impl Fence {
    pub(crate) fn parse(info: &str) -> Self {
        let mut fence = Self { first_number: 1, ..Self::default() };
        for part in info.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (key, value) = match part.split_once('=') {
                Some((key, value)) => (key.trim(), Some(value.trim())),
                None => (part, None),
            };
            match (key, value) {
                ("linenos", _) => fence.numbers = true,
                ("linenostart", Some(first)) => fence.first_number = first.parse().unwrap_or(1),
                ("hl_lines", Some(lines)) => fence.marked = ranges(lines),
                ("hide_lines", Some(lines)) => fence.hidden = ranges(lines),
                (key, Some(value)) => {
                    fence.others.insert(key.to_owned(), value.to_owned());
                }
                (lang, None) if fence.lang.is_empty() => lang.clone_into(&mut fence.lang),
                (_, None) => {}
            }
        }
        fence
    }

    /// Whether no language is named.
    pub(super) fn is_plain(&self) -> bool {
        matches!(self.lang.as_str(), "" | "plain" | "text" | "txt" | "plaintext")
    }

    pub(super) fn hides(&self, line: usize) -> bool {
        self.hidden.iter().any(|range| range.contains(&line))
    }

    pub(super) fn marks(&self, line: usize) -> bool {
        self.marked.iter().any(|range| range.contains(&line))
    }

    /// The attributes of the `code` tag.
    pub(super) fn attributes(&self) -> String {
        let lang = if self.lang.is_empty() { "plain" } else { &self.lang };
        let mut attributes = format!(" data-lang=\"{}\"", escaped(lang));
        for (key, value) in &self.others {
            let key = key.to_lowercase().replace(|c: char| !c.is_alphanumeric() && c != '-', "-");
            attributes.extend([" data-", &key, "=\"", &escaped(value), "\""]);
        }
        attributes
    }
}

/// `1-3 5`
fn ranges(text: &str) -> Vec<RangeInclusive<usize>> {
    text.split_whitespace()
        .filter_map(|range| {
            let (from, to) = range.split_once('-').unwrap_or((range, range));
            let (from, to): (usize, usize) = (from.parse().ok()?, to.parse().ok()?);
            Some(from.min(to)..=from.max(to))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(info: &str, lang: &str, attributes: &str, marked: &[usize]) {
        let fence = Fence::parse(info);
        assert_eq!(fence.lang, lang);
        assert_eq!(fence.attributes(), attributes);
        assert_eq!((1..10).filter(|&line| fence.marks(line)).collect::<Vec<_>>(), marked);
    }

    #[test]
    fn fences_are_read() {
        check("", "", " data-lang=\"plain\"", &[]);
        check("rust", "rust", " data-lang=\"rust\"", &[]);
        check(
            "rust,hl_lines=1-3 5,name=a \"b\".rs",
            "rust",
            " data-lang=\"rust\" data-name=\"a &quot;b&quot;.rs\"",
            &[1, 2, 3, 5],
        );
        let fence = Fence::parse("js, linenos, linenostart=7, hide_lines=2");
        assert!(fence.numbers && fence.first_number == 7 && fence.hides(2) && !fence.hides(1));
    }
}
