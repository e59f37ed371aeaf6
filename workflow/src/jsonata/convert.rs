//! Values as JSON and as texts.

use serde_json::{Map, Number, Value};

use super::MAX_TEXT_BYTES;
use super::error::Fault;
use super::value::Val;
use crate::size;

/// A value as JSON; functions are empty texts within arrays and objects. `None` where it is undefined. A fault where the JSON
/// would be too large: the parts of a value may be shared, those of its JSON are not.
pub(super) fn to_json(value: &Val<'_>) -> Result<Option<Value>, Fault> {
    made(value, &mut { MAX_TEXT_BYTES })
}

fn made(value: &Val<'_>, room: &mut usize) -> Result<Option<Value>, Fault> {
    take(room, 1)?;
    Ok(Some(match value {
        Val::Undefined => return Ok(None),
        Val::Null => Value::Null,
        Val::Bool(flag) => Value::Bool(*flag),
        Val::Number(number) => number_to_json(*number)?,
        Val::Text(text) => {
            take(room, text.len())?;
            Value::String(text.to_string())
        }
        Val::Function(_) => Value::String(String::new()),
        Val::JsonArray(items) => {
            for item in *items {
                take(room, size::bytes(item))?;
            }
            Value::Array(items.to_vec())
        }
        Val::JsonObject(members) => {
            for (name, member) in *members {
                take(room, size::bytes(member).saturating_add(name.len()))?;
            }
            Value::Object((*members).clone())
        }
        Val::Array(array) => {
            let mut items = Vec::with_capacity(array.items.len());
            for item in &array.items {
                items.push(made(item, room)?.unwrap_or(Value::Null));
            }
            Value::Array(items)
        }
        Val::Object(object) => {
            let mut members = Map::with_capacity(object.members.len());
            for (name, member) in &object.members {
                if let Some(member) = made(member, room)? {
                    take(room, name.len())?;
                    members.insert(name.to_string(), member);
                }
            }
            Value::Object(members)
        }
        Val::Tuples(tuples) => {
            let mut items = Vec::with_capacity(tuples.len());
            for tuple in tuples.iter() {
                items.push(made(&tuple.item, room)?.unwrap_or(Value::Null));
            }
            Value::Array(items)
        }
    }))
}

/// Takes bytes of the room that is left; a fault where there is none.
fn take(room: &mut usize, bytes: usize) -> Result<(), Fault> {
    *room = room.checked_sub(bytes).ok_or_else(|| {
        Fault::new("D1011", format!("the JSON of a value would have more than {MAX_TEXT_BYTES} bytes"))
    })?;
    Ok(())
}

fn number_to_json(number: f64) -> Result<Value, Fault> {
    if number.is_finite() {
        Ok(crate::number::from_f64(number))
    } else {
        Err(Fault::new("D1001", "a number is out of range"))
    }
}

/// JSON as a value that the expression owns.
pub(super) fn from_json<'a>(json: Value) -> Result<Val<'a>, Fault> {
    Ok(match json {
        Value::Null => Val::Null,
        Value::Bool(flag) => Val::Bool(flag),
        Value::Number(number) => Val::Number(number.as_f64().unwrap_or(0.0)),
        Value::String(text) => Val::text(text),
        Value::Array(items) => Val::array(items.into_iter().map(from_json).collect::<Result<_, Fault>>()?)?,
        Value::Object(members) => {
            let members = members.into_iter().map(|(name, member)| Ok((name.into(), from_json(member)?)));
            Val::object(members.collect::<Result<_, Fault>>()?)?
        }
    })
}

/// `$string` of a value; nothing is the empty text.
pub(super) fn to_text(value: &Val<'_>) -> Result<String, Fault> {
    match value {
        Val::Undefined | Val::Function(_) => Ok(String::new()),
        Val::Text(text) => Ok(text.to_string()),
        Val::Number(number) if !number.is_finite() => {
            Err(Fault::new("D3001", "a number that is out of range has no text"))
        }
        Val::Number(number) => Ok(number_text(rounded(*number))),
        other => json_text(other, None),
    }
}

/// The JSON text of a value, on several lines where `indent` is given.
pub(super) fn json_text(value: &Val<'_>, indent: Option<usize>) -> Result<String, Fault> {
    let mut text = String::new();
    write(value, indent, 0, &mut text)?;
    Ok(text)
}

fn write(value: &Val<'_>, indent: Option<usize>, level: usize, into: &mut String) -> Result<(), Fault> {
    take(&mut { MAX_TEXT_BYTES }, into.len())?;
    match value {
        Val::Number(number) if !number.is_finite() => {
            return Err(Fault::new("D1001", "a number is out of range"));
        }
        Val::Number(number) => into.push_str(&number_text(rounded(*number))),
        Val::Array(_) | Val::JsonArray(_) => {
            let items = value.items();
            list(into, indent, level, ['[', ']'], items.len(), &mut |at, into| {
                write(&items[at], indent, level + 1, into)
            })?;
        }
        Val::Object(_) | Val::JsonObject(_) => {
            let members = value.members().unwrap_or_default();
            let members: Vec<_> = members.into_iter().filter(|(_, member)| !member.is_undefined()).collect();
            list(into, indent, level, ['{', '}'], members.len(), &mut |at, into| {
                let (name, member) = &members[at];
                into.push_str(&Value::from(&**name).to_string());
                into.push_str(if indent.is_some() { ": " } else { ":" });
                write(member, indent, level + 1, into)
            })?;
        }
        other => into.push_str(&to_json(other)?.unwrap_or(Value::Null).to_string()),
    }
    Ok(())
}

fn list(
    into: &mut String,
    indent: Option<usize>,
    level: usize,
    [open, close]: [char; 2],
    count: usize,
    each: &mut dyn FnMut(usize, &mut String) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let line = |into: &mut String, level: usize| {
        if let Some(indent) = indent {
            into.push('\n');
            into.extend(std::iter::repeat_n(' ', indent * level));
        }
    };
    into.push(open);
    for at in 0..count {
        if at > 0 {
            into.push(',');
        }
        line(into, level + 1);
        each(at, into)?;
    }
    if count > 0 {
        line(into, level);
    }
    into.push(close);
    Ok(())
}

/// A fraction is shown with 15 digits.
fn rounded(number: f64) -> f64 {
    if number.fract() == 0.0 {
        return number;
    }
    format!("{number:.14e}").parse().unwrap_or(number)
}

/// A number as JavaScript writes it.
pub(super) fn number_text(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    let shortest = format!("{number:e}");
    let (digits, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", digits),
    };
    let digits = digits.replace('.', "");
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
    let body = if (0..21).contains(&exponent) {
        if count <= exponent + 1 {
            format!("{digits}{}", zeros(exponent + 1 - count))
        } else {
            let whole = usize::try_from(exponent + 1).unwrap_or(0);
            format!("{}.{}", &digits[..whole], &digits[whole..])
        }
    } else if (-6..0).contains(&exponent) {
        format!("0.{}{digits}", zeros(-exponent - 1))
    } else {
        let fraction = if digits.len() > 1 { format!(".{}", &digits[1..]) } else { String::new() };
        let plus = if exponent > 0 { "+" } else { "" };
        format!("{}{fraction}e{plus}{exponent}", &digits[..1])
    };
    format!("{sign}{body}")
}

/// A text as a number of JSON, where it is one.
pub(super) fn parse_number(text: &str) -> Option<f64> {
    let number: Number = text.parse().ok()?;
    number.as_f64().filter(|number| number.is_finite())
}
