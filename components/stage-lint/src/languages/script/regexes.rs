//! Rules about regular expressions.

mod classes;
mod escapes;
mod references;

use oxc::allocator::Allocator;
use oxc::ast::AstKind;
use oxc::ast::ast::{Argument, Expression};
use oxc::regular_expression::ast::{Character, CharacterClass, CharacterKind, Pattern};
use oxc::regular_expression::visit::{Visit, walk};
use oxc::regular_expression::{LiteralParser, Options};
use oxc::span::{GetSpan, Span};

use crate::languages::script::{Found, Script};
use crate::rules::{self, Rule};

pub(super) fn check(script: &Script<'_, '_>, found: &mut Found) {
    for node in script.semantic.nodes().iter() {
        match node.kind() {
            AstKind::RegExpLiteral(literal) => {
                let flags = literal.regex.flags.to_string();
                escapes::check(script, literal.span, &flags, found);
                if let Some(pattern) = &literal.regex.pattern.pattern {
                    check_pattern(pattern, literal.span, &flags, found);
                }
            }
            AstKind::NewExpression(new) if script.is_global(&new.callee, "RegExp") => {
                constructed(&new.arguments, new.span, found);
            }
            AstKind::CallExpression(call) if script.is_global(&call.callee, "RegExp") => {
                constructed(&call.arguments, call.span, found);
            }
            _ => {}
        }
    }
}

fn check_pattern(pattern: &Pattern<'_>, span: Span, flags: &str, found: &mut Found) {
    let mut seen = Seen::default();
    seen.visit_pattern(pattern);
    if seen.empty_class {
        let message = "the class `[]` matches nothing".to_owned();
        found.push((&rules::NO_EMPTY_CHARACTER_CLASS, span, message));
    }
    if let Some(code) = seen.control {
        let message = format!("the expression has control character U+{code:04X}");
        found.push((&rules::NO_CONTROL_REGEX, span, message));
    }
    if let Some(message) = classes::misleading(pattern, flags) {
        found.push((&rules::NO_MISLEADING_CHARACTER_CLASS, span, message));
    }
    for message in references::useless(pattern) {
        found.push((&rules::NO_USELESS_BACKREFERENCE, span, message));
    }
}

/// Checks what `RegExp` is called with, where that is text.
fn constructed(arguments: &[Argument<'_>], span: Span, found: &mut Found) {
    let literal = |argument: Option<&Argument<'_>>| match argument?.as_expression()?.without_parentheses() {
        Expression::StringLiteral(literal) => Some(literal.value.to_string()),
        Expression::TemplateLiteral(template) if template.expressions.is_empty() => {
            template.quasis.first().and_then(|quasi| quasi.value.cooked.as_ref()).map(ToString::to_string)
        }
        _ => None,
    };
    let flags = literal(arguments.get(1));
    if let Some(flags) = flags.as_deref().and_then(wrong_flags) {
        found.push((&rules::NO_INVALID_REGEXP, arguments[1].span(), flags));
        return;
    }
    let Some(pattern) = literal(arguments.first()) else { return };
    // With flags that aren't known, one of the two grammars may be meant.
    let flags_known = arguments.len() < 2 || flags.is_some();
    let flags = flags.unwrap_or_default();
    let parses = |flags: &str, report: &mut dyn FnMut(&Pattern<'_>)| {
        let allocator = Allocator::default();
        let options = Options { pattern_span_offset: 0, flags_span_offset: 0 };
        match LiteralParser::new(&allocator, &pattern, Some(flags), options).parse() {
            Ok(pattern) => {
                report(&pattern);
                Ok(())
            }
            Err(error) => Err(error.message.trim_end_matches('.').to_owned()),
        }
    };
    let outcome = parses(&flags, &mut |pattern| check_pattern(pattern, arguments[0].span(), &flags, found));
    if let Err(message) = outcome
        && (flags_known || parses("u", &mut |_| {}).is_err())
    {
        found.push((&rules::NO_INVALID_REGEXP as &'static Rule, span, message));
    }
}

/// Says which flag there is not, or is there twice.
fn wrong_flags(flags: &str) -> Option<String> {
    let mut seen = String::new();
    for flag in flags.chars() {
        if !"dgimsuvy".contains(flag) {
            return Some(format!("there is no flag `{flag}`"));
        }
        if seen.contains(flag) {
            return Some(format!("flag `{flag}` is there twice"));
        }
        seen.push(flag);
    }
    (seen.contains('u') && seen.contains('v')).then(|| "flags `u` and `v` exclude each other".to_owned())
}

/// What is seen in a pattern.
#[derive(Default)]
struct Seen {
    /// The first control character that has no escape of its own.
    control: Option<u32>,
    empty_class: bool,
}

impl<'a> Visit<'a> for Seen {
    fn visit_character_class(&mut self, it: &CharacterClass<'a>) {
        self.empty_class |= it.body.is_empty() && !it.negative;
        walk::walk_character_class(self, it);
    }

    fn visit_character(&mut self, it: &Character) {
        let written = matches!(
            it.kind,
            CharacterKind::Symbol | CharacterKind::HexadecimalEscape | CharacterKind::UnicodeEscape
        );
        if it.value < 0x20 && written {
            self.control.get_or_insert(it.value);
        }
        walk::walk_character(self, it);
    }
}
