//! Compares the pages of two sites by what is seen of them.

use std::fmt;

use html5gum::{Token, Tokenizer};

use crate::Files;

/// The folder of resized images, whose names each builder gives in its own way.
const IMAGES: &str = "processed_images/";
/// Elements whose text nobody sees.
const HIDDEN: [&[u8]; 4] = [b"script", b"style", b"noscript", b"template"];
/// Elements that a highlighter puts around tokens, each in its own way.
const PASSED_OVER: &[u8] = b"span";
/// How many pages that differ are named.
const MAX_NAMED: usize = 5;

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Pages with the same text.
    same: usize,
    /// Pages with the same pieces of text in another order: Zola's own order is another each time where the site
    /// asks for none, as of translations.
    reordered: usize,
    /// Pages whose text differs.
    differ: Vec<String>,
    /// Files that only one of both has.
    only_theirs: Vec<String>,
    only_ours: Vec<String>,
}

impl Found {
    /// Whether there is no difference that counts.
    pub(crate) fn is_same(&self) -> bool {
        self.differ.is_empty() && self.only_theirs.is_empty() && self.only_ours.is_empty()
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pages = self.same + self.reordered + self.differ.len();
        write!(f, "{pages} pages, same text {}, in another order {}, ", self.same, self.reordered)?;
        write!(f, "different {}, files only there {}, ", self.differ.len(), self.only_theirs.len())?;
        write!(f, "only here {}", self.only_ours.len())?;
        for name in self.differ.iter().chain(&self.only_theirs).chain(&self.only_ours).take(MAX_NAMED) {
            write!(f, "\n    {name}")?;
        }
        Ok(())
    }
}

/// Compares two sites.
pub(crate) fn compare(theirs: &Files, ours: &Files) -> Found {
    let mut found = Found::default();
    let counts = |path: &&String| !path.starts_with(IMAGES);
    found.only_theirs.extend(theirs.keys().filter(|path| !ours.contains_key(*path)).filter(counts).cloned());
    found.only_ours.extend(ours.keys().filter(|path| !theirs.contains_key(*path)).filter(counts).cloned());
    for (path, page) in theirs.iter().filter(|(path, _)| path.ends_with(".html")) {
        let Some(other) = ours.get(path) else { continue };
        let (mut page, mut other) = (pieces(page), pieces(other));
        if page.concat() == other.concat() {
            found.same += 1;
            continue;
        }
        page.sort_unstable();
        other.sort_unstable();
        if page == other {
            found.reordered += 1;
        } else {
            found.differ.push(path.clone());
        }
    }
    found
}

/// The text between tags, without white space: Zola's minifier drops some that is seen.
fn pieces(html: &[u8]) -> Vec<String> {
    let mut pieces = vec![Vec::new()];
    let mut hidden: Option<Vec<u8>> = None;
    for token in Tokenizer::new(html).flatten() {
        match token {
            Token::String(text) if hidden.is_none() => {
                let seen = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace());
                pieces.last_mut().unwrap().extend(seen);
            }
            Token::StartTag(tag) if hidden.is_none() => {
                if HIDDEN.contains(&tag.name.as_slice()) {
                    hidden = Some(tag.name.to_vec());
                } else if *tag.name != *PASSED_OVER {
                    pieces.push(Vec::new());
                }
            }
            Token::EndTag(tag) if hidden.as_deref() == Some(tag.name.as_slice()) => hidden = None,
            Token::EndTag(tag) if hidden.is_none() && *tag.name != *PASSED_OVER => pieces.push(Vec::new()),
            _ => {}
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces.into_iter().map(|piece| String::from_utf8_lossy(&piece).into_owned()).collect()
}
