//! Reads an `.editorconfig`, as its specification (0.17) has it.

use std::collections::BTreeMap;
use std::fmt::Write;

use globset::{GlobBuilder, GlobMatcher};

/// Numbers that a range `{1..9}` of a pattern may stand for.
const MAX_RANGE: i64 = 100;

/// A file.
#[derive(Debug)]
pub(super) struct Config {
    /// Those of folders above don't count.
    pub(super) root: bool,
    sections: Vec<(GlobMatcher, Vec<(String, String)>)>,
}

/// What a line says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// Nothing, or a comment.
    Nothing,
    Section(&'a str),
    /// A property and its value, in lower case.
    Pair(String, String),
    Wrong,
}

pub(super) fn line(text: &str) -> Line<'_> {
    let text = text.trim();
    if text.is_empty() || text.starts_with(['#', ';']) {
        return Line::Nothing;
    }
    if let Some(pattern) = text.strip_prefix('[').and_then(|rest| rest.rsplit_once(']')) {
        return Line::Section(pattern.0);
    }
    // Comments at the end of a line are from older versions of the specification, and still about.
    let text = text.split(" #").next().and_then(|text| text.split(" ;").next()).unwrap_or_default();
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => {
            Line::Pair(key.trim().to_lowercase(), value.trim().to_lowercase())
        }
        _ => Line::Wrong,
    }
}

impl Config {
    /// Reads a text. What can't be read is left out.
    pub(super) fn of(text: &str) -> Self {
        let mut config = Self { root: false, sections: Vec::new() };
        let mut section: Option<Option<GlobMatcher>> = None;
        for text in text.trim_start_matches('\u{feff}').lines() {
            match line(text) {
                Line::Section(pattern) => {
                    let glob = glob(pattern).ok();
                    if let Some(glob) = &glob {
                        config.sections.push((glob.clone(), Vec::new()));
                    }
                    section = Some(glob);
                }
                Line::Pair(key, value) => match &section {
                    None => config.root |= key == "root" && value == "true",
                    Some(Some(_)) => {
                        if let Some((_, pairs)) = config.sections.last_mut() {
                            pairs.push((key, value));
                        }
                    }
                    Some(None) => {}
                },
                Line::Nothing | Line::Wrong => {}
            }
        }
        config
    }

    /// Adds what it asks of a file, by its path below the folder.
    pub(super) fn apply(&self, path: &str, properties: &mut BTreeMap<String, String>) {
        for (_, pairs) in self.sections.iter().filter(|(glob, _)| glob.is_match(path)) {
            for (key, value) in pairs {
                if value == "unset" {
                    properties.remove(key);
                } else {
                    properties.insert(key.clone(), value.clone());
                }
            }
        }
    }
}

/// The pattern of a section. One without `/` is about names in whichever folder.
pub(super) fn glob(pattern: &str) -> Result<GlobMatcher, String> {
    let expanded = ranges(pattern)?;
    let plain = expanded.strip_prefix('/').unwrap_or(&expanded);
    let pattern = if expanded.contains('/') { plain.to_owned() } else { format!("**/{plain}") };
    let pattern = anywhere(&pattern);
    let glob = GlobBuilder::new(&pattern).literal_separator(true).empty_alternates(true).build();
    glob.map(|glob| glob.compile_matcher()).map_err(|error| error.kind().to_string())
}

/// Writes out `**` where it stands beside a name, which globs have between slashes alone.
fn anywhere(pattern: &str) -> String {
    let mut written = String::new();
    let mut rest = pattern;
    while let Some(at) = rest.find("**") {
        let after = rest[at + 2..].trim_start_matches('*');
        written.push_str(&rest[..at]);
        let whole =
            (written.is_empty() || written.ends_with('/')) && (after.is_empty() || after.starts_with('/'));
        written.push_str(if whole { "**" } else { "{*,**/*}" });
        rest = after;
    }
    written + rest
}

/// Writes out `{1..3}` as `{1,2,3}`, and `{one}`, which is no choice, with its braces escaped.
fn ranges(pattern: &str) -> Result<String, String> {
    let mut written = String::new();
    let mut rest = pattern;
    while let Some(start) = rest.find('{') {
        let Some(end) = rest[start..].find('}').map(|end| start + end) else { break };
        let inner = &rest[start + 1..end];
        written.push_str(&rest[..start]);
        let bounds =
            inner.split_once("..").and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
        match bounds {
            Some((first, last)) => {
                let (first, last): (i64, i64) = if first <= last { (first, last) } else { (last, first) };
                if last.saturating_sub(first) >= MAX_RANGE {
                    return Err(format!("a range of over {MAX_RANGE} numbers"));
                }
                let numbers: Vec<String> = (first..=last).map(|number| number.to_string()).collect();
                let _ = write!(written, "{{{}}}", numbers.join(","));
            }
            None if !inner.contains([',', '{']) => {
                let _ = write!(written, "\\{{{inner}\\}}");
            }
            None => written.push_str(&rest[start..=end]),
        }
        rest = &rest[end + 1..];
    }
    written.push_str(rest);
    Ok(written)
}
