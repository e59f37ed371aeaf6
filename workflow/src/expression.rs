//! Expressions of both query languages, and the templates that they stand in.

mod evaluate;
mod parse;

use crate::data::Data;
use crate::intrinsic::Call;
use crate::jsonata::Program;
use crate::path::{Path, Root};

pub(crate) use evaluate::{Scope, found, located};
pub(crate) use parse::{Issue, jsonata_source, kind, short};

/// Something that is computed from a state's data.
#[derive(Clone, Debug)]
pub(crate) enum Expression {
    /// `$.a.b`
    Path(Path),
    /// `States.Format(…)`
    Call(Call),
    /// `{% … %}`
    Jsonata(Program),
}

/// JSON with expressions in it.
#[derive(Clone, Debug)]
pub(crate) enum Template {
    /// Nothing to compute.
    Constant(Data),
    /// An object; each member with its name as written, `.$` included.
    Object(Vec<(String, Template)>),
    /// An array.
    Array(Vec<Template>),
    /// A value to compute.
    Expression(Expression),
}

impl Expression {
    /// The expression as it was written.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Path(path) => path.text(),
            Self::Call(call) => call.text(),
            Self::Jsonata(program) => program.text(),
        }
    }

    /// The variables that it reads.
    pub(crate) fn variables(&self, into: &mut Vec<String>) {
        let mut add = |path: &Path| {
            if let Root::Variable(name) = &path.root {
                into.push(name.clone());
            }
        };
        match self {
            Self::Path(path) => add(path),
            Self::Call(call) => call.paths().into_iter().for_each(add),
            Self::Jsonata(program) => {
                let free = program.variables().iter().filter(|name| name.as_str() != "states");
                into.extend(free.cloned());
            }
        }
    }
}

impl Template {
    /// The variables that its expressions read.
    pub(crate) fn variables(&self, into: &mut Vec<String>) {
        match self {
            Self::Constant(_) => {}
            Self::Object(members) => members.iter().for_each(|(_, member)| member.variables(into)),
            Self::Array(items) => items.iter().for_each(|item| item.variables(into)),
            Self::Expression(expression) => expression.variables(into),
        }
    }
}
