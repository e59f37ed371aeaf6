//! Reference paths, which name exactly one place: `ResultPath`.

use serde_json::{Map, Value};

use super::{Path, Root, Segment};

/// A path made of members and indices only.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ReferencePath {
    steps: Vec<Segment>,
    text: String,
}

/// Why a value can't be put where a reference path says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Insertion {
    /// The place is within something that is neither an object nor a list long enough.
    Unreachable,
}

impl ReferencePath {
    /// Reads a reference path. The error says what it may not have.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let path = Path::parse(text)?;
        if path.root != Root::Data {
            return Err(
                "it must start with `$.`: the context object and variables can't be written to".to_owned()
            );
        }
        let simple =
            path.segments.iter().all(|segment| matches!(segment, Segment::Member(_) | Segment::Index(0..)));
        if !simple || path.function.is_some() {
            return Err("it must name a single place: only members and indices".to_owned());
        }
        Ok(Self { steps: path.segments, text: text.to_owned() })
    }

    /// The path as it was written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is `$`: the whole document.
    pub(crate) fn is_root(&self) -> bool {
        self.steps.is_empty()
    }

    /// Puts `value` into `document` at this place, making the objects on the way.
    pub(crate) fn insert(&self, document: &mut Value, value: Value) -> Result<(), Insertion> {
        let mut place = document;
        for step in &self.steps {
            place = match step {
                Segment::Member(name) => {
                    if place.is_null() {
                        *place = Value::Object(Map::new());
                    }
                    let object = place.as_object_mut().ok_or(Insertion::Unreachable)?;
                    object.entry(name.as_str()).or_insert(Value::Null)
                }
                Segment::Index(index) => {
                    let index = usize::try_from(*index).map_err(|_| Insertion::Unreachable)?;
                    if place.is_null() && index == 0 {
                        *place = Value::Array(Vec::new());
                    }
                    let items = place.as_array_mut().ok_or(Insertion::Unreachable)?;
                    if index == items.len() {
                        items.push(Value::Null);
                    }
                    items.get_mut(index).ok_or(Insertion::Unreachable)?
                }
                _ => return Err(Insertion::Unreachable),
            };
        }
        *place = value;
        Ok(())
    }
}
