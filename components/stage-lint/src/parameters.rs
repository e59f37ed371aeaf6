//! What the caller may set.

use std::collections::BTreeMap;

use ropewalk_stage::JsonSchema;
use serde::Deserialize;

use crate::diagnostic::Severity;
use crate::rules::{self, Rule};

/// Parameters of the stage. Every one has a default.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Parameters {
    /// The least severity with which the stage fails.
    pub fail_on: FailOn,
    /// Globs of the files to check, relative to the working directory. Without it: every file of a
    /// language that the stage knows.
    pub include: Option<Vec<String>>,
    /// Globs of files not to check, though links may lead to them. Without it: dependencies
    /// (`node_modules`, `bower_components`, `vendor`), build output (`target`) and minified files.
    pub exclude: Option<Vec<String>>,
    /// Severities other than the defaults, by rule.
    pub rules: BTreeMap<String, Level>,
}

/// With which severity the stage fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// With an error.
    #[default]
    Error,
    /// With an error or a warning.
    Warning,
    /// With none: diagnostics are in the report only.
    Never,
}

/// What is made of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Not reported.
    Off,
    /// Reported as a note.
    #[serde(alias = "info")]
    Note,
    /// Reported as a warning.
    #[serde(alias = "warn")]
    Warning,
    /// Reported as an error.
    Error,
}

impl Parameters {
    /// Says which names under `rules` are no rules.
    pub(crate) fn check(&self) -> Result<(), String> {
        let Some(unknown) = self.rules.keys().find(|id| rules::find(id).is_none()) else {
            return Ok(());
        };
        let hint = rules::nearest(unknown).map(|rule| format!(", hint: did you mean `{}`?", rule.id));
        Err(format!("no rule is named `{unknown}`{}", hint.unwrap_or_default()))
    }

    /// The severity of a rule; none when it is off.
    pub(crate) fn severity(&self, rule: &Rule) -> Option<Severity> {
        match self.rules.get(rule.id) {
            None => Some(rule.severity),
            Some(Level::Off) => None,
            Some(Level::Note) => Some(Severity::Note),
            Some(Level::Warning) => Some(Severity::Warning),
            Some(Level::Error) => Some(Severity::Error),
        }
    }
}
