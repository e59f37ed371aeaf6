//! What is wrong with a definition.

use std::fmt;

use serde::Serialize;

/// One finding about a definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Whether the definition is refused for it.
    pub severity: Severity,
    /// A short, stable name of the kind of finding, such as `MISSING_FIELD`.
    pub code: Code,
    /// Where it is: a JSON pointer (RFC 6901) into the definition.
    pub pointer: String,
    /// What is wrong there.
    pub message: String,
    /// What to do about it, where there is something to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// How bad a [`Problem`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The definition cannot run.
    Error,
    /// It runs, but probably not as its author believes.
    Warning,
}

/// The kinds of [`Problem`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Code {
    /// The text isn't JSON.
    InvalidJson,
    /// A required field is absent.
    MissingField,
    /// A field that has no meaning there.
    UnknownField,
    /// A field has a value of the wrong type or out of range.
    InvalidValue,
    /// Two fields that exclude each other.
    ConflictingFields,
    /// A JSONPath or reference path that can't be read.
    InvalidPath,
    /// An intrinsic function that can't be read, or isn't known.
    InvalidIntrinsic,
    /// A JSONata expression that can't be read.
    InvalidExpression,
    /// A transition to a state that isn't there.
    UnknownState,
    /// Two states of one name.
    DuplicateState,
    /// A state that no transition reaches.
    UnreachableState,
    /// A machine that can never end.
    NoTerminalState,
    /// A `Resource` that names nothing that can be called.
    InvalidResource,
    /// A retrier or catcher that can never act.
    UnreachableHandler,
    /// A variable that isn't allowed there, or is never assigned.
    InvalidVariable,
    /// Something that is accepted, and ignored.
    Ignored,
    /// A limit of the engine.
    LimitExceeded,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.pointer.is_empty() { "/" } else { &self.pointer };
        write!(formatter, "`{place}`: {}", self.message)?;
        if let Some(hint) = &self.hint {
            write!(formatter, "; hint: {hint}")?;
        }
        Ok(())
    }
}
