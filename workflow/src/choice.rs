//! Comparisons of Choice states.

use std::cmp::Ordering;

use serde_json::Value;

use crate::expression::found;
use crate::fault::Fault;
use crate::path::{Path, Root, Roots};
use crate::timestamp::Timestamp;

/// One comparison.
#[derive(Clone, Debug)]
pub(crate) struct Comparison {
    pub(crate) variable: Path,
    pub(crate) operator: Operator,
    pub(crate) operand: Operand,
}

/// What the variable is compared with.
#[derive(Clone, Debug)]
pub(crate) enum Operand {
    Value(Value),
    Path(Path),
}

/// What is compared, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    String(Relation),
    StringMatches,
    Numeric(Relation),
    Boolean,
    Timestamp(Relation),
    Is(Type),
}

/// The order that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Equals,
    LessThan,
    LessThanEquals,
    GreaterThan,
    GreaterThanEquals,
}

/// The types that `Is…` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Null,
    Present,
    Numeric,
    String,
    Boolean,
    Timestamp,
}

use Relation::{Equals, GreaterThan, GreaterThanEquals, LessThan, LessThanEquals};

impl Operator {
    /// Each operator's name, itself, and whether it takes a path.
    pub(crate) const ALL: [(&'static str, Self, bool); 39] = [
        ("StringEquals", Self::String(Equals), false),
        ("StringEqualsPath", Self::String(Equals), true),
        ("StringLessThan", Self::String(LessThan), false),
        ("StringLessThanPath", Self::String(LessThan), true),
        ("StringLessThanEquals", Self::String(LessThanEquals), false),
        ("StringLessThanEqualsPath", Self::String(LessThanEquals), true),
        ("StringGreaterThan", Self::String(GreaterThan), false),
        ("StringGreaterThanPath", Self::String(GreaterThan), true),
        ("StringGreaterThanEquals", Self::String(GreaterThanEquals), false),
        ("StringGreaterThanEqualsPath", Self::String(GreaterThanEquals), true),
        ("StringMatches", Self::StringMatches, false),
        ("NumericEquals", Self::Numeric(Equals), false),
        ("NumericEqualsPath", Self::Numeric(Equals), true),
        ("NumericLessThan", Self::Numeric(LessThan), false),
        ("NumericLessThanPath", Self::Numeric(LessThan), true),
        ("NumericLessThanEquals", Self::Numeric(LessThanEquals), false),
        ("NumericLessThanEqualsPath", Self::Numeric(LessThanEquals), true),
        ("NumericGreaterThan", Self::Numeric(GreaterThan), false),
        ("NumericGreaterThanPath", Self::Numeric(GreaterThan), true),
        ("NumericGreaterThanEquals", Self::Numeric(GreaterThanEquals), false),
        ("NumericGreaterThanEqualsPath", Self::Numeric(GreaterThanEquals), true),
        ("BooleanEquals", Self::Boolean, false),
        ("BooleanEqualsPath", Self::Boolean, true),
        ("TimestampEquals", Self::Timestamp(Equals), false),
        ("TimestampEqualsPath", Self::Timestamp(Equals), true),
        ("TimestampLessThan", Self::Timestamp(LessThan), false),
        ("TimestampLessThanPath", Self::Timestamp(LessThan), true),
        ("TimestampLessThanEquals", Self::Timestamp(LessThanEquals), false),
        ("TimestampLessThanEqualsPath", Self::Timestamp(LessThanEquals), true),
        ("TimestampGreaterThan", Self::Timestamp(GreaterThan), false),
        ("TimestampGreaterThanPath", Self::Timestamp(GreaterThan), true),
        ("TimestampGreaterThanEquals", Self::Timestamp(GreaterThanEquals), false),
        ("TimestampGreaterThanEqualsPath", Self::Timestamp(GreaterThanEquals), true),
        ("IsNull", Self::Is(Type::Null), false),
        ("IsPresent", Self::Is(Type::Present), false),
        ("IsNumeric", Self::Is(Type::Numeric), false),
        ("IsString", Self::Is(Type::String), false),
        ("IsBoolean", Self::Is(Type::Boolean), false),
        ("IsTimestamp", Self::Is(Type::Timestamp), false),
    ];

    /// Whether a literal is one that the operator can compare with; else what it wants.
    pub(crate) fn accepts(self, literal: &Value) -> Result<(), &'static str> {
        let (fits, wanted) = match self {
            Self::String(_) | Self::StringMatches => (literal.is_string(), "a string"),
            Self::Numeric(_) => (literal.is_number(), "a number"),
            Self::Boolean | Self::Is(_) => (literal.is_boolean(), "a boolean"),
            Self::Timestamp(_) => (moment(literal).is_some(), "a moment as in `2016-03-14T01:59:00Z`"),
        };
        if fits { Ok(()) } else { Err(wanted) }
    }
}

impl Relation {
    fn holds(self, order: Option<Ordering>) -> bool {
        let Some(order) = order else { return false };
        match self {
            Equals => order == Ordering::Equal,
            LessThan => order == Ordering::Less,
            LessThanEquals => order != Ordering::Greater,
            GreaterThan => order == Ordering::Greater,
            GreaterThanEquals => order != Ordering::Less,
        }
    }
}

impl Comparison {
    /// Whether it holds. A variable that isn't there is a fault, except for `IsPresent`.
    pub(crate) fn holds(&self, roots: &dyn Roots) -> Result<bool, Fault> {
        let variable = found(&self.variable, roots)?;
        if let (Operator::Is(Type::Present), Operand::Value(wanted)) = (self.operator, &self.operand) {
            return Ok(Value::Bool(variable.is_some()) == *wanted);
        }
        let variable = variable.ok_or_else(|| invalid(&self.variable))?;
        match &self.operand {
            Operand::Value(value) => Ok(self.operator.compare(&variable, value)),
            Operand::Path(path) => {
                let value = found(path, roots)?.ok_or_else(|| invalid(path))?;
                Ok(self.operator.compare(&variable, &value))
            }
        }
    }

    /// The variables that it reads.
    pub(crate) fn variables(&self, into: &mut Vec<String>) {
        let mut add = |path: &Path| {
            if let Root::Variable(name) = &path.root {
                into.push(name.clone());
            }
        };
        add(&self.variable);
        if let Operand::Path(path) = &self.operand {
            add(path);
        }
    }
}

fn invalid(path: &Path) -> Fault {
    Fault::runtime(format!(
        "Invalid path '{path}': The choice state's condition path references an invalid value."
    ))
}

impl Operator {
    fn compare(self, left: &Value, right: &Value) -> bool {
        match self {
            Self::String(relation) => match (left, right) {
                (Value::String(left), Value::String(right)) => relation.holds(Some(left.cmp(right))),
                _ => false,
            },
            Self::StringMatches => match (left, right) {
                (Value::String(text), Value::String(pattern)) => matches(text, pattern),
                _ => false,
            },
            Self::Numeric(relation) => match (left, right) {
                (Value::Number(left), Value::Number(right)) => {
                    relation.holds(crate::number::order(left, right))
                }
                _ => false,
            },
            Self::Boolean => left.is_boolean() && left == right,
            Self::Timestamp(relation) => match (moment(left), moment(right)) {
                (Some(left), Some(right)) => relation.holds(Some(left.cmp(&right))),
                _ => false,
            },
            Self::Is(kind) => Value::Bool(kind.has(left)) == *right,
        }
    }
}

impl Type {
    fn has(self, value: &Value) -> bool {
        match self {
            Self::Null => value.is_null(),
            Self::Present => true,
            Self::Numeric => value.is_number(),
            Self::String => value.is_string(),
            Self::Boolean => value.is_boolean(),
            Self::Timestamp => moment(value).is_some(),
        }
    }
}

fn moment(value: &Value) -> Option<Timestamp> {
    value.as_str().and_then(Timestamp::parse)
}

/// Whether a text matches a pattern in which `*` stands for anything and a backslash takes the next character as it is. Each
/// piece between two stars is looked for where the one before it ended, so that no pattern makes it look back.
fn matches(text: &str, pattern: &str) -> bool {
    let pieces = pieces(pattern);
    let [first, middle @ .., last] = pieces.as_slice() else {
        return pieces.first().is_some_and(|only| only == text);
    };
    let Some(mut rest) = text.strip_prefix(first.as_str()) else {
        return false;
    };
    for piece in middle {
        match rest.find(piece.as_str()) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last.as_str())
}

/// What stands between the stars of a pattern, and before and after them.
fn pieces(pattern: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut characters = pattern.chars();
    while let Some(c) = characters.next() {
        let c = match c {
            '*' => {
                pieces.push(String::new());
                continue;
            }
            '\\' => characters.next().unwrap_or('\\'),
            c => c,
        };
        if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[track_caller]
    fn check(text: &str, pattern: &str, expected: bool) {
        assert_eq!(matches(text, pattern), expected, "{text:?} against {pattern:?}");
    }

    #[test]
    fn patterns() {
        check("", "", true);
        check("", "*", true);
        check("log-2020.txt", "log-*.txt", true);
        check("log-2020.zip", "log-*.txt", false);
        check("log-.txt.txt", "log-*.txt", true);
        check("foo*bar", "foo\\*bar", true);
        check("fooxbar", "foo\\*bar", false);
        check("a\\b", "a\\\\b", true);
        check("abc", "a*b", false);
        check("zebra", "*e*r*", true);
    }

    #[test]
    fn a_hostile_pattern_ends_soon() {
        let text = "a".repeat(2_000);
        check(&text, &format!("{}b", "a*".repeat(500)), false);
    }
}
