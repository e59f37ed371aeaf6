//! Rules about how strings, numbers and templates are written.

use std::fmt::Write;

use oxc::ast::AstKind;
use oxc::ast::ast::{NumericLiteral, StringLiteral, TemplateElement};
use oxc::span::Span;

use crate::languages::script::{Found, Script};
use crate::rules;

/// What may be escaped in any string.
const ESCAPES: &[char] = &['\\', 'n', 'r', 'v', 't', 'b', 'f', 'u', 'x', '\n', '\r', '\u{2028}', '\u{2029}'];

pub(super) fn check(script: &Script<'_, '_>, found: &mut Found) {
    let nodes = script.semantic.nodes();
    for node in nodes.iter() {
        match node.kind() {
            // Attributes of JSX have no escapes.
            AstKind::StringLiteral(literal)
                if !matches!(nodes.parent_kind(node.id()), AstKind::JSXAttribute(_)) =>
            {
                string(script, literal, found);
            }
            AstKind::TemplateElement(element) => {
                let tagged = nodes
                    .ancestor_kinds(node.id())
                    .nth(1)
                    .is_some_and(|above| matches!(above, AstKind::TaggedTemplateExpression(_)));
                if !tagged {
                    template(script, element, found);
                }
            }
            AstKind::NumericLiteral(literal) => number(script, literal, found),
            _ => {}
        }
    }
}

fn string(script: &Script<'_, '_>, literal: &StringLiteral<'_>, found: &mut Found) {
    let text = script.text(literal.span);
    let quote = text.chars().next().unwrap_or('"');
    for (at, char) in escapes(text) {
        let span = place(literal.span.start, at, 1);
        if matches!(char, '8' | '9') {
            let message = format!("`\\{char}` is `{char}`, and looks like an octal escape");
            found.push((&rules::NO_NONOCTAL_DECIMAL_ESCAPE, place(literal.span.start, at, 2), message));
        } else if char != quote && !ESCAPES.contains(&char) && !char.is_ascii_digit() {
            useless(span, char, found);
        }
    }
}

fn template(script: &Script<'_, '_>, element: &TemplateElement<'_>, found: &mut Found) {
    let text = script.text(element.span);
    for (at, char) in escapes(text) {
        let (before, after) = (&text[..at], &text[at + 1 + char.len_utf8()..]);
        let needed = match char {
            '`' => true,
            '$' => after.starts_with('{'),
            '{' => before.ends_with('$'),
            char => ESCAPES.contains(&char) || char.is_ascii_digit(),
        };
        if !needed {
            useless(place(element.span.start, at, 1), char, found);
        }
    }
}

/// Where backslashes stand that escape, and what they escape.
pub(super) fn escapes(text: &str) -> Vec<(usize, char)> {
    let mut escapes = Vec::new();
    if !text.contains('\\') {
        return escapes;
    }
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        if char == '\\'
            && let Some((_, escaped)) = chars.next()
        {
            escapes.push((at, escaped));
        }
    }
    escapes
}

/// A place in something that begins at `start`.
pub(super) fn place(start: u32, at: usize, length: u32) -> Span {
    let at = start + u32::try_from(at).unwrap_or_default();
    Span::new(at, at + length)
}

pub(super) fn useless(span: Span, char: char, found: &mut Found) {
    found.push((&rules::NO_USELESS_ESCAPE, span, format!("`{char}` needs no backslash")));
}

fn number(script: &Script<'_, '_>, literal: &NumericLiteral<'_>, found: &mut Found) {
    let text = script.text(literal.span);
    let legacy = text.len() > 1 && text.starts_with('0') && text.as_bytes()[1].is_ascii_digit();
    if legacy {
        let message = format!("`{text}` is octal, or looks so");
        found.push((&rules::NO_OCTAL, literal.span, message));
    }
    if loses_precision(text, literal.value, legacy) {
        let message = format!("`{text}` has another value at run time: {}", literal.value);
        found.push((&rules::NO_LOSS_OF_PRECISION, literal.span, message));
    }
}

/// Whether a literal is not exactly what it becomes, as far as its own digits go.
fn loses_precision(text: &str, value: f64, legacy: bool) -> bool {
    let text = text.replace('_', "").to_ascii_lowercase();
    let radix = match text.get(..2) {
        Some("0x") => Some((16, &text[2..])),
        Some("0o") => Some((8, &text[2..])),
        Some("0b") => Some((2, &text[2..])),
        _ if legacy && !text.contains(['8', '9', '.', 'e']) => Some((8, &text[1..])),
        _ => None,
    };
    if let Some((radix, digits)) = radix {
        // A double holds integers exactly as long as their digits from the first to the last set bit are 53.
        return u128::from_str_radix(digits, radix).map_or(
            digits.trim_start_matches('0').len() > 32,
            |exact| {
                let significant = 128_u32.saturating_sub(exact.leading_zeros() + exact.trailing_zeros());
                significant > f64::MANTISSA_DIGITS
            },
        );
    }
    let (digits, exponent) = normalised(&text);
    if digits.is_empty() {
        return false;
    }
    if digits.len() > 100 || value.is_infinite() || value == 0.0 {
        return true;
    }
    let mut shown = String::new();
    let _ = write!(shown, "{value:.*e}", digits.len() - 1);
    normalised(&shown) != (digits, exponent)
}

/// A decimal number as its digits, without zeros around them, and the exponent of the first one.
fn normalised(text: &str) -> (String, i64) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent: i64 = exponent.parse().unwrap_or_default();
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let leading = all.len() - all.trim_start_matches('0').len();
    let digits = all.trim_matches('0').to_owned();
    let places = i64::try_from(whole.len()).unwrap_or_default() - i64::try_from(leading).unwrap_or_default();
    (digits, exponent + places - 1)
}
