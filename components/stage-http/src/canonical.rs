//! One text for one JSON value: members sorted by name as bytes, no white space.

use serde_json::{Map, Value};

/// The canonical text of an object.
pub fn object(members: &Map<String, Value>) -> String {
    let mut text = String::new();
    write_object(members, &mut text);
    text
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => write_object(members, out),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                separate(index, out);
                write(item, out);
            }
            out.push(']');
        }
        Value::String(text) => write_string(text, out),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::Bool(bool) => out.push_str(if *bool { "true" } else { "false" }),
        Value::Null => out.push_str("null"),
    }
}

fn write_object(members: &Map<String, Value>, out: &mut String) {
    // Whether a map keeps its members sorted depends on a feature that another crate may turn on.
    let mut members: Vec<_> = members.iter().collect();
    members.sort_unstable_by_key(|(name, _)| *name);
    out.push('{');
    for (index, (name, value)) in members.into_iter().enumerate() {
        separate(index, out);
        write_string(name, out);
        out.push(':');
        write(value, out);
    }
    out.push('}');
}

fn separate(index: usize, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
}

fn write_string(text: &str, out: &mut String) {
    out.push_str(&Value::from(text).to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, expected: &str) {
        let members = serde_json::from_str(json).unwrap();
        assert_eq!(object(&members), expected);
    }

    #[test]
    fn one_text_for_one_value() {
        check("{}", "{}");
        check(r#"{ "b": 1, "a": [ 1, 2.50, -0, null ] }"#, r#"{"a":[1,2.5,-0.0,null],"b":1}"#);
        check(r#"{"é":"\u0041\n","a":{"z":true,"b":false}}"#, r#"{"a":{"b":false,"z":true},"é":"A\n"}"#);
        check(r#"{"a":1,"A":2}"#, r#"{"A":2,"a":1}"#);
    }
}
