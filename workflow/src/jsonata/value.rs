//! Values while an expression is evaluated. What comes from the run's data is borrowed, never copied.

use std::rc::Rc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::MAX_VALUE_DEPTH;
use super::error::Fault;
use super::frame::Name;
use super::functions::Function;

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Val<'a> {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(Text<'a>),
    Array(Rc<Array<'a>>),
    Object(Rc<Object<'a>>),
    /// An array of the run's data.
    JsonArray(&'a [Value]),
    /// An object of the run's data.
    JsonObject(&'a Map<String, Value>),
    Function(Rc<Function<'a>>),
    /// Items with bindings, on their way through a path.
    Tuples(Rc<Vec<Tuple<'a>>>),
}

/// A text.
#[derive(Clone, Debug)]
pub(super) enum Text<'a> {
    Borrowed(&'a str),
    Owned(Rc<str>),
}

/// An array that the expression made.
#[derive(Clone, Debug, Default)]
pub(super) struct Array<'a> {
    pub(super) items: Vec<Val<'a>>,
    /// It is a sequence: what has one item is that item.
    pub(super) sequence: bool,
    /// It is a sequence that stays an array with one item.
    pub(super) keep_singleton: bool,
    /// It was written as `[…]`, and isn't flattened into sequences.
    pub(super) constructed: bool,
    depth: u32,
}

/// An object that the expression made.
#[derive(Clone, Debug, Default)]
pub(super) struct Object<'a> {
    pub(super) members: IndexMap<Rc<str>, Val<'a>>,
    depth: u32,
}

/// An item with bindings.
#[derive(Clone, Debug)]
pub(super) struct Tuple<'a> {
    pub(super) item: Val<'a>,
    pub(super) bindings: Vec<(Name<'a>, Val<'a>)>,
}

impl std::ops::Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Owned(text) => text,
        }
    }
}

impl<'a> Val<'a> {
    pub(super) fn text(text: impl Into<Rc<str>>) -> Self {
        Self::Text(Text::Owned(text.into()))
    }

    /// A plain array.
    pub(super) fn array(items: Vec<Val<'a>>) -> Result<Self, Fault> {
        Array::new(items, false).map(|array| Self::Array(Rc::new(array)))
    }

    /// A sequence, as it is: even with no or one item.
    pub(super) fn sequence(items: Vec<Val<'a>>) -> Result<Self, Fault> {
        Array::new(items, true).map(|array| Self::Array(Rc::new(array)))
    }

    pub(super) fn object(members: IndexMap<Rc<str>, Val<'a>>) -> Result<Self, Fault> {
        Object::new(members).map(|object| Self::Object(Rc::new(object)))
    }

    pub(super) fn is_undefined(&self) -> bool {
        matches!(self, Self::Undefined)
    }

    pub(super) fn is_array(&self) -> bool {
        matches!(self, Self::Array(_) | Self::JsonArray(_))
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn as_function(&self) -> Option<&Rc<Function<'a>>> {
        match self {
            Self::Function(function) => Some(function),
            _ => None,
        }
    }

    /// The number of items, where it is an array.
    pub(super) fn len(&self) -> Option<usize> {
        match self {
            Self::Array(array) => Some(array.items.len()),
            Self::JsonArray(items) => Some(items.len()),
            _ => None,
        }
    }

    /// An item, where it is an array that has it.
    pub(super) fn item(&self, index: usize) -> Option<Val<'a>> {
        match self {
            Self::Array(array) => array.items.get(index).cloned(),
            Self::JsonArray(items) => items.get(index).map(Self::from),
            _ => None,
        }
    }

    /// The items of an array; a value that is none is its only item, undefined has none.
    pub(super) fn items(&self) -> Vec<Val<'a>> {
        match self {
            Self::Undefined => Vec::new(),
            Self::Array(array) => array.items.clone(),
            Self::JsonArray(items) => items.iter().map(Self::from).collect(),
            other => vec![other.clone()],
        }
    }

    /// A member, where it is an object that has it.
    pub(super) fn member(&self, name: &str) -> Option<Val<'a>> {
        match self {
            Self::Object(object) => object.members.get(name).cloned(),
            Self::JsonObject(members) => members.get(name).map(Self::from),
            _ => None,
        }
    }

    /// The members, where it is an object.
    pub(super) fn members(&self) -> Option<Vec<(Rc<str>, Val<'a>)>> {
        match self {
            Self::Object(object) => {
                Some(object.members.iter().map(|(name, value)| (Rc::clone(name), value.clone())).collect())
            }
            Self::JsonObject(members) => Some(
                members.iter().map(|(name, value)| (Rc::from(name.as_str()), Self::from(value))).collect(),
            ),
            _ => None,
        }
    }

    pub(super) fn is_object(&self) -> bool {
        matches!(self, Self::Object(_) | Self::JsonObject(_))
    }

    fn depth(&self) -> u32 {
        match self {
            Self::Array(array) => array.depth,
            Self::Object(object) => object.depth,
            // The run's data has a limit of its own.
            Self::JsonArray(_) | Self::JsonObject(_) => 1,
            _ => 0,
        }
    }

    /// What a finished expression gives for this: a sequence of one item is that item, an empty one is nothing.
    pub(super) fn unwrapped(self, keep_array: bool) -> Self {
        let Self::Array(array) = &self else { return self };
        if !array.sequence {
            return self;
        }
        match array.items.len() {
            0 => Self::Undefined,
            1 if !array.keep_singleton && !keep_array => array.items[0].clone(),
            _ if keep_array && !array.keep_singleton => {
                let mut kept = (**array).clone();
                kept.keep_singleton = true;
                Self::Array(Rc::new(kept))
            }
            _ => self,
        }
    }
}

impl<'a> From<&'a Value> for Val<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Number(number) => Self::Number(number.as_f64().unwrap_or(0.0)),
            Value::String(text) => Self::Text(Text::Borrowed(text)),
            Value::Array(items) => Self::JsonArray(items),
            Value::Object(members) => Self::JsonObject(members),
        }
    }
}

fn deeper(depth: u32) -> Result<u32, Fault> {
    if depth >= MAX_VALUE_DEPTH {
        return Err(Fault::new("D1011", format!("the result nests deeper than {MAX_VALUE_DEPTH} levels")));
    }
    Ok(depth + 1)
}

impl<'a> Array<'a> {
    pub(super) fn new(items: Vec<Val<'a>>, sequence: bool) -> Result<Self, Fault> {
        let depth = deeper(items.iter().map(Val::depth).max().unwrap_or(0))?;
        Ok(Self { items, sequence, keep_singleton: false, constructed: false, depth })
    }
}

impl<'a> Object<'a> {
    pub(super) fn new(members: IndexMap<Rc<str>, Val<'a>>) -> Result<Self, Fault> {
        let depth = deeper(members.values().map(Val::depth).max().unwrap_or(0))?;
        Ok(Self { members, depth })
    }
}

impl<'a> Tuple<'a> {
    pub(super) fn bare(item: Val<'a>) -> Self {
        Self { item, bindings: Vec::new() }
    }

    /// Gives a name a value, in place of the one that it had.
    pub(super) fn bind(&mut self, name: Name<'a>, value: Val<'a>) {
        match self.bindings.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.bindings.push((name, value)),
        }
    }
}
