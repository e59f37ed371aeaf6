//! JSONata, the other query language: parsed once, evaluated with a budget of steps instead of a clock, so that an
//! expression that would run for ever ends at the same step in every replay.
//!
//! It is JSONata 2 as AWS Step Functions has it: without `$eval`, `?:` and `??`, with `$partition`, `$range`, `$hash`, `$uuid`,
//! `$parse` and a seeded `$random`.

mod ancestry;
mod ast;
mod call;
mod convert;
mod datetime;
mod error;
mod evaluate;
mod frame;
mod functions;
mod group;
mod integer;
mod operators;
mod parse;
mod path;
mod picture;
mod regex;
mod resolve;
mod signature;
mod sort;
mod token;
mod transform;
mod truth;
mod value;

use std::cell::RefCell;
use std::sync::Arc;

use serde_json::Value;

use crate::random::Random;

/// Nested evaluations that an expression may need: what fits into the stack of a Wasm component.
pub(crate) const MAX_EXPRESSION_DEPTH: usize = 200;

/// Nested brackets and operators that an expression may be written with.
pub(crate) const MAX_SYNTAX_DEPTH: usize = 100;

/// Characters that an expression may have.
pub(crate) const MAX_EXPRESSION_CHARS: usize = 65_536;

/// Bytes of a text that an expression may make.
pub(crate) const MAX_TEXT_BYTES: usize = 8 * 1024 * 1024;

/// Levels of arrays and objects that an expression may nest.
pub(crate) const MAX_VALUE_DEPTH: u32 = 256;

/// What a program sees of the world.
pub(crate) trait Environment {
    /// `$states.input`.
    fn input(&self) -> &Value;
    /// `$states.result`.
    fn result(&self) -> Option<&Value>;
    /// `$states.errorOutput`.
    fn error_output(&self) -> Option<&Value>;
    /// `$states.context`.
    fn context(&self) -> &Value;
    /// A variable of the run.
    fn variable(&self, name: &str) -> Option<&Value>;
    /// The run's randomness.
    fn random(&self) -> &RefCell<Random>;
    /// How many steps the evaluation may take.
    fn steps(&self) -> u64;
    /// The moment of the event that is being applied.
    fn now_ms(&self) -> u64;
}

/// A parsed expression. Cloning shares it.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    text: String,
    root: ast::Node,
    /// The name under which each `%` finds what it refers to.
    labels: Vec<usize>,
    variables: Vec<String>,
    reads_context: bool,
}

impl Program {
    /// Parses the text between `{%` and `%}`. The error says what is wrong and where.
    pub(crate) fn parse(source: &str) -> Result<Self, String> {
        if source.chars().count() > MAX_EXPRESSION_CHARS {
            return Err(format!("it is longer than {MAX_EXPRESSION_CHARS} characters"));
        }
        let raw = parse::parse(source)?;
        let (root, labels) = resolve::resolve(raw)?;
        let mut variables = Vec::new();
        ast::free_variables(&root, &mut Vec::new(), &mut variables);
        variables.sort_unstable();
        variables.dedup();
        let (text, reads_context) = (source.trim().to_owned(), may_read_context(source));
        Ok(Self { inner: Arc::new(Inner { text, root, labels, variables, reads_context }) })
    }

    /// The expression as it was written, without the spaces around it.
    pub(crate) fn text(&self) -> &str {
        &self.inner.text
    }

    /// The variables that it reads and doesn't bind itself, functions of the language left out.
    pub(crate) fn variables(&self) -> &[String] {
        &self.inner.variables
    }

    /// The value; `None` where it is undefined.
    pub(crate) fn evaluate(&self, environment: &dyn Environment) -> Result<Option<Value>, String> {
        evaluate::Evaluator::run(&self.inner, environment, value::Val::Undefined)
            .map_err(|error| error.to_string())
    }
}

/// Whether an expression may look at the context object, which costs something to make: everywhere that `$states` stands, one
/// of its other members may follow at once.
fn may_read_context(source: &str) -> bool {
    const OTHERS: [&str; 3] = [".input", ".result", ".errorOutput"];
    let other = |rest: &str| {
        let after = OTHERS.iter().find_map(|member| rest.strip_prefix(member));
        after.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    };
    source.match_indices("$states").any(|(at, word)| !other(&source[at + word.len()..]))
}

#[cfg(test)]
mod tests;
