//! How large a document is.

use serde_json::Value;

/// Levels of nesting that a document may have: what every JSON parser of this system reads back.
pub(crate) const MAX_DATA_DEPTH: usize = 100;

/// What measuring found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    /// Within the limit: so many bytes of compact JSON.
    Bytes(usize),
    /// Over the limit.
    TooLarge,
    /// Nested deeper than [`MAX_DATA_DEPTH`].
    TooDeep,
}

/// Measures a document as compact JSON, and stops as soon as it is past `limit` bytes.
pub(crate) fn measure(value: &Value, limit: usize) -> Size {
    let mut measure = Measure { bytes: 0, limit };
    match measure.add(value, 0) {
        Ok(()) => Size::Bytes(measure.bytes),
        Err(size) => size,
    }
}

/// The bytes of a document as compact JSON.
pub(crate) fn bytes(value: &Value) -> usize {
    match measure(value, usize::MAX) {
        Size::Bytes(bytes) => bytes,
        Size::TooLarge | Size::TooDeep => usize::MAX,
    }
}

struct Measure {
    bytes: usize,
    limit: usize,
}

impl Measure {
    fn add(&mut self, value: &Value, depth: usize) -> Result<(), Size> {
        if depth > MAX_DATA_DEPTH {
            return Err(Size::TooDeep);
        }
        self.bytes += match value {
            Value::Null | Value::Bool(true) => 4,
            Value::Bool(false) => 5,
            Value::Number(number) => digits(number),
            Value::String(text) => quoted(text),
            Value::Array(items) => 2 + items.len().saturating_sub(1),
            Value::Object(members) => 2 + members.len().saturating_sub(1),
        };
        match value {
            Value::Array(items) => items.iter().try_for_each(|item| self.add(item, depth + 1))?,
            Value::Object(members) => {
                for (name, member) in members {
                    self.bytes += quoted(name) + 1;
                    self.add(member, depth + 1)?;
                }
            }
            _ => {}
        }
        if self.bytes > self.limit { Err(Size::TooLarge) } else { Ok(()) }
    }
}

fn digits(number: &serde_json::Number) -> usize {
    let whole = |magnitude: u64| magnitude.checked_ilog10().map_or(1, |log| log as usize + 1);
    if let Some(number) = number.as_i64() {
        usize::from(number < 0) + whole(number.unsigned_abs())
    } else if let Some(number) = number.as_u64() {
        whole(number)
    } else {
        number.to_string().len()
    }
}

fn quoted(text: &str) -> usize {
    let escapes = text.bytes().map(|byte| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 8 | 12 => 1,
        0..=31 => 5,
        _ => 0,
    });
    2 + text.len() + escapes.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_measure_is_that_of_compact_json() {
        for value in [
            json!(null),
            json!([]),
            json!({}),
            json!([1, -20, 3.5, 0, u64::MAX, i64::MIN, 1e300]),
            json!({"a\n\"": [true, false, null], "ü\u{1}": "\\"}),
        ] {
            assert_eq!(bytes(&value), value.to_string().len(), "{value}");
        }
    }

    #[test]
    fn measuring_stops_at_limits() {
        assert_eq!(measure(&json!("12345"), 6), Size::TooLarge);
        assert_eq!(measure(&json!("12345"), 7), Size::Bytes(7));
        let deep = (0..=MAX_DATA_DEPTH).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(measure(&deep, usize::MAX), Size::TooDeep);
    }
}
