//! The rules about words.

use brush_parser::ParserOptions;
use brush_parser::ast::Word;
use brush_parser::word::{Parameter, ParameterExpr, SpecialParameter, WordPiece, WordPieceWithSource, parse};

use super::walk::{self, Walk};
use crate::languages::Source;
use crate::lint::Suggestion;
use crate::rules;

/// Checks an argument of a command: it falls apart where it isn't quoted.
pub(super) fn argument(walk: &mut Walk<'_, '_, '_>, word: &Word) {
    check(walk, word, true);
}

/// Checks a word that stays whole whether it is quoted or not.
pub(super) fn value(walk: &mut Walk<'_, '_, '_>, word: &Word) {
    check(walk, word, false);
}

fn check(walk: &mut Walk<'_, '_, '_>, word: &Word, splits: bool) {
    if !word.value.contains(['$', '`']) {
        return;
    }
    let Ok(pieces) = parse(&word.value, &ParserOptions::default()) else { return };
    for piece in &pieces {
        check_piece(walk, word, piece, splits);
    }
}

fn check_piece(walk: &mut Walk<'_, '_, '_>, word: &Word, piece: &WordPieceWithSource, splits: bool) {
    let range = walk.word_range(word);
    // Where the parser joined lines, places within the word aren't known.
    let exact = walk.source.text.get(range.start - walk.source.start..range.end - walk.source.start)
        == Some(word.value.as_str());
    let place = if exact {
        range.start + piece.start_index..(range.start + piece.end_index).min(range.end)
    } else {
        range
    };
    match &piece.piece {
        WordPiece::DoubleQuotedSequence(pieces) | WordPiece::GettextDoubleQuotedSequence(pieces) => {
            for piece in pieces {
                check_piece(walk, word, piece, false);
            }
        }
        WordPiece::ParameterExpansion(expression) if splits && may_split(expression) => {
            let shown = word.value.get(piece.start_index..piece.end_index).unwrap_or(&word.value).to_owned();
            let quoted = format!("\"{shown}\"");
            let fix = if exact {
                Suggestion::replace(format!("write `{quoted}`"), place.clone(), quoted)
            } else {
                Suggestion::by_hand(format!("write `{quoted}`"))
            };
            let message = format!("`{shown}` is split at spaces, and its wildcards are expanded");
            walk.file.suggest(&rules::SHELL_UNQUOTED, place, message, fix);
        }
        WordPiece::BackquotedCommandSubstitution(command) => {
            let fix = if exact && !command.contains('\\') {
                Suggestion::replace(format!("write `$({command})`"), place.clone(), format!("$({command})"))
            } else {
                Suggestion::by_hand("write `$(…)`")
            };
            walk.file.suggest(&rules::SHELL_BACKTICKS, place, "backticks don't nest", fix);
        }
        WordPiece::CommandSubstitution(command) => {
            let start = place.start + "$(".len();
            let end = start + command.len();
            // What was joined or escaped has no place of its own.
            if walk.file.text.get(start..end) == Some(command.as_str())
                && super::nesting::is_shallow(command)
                && let Ok(program) = super::parse(command)
            {
                let text = walk.file.text;
                walk::inner(walk, Source { text: &text[start..end], start }, &program);
            }
        }
        _ => {}
    }
}

/// Whether a value may have spaces. Numbers, and what tells how many there are, have none.
fn may_split(expression: &ParameterExpr) -> bool {
    match expression {
        ParameterExpr::ParameterLength { .. } => false,
        ParameterExpr::Parameter { parameter: Parameter::Special(special), .. } => {
            matches!(special, SpecialParameter::AllPositionalParameters { .. })
        }
        _ => true,
    }
}
