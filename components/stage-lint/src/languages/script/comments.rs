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
                for (name, value) in pairs(rest) {
                    globals.names.insert(name.to_owned(), value.trim_matches(['"', '\'']) != "off");
                }
            }
            "eslint-env" => {
                globals.environments.extend(pairs(rest).map(|(name, _)| name.to_owned()));
            }
            "exported" => configured.exported.extend(pairs(rest).map(|(name, _)| name.to_owned())),
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

/// `a: b, c, d: [e, f]` as pairs; the value of `c` is empty.
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
    parts
        .flat_map(|part| {
            // Names of globals may also stand with mere spaces between.
            let separate = !part.contains(':');
            part.split(move |char: char| separate && char.is_whitespace())
        })
        .map(|part| part.split_once(':').unwrap_or((part, "")))
        .map(|(name, value)| (name.trim(), value.trim()))
        .filter(|(name, _)| !name.is_empty())
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
