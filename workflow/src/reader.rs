//! Reading items out of files: JSON, JSON Lines, CSV.

use serde_json::{Map, Value};

use crate::data::Data;

/// Items, and the names that they had where they were members of an object.
pub(crate) type Items = (Vec<Data>, Option<Vec<String>>);

/// The items of a JSON array, or the members of an object that `pointer` names; at most `most` of them.
pub(crate) fn json(text: &str, pointer: Option<&str>, most: usize) -> Result<Items, String> {
    let document: Value = serde_json::from_str(text)
        .map_err(|error| format!("The provided JSON file could not be read: {error}"))?;
    let place = match pointer {
        None => &document,
        Some(pointer) => document
            .pointer(pointer)
            .ok_or_else(|| format!("ItemsPointer '{pointer}' names nothing in the JSON file."))?,
    };
    match place {
        Value::Array(items) => Ok((items.iter().take(most).cloned().map(Data::new).collect(), None)),
        Value::Object(members) if pointer.is_some() => {
            let (names, items) =
                members.iter().take(most).map(|(name, item)| (name.clone(), Data::new(item.clone()))).unzip();
            Ok((items, Some(names)))
        }
        _ => Err("Attempting to map over non-iterable node.".to_owned()),
    }
}

/// One item a line; empty lines are passed over.
pub(crate) fn json_lines(text: &str, most: usize) -> Result<Vec<Data>, String> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .take(most)
        .map(|(at, line)| {
            let item = serde_json::from_str(line);
            item.map(Data::new)
                .map_err(|error| format!("Line {} of the JSONL file could not be read: {error}", at + 1))
        })
        .collect()
}

/// One item a row: an object of texts. Fields without a header are dropped, missing ones are empty.
pub(crate) fn csv(
    text: &str,
    headers: Option<&[String]>,
    delimiter: char,
    most: usize,
) -> Result<Vec<Data>, String> {
    let mut rows = Rows { rest: text.strip_prefix('\u{feff}').unwrap_or(text), delimiter };
    let headers = match headers {
        Some(headers) => headers.to_vec(),
        None => rows.next().ok_or("The CSV file has no header.")?,
    };
    let items = rows.take(most).map(|fields| {
        let mut fields = fields.into_iter();
        let members =
            headers.iter().map(|name| (name.clone(), Value::String(fields.next().unwrap_or_default())));
        Data::new(Value::Object(members.collect::<Map<_, _>>()))
    });
    Ok(items.collect())
}

/// The rows of a CSV text (RFC 4180, any of the usual line ends).
struct Rows<'a> {
    rest: &'a str,
    delimiter: char,
}

impl Iterator for Rows<'_> {
    type Item = Vec<String>;

    fn next(&mut self) -> Option<Vec<String>> {
        self.rest = self.rest.trim_start_matches(['\n', '\r']);
        if self.rest.is_empty() {
            return None;
        }
        let mut fields = Vec::new();
        let mut field = String::new();
        let mut quoted = false;
        let mut characters = self.rest.char_indices().peekable();
        while let Some((at, c)) = characters.next() {
            match c {
                '"' if quoted => {
                    if characters.next_if(|(_, next)| *next == '"').is_some() {
                        field.push('"');
                    } else {
                        quoted = false;
                    }
                }
                '"' if field.is_empty() => quoted = true,
                '\n' | '\r' if !quoted => {
                    self.rest = &self.rest[at..];
                    fields.push(field);
                    return Some(fields);
                }
                c if c == self.delimiter && !quoted => fields.push(std::mem::take(&mut field)),
                c => field.push(c),
            }
        }
        self.rest = "";
        fields.push(field);
        Some(fields)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check_csv(text: &str, headers: Option<&[&str]>, expected: Value) {
        let headers: Option<Vec<String>> =
            headers.map(|headers| headers.iter().map(|h| (*h).to_owned()).collect());
        let items = csv(text, headers.as_deref(), ',', 100).expect("the text is readable");
        let items: Value = items.into_iter().map(Data::into_value).collect();
        assert_eq!(items, expected, "{text:?}");
    }

    #[test]
    fn rows_become_objects() {
        check_csv("a,b\r\n1,2\n\n3\n", None, json!([{"a": "1", "b": "2"}, {"a": "3", "b": ""}]));
        check_csv("1,2,3", Some(&["x"]), json!([{"x": "1"}]));
        check_csv("a\n\"x,\"\"y\"\"\nz\"\n", None, json!([{"a": "x,\"y\"\nz"}]));
        check_csv("a\n   \n", None, json!([{"a": "   "}]));
    }

    #[test]
    fn an_empty_file_has_no_header() {
        assert!(csv("", None, ',', 1).is_err());
    }
}
