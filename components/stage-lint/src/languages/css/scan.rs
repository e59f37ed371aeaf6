//! What the parser doesn't tell: blocks that don't close, and where URLs stand. It also keeps the parser from
//! nesting so deep that it exhausts the stack.

use std::ops::Range;

use crate::languages::MAX_NESTING;
use crate::languages::html::Broken;
use crate::rules;

/// What a scan found.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) errors: Vec<Broken>,
    pub(super) urls: Vec<(String, Range<usize>)>,
    /// Nested too deep to be parsed.
    pub(super) too_deep: bool,
}

/// Scans brackets, strings, comments and URLs.
pub(super) fn scan(text: &str) -> Scan {
    let mut scan = Scan::default();
    let mut open: Vec<(u8, usize)> = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    // Where the prelude of an `@import` goes on: its first string is a URL.
    let mut import = false;
    while at < bytes.len() {
        let start = at;
        match bytes[at] {
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                if let Some(end) = text[at + 2..].find("*/") {
                    at += end + 4;
                } else {
                    scan.errors.push((
                        &rules::CSS_SYNTAX,
                        at..at + 2,
                        "the comment is not closed".to_owned(),
                    ));
                    return scan;
                }
            }
            quote @ (b'"' | b'\'') => {
                at = string_end(bytes, at + 1, quote);
                let (inside, closed) = (start + 1..at, bytes.get(at) == Some(&quote));
                at += usize::from(closed);
                if std::mem::take(&mut import) && closed {
                    scan.urls.push((text[inside.clone()].to_owned(), inside));
                }
            }
            b'\\' => at += 2,
            b'@' => {
                import = text[at..].get(..7).is_some_and(|word| word.eq_ignore_ascii_case("@import"));
                at += 1;
            }
            b'u' | b'U'
                if text[at..].get(..4).is_some_and(|word| word.eq_ignore_ascii_case("url("))
                    && !in_word(bytes, at) =>
            {
                import = false;
                at = url(text, at + 4, &mut scan);
            }
            byte @ (b'{' | b'(' | b'[') => {
                open.push((byte, at));
                at += 1;
                if open.len() > MAX_NESTING {
                    let message =
                        format!("blocks nest deeper than {MAX_NESTING} levels: the file is not parsed");
                    scan.errors.push((&rules::NESTING, start..at, message));
                    scan.too_deep = true;
                    return scan;
                }
            }
            byte @ (b'}' | b')' | b']') => {
                close(&mut open, byte, at, &mut scan.errors);
                at += 1;
            }
            byte => {
                import &= byte != b';';
                at += 1;
            }
        }
    }
    for (byte, at) in open {
        scan.errors.push((&rules::CSS_SYNTAX, at..at + 1, format!("`{}` is not closed", char::from(byte))));
    }
    scan
}

/// Brackets that are closed in another order are left to the parser.
fn close(open: &mut Vec<(u8, usize)>, byte: u8, at: usize, errors: &mut Vec<Broken>) {
    let opening = match byte {
        b'}' => b'{',
        b')' => b'(',
        _ => b'[',
    };
    match open.iter().rposition(|(open, _)| *open == opening) {
        Some(found) => {
            for (byte, at) in open.drain(found..).skip(1) {
                errors.push((
                    &rules::CSS_SYNTAX,
                    at..at + 1,
                    format!("`{}` is not closed", char::from(byte)),
                ));
            }
        }
        None => {
            errors.push((&rules::CSS_SYNTAX, at..at + 1, format!("`{}` closes nothing", char::from(byte))));
        }
    }
}

/// The byte of the closing quote, or of the line's end, or the length.
fn string_end(bytes: &[u8], mut at: usize, quote: u8) -> usize {
    while at < bytes.len() && bytes[at] != quote && bytes[at] != b'\n' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at.min(bytes.len())
}

/// Reads a URL from after `url(` on. Answers where it ends.
fn url(text: &str, start: usize, scan: &mut Scan) -> usize {
    let bytes = text.as_bytes();
    let space = |at: usize| bytes[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let begin = start + space(start);
    let (inside, mut end) = if let Some(quote @ (b'"' | b'\'')) = bytes.get(begin) {
        let end = string_end(bytes, begin + 1, *quote);
        (begin + 1..end, (end + 1).min(bytes.len()))
    } else {
        let end = text[begin..].find(')').map_or(bytes.len(), |end| begin + end);
        (begin..begin + text[begin..end].trim_end().len(), end)
    };
    end += space(end);
    if bytes.get(end) == Some(&b')') {
        end += 1;
        let value = &text[inside.clone()];
        if !value.is_empty() && !value.contains('\\') {
            scan.urls.push((value.to_owned(), inside));
        }
    }
    end
}

fn in_word(bytes: &[u8], at: usize) -> bool {
    at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || matches!(bytes[at - 1], b'-' | b'_'))
}
