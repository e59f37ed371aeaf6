//! Texts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::convert;
use super::super::error::Fault;
use super::super::evaluate::Evaluator;
use super::super::value::Val;
use super::{argument, number_argument, text_argument};

/// Applies a function to the first argument, which gives nothing where it is nothing.
fn on_text<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[Val<'a>],
    function: impl FnOnce(&str) -> Result<Val<'a>, Fault>,
) -> Result<Val<'a>, Fault> {
    match text_argument(arguments, 0) {
        None => Ok(Val::Undefined),
        Some(text) => {
            evaluator.spend_text(text.len())?;
            function(text)
        }
    }
}

pub(super) fn string<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let value = argument(arguments, 0);
    if value.is_undefined() {
        return Ok(Val::Undefined);
    }
    let pretty = evaluator.truthy(argument(arguments, 1))?;
    let text = match value {
        value if pretty && (value.is_array() || value.is_object()) => convert::json_text(value, Some(2))?,
        value => convert::to_text(value)?,
    };
    evaluator.spend_text(text.len())?;
    Ok(Val::text(text))
}

#[allow(clippy::cast_precision_loss, reason = "no text is that long")]
pub(super) fn length<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    on_text(evaluator, arguments, |text| Ok(Val::Number(text.chars().count() as f64)))
}

pub(super) fn lowercase<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    on_text(evaluator, arguments, |text| Ok(Val::text(text.to_lowercase())))
}

pub(super) fn uppercase<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    on_text(evaluator, arguments, |text| Ok(Val::text(text.to_uppercase())))
}

pub(super) fn trim<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    on_text(evaluator, arguments, |text| {
        let words: Vec<&str> = text.split([' ', '\t', '\n', '\r']).filter(|word| !word.is_empty()).collect();
        Ok(Val::text(words.join(" ")))
    })
}

pub(super) fn substring<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let start = number_argument(arguments, 1).unwrap_or(0.0);
    let length = number_argument(arguments, 2);
    on_text(evaluator, arguments, |text| {
        let count = text.chars().count();
        #[allow(clippy::cast_possible_truncation, reason = "the conversion saturates")]
        let (start, length) = (start.trunc() as i64, length.map(|length| length.trunc() as i64));
        let total = i64::try_from(count).unwrap_or(i64::MAX);
        let from = if start < 0 { total.saturating_add(start).max(0) } else { start.min(total) };
        let to = match length {
            Some(length) if length <= 0 => return Ok(Val::text("")),
            Some(length) => from.saturating_add(length).min(total),
            None => total,
        };
        let (from, to) = (usize::try_from(from).unwrap_or(0), usize::try_from(to).unwrap_or(0));
        let part: String = text.chars().skip(from).take(to.saturating_sub(from)).collect();
        Ok(Val::text(part))
    })
}

pub(super) fn substring_before<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[Val<'a>],
) -> Result<Val<'a>, Fault> {
    let mark = text_argument(arguments, 1).unwrap_or_default();
    on_text(evaluator, arguments, |text| {
        Ok(Val::text(text.split_once(mark).map_or(text, |(before, _)| before)))
    })
}

pub(super) fn substring_after<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[Val<'a>],
) -> Result<Val<'a>, Fault> {
    let mark = text_argument(arguments, 1).unwrap_or_default();
    on_text(evaluator, arguments, |text| {
        Ok(Val::text(text.split_once(mark).map_or(text, |(_, after)| after)))
    })
}

pub(super) fn pad<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let width = number_argument(arguments, 1).unwrap_or(0.0).trunc();
    let filler = text_argument(arguments, 2).filter(|filler| !filler.is_empty()).unwrap_or(" ");
    on_text(evaluator, arguments, |text| {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the conversion saturates"
        )]
        let missing = (width.abs() as usize).saturating_sub(text.chars().count());
        evaluator.spend_text(missing.saturating_mul(4))?;
        let padding: String = filler.chars().cycle().take(missing).collect();
        Ok(Val::text(if width < 0.0 { padding + text } else { text.to_owned() + &padding }))
    })
}

pub(super) fn join<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let list = argument(arguments, 0);
    if list.is_undefined() {
        return Ok(Val::Undefined);
    }
    let separator = text_argument(arguments, 1).unwrap_or_default();
    let mut joined = String::new();
    for (at, item) in list.items().iter().enumerate() {
        if at > 0 {
            joined.push_str(separator);
        }
        joined.push_str(item.as_text().unwrap_or_default());
        evaluator.spend(1)?;
    }
    evaluator.spend_text(joined.len())?;
    Ok(Val::text(joined))
}

pub(super) fn base64encode<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    on_text(evaluator, arguments, |text| Ok(Val::text(STANDARD.encode(text))))
}

pub(super) fn base64decode<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    on_text(evaluator, arguments, |text| {
        let bytes = STANDARD
            .decode(text.trim())
            .map_err(|_| Fault::new("D3137", "the argument of `$base64decode` isn't valid Base64"))?;
        Ok(Val::text(String::from_utf8_lossy(&bytes).into_owned()))
    })
}

/// Characters that stay as they are within a component of a URL.
const COMPONENT: &str = "-_.!~*'()";
/// Characters that stay as they are in a whole URL.
const WHOLE: &str = "-_.!~*'();/?:@&=+$,#";

fn encoded(text: &str, plain: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || plain.contains(c) {
            encoded.push(c);
        } else {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                // Writing to a string can't fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

/// Decodes `%41`; what would be one of `kept` stays encoded.
fn decoded(text: &str, kept: &str, name: &str) -> Result<String, Fault> {
    let malformed = || Fault::new("D3140", format!("malformed URL passed to `${name}`: `{text}`"));
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        if *byte != b'%' {
            bytes.push(*byte);
            rest = after;
            continue;
        }
        let digits =
            after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok()).ok_or_else(malformed)?;
        let byte = u8::from_str_radix(digits, 16).map_err(|_| malformed())?;
        if kept.contains(char::from(byte)) && byte.is_ascii() {
            bytes.extend_from_slice(&rest[..3]);
        } else {
            bytes.push(byte);
        }
        rest = &after[2..];
    }
    String::from_utf8(bytes).map_err(|_| malformed())
}

pub(super) fn encode_url<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    on_text(evaluator, arguments, |text| Ok(Val::text(encoded(text, WHOLE))))
}

pub(super) fn encode_url_component<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[Val<'a>],
) -> Result<Val<'a>, Fault> {
    on_text(evaluator, arguments, |text| Ok(Val::text(encoded(text, COMPONENT))))
}

pub(super) fn decode_url<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    on_text(evaluator, arguments, |text| decoded(text, ";/?:@&=+$,#", "decodeUrl").map(Val::text))
}

pub(super) fn decode_url_component<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[Val<'a>],
) -> Result<Val<'a>, Fault> {
    on_text(evaluator, arguments, |text| decoded(text, "", "decodeUrlComponent").map(Val::text))
}
