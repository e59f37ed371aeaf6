//! What would mend a script, where a rule knows.

use oxc::span::Span;

use crate::languages::script::Script;
use crate::lint::Suggestion;
use crate::rules::{self, Rule};

/// What to do by hand, by rule.
const BY_HAND: &[(&Rule, &str)] = &[
    (&rules::CONSTRUCTOR_SUPER, "call `super()` once on each way through the constructor"),
    (&rules::GETTER_RETURN, "return a value"),
    (&rules::NO_ASYNC_PROMISE_EXECUTOR, "make the function around it async, and return what is awaited"),
    (&rules::NO_CASE_DECLARATIONS, "put the case into `{ … }`"),
    (&rules::NO_COMPARE_NEG_ZERO, "write `Object.is(x, -0)`"),
    (&rules::NO_COND_ASSIGN, "write `===`, or a second pair of parentheses"),
    (&rules::NO_DUPE_KEYS, "remove one of them"),
    (&rules::NO_EMPTY, "remove the block, or say in a comment why it is empty"),
    (&rules::NO_FALLTHROUGH, "end the case with `break`, or write `// falls through`"),
    (&rules::NO_LOSS_OF_PRECISION, "write a BigInt, or the value that it has"),
    (&rules::NO_PROTOTYPE_BUILTINS, "write `Object.hasOwn(object, key)`"),
    (&rules::NO_THIS_BEFORE_SUPER, "call `super()` first"),
    (&rules::NO_UNDEF, "declare or import it, or name it in a comment `/* global … */`"),
    (&rules::NO_UNREACHABLE, "remove it"),
    (&rules::NO_UNSAFE_NEGATION, "write `!(a in b)`"),
    (&rules::NO_UNUSED_VARS, "remove it, or begin its name with `_`"),
    (&rules::NO_USELESS_CATCH, "remove `try` and `catch`"),
    (&rules::NO_CONST_ASSIGN, "declare it with `let`"),
    (&rules::NO_SPARSE_ARRAYS, "write `undefined` where there is to be nothing"),
    (&rules::USE_ISNAN, "write `Number.isNaN(x)`"),
];

/// What would mend what a rule found at a place. Edits are by bytes of the script.
pub(super) fn suggest(rule: &Rule, script: &Script<'_, '_>, span: Span) -> Option<Suggestion> {
    let text = script.text(span);
    let range = span.start as usize..span.end as usize;
    Some(match rule.id {
        "no-debugger" => Suggestion::replace("remove it", range, ""),
        "no-useless-escape" => Suggestion::replace("remove the backslash", range, ""),
        "no-irregular-whitespace" => Suggestion::replace("write a space", range, " "),
        "no-extra-boolean-cast" => {
            let inner =
                text.strip_prefix("!!").or_else(|| text.strip_prefix("Boolean(")?.strip_suffix(')'))?;
            Suggestion::replace(format!("write `{inner}`"), range, inner)
        }
        "no-octal" => {
            let octal = text.trim_start_matches('0');
            let decimal = text.contains(['8', '9']);
            let mended = if decimal { octal.to_owned() } else { format!("0o{octal}") };
            Suggestion::replace(format!("write `{mended}`"), range, mended)
        }
        "no-regex-spaces" => {
            let (at, count) = spaces(text)?;
            let range = range.start + at..range.start + at + count;
            Suggestion::replace(format!("write ` {{{count}}}`"), range, format!(" {{{count}}}"))
        }
        "eqeqeq" => Suggestion::by_hand("write `===` or `!==`"),
        _ => {
            let (_, about) = BY_HAND.iter().find(|(known, _)| known.id == rule.id)?;
            Suggestion::by_hand(*about)
        }
    })
}

/// The first run of several spaces, and how many there are.
fn spaces(text: &str) -> Option<(usize, usize)> {
    let at = text.find("  ")?;
    Some((at, text[at..].bytes().take_while(|byte| *byte == b' ').count()))
}
