//! Data of other formats as JSON.

mod bibtex;
mod xml;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// The key under which the TOML library hands on a date.
const TOML_DATE: &str = "$__toml_private_datetime";

/// A format that `load_data` reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Format {
    Toml,
    Json,
    Yaml,
    Csv,
    Xml,
    Bibtex,
    Plain,
}

impl Format {
    /// The format of this name, or extension of a file.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "toml" => Self::Toml,
            "json" => Self::Json,
            "yaml" | "yml" => Self::Yaml,
            "csv" => Self::Csv,
            "xml" => Self::Xml,
            "bib" | "bibtex" => Self::Bibtex,
            "plain" | "txt" => Self::Plain,
            _ => return None,
        })
    }
}

/// Reads a text. What is wrong is one line.
pub(crate) fn parse(text: &str, format: Format) -> Result<Value, String> {
    match format {
        Format::Json => serde_json::from_str(text).map_err(|error| error.to_string()),
        Format::Plain => Ok(Value::String(text.to_owned())),
        Format::Csv => csv(text),
        Format::Xml => xml::parse(text),
        Format::Bibtex => bibtex::parse(text),
        Format::Yaml => {
            let mut value: Value = from_yaml(text).map_err(|(line, why)| match line {
                Some(line) => format!("line {line}: {why}"),
                None => why,
            })?;
            plain_dates(&mut value);
            Ok(value)
        }
        Format::Toml => {
            let table: toml::Table = toml::from_str(text).map_err(|error| {
                let line = error.span().map_or(1, |span| super::config::line_of(text, span.start));
                format!("line {line}: {}", error.message().replace('\n', ", "))
            })?;
            Ok(json_of_toml(toml::Value::Table(table)))
        }
    }
}

/// Reads YAML. An error has its line, if it is known, and what is wrong.
pub(crate) fn from_yaml<T: DeserializeOwned>(text: &str) -> Result<T, (Option<usize>, String)> {
    serde_saphyr::from_str(text).map_err(|error| {
        let line = error.location().and_then(|location| usize::try_from(location.line()).ok());
        let shown = error.without_snippet().to_string();
        (line, shown.lines().next().unwrap_or_default().to_owned())
    })
}

/// TOML as JSON, dates as they are written.
pub(crate) fn json_of_toml(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => json!(number),
        toml::Value::Float(number) => json!(number),
        toml::Value::Boolean(flag) => Value::Bool(flag),
        toml::Value::Datetime(date) => Value::String(date.to_string()),
        toml::Value::Array(values) => values.into_iter().map(json_of_toml).collect(),
        toml::Value::Table(table) => {
            Value::Object(table.into_iter().map(|(key, value)| (key, json_of_toml(value))).collect())
        }
    }
}

/// Turns dates that came out of TOML as objects into text.
pub(crate) fn plain_dates(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(plain_dates),
        Value::Object(map) => match map.get_mut(TOML_DATE).map(Value::take) {
            Some(date) => *value = date,
            None => map.values_mut().for_each(plain_dates),
        },
        _ => {}
    }
}

/// `headers`, and `records` in their order.
fn csv(text: &str) -> Result<Value, String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let failed = |error: csv::Error| error.to_string();
    let headers: Vec<_> = reader.headers().map_err(failed)?.iter().map(ToOwned::to_owned).collect();
    let mut records = Vec::new();
    for record in reader.records() {
        records.push(record.map_err(failed)?.iter().map(ToOwned::to_owned).collect::<Vec<_>>());
    }
    Ok(json!({ "headers": headers, "records": records }))
}

/// Adds a value under a key; a second one makes a list of both.
fn add(map: &mut Map<String, Value>, key: &str, value: Value) {
    match map.get_mut(key) {
        None => {
            map.insert(key.to_owned(), value);
        }
        Some(Value::Array(values)) => values.push(value),
        Some(first) => *first = json!([first.take(), value]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(format: &str, text: &str, expected: Value) {
        assert_eq!(parse(text, Format::of(format).unwrap()), Ok(expected));
    }

    #[test]
    fn formats_are_read() {
        check("json", "{\"a\": [1]}", json!({"a": [1]}));
        check("toml", "a = 2024-05-01\n[b]\nc = 1.5", json!({"a": "2024-05-01", "b": {"c": 1.5}}));
        check("yaml", "a: 1\nb: [x, true]\nc: ~", json!({"a": 1, "b": ["x", true], "c": null}));
        check("csv", "a,b\n1,\"x,y\"\n", json!({"headers": ["a", "b"], "records": [["1", "x,y"]]}));
        check("plain", "a", json!("a"));
        check(
            "xml",
            "<a b=\"1\"><c>x</c><c>2</c><d/>text</a>",
            json!({"a": {"@b": 1, "c": ["x", 2], "d": null, "#text": "text"}}),
        );
        check(
            "bibtex",
            "@article{key, title = \"A Rope\", year = 2024}",
            json!({
                "comments": [], "preambles": [], "variables": {},
                "bibliographies": [
                    {"entry_type": "article", "citation_key": "key", "tags": {"title": "A Rope", "year": "2024"}}
                ]
            }),
        );
    }

    #[track_caller]
    fn check_invalid(format: &str, text: &str, expected: &str) {
        let error = parse(text, Format::of(format).unwrap()).unwrap_err();
        assert!(error.contains(expected) && !error.contains('\n'), "{error}");
    }

    #[test]
    fn errors_are_one_line() {
        check_invalid("json", "{", "line 1");
        check_invalid("toml", "a = 1\nb", "line 2");
        check_invalid("yaml", "a: 1\nb: [", "line ");
        check_invalid("csv", "a,b\n1\n", "line: 2");
        check_invalid("xml", "<a>", "root");
        check_invalid("bibtex", "@article{", "");
    }
}
