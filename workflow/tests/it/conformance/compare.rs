//! Comparing what was recorded with what came out.

use regex::Regex;
use serde_json::Value;

/// Parts that a service adds to its answers, and of an exception's report: not the engine's.
const FOREIGN: [&str; 4] = ["SdkHttpMetadata", "SdkResponseMetadata", "requestId", "stackTrace"];

/// Words that the recorder put in place of values.
const WORDS: [&str; 8] = [
    "bucket-name",
    "bucket_name",
    "date",
    "timestamp",
    "RandomNumberGenerated",
    "snf_role_arn",
    "lambda_function_name",
    "uuid",
];

fn is_word(expected: &Value) -> bool {
    expected.as_str().is_some_and(|text| {
        let whole = text.strip_prefix('<').and_then(|text| text.strip_suffix('>'));
        WORDS.contains(&text) || whole.is_some_and(|inner| !inner.is_empty() && !inner.contains(['<', '>']))
    })
}

/// What the recorder did to every value: texts in objects that look like objects became objects.
pub(crate) fn recorded(value: &Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, member)| {
                    let member = match member {
                        Value::String(text) if text.starts_with('{') => {
                            serde_json::from_str(text).unwrap_or(member.clone())
                        }
                        other => other.clone(),
                    };
                    (name.clone(), recorded(&member))
                })
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(recorded).collect()),
        other => other.clone(),
    }
}

/// The first difference of a case. `wild` tells the places whose value the recorder replaced; what it replaced within texts,
/// the case says itself.
pub(crate) fn case_difference(
    case: &Value,
    expected: &Value,
    actual: &Value,
    place: &str,
    wild: &dyn Fn(&str) -> bool,
) -> Option<String> {
    let found = difference(expected, actual, place, wild)?;
    let pairs = case["snapshot_replacements"]["regex"].as_array().into_iter().flatten();
    let pairs = pairs.filter_map(|pair| Some((Regex::new(pair[0].as_str()?).ok()?, pair[1].as_str()?)));
    let replaced = replaced(actual, &pairs.collect::<Vec<_>>());
    difference(expected, &replaced, place, wild).map(|_| found)
}

/// Every text with the replacements that the recorder made.
fn replaced(value: &Value, pairs: &[(Regex, &str)]) -> Value {
    match value {
        Value::String(text) => {
            let mut text = text.clone();
            for (pattern, word) in pairs {
                text = pattern.replace_all(&text, regex::NoExpand(word)).into_owned();
            }
            Value::String(text)
        }
        Value::Array(items) => items.iter().map(|item| replaced(item, pairs)).collect(),
        Value::Object(members) => Value::Object(
            members.iter().map(|(name, member)| (name.clone(), replaced(member, pairs))).collect(),
        ),
        other => other.clone(),
    }
}

/// The first difference; `None` where there is none. `wild` tells the places whose value the recorder replaced.
fn difference(expected: &Value, actual: &Value, place: &str, wild: &dyn Fn(&str) -> bool) -> Option<String> {
    if wild(place) || is_word(expected) {
        return None;
    }
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            let names = expected.keys().chain(actual.keys().filter(|name| !expected.contains_key(*name)));
            names.filter(|name| !FOREIGN.contains(&name.as_str())).find_map(|name| {
                let place = member_place(place, name);
                match (expected.get(name), actual.get(name)) {
                    (Some(expected), Some(actual)) => difference(expected, actual, &place, wild),
                    (Some(_), None) if wild(&place) => None,
                    (Some(expected), None) => Some(format!("{place} is missing, expected {expected}")),
                    (None, _) => Some(format!("{place} is too much")),
                }
            })
        }
        (Value::Array(expected), Value::Array(actual)) if expected.len() == actual.len() => {
            expected.iter().zip(actual).enumerate().find_map(|(at, (expected, actual))| {
                difference(expected, actual, &format!("{place}[{at}]"), wild)
            })
        }
        (Value::Number(left), Value::Number(right)) if left.as_f64() == right.as_f64() => None,
        (Value::String(expected), Value::String(actual)) if fits(expected, actual) => None,
        (Value::String(left), Value::String(right)) if left.starts_with('[') && right.starts_with('[') => {
            let parsed =
                |text: &str| -> Value { serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)) };
            match (parsed(left), parsed(right)) {
                (left @ Value::Array(_), right @ Value::Array(_)) => {
                    difference(&recorded(&left), &recorded(&right), place, wild)
                }
                _ => Some(format!("{place}: expected {expected}, found {actual}")),
            }
        }
        (expected, actual) if expected == actual => None,
        // A text of JSON that the recorder parsed on one side only.
        (Value::String(text), other) | (other, Value::String(text)) if is_json(text, other) => {
            let parsed: Value = serde_json::from_str(text).unwrap_or_default();
            let other = recorded(other);
            difference(&recorded(&parsed), &other, place, wild)
        }
        _ => Some(format!("{place}: expected {expected}, found {actual}")),
    }
}

/// Whether a text is the JSON of something of the other's type. Only event details have texts of plain values.
fn is_json(text: &str, other: &Value) -> bool {
    match other {
        Value::Object(_) => text.starts_with('{'),
        Value::Array(_) => text.starts_with('['),
        Value::String(_) => false,
        other => serde_json::from_str::<Value>(text)
            .is_ok_and(|parsed| parsed.is_number() == other.is_number() && !parsed.is_string()),
    }
}

fn member_place(place: &str, name: &str) -> String {
    if name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        format!("{place}.{name}")
    } else {
        format!("{place}['{name}']")
    }
}

/// Whether a text fits a recorded one, in which `<…>` stands for anything.
fn fits(expected: &str, actual: &str) -> bool {
    if expected == actual {
        return true;
    }
    let pieces = fixed_pieces(expected);
    if pieces.len() < 2 {
        return false;
    }
    let (first, last) = (&pieces[0], &pieces[pieces.len() - 1]);
    let Some(mut rest) = actual.strip_prefix(first.as_str()) else { return false };
    for piece in &pieces[1..pieces.len() - 1] {
        match rest.find(piece.as_str()) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last.as_str())
}

/// What stands between the placeholders of a text.
fn fixed_pieces(text: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        let (before, after) = rest.split_at(open);
        pieces.last_mut().expect("there is one").push_str(before);
        let close = after.find('>');
        let name = close.map(|close| &after[1..close]);
        match name {
            Some(name)
                if !name.is_empty()
                    && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-:.".contains(c)) =>
            {
                pieces.push(String::new());
                rest = &after[name.len() + 2..];
            }
            _ => {
                pieces.last_mut().expect("there is one").push('<');
                rest = &after[1..];
            }
        }
    }
    pieces.last_mut().expect("there is one").push_str(rest);
    pieces
}
