//! Definitions: read once, checked whole, then run any number of times.

mod choice;
mod fields;
mod flow;
mod graph;
mod handlers;
mod machine;
mod map;
mod mermaid;
mod model;
mod pointer;
mod reader;
mod scopes;
mod state;
mod task;
mod view;

use serde_json::Value;

pub(crate) use graph::targets;
pub(crate) use model::*;
pub use model::{QueryLanguage, StateKind};
pub(crate) use pointer::Pointer;
pub use view::StateView;

use crate::problem::{Code, Problem, Severity};
use reader::Reader;

/// Bytes that a definition may have, as on AWS: 1 MiB.
pub const MAX_DEFINITION_BYTES: usize = 1024 * 1024;

/// Machines within machines (branches and item processors) that a definition may have.
pub const MAX_MACHINE_DEPTH: usize = 20;

/// States that a definition may have, those of branches and item processors included.
pub const MAX_STATES: usize = 10_000;

/// A definition without errors.
#[derive(Clone, Debug)]
pub struct Definition {
    pub(crate) machines: Vec<Machine>,
    pub(crate) comment: Option<String>,
    pub(crate) timeout_seconds: Option<u64>,
    pub(crate) language: QueryLanguage,
    warnings: Vec<Problem>,
}

/// What kind of state machine a definition is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MachineType {
    /// Durable, up to a year.
    #[default]
    Standard,
    /// Short; no activities, no task tokens, no `.sync`.
    Express,
}

impl Definition {
    /// Reads and checks a definition. `Err` has every problem, warnings included; at least one of them is an error.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        Self::parse_as(text, MachineType::Standard)
    }

    /// The same, for an express state machine, too.
    pub fn parse_as(text: &str, machine_type: MachineType) -> Result<Self, Vec<Problem>> {
        if text.len() > MAX_DEFINITION_BYTES {
            return Err(vec![whole(
                Code::LimitExceeded,
                format!("the definition has {} bytes, more than {MAX_DEFINITION_BYTES}", text.len()),
            )]);
        }
        match serde_json::from_str(text) {
            Ok(value) => Self::read(&value, machine_type),
            Err(error) => Err(vec![whole(Code::InvalidJson, format!("the definition isn't JSON: {error}"))]),
        }
    }

    /// Checks a definition that was read as JSON already.
    pub fn from_value(value: &Value) -> Result<Self, Vec<Problem>> {
        match crate::size::measure(value, MAX_DEFINITION_BYTES) {
            crate::size::Size::Bytes(_) => Self::read(value, MachineType::Standard),
            crate::size::Size::TooLarge => Err(vec![whole(
                Code::LimitExceeded,
                format!("the definition has more than {MAX_DEFINITION_BYTES} bytes"),
            )]),
            crate::size::Size::TooDeep => Err(vec![whole(
                Code::LimitExceeded,
                format!("the definition nests deeper than {} levels", crate::size::MAX_DATA_DEPTH),
            )]),
        }
    }

    fn read(value: &Value, machine_type: MachineType) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader::new(machine_type);
        let top = reader.top(value);
        let mut problems = reader.problems;
        if problems.iter().any(|problem| problem.severity == Severity::Error) {
            return Err(problems);
        }
        let Some(top) = top else {
            problems.push(whole(Code::InvalidValue, "the definition can't be read".to_owned()));
            return Err(problems);
        };
        let machines: Vec<Machine> = reader.machines.into_iter().flatten().collect();
        scopes::check(&machines, &mut problems);
        if problems.iter().any(|problem| problem.severity == Severity::Error) {
            return Err(problems);
        }
        Ok(Self {
            machines,
            comment: top.comment,
            timeout_seconds: top.timeout_seconds,
            language: top.language,
            warnings: problems,
        })
    }

    /// What is odd about the definition, but accepted.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// The definition's `Comment`.
    pub fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }

    /// The whole run's `TimeoutSeconds`.
    pub fn timeout_seconds(&self) -> Option<u64> {
        self.timeout_seconds
    }

    /// The query language that states have unless they say otherwise.
    pub fn query_language(&self) -> QueryLanguage {
        self.language
    }
}

fn whole(code: Code, message: String) -> Problem {
    Problem { severity: Severity::Error, code, pointer: String::new(), message, hint: None }
}
