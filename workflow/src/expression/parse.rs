//! Reading expressions and templates.

use serde_json::{Map, Value};

use super::{Expression, Template};
use crate::data::Data;
use crate::definition::Pointer;
use crate::intrinsic::Call;
use crate::jsonata::Program;
use crate::path::Path;
use crate::problem::Code;

/// What is wrong with an expression, and where.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Issue {
    pub(crate) code: Code,
    pub(crate) pointer: Pointer,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

/// Whether a text means to be JSONata; an error where it only half does.
pub(crate) fn jsonata_source(text: &str) -> Result<Option<&str>, String> {
    match (text.starts_with("{%"), text.ends_with("%}")) {
        (true, true) if text.len() >= 4 => Ok(Some(&text[2..text.len() - 2])),
        (false, false) => Ok(None),
        (true, _) => Err("it starts with `{%` but doesn't end with `%}`".to_owned()),
        (false, true) => Err("it ends with `%}` but doesn't start with `{%`".to_owned()),
    }
}

impl Expression {
    /// A path only.
    pub(crate) fn path(text: &str, pointer: &Pointer) -> Result<Self, Issue> {
        Path::parse(text).map(Self::Path).map_err(|reason| Issue {
            code: Code::InvalidPath,
            pointer: pointer.clone(),
            message: format!("`{}` isn't a path: {reason}", short(text)),
            hint: None,
        })
    }

    /// A path or a call of an intrinsic function.
    pub(crate) fn path_or_call(text: &str, pointer: &Pointer) -> Result<Self, Issue> {
        if text.trim_start().starts_with('$') {
            return Self::path(text, pointer);
        }
        if Call::looks_like(text) {
            return Call::parse(text).map(Self::Call).map_err(|reason| Issue {
                code: Code::InvalidIntrinsic,
                pointer: pointer.clone(),
                message: format!("`{}` isn't a call of an intrinsic function: {reason}", short(text)),
                hint: None,
            });
        }
        Err(Issue {
            code: Code::InvalidPath,
            pointer: pointer.clone(),
            message: format!("`{}` is neither a path nor a call of an intrinsic function", short(text)),
            hint: Some("a path starts with `$`; for a plain text, write the name without `.$`".to_owned()),
        })
    }

    /// The text between `{%` and `%}`.
    pub(crate) fn jsonata(source: &str, pointer: &Pointer) -> Result<Self, Issue> {
        Program::parse(source).map(Self::Jsonata).map_err(|reason| Issue {
            code: Code::InvalidExpression,
            pointer: pointer.clone(),
            message: format!("`{}` isn't a JSONata expression: {reason}", short(source.trim())),
            hint: None,
        })
    }
}

impl Template {
    /// A payload template of the JSONPath language: members whose names end in `.$` are computed.
    pub(crate) fn json_path(value: &Value, pointer: &Pointer, issues: &mut Vec<Issue>) -> Self {
        match value {
            Value::Object(members) => {
                doubled(members, pointer, issues);
                let members = members.iter().map(|(name, member)| {
                    let place = pointer.member(name);
                    let member = match (name.ends_with(".$"), member) {
                        (false, member) => Self::json_path(member, &place, issues),
                        (true, Value::String(text)) => keep(Expression::path_or_call(text, &place), issues),
                        (true, other) => {
                            issues.push(Issue {
                                code: Code::InvalidValue,
                                message: format!(
                                    "the value of `{name}` must be a path or a call, not {}",
                                    kind(other)
                                ),
                                pointer: place,
                                hint: None,
                            });
                            Self::Constant(Data::new(Value::Null))
                        }
                    };
                    (name.clone(), member)
                });
                Self::folded_object(members.collect(), value)
            }
            Value::Array(items) => {
                let items = items.iter().enumerate();
                let items = items.map(|(at, item)| Self::json_path(item, &pointer.item(at), issues));
                Self::folded_array(items.collect(), value)
            }
            other => Self::Constant(Data::new(other.clone())),
        }
    }

    /// A template of the JSONata language: texts in `{% … %}` are computed.
    pub(crate) fn jsonata(value: &Value, pointer: &Pointer, issues: &mut Vec<Issue>) -> Self {
        match value {
            Value::Object(members) => {
                let members = members.iter().map(|(name, member)| {
                    (name.clone(), Self::jsonata(member, &pointer.member(name), issues))
                });
                Self::folded_object(members.collect(), value)
            }
            Value::Array(items) => {
                let items = items.iter().enumerate();
                let items = items.map(|(at, item)| Self::jsonata(item, &pointer.item(at), issues));
                Self::folded_array(items.collect(), value)
            }
            Value::String(text) => match jsonata_source(text) {
                Ok(Some(source)) => keep(Expression::jsonata(source, pointer), issues),
                Ok(None) => Self::Constant(Data::new(value.clone())),
                Err(reason) => {
                    issues.push(Issue {
                        code: Code::InvalidExpression,
                        pointer: pointer.clone(),
                        message: format!("`{}` isn't a JSONata expression: {reason}", short(text)),
                        hint: None,
                    });
                    Self::Constant(Data::new(Value::Null))
                }
            },
            other => Self::Constant(Data::new(other.clone())),
        }
    }

    fn folded_object(members: Vec<(String, Self)>, value: &Value) -> Self {
        let constant = members.iter().all(|(_, member)| matches!(member, Self::Constant(_)));
        if constant { Self::Constant(Data::new(value.clone())) } else { Self::Object(members) }
    }

    fn folded_array(items: Vec<Self>, value: &Value) -> Self {
        let constant = items.iter().all(|item| matches!(item, Self::Constant(_)));
        if constant { Self::Constant(Data::new(value.clone())) } else { Self::Array(items) }
    }
}

fn keep(parsed: Result<Expression, Issue>, issues: &mut Vec<Issue>) -> Template {
    match parsed {
        Ok(expression) => Template::Expression(expression),
        Err(issue) => {
            issues.push(issue);
            Template::Constant(Data::new(Value::Null))
        }
    }
}

fn doubled(members: &Map<String, Value>, pointer: &Pointer, issues: &mut Vec<Issue>) {
    for name in members.keys() {
        let Some(plain) = name.strip_suffix(".$") else {
            continue;
        };
        if members.contains_key(plain) {
            issues.push(Issue {
                code: Code::ConflictingFields,
                pointer: pointer.member(name),
                message: format!("`{plain}` and `{name}` give the same member two values"),
                hint: Some("keep one of them".to_owned()),
            });
        }
    }
}

/// A text in a message: its beginning, where it is long.
pub(crate) fn short(text: &str) -> String {
    const MOST_CHARS: usize = 100;
    match text.char_indices().nth(MOST_CHARS) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// What a JSON value is, for messages.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
