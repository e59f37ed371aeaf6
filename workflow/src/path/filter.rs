//! `[?(…)]`: conditions on the items of an array.

use std::cmp::Ordering;

use serde_json::Value;

use super::evaluate::{Found, Search};
use super::parse::Cursor;
use super::{MAX_PATH_DEPTH, Path};

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    /// The path finds something.
    Exists(Path),
    Compare(Operand, Comparison, Operand),
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand {
    Path(Path),
    Literal(Value),
}

/// How two sides are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
    Contains,
    Size,
    Empty,
    SubsetOf,
    AnyOf,
    NoneOf,
}

const COMPARISONS: [(&str, Comparison); 15] = [
    ("==", Comparison::Equal),
    ("!=", Comparison::NotEqual),
    ("<=", Comparison::LessOrEqual),
    (">=", Comparison::GreaterOrEqual),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
    ("in ", Comparison::In),
    ("nin ", Comparison::NotIn),
    ("contains ", Comparison::Contains),
    ("size ", Comparison::Size),
    ("empty ", Comparison::Empty),
    ("subsetof ", Comparison::SubsetOf),
    ("anyof ", Comparison::AnyOf),
    ("noneof ", Comparison::NoneOf),
    ("=", Comparison::Equal),
];

/// Reads a condition up to the bracket that closes it.
pub(crate) fn parse(cursor: &mut Cursor<'_>, depth: usize) -> Result<Filter, String> {
    let mut parts = vec![conjunction(cursor, depth)?];
    loop {
        cursor.skip_spaces();
        if !cursor.eat("||") {
            break;
        }
        parts.push(conjunction(cursor, depth)?);
    }
    Ok(single_or(parts, Filter::Any))
}

fn conjunction(cursor: &mut Cursor<'_>, depth: usize) -> Result<Filter, String> {
    let mut parts = vec![term(cursor, depth)?];
    loop {
        cursor.skip_spaces();
        if !cursor.eat("&&") {
            break;
        }
        parts.push(term(cursor, depth)?);
    }
    Ok(single_or(parts, Filter::All))
}

fn single_or(mut parts: Vec<Filter>, many: fn(Vec<Filter>) -> Filter) -> Filter {
    if parts.len() == 1 { parts.remove(0) } else { many(parts) }
}

fn term(cursor: &mut Cursor<'_>, depth: usize) -> Result<Filter, String> {
    if depth > MAX_PATH_DEPTH {
        return Err(format!("it nests deeper than {MAX_PATH_DEPTH} levels"));
    }
    cursor.skip_spaces();
    if cursor.eat("!") {
        return Ok(Filter::Not(Box::new(term(cursor, depth + 1)?)));
    }
    if cursor.eat("(") {
        let inner = parse(cursor, depth + 1)?;
        cursor.skip_spaces();
        cursor.expect(")")?;
        return Ok(inner);
    }
    let left = operand(cursor, depth)?;
    cursor.skip_spaces();
    let Some((_, comparison)) = COMPARISONS.iter().find(|(token, _)| cursor.eat(token)) else {
        return match left {
            Operand::Path(path) => Ok(Filter::Exists(path)),
            Operand::Literal(_) => Err(cursor.unexpected()),
        };
    };
    cursor.skip_spaces();
    let right = operand(cursor, depth)?;
    Ok(Filter::Compare(left, *comparison, right))
}

fn operand(cursor: &mut Cursor<'_>, depth: usize) -> Result<Operand, String> {
    match cursor.peek() {
        Some('$' | '@') => Ok(Operand::Path(cursor.path(depth + 1)?)),
        Some('\'' | '"') => Ok(Operand::Literal(Value::String(cursor.quoted()?))),
        Some('[') => {
            cursor.next();
            list(cursor, depth).map(|items| Operand::Literal(Value::Array(items)))
        }
        _ => {
            let word = cursor.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.'));
            let literal: Value = serde_json::from_str(word).map_err(|_| match word {
                "" => cursor.unexpected(),
                word => format!("`{word}` is neither a path nor a literal"),
            })?;
            Ok(Operand::Literal(literal))
        }
    }
}

fn list(cursor: &mut Cursor<'_>, depth: usize) -> Result<Vec<Value>, String> {
    let mut items = Vec::new();
    cursor.skip_spaces();
    while !cursor.eat("]") {
        match operand(cursor, depth)? {
            Operand::Literal(item) => items.push(item),
            Operand::Path(path) => return Err(format!("`{path}` can't stand in a list")),
        }
        cursor.skip_spaces();
        if !cursor.eat(",") {
            cursor.expect("]")?;
            break;
        }
        cursor.skip_spaces();
    }
    Ok(items)
}

impl Filter {
    /// Whether `item` passes.
    pub(super) fn accepts<'a>(&'a self, item: &'a Value, search: &Search<'a>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.accepts(item, search)),
            Self::Any(parts) => parts.iter().any(|part| part.accepts(item, search)),
            Self::Not(part) => !part.accepts(item, search),
            Self::Exists(path) => path.exists(item, search),
            Self::Compare(left, comparison, right) => {
                let (left, right) = (left.value(item, search), right.value(item, search));
                compare(left.as_deref(), *comparison, right.as_deref(), search)
            }
        }
    }
}

impl Operand {
    fn value<'a>(&'a self, item: &'a Value, search: &Search<'a>) -> Option<Found<'a>> {
        match self {
            Self::Literal(value) => Some(Found::Here(value)),
            Self::Path(path) => path.find_for_item(item, search),
        }
    }
}

fn compare(left: Option<&Value>, comparison: Comparison, right: Option<&Value>, search: &Search<'_>) -> bool {
    if let Comparison::NotEqual = comparison {
        return !compare(left, Comparison::Equal, right, search);
    }
    let (Some(left), Some(right)) = (left, right) else {
        return false;
    };
    let among = |item: &Value, list: &Value| {
        list.as_array().is_some_and(|list| list.iter().any(|other| same(item, other)))
    };
    // Each item of one list is compared with all of the other.
    let each = |list: &Value, test: &dyn Fn(&Value) -> bool| {
        let others = size(right).unwrap_or(0);
        list.as_array().is_some_and(|list| list.iter().all(|item| search.spend(others + 1) && test(item)))
    };
    match comparison {
        Comparison::Equal => same(left, right),
        Comparison::NotEqual => !same(left, right),
        Comparison::Less => order(left, right) == Some(Ordering::Less),
        Comparison::LessOrEqual => {
            matches!(order(left, right), Some(Ordering::Less | Ordering::Equal))
        }
        Comparison::Greater => order(left, right) == Some(Ordering::Greater),
        Comparison::GreaterOrEqual => {
            matches!(order(left, right), Some(Ordering::Greater | Ordering::Equal))
        }
        Comparison::In => among(left, right),
        Comparison::NotIn => !among(left, right),
        Comparison::Contains => match (left, right) {
            (Value::String(text), Value::String(part)) => text.contains(part.as_str()),
            _ => among(right, left),
        },
        Comparison::Size => size(left).is_some_and(|size| same(&Value::from(size), right)),
        Comparison::Empty => size(left).is_some_and(|size| Value::Bool(size == 0) == *right),
        Comparison::SubsetOf => each(left, &|item| among(item, right)),
        Comparison::AnyOf => !each(left, &|item| !among(item, right)),
        Comparison::NoneOf => each(left, &|item| !among(item, right)),
    }
}

fn size(value: &Value) -> Option<usize> {
    match value {
        Value::Array(items) => Some(items.len()),
        Value::String(text) => Some(text.chars().count()),
        _ => None,
    }
}

fn same(left: &Value, right: &Value) -> bool {
    crate::number::same(left, right)
}

fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => crate::number::order(left, right),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => None,
    }
}
