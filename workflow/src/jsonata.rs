//! JSONata.

use std::cell::RefCell;

use serde_json::Value;

use crate::random::Random;

/// What a program sees.
pub(crate) trait Environment {
    fn input(&self) -> &Value;
    fn result(&self) -> Option<&Value>;
    fn error_output(&self) -> Option<&Value>;
    fn context(&self) -> &Value;
    fn variable(&self, name: &str) -> Option<&Value>;
    fn random(&self) -> &RefCell<Random>;
    fn steps(&self) -> u64;
    fn now_ms(&self) -> u64;
}

/// A parsed expression.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    text: String,
    variables: Vec<String>,
}

impl Program {
    pub(crate) fn parse(source: &str) -> Result<Self, String> {
        Err(format!(
            "JSONata isn't available in this build: {}",
            source.trim()
        ))
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn variables(&self) -> &[String] {
        &self.variables
    }

    pub(crate) fn evaluate(&self, _environment: &dyn Environment) -> Result<Option<Value>, String> {
        Ok(None)
    }
}
