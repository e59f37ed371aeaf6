//! Comments by which a script configures eslint: `global`, `eslint-env`, `eslint`, `exported`.

use std::collections::BTreeMap;

use oxc::ast::ast::Comment;

use super::globals::Globals;
use crate::parameters::Level;

/// What the comments of a script say.
#[derive(Debug, Default)]
pub(super) struct Configured {
    /// Levels by rule.
    pub(super) levels: BTreeMap<String, Level>,
    /// Names that other scripts use.
    pub(super) exported: Vec<String>,
}

/// Reads the comments. What they say of globals is added to `globals`.
pub(super) fn read(text: &str, comments: &[Comment], globals: &mut Globals) -> Configured {
    let mut configured = Configured::default();
    for comment in comments.iter().filter(|comment| comment.is_block()) {
        let span = comment.content_span();
        let content = text[span.start as usize..span.end as usize].trim();
        let content = content.split(" -- ").next().unwrap_or_default();
        let Some((word, rest)) = content.split_once(char::is_whitespace) else { continue };
        match word {
            "global" | "globals" => {
                let names = names(rest).into_iter().map(|(name, value)| (name, value != "off"));
                globals.names.extend(names);
            }
            "eslint-env" => globals.environments.extend(names(rest).into_iter().map(|(name, _)| name)),
            "exported" => configured.exported.extend(names(rest).into_iter().map(|(name, _)| name)),
            "eslint" => {
                for (name, value) in pairs(rest) {
                    if let Some(level) = level(value) {
                        configured.levels.insert(name.trim_matches(['"', '\'']).to_owned(), level);
                    }
                }
            }
            _ => {}
        }
    }
    configured
}

/// `a, b: c d` as names and what follows each, which is mostly nothing.
fn names(text: &str) -> Vec<(String, String)> {
    let mut words = text.replace(':', " : ");
    words.retain(|char| !matches!(char, '"' | '\''));
    let mut names: Vec<(String, String)> = Vec::new();
    let mut value = false;
    for word in words.split([' ', '\t', '\n', '\r', ',']).filter(|word| !word.is_empty()) {
        match names.last_mut() {
            Some((_, last)) if value => word.clone_into(last),
            _ if word != ":" => names.push((word.to_owned(), String::new())),
            _ => {}
        }
        value = word == ":";
    }
    names
}

/// `a: b, c: [d, e]` as pairs.
fn pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut depth = 0_usize;
    let parts = text.split(move |char: char| {
        match char {
            '[' | '{' => depth += 1,
            ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && char == ','
    });
    parts.filter_map(|part| part.split_once(':')).map(|(name, value)| (name.trim(), value.trim()))
}

/// A level as eslint writes it, with or without options after it.
fn level(text: &str) -> Option<Level> {
    let first = text.trim_start_matches('[').split(',').next().unwrap_or_default();
    match first.trim().trim_end_matches(']').trim().trim_matches(['"', '\'']) {
        "0" | "off" => Some(Level::Off),
        "1" | "warn" => Some(Level::Warning),
        "2" | "error" => Some(Level::Error),
        _ => None,
    }
}
