//! Reading a call.

use serde_json::Value;

use super::{Argument, Call, Function, MAX_INTRINSIC_DEPTH};
use crate::path::{Cursor, MAX_PATH_CHARS};

impl Call {
    /// Whether a text means to be a call.
    pub(crate) fn looks_like(text: &str) -> bool {
        text.trim_start().starts_with("States.")
    }

    /// Reads a whole text as one call. The error says what is wrong and where.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.chars().count() > MAX_PATH_CHARS {
            return Err(format!("it is longer than {MAX_PATH_CHARS} characters"));
        }
        let mut cursor = Cursor::new(text);
        cursor.skip_spaces();
        let call = call(&mut cursor, 1)?;
        cursor.skip_spaces();
        if cursor.rest().is_empty() { Ok(call) } else { Err(cursor.unexpected()) }
    }
}

fn call(cursor: &mut Cursor<'_>, depth: usize) -> Result<Call, String> {
    if depth > MAX_INTRINSIC_DEPTH {
        return Err(format!("calls nest deeper than {MAX_INTRINSIC_DEPTH} levels"));
    }
    let start = cursor.position();
    cursor.expect("States.")?;
    let name = cursor.take_while(|c| c.is_ascii_alphanumeric());
    let (function, least, most) =
        Function::by_name(name).ok_or_else(|| format!("there is no intrinsic function `States.{name}`"))?;
    cursor.skip_spaces();
    cursor.expect("(")?;
    let mut arguments = Vec::new();
    cursor.skip_spaces();
    if !cursor.eat(")") {
        loop {
            cursor.skip_spaces();
            arguments.push(argument(cursor, depth)?);
            cursor.skip_spaces();
            if cursor.eat(")") {
                break;
            }
            cursor.expect(",")?;
        }
    }
    if arguments.len() < least || arguments.len() > most {
        let wanted = if least == most {
            least.to_string()
        } else if most == usize::MAX {
            format!("at least {least}")
        } else {
            format!("{least} to {most}")
        };
        return Err(format!("`States.{name}` takes {wanted} arguments, not {}", arguments.len()));
    }
    Ok(Call { function, arguments, text: cursor.since(start).to_owned() })
}

fn argument(cursor: &mut Cursor<'_>, depth: usize) -> Result<Argument, String> {
    match cursor.peek() {
        Some('\'') => text(cursor),
        Some('$') => Ok(Argument::Path(cursor.path(0)?)),
        Some('S') => Ok(Argument::Call(call(cursor, depth + 1)?)),
        _ => {
            let word = cursor.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.'));
            let literal: Value = serde_json::from_str(word).map_err(|_| match word {
                "" => cursor.unexpected(),
                word => format!("`{word}` is neither a path, a text in single quotes, a number nor a call"),
            })?;
            Ok(Argument::Literal(literal))
        }
    }
}

fn text(cursor: &mut Cursor<'_>) -> Result<Argument, String> {
    cursor.expect("'")?;
    let start = cursor.position();
    let mut value = String::new();
    loop {
        match cursor.next() {
            None => return Err("a text that starts with `'` doesn't end".to_owned()),
            Some('\'') => break,
            Some('\\') => match cursor.next() {
                Some(c @ ('\'' | '{' | '}' | '\\')) => value.push(c),
                Some(c) => {
                    return Err(format!(
                        "`\\{c}` isn't an escape: only `\\'`, `\\{{`, `\\}}` and `\\\\` are"
                    ));
                }
                None => return Err("a text that starts with `'` doesn't end".to_owned()),
            },
            Some(c) => value.push(c),
        }
    }
    let raw = cursor.since(start);
    Ok(Argument::Text { raw: raw[..raw.len() - 1].to_owned(), value })
}
