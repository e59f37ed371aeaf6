//! Functions on texts and JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::Digest as _;

use super::MAX_INTRINSIC_TEXT_CHARS;

fn text<'a>(arguments: &'a [Value], at: usize, function: &str) -> Result<&'a str, String> {
    arguments
        .get(at)
        .and_then(Value::as_str)
        .ok_or_else(|| format!("argument {} of {function} must be a string", at + 1))
}

fn short<'a>(text: &'a str, function: &str) -> Result<&'a str, String> {
    // A byte count under the limit spares counting characters.
    if text.len() <= MAX_INTRINSIC_TEXT_CHARS || text.chars().count() <= MAX_INTRINSIC_TEXT_CHARS {
        Ok(text)
    } else {
        Err(format!("the input of {function} is longer than {MAX_INTRINSIC_TEXT_CHARS} characters"))
    }
}

pub(super) fn base64_decode(arguments: &[Value]) -> Result<Value, String> {
    let encoded = short(text(arguments, 0, "States.Base64Decode")?, "States.Base64Decode")?;
    let bytes = STANDARD
        .decode(encoded)
        .map_err(|_| "the input of States.Base64Decode isn't valid Base64".to_owned())?;
    Ok(Value::String(String::from_utf8_lossy(&bytes).into_owned()))
}

pub(super) fn base64_encode(arguments: &[Value]) -> Result<Value, String> {
    let plain = short(text(arguments, 0, "States.Base64Encode")?, "States.Base64Encode")?;
    Ok(Value::String(STANDARD.encode(plain)))
}

pub(super) fn hash(arguments: &[Value]) -> Result<Value, String> {
    let algorithm = text(arguments, 1, "States.Hash")?;
    let hashed = match arguments.first() {
        Some(Value::String(text)) => hash_of(short(text, "States.Hash")?, algorithm),
        Some(other) => hash_of(short(&other.to_string(), "States.Hash")?, algorithm),
        None => return Err("States.Hash needs something to hash".to_owned()),
    };
    hashed.map(Value::String)
}

/// The hash of a text, in hexadecimal.
pub(crate) fn hash_of(text: &str, algorithm: &str) -> Result<String, String> {
    Ok(match algorithm {
        "MD5" => hex::encode(md5::Md5::digest(text)),
        "SHA-1" => hex::encode(sha1::Sha1::digest(text)),
        "SHA-256" => hex::encode(sha2::Sha256::digest(text)),
        "SHA-384" => hex::encode(sha2::Sha384::digest(text)),
        "SHA-512" => hex::encode(sha2::Sha512::digest(text)),
        other => {
            return Err(format!(
                "`{other}` isn't a hash algorithm: MD5, SHA-1, SHA-256, SHA-384 and SHA-512 are"
            ));
        }
    })
}

pub(super) fn merge(arguments: Vec<Value>) -> Result<Value, String> {
    let mut arguments = arguments.into_iter();
    let (Some(Value::Object(mut merged)), Some(Value::Object(over))) = (arguments.next(), arguments.next())
    else {
        return Err("the first two arguments of States.JsonMerge must be objects".to_owned());
    };
    match arguments.next() {
        Some(Value::Bool(false)) => {
            merged.extend(over);
            Ok(Value::Object(merged))
        }
        Some(Value::Bool(true)) => {
            Err("States.JsonMerge merges shallowly only: its third argument must be false".to_owned())
        }
        _ => Err("the third argument of States.JsonMerge must be a boolean".to_owned()),
    }
}

pub(super) fn json_to_string(arguments: &[Value]) -> Result<Value, String> {
    let value = arguments.first().unwrap_or(&Value::Null);
    Ok(Value::String(value.to_string()))
}

pub(super) fn string_to_json(arguments: &[Value]) -> Result<Value, String> {
    parse_json(text(arguments, 0, "States.StringToJson")?)
}

/// A text as JSON; an empty one is null, as on AWS.
pub(crate) fn parse_json(text: &str) -> Result<Value, String> {
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    match serde_json::from_str(text) {
        Ok(Value::Number(number)) if number.as_f64() == Some(0.0) => Ok(Value::from(0)),
        Ok(value) => Ok(value),
        Err(error) => Err(format!("the string isn't valid JSON: {error}")),
    }
}

pub(super) fn split(arguments: &[Value]) -> Result<Value, String> {
    let (whole, delimiters) =
        (text(arguments, 0, "States.StringSplit")?, text(arguments, 1, "States.StringSplit")?);
    if delimiters.is_empty() {
        return Ok(Value::Array(vec![Value::from(whole)]));
    }
    let parts = whole.split(|c| delimiters.contains(c)).filter(|part| !part.is_empty());
    Ok(parts.map(Value::from).collect())
}

/// `template` with each `{}` replaced by the next argument.
pub(super) fn format(arguments: &[Value]) -> Result<Value, String> {
    let template = text(arguments, 0, "States.Format")?;
    let mut rest = arguments.iter().skip(1);
    let mut formatted = String::with_capacity(template.len());
    let mut characters = template.chars().peekable();
    while let Some(c) = characters.next() {
        match (c, characters.peek().copied()) {
            ('\\', Some(next @ ('{' | '}' | '\'' | '\\'))) => {
                characters.next();
                formatted.push(next);
            }
            ('{', Some('}')) => {
                characters.next();
                let value = rest
                    .next()
                    .ok_or("there are fewer arguments than `{}` in the template of States.Format")?;
                shown(value, &mut formatted);
            }
            (c, _) => formatted.push(c),
        }
    }
    match rest.next() {
        None => Ok(Value::String(formatted)),
        Some(_) => Err("there are more arguments than `{}` in the template of States.Format".to_owned()),
    }
}

/// A value as AWS (Java) shows it within a text: `{Arg1=1, Arg2=[]}`.
fn shown(value: &Value, into: &mut String) {
    match value {
        Value::String(text) => into.push_str(text),
        Value::Array(items) => {
            into.push('[');
            for (at, item) in items.iter().enumerate() {
                into.push_str(if at == 0 { "" } else { ", " });
                shown(item, into);
            }
            into.push(']');
        }
        Value::Object(members) => {
            into.push('{');
            for (at, (name, member)) in members.iter().enumerate() {
                into.push_str(if at == 0 { "" } else { ", " });
                into.push_str(name);
                into.push('=');
                shown(member, into);
            }
            into.push('}');
        }
        other => into.push_str(&other.to_string()),
    }
}
