//! Query strings and forms.

use form_urlencoded::Serializer;
use ropewalk_stage::Failure;
use serde_json::{Map, Value};

use crate::{ArrayFormat, invalid};

/// A value that is written as one word. `None`: a list, an object, or nothing.
pub(crate) fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The URL with the query's parameters after those that it has.
pub(crate) fn url(endpoint: &str, query: &Map<String, Value>) -> Result<String, Failure> {
    if query.is_empty() {
        return Ok(endpoint.to_owned());
    }
    let mut pairs = Serializer::new(String::new());
    for (name, value) in query {
        let values = match value {
            Value::Array(values) => values.as_slice(),
            value => std::slice::from_ref(value),
        };
        for value in values {
            let text = plain(value).ok_or_else(|| {
                invalid(format!(
                    "query parameter `{name}` must be a text, a number, a boolean, or a list of these"
                ))
            })?;
            pairs.append_pair(name, &text);
        }
    }
    // Nothing behind `#` is sent.
    let bare = endpoint.split('#').next().unwrap_or(endpoint);
    let link = match bare.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    Ok(format!("{bare}{link}{}", pairs.finish()))
}

/// An object as a form.
pub(crate) fn form(body: &Value, format: ArrayFormat) -> Result<String, Failure> {
    let members =
        body.as_object().ok_or_else(|| invalid("a body that is `URL_ENCODED` must be an object"))?;
    let mut pairs = Serializer::new(String::new());
    for (name, value) in members {
        add(&mut pairs, name, value, format);
    }
    Ok(pairs.finish())
}

fn add(pairs: &mut Serializer<'_, String>, name: &str, value: &Value, format: ArrayFormat) {
    match value {
        Value::Array(values)
            if format == ArrayFormat::Commas && values.iter().all(|v| plain(v).is_some()) =>
        {
            let texts: Vec<String> = values.iter().filter_map(plain).collect();
            pairs.append_pair(name, &texts.join(","));
        }
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                match format {
                    ArrayFormat::Repeat => add(pairs, name, value, format),
                    ArrayFormat::Brackets => add(pairs, &format!("{name}[]"), value, format),
                    ArrayFormat::Indices | ArrayFormat::Commas => {
                        add(pairs, &format!("{name}[{index}]"), value, format);
                    }
                }
            }
        }
        Value::Object(members) => {
            for (member, value) in members {
                add(pairs, &format!("{name}[{member}]"), value, format);
            }
        }
        value => {
            pairs.append_pair(name, &plain(value).unwrap_or_default());
        }
    }
}
