//! Finding what a path names.

use std::borrow::Cow;
use std::cell::Cell;

use serde_json::{Map, Value};

use super::{Function, Path, Root, Segment};
use crate::size;

/// Where the roots of paths come from.
pub(crate) trait Roots {
    /// `$`.
    fn data(&self) -> &Value;
    /// `$$`; built when first asked for.
    fn context(&self) -> &Value;
    /// `$name`.
    fn variable(&self, name: &str) -> Option<&Value>;
}

/// Values that one path may look at, each 64 bytes of those that are compared or kept counted as one more.
pub(crate) const MAX_PATH_STEPS: usize = 1_000_000;

/// A path looks at more than it may: [`MAX_PATH_STEPS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooManySteps;

/// One evaluation of a path: where it starts, and how much it may still look at.
pub(super) struct Search<'r> {
    roots: &'r dyn Roots,
    steps_left: Cell<usize>,
}

impl<'r> Search<'r> {
    fn new(roots: &'r dyn Roots) -> Self {
        Self { roots, steps_left: Cell::new(MAX_PATH_STEPS) }
    }

    /// Takes steps; `false` where there are none left, and what is found no longer counts.
    pub(super) fn spend(&self, steps: usize) -> bool {
        let left = self.steps_left.get().saturating_sub(steps);
        self.steps_left.set(left);
        left > 0
    }

    fn spend_value(&self, value: &Value) -> bool {
        self.spend(1) && self.spend(size::bytes(value) / 64)
    }

    fn result<T>(&self, found: T) -> Result<T, TooManySteps> {
        if self.steps_left.get() > 0 { Ok(found) } else { Err(TooManySteps) }
    }
}

/// What a path found.
#[derive(Debug, PartialEq)]
pub(crate) enum Found<'a> {
    /// A value where it stands.
    Here(&'a Value),
    /// A value made by the path, such as the array of all that a wildcard found.
    Made(Value),
}

impl Found<'_> {
    pub(crate) fn into_value(self) -> Value {
        match self {
            Self::Here(value) => value.clone(),
            Self::Made(value) => value,
        }
    }
}

impl std::ops::Deref for Found<'_> {
    type Target = Value;

    fn deref(&self) -> &Value {
        match self {
            Self::Here(value) => value,
            Self::Made(value) => value,
        }
    }
}

impl Path {
    /// What the path names; `None` where it names nothing. A path that may name several gives an array, maybe empty.
    pub(crate) fn find<'a>(&self, roots: &'a dyn Roots) -> Result<Option<Found<'a>>, TooManySteps> {
        let search = Search::new(roots);
        let found = self.root(roots).and_then(|root| self.find_below(root, &search));
        search.result(found)
    }

    fn root<'a>(&self, roots: &'a dyn Roots) -> Option<&'a Value> {
        match &self.root {
            Root::Data => Some(roots.data()),
            Root::Context => Some(roots.context()),
            Root::Variable(name) => roots.variable(name),
            Root::Item => None,
        }
    }

    /// The same with `item` for `@`: filters compare what they find.
    pub(super) fn find_for_item<'a>(&self, item: &'a Value, search: &Search<'a>) -> Option<Found<'a>> {
        let root = match &self.root {
            Root::Item => item,
            _ => self.root(search.roots)?,
        };
        let found = self.find_below(root, search)?;
        search.spend_value(&found).then_some(found)
    }

    pub(super) fn exists<'a>(&self, item: &'a Value, search: &Search<'a>) -> bool {
        match self.find_for_item(item, search).as_deref() {
            None => false,
            Some(Value::Array(found)) if !self.is_definite() => !found.is_empty(),
            Some(_) => true,
        }
    }

    fn find_below<'a>(&self, root: &'a Value, search: &Search<'_>) -> Option<Found<'a>> {
        let found = if self.is_definite() {
            definite(root, &self.segments)?
        } else {
            let mut found = Vec::new();
            walk(root, &self.segments, search, &mut found);
            if !found.iter().all(|value| search.spend_value(value)) {
                return None;
            }
            Found::Made(Value::Array(found.into_iter().map(Cow::into_owned).collect()))
        };
        match self.function {
            None => Some(found),
            Some(function) => apply(function, &found).map(Found::Made),
        }
    }
}

fn definite<'a>(root: &'a Value, segments: &[Segment]) -> Option<Found<'a>> {
    let mut value = root;
    for (done, segment) in segments.iter().enumerate() {
        value = match segment {
            Segment::Member(name) => value.as_object()?.get(name)?,
            Segment::Index(index) => item(value.as_array()?, *index)?,
            Segment::Members(names) => {
                let chosen = members(value.as_object()?, names);
                let rest = definite(&chosen, &segments[done + 1..])?.into_value();
                return Some(Found::Made(rest));
            }
            _ => return None,
        };
    }
    Some(Found::Here(value))
}

fn members(object: &Map<String, Value>, names: &[String]) -> Value {
    let chosen = names.iter().filter_map(|name| Some((name.clone(), object.get(name)?.clone())));
    Value::Object(chosen.collect())
}

fn item(items: &[Value], index: i64) -> Option<&Value> {
    usize::try_from(index)
        .ok()
        .or_else(|| items.len().checked_sub(usize::try_from(index.unsigned_abs()).ok()?))
        .and_then(|index| items.get(index))
}

fn walk<'a>(value: &'a Value, segments: &[Segment], search: &Search<'_>, found: &mut Vec<Cow<'a, Value>>) {
    if !search.spend(1) {
        return;
    }
    let Some((segment, rest)) = segments.split_first() else {
        found.push(Cow::Borrowed(value));
        return;
    };
    let mut go = |value: &'a Value| walk(value, rest, search, found);
    match (segment, value) {
        (Segment::Member(name), Value::Object(object)) => object.get(name).into_iter().for_each(go),
        (Segment::Members(names), Value::Object(object)) => {
            let chosen = members(object, names);
            let mut below = Vec::new();
            walk(&chosen, rest, search, &mut below);
            found.extend(below.into_iter().map(|value| Cow::Owned(value.into_owned())));
        }
        (Segment::Index(index), Value::Array(items)) => {
            item(items, *index).into_iter().for_each(go);
        }
        (Segment::Indices(indices), Value::Array(items)) => {
            indices.iter().filter_map(|index| item(items, *index)).for_each(go);
        }
        (Segment::Slice(from, to), Value::Array(items)) => {
            slice(items, *from, *to).iter().for_each(go);
        }
        (Segment::All, Value::Array(items)) => items.iter().for_each(go),
        (Segment::All, Value::Object(object)) => object.values().for_each(go),
        (Segment::Filter(filter), Value::Array(items)) => {
            items.iter().filter(|item| filter.accepts(item, search)).for_each(go);
        }
        (Segment::Filter(filter), Value::Object(_)) if filter.accepts(value, search) => go(value),
        (Segment::Descend, _) => descend(value, rest, search, found),
        _ => {}
    }
}

fn descend<'a>(value: &'a Value, rest: &[Segment], search: &Search<'_>, found: &mut Vec<Cow<'a, Value>>) {
    if !search.spend(1) {
        return;
    }
    // Depth is bounded by that of JSON itself, which the parser limits to 128 levels.
    if value.is_object() || value.is_array() {
        walk(value, rest, search, found);
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| descend(item, rest, search, found)),
        Value::Object(object) => object.values().for_each(|member| descend(member, rest, search, found)),
        _ => {}
    }
}

fn slice(items: &[Value], from: Option<i64>, to: Option<i64>) -> &[Value] {
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let bound = |bound: i64| {
        let counted = if bound < 0 { length.saturating_add(bound) } else { bound };
        usize::try_from(counted.clamp(0, length)).unwrap_or(0)
    };
    let (from, to) = (bound(from.unwrap_or(0)), bound(to.unwrap_or(length)));
    items.get(from..to).unwrap_or_default()
}

fn apply(function: Function, value: &Value) -> Option<Value> {
    let numbers = || -> Option<Vec<f64>> {
        let numbers: Vec<f64> = value.as_array()?.iter().filter_map(Value::as_f64).collect();
        (!numbers.is_empty()).then_some(numbers)
    };
    #[allow(clippy::cast_precision_loss, reason = "no array is that long")]
    let mean = |numbers: &[f64]| numbers.iter().sum::<f64>() / numbers.len() as f64;
    let number = match function {
        Function::Length => {
            return match value {
                Value::Array(items) => Some(Value::from(items.len())),
                Value::Object(object) => Some(Value::from(object.len())),
                Value::String(text) => Some(Value::from(text.chars().count())),
                _ => None,
            };
        }
        Function::Keys => {
            return Some(value.as_object()?.keys().cloned().map(Value::String).collect());
        }
        Function::First => return value.as_array()?.first().cloned(),
        Function::Last => return value.as_array()?.last().cloned(),
        Function::Min => numbers()?.into_iter().fold(f64::INFINITY, f64::min),
        Function::Max => numbers()?.into_iter().fold(f64::NEG_INFINITY, f64::max),
        Function::Sum => numbers()?.into_iter().sum(),
        Function::Avg => mean(&numbers()?),
        Function::StdDev => {
            let numbers = numbers()?;
            let mean_of_all = mean(&numbers);
            let squares: Vec<f64> = numbers.iter().map(|n| (n - mean_of_all).powi(2)).collect();
            mean(&squares).sqrt()
        }
    };
    serde_json::Number::from_f64(number).map(Value::Number)
}
