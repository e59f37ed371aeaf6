//! Shell scripts, for `bash` and `sh`: syntax, and the mistakes that are usual.

mod nesting;
mod walk;
mod words;

use std::io::Cursor;

use brush_parser::ast::Program;
use brush_parser::{ParseError, Parser, ParserOptions, TokenizerError};

use crate::languages::{Language, Source};
use crate::lint::{File, Suggestion};
use crate::rules;

/// Which shell a script is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    /// `sh`, of which only what POSIX says is sure.
    Posix,
    /// `bash`, and what is like it.
    Bash,
}

/// Checks a script.
pub(crate) fn check(file: &mut File<'_>, source: Source<'_>) {
    let first = source.text.lines().next().unwrap_or_default();
    let dialect = match Language::of_first_line(first) {
        Some(Language::Shell) if first.contains("bash") => Dialect::Bash,
        Some(Language::Shell) => Dialect::Posix,
        // Another shell, or another language.
        _ if first.starts_with("#!") => return,
        _ => Dialect::Bash,
    };
    if !nesting::is_shallow(source.text) {
        let message = "commands nest deeper than the linter can follow: the file is not parsed";
        file.report(&rules::NESTING, source.at(0), message);
        return;
    }
    match parse(source.text) {
        Ok(program) => {
            walk::check(file, source, &program, dialect);
            let silent = source.text.trim_start().is_empty() || first.starts_with("#!");
            if !silent && !first.contains("shellcheck shell=") && file.path.ends_with(".sh") {
                let fix = Suggestion::replace("begin it with `#!/bin/sh`", source.at(0), "#!/bin/sh\n");
                file.suggest(
                    &rules::SHELL_SHEBANG,
                    source.at(0),
                    "the script doesn't say which shell it is for",
                    fix,
                );
            }
        }
        Err(error) => {
            let (at, message) = described(source.text, &error);
            file.report(&rules::SHELL_SYNTAX, source.at(at), message);
        }
    }
}

/// The first syntax error of a command, and its byte; none where it nests too deep to say.
pub(crate) fn syntax_error(text: &str) -> Option<(usize, String)> {
    if !nesting::is_shallow(text) {
        return None;
    }
    parse(text).err().map(|error| described(text, &error))
}

fn parse(text: &str) -> Result<Program, ParseError> {
    // Windows' line breaks are no error of the grammar: `.editorconfig` is about them.
    Parser::new(Cursor::new(text.as_bytes()), &ParserOptions::default()).parse_program()
}

/// Where an error is, by bytes, and what it is.
fn described(text: &str, error: &ParseError) -> (usize, String) {
    let byte = |index: usize| text.char_indices().nth(index).map_or(text.len(), |(at, _)| at);
    match error {
        ParseError::ParsingNear(position) => {
            // Where a command ends too early, the parser stands behind the word that ended it.
            let mut at = byte(position.index);
            if text[at..].trim_start().len() < text[at..].len() || at == text.len() {
                let before = text[..at].trim_end();
                at = before.rfind(|char: char| char.is_whitespace()).map_or(0, |end| end + 1);
            }
            let word: String = text[at..].chars().take_while(|char| !char.is_whitespace()).take(40).collect();
            let what = if word.is_empty() { "the end of the line".to_owned() } else { format!("`{word}`") };
            (at, format!("{what} is not expected here"))
        }
        ParseError::ParsingAtEndOfInput => {
            (text.trim_end().len(), "the script ends within a command: something is not closed".to_owned())
        }
        ParseError::Tokenizing { inner, position } => {
            let at = match inner {
                TokenizerError::UnterminatedSingleQuote(position)
                | TokenizerError::UnterminatedAnsiCQuote(position)
                | TokenizerError::UnterminatedDoubleQuote(position)
                | TokenizerError::UnterminatedBackquote(position)
                | TokenizerError::UnterminatedExtendedGlob(position) => byte(position.index),
                _ => position.as_ref().map_or(text.len(), |position| byte(position.index)),
            };
            let message = inner.to_string();
            let message = message.split(" at ").next().unwrap_or_default();
            (at, message.split(" near ").next().unwrap_or_default().to_owned())
        }
    }
}
