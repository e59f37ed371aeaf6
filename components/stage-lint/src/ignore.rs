//! Comments that tell the linter to ignore something.
//!
//! `ropewalk-ignore [rule …]` in a comment of any language ignores the named rules, or all, on its own line,
//! and on the next one when the line has nothing else; `ropewalk-ignore-file [rule …]` in the whole file. What a
//! language has of its own counts, too: ruff's `noqa` comments, and
//! eslint's `eslint-disable-next-line`, `eslint-disable-line`, `eslint-disable` and
//! `eslint-enable`.

use crate::diagnostic::Diagnostic;
use crate::rules::{self, Rule};

const MARK: &str = "ropewalk-ignore";

/// What to ignore in one file.
#[derive(Debug, Default)]
pub(crate) struct Ignores {
    spans: Vec<Span>,
    /// Line, byte column and name of rules that there are not.
    pub(crate) unknown: Vec<(usize, usize, String)>,
}

/// Lines from which a rule, or all, are ignored: from 1, both included.
#[derive(Debug)]
struct Span {
    first: u32,
    last: u32,
    /// Empty: all.
    rules: Vec<String>,
}

impl Ignores {
    /// Reads the comments of a text. `eslint` says whether eslint's count.
    pub(crate) fn of(text: &str, eslint: bool) -> Self {
        let mut ignores = Self::default();
        let marked = text.contains(MARK) || (eslint && text.contains("eslint-"));
        if !marked {
            return ignores;
        }
        let mut disabled: Vec<(u32, Vec<String>)> = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            if let Some(at) = line.find(MARK) {
                ignores.ours(number, line, at);
            }
            if eslint && let Some(at) = line.find("eslint-") {
                ignores.eslint(number, &line[at..], &mut disabled);
            }
        }
        let rest = disabled.into_iter().map(|(first, rules)| Span { first, last: u32::MAX, rules });
        ignores.spans.extend(rest);
        ignores
    }

    /// Whether a diagnostic is ignored.
    pub(crate) fn has(&self, diagnostic: &Diagnostic) -> bool {
        let line = diagnostic.start.line;
        self.spans.iter().any(|span| {
            let named = || span.rules.iter().any(|name| names_rule(name, diagnostic.rule));
            (span.first..=span.last).contains(&line) && (span.rules.is_empty() || named())
        })
    }

    fn ours(&mut self, line: u32, text: &str, at: usize) {
        let after = &text[at + MARK.len()..];
        let (whole_file, after) = match after.strip_prefix("-file") {
            Some(after) => (true, after),
            None => (false, after),
        };
        let names = names(after);
        for name in names.iter().filter(|name| !rules::names_something(name)) {
            let column = text.find(name.as_str()).unwrap_or(at);
            self.unknown.push((line as usize, column, name.clone()));
        }
        let alone = text[..at].trim().chars().all(|char| "/*#<!-{%;".contains(char));
        let (first, last) = match (whole_file, alone) {
            (true, _) => (1, u32::MAX),
            (false, true) => (line, line + 1),
            (false, false) => (line, line),
        };
        self.spans.push(Span { first, last, rules: names });
    }

    fn eslint(&mut self, line: u32, text: &str, disabled: &mut Vec<(u32, Vec<String>)>) {
        let mut span = |first, last, rules: &str| {
            self.spans.push(Span { first, last, rules: names(rules) });
        };
        if let Some(rules) = text.strip_prefix("eslint-disable-next-line") {
            span(line + 1, line + 1, rules);
        } else if let Some(rules) = text.strip_prefix("eslint-disable-line") {
            span(line, line, rules);
        } else if let Some(rules) = text.strip_prefix("eslint-disable") {
            disabled.push((line, names(rules)));
        } else if let Some(rules) = text.strip_prefix("eslint-enable") {
            let enabled = names(rules);
            disabled.retain(|(first, rules)| {
                let ends = enabled.is_empty() || *rules == enabled;
                if ends {
                    self.spans.push(Span { first: *first, last: line, rules: rules.clone() });
                }
                !ends
            });
        }
    }
}

/// Whether a name in a comment is that of a rule, of its language, or the beginning of its code.
fn names_rule(name: &str, rule: &Rule) -> bool {
    name == rule.id || name == rule.group || (rules::is_python(rule) && rule.id.starts_with(name))
}

/// The names of rules at the beginning of a comment's text, up to its end or to `--` and a reason.
fn names(text: &str) -> Vec<String> {
    let end = ["*/", "--", "%}", "#}"].iter().filter_map(|end| text.find(end)).min().unwrap_or(text.len());
    text[..end].split([',', ' ', '\t', ':']).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}
