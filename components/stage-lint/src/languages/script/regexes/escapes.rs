//! Escapes that a regular expression doesn't need.

use oxc::span::Span;

use crate::languages::script::literals::{place, useless};
use crate::languages::script::{Found, Script};

/// What may be escaped everywhere.
const ANYWHERE: &str = "\\bcdDfnpPrsStvwWxu0123456789]";
/// What may be escaped outside of classes besides.
const OUTSIDE: &str = "^/.$*+?[{}|()Bk";
/// What is escaped within classes of expressions with flag `v`, where two of it have a meaning.
const DOUBLED: &str = "!#$%&*+,.:;<=>?@^`~";

pub(super) fn check(script: &Script<'_, '_>, span: Span, flags: &str, found: &mut Found) {
    let text = script.text(span);
    if !text.contains('\\') {
        return;
    }
    let sets = flags.contains('v');
    let end = text.rfind('/').unwrap_or(text.len());
    let mut chars = text[..end].char_indices().skip(1).peekable();
    // How many classes are open, and where the innermost begins.
    let (mut classes, mut start) = (0_usize, 0);
    while let Some((at, char)) = chars.next() {
        match char {
            '\\' => {
                let Some((_, escaped)) = chars.next() else { break };
                let next = chars.peek().map(|(_, next)| *next);
                let context = Context { sets, in_class: classes > 0, first: at == start + 1 };
                if !context.needs(escaped, next, &text[..at]) {
                    useless(place(span.start, at, 1), escaped, found);
                }
            }
            '[' if classes == 0 || sets => {
                classes += 1;
                start = at;
            }
            ']' => classes = classes.saturating_sub(1),
            _ => {}
        }
    }
}

struct Context {
    /// Whether the expression has flag `v`.
    sets: bool,
    in_class: bool,
    /// Whether nothing of the class stands before.
    first: bool,
}

impl Context {
    fn needs(&self, escaped: char, next: Option<char>, before: &str) -> bool {
        if ANYWHERE.contains(escaped) {
            return true;
        }
        if !self.in_class {
            return OUTSIDE.contains(escaped);
        }
        match escaped {
            '^' if self.first => true,
            '-' if self.sets => true,
            '-' => !self.first && next != Some(']'),
            '(' | ')' | '[' | '{' | '}' | '/' | '|' if self.sets => true,
            char if self.sets && DOUBLED.contains(char) => next == Some(char) || before.ends_with(char),
            _ => false,
        }
    }
}
