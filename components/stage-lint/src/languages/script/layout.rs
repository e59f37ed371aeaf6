//! `no-unexpected-multiline` and `no-irregular-whitespace`.

use oxc::ast::AstKind;
use oxc::ast::ast::{BinaryOperator, Expression};
use oxc::span::{GetSpan, Span};

use crate::languages::script::{Found, Script};
use crate::rules;

/// White space that looks like a space, or like nothing, and is neither space, tab nor line break.
const IRREGULAR: &[char] = &[
    '\u{b}', '\u{c}', '\u{85}', '\u{a0}', '\u{1680}', '\u{180e}', '\u{2000}', '\u{2001}', '\u{2002}',
    '\u{2003}', '\u{2004}', '\u{2005}', '\u{2006}', '\u{2007}', '\u{2008}', '\u{2009}', '\u{200a}',
    '\u{200b}', '\u{2028}', '\u{2029}', '\u{202f}', '\u{205f}', '\u{3000}', '\u{feff}',
];

/// So many irregular spaces of a file are looked at.
const MAX_PLACES: usize = 1_000;

pub(super) fn check(script: &Script<'_, '_>, found: &mut Found) {
    for node in script.semantic.nodes().iter() {
        match node.kind() {
            AstKind::CallExpression(call) if !call.optional => {
                multiline(script, call.callee.span().end, call.span.end, '(', found);
            }
            AstKind::ComputedMemberExpression(member) if !member.optional => {
                multiline(script, member.object.span().end, member.span.end, '[', found);
            }
            AstKind::TaggedTemplateExpression(tagged) => {
                let start = tagged.quasi.span.start;
                if script.text(Span::new(tagged.tag.span().end, start)).contains('\n') {
                    report(Span::new(start, start + 1), "`", found);
                }
            }
            AstKind::BinaryExpression(outer) if outer.operator == BinaryOperator::Division => {
                // A line that begins with `/expression/g` divides.
                let Expression::BinaryExpression(inner) = &outer.left else { continue };
                let between = script.text(Span::new(inner.left.span().end, inner.right.span().start));
                let flags = script.text(Span::new(outer.left.span().end, outer.right.span().end));
                let is_flags = flags.strip_prefix('/').is_some_and(|flags| {
                    let word: String = flags.chars().take_while(char::is_ascii_alphanumeric).collect();
                    !word.is_empty() && word.chars().all(|char| "dgimsuvy".contains(char))
                });
                if inner.operator == BinaryOperator::Division && is_flags && between.contains('\n') {
                    let at = inner.left.span().end
                        + u32::try_from(between.find('/').unwrap_or_default()).unwrap_or_default();
                    report(Span::new(at, at + 1), "/", found);
                }
            }
            _ => {}
        }
    }
    whitespace(script, found);
}

/// Reports a bracket that is the first thing of a line and goes on with the one before.
fn multiline(script: &Script<'_, '_>, from: u32, to: u32, bracket: char, found: &mut Found) {
    let mut text = script.text(Span::new(from, to));
    let mut at = from;
    let mut broken = false;
    // Up to the bracket there are but white space, comments, type arguments and closing parentheses.
    loop {
        let trimmed = text.trim_start();
        broken |= text[..text.len() - trimmed.len()].contains('\n');
        at += length(&text[..text.len() - trimmed.len()]);
        text = trimmed;
        let skipped = if let Some(rest) = text.strip_prefix("//") {
            broken = true;
            rest.find('\n').map_or(text.len(), |end| end + 2)
        } else if let Some(rest) = text.strip_prefix("/*") {
            let end = rest.find("*/").map_or(text.len(), |end| end + 4);
            broken |= text[..end].contains('\n');
            end
        } else if text.starts_with(')') {
            broken = false;
            1
        } else {
            break;
        };
        at += length(&text[..skipped]);
        text = &text[skipped..];
    }
    if broken && text.starts_with(bracket) {
        report(Span::new(at, at + 1), &bracket.to_string(), found);
    }
}

fn length(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or_default()
}

fn report(span: Span, what: &str, found: &mut Found) {
    let message = format!("`{what}` goes on with the line before: end that with `;`, or move this up");
    found.push((&rules::NO_UNEXPECTED_MULTILINE, span, message));
}

fn whitespace(script: &Script<'_, '_>, found: &mut Found) {
    let text = script.semantic.source_text();
    if !text.contains(IRREGULAR) {
        return;
    }
    let mut strings: Vec<Span> = script
        .semantic
        .nodes()
        .iter()
        .filter_map(|node| match node.kind() {
            AstKind::StringLiteral(literal) => Some(literal.span),
            _ => None,
        })
        .collect();
    strings.sort_unstable_by_key(|span| span.start);
    let irregular = text.char_indices().filter(|(at, char)| IRREGULAR.contains(char) && *at > 0);
    for (at, char) in irregular.take(MAX_PLACES) {
        let (start, size) = (u32::try_from(at).unwrap_or_default(), char.len_utf8());
        let before = strings.partition_point(|span| span.start <= start);
        if before.checked_sub(1).is_none_or(|last| start >= strings[last].end) {
            let span = Span::new(start, start + u32::try_from(size).unwrap_or_default());
            let message = format!("white space U+{:04X} looks like a space", u32::from(char));
            found.push((&rules::NO_IRREGULAR_WHITESPACE, span, message));
        }
    }
}
