//! What the caller may set, and what the project may set in a file of its own.

use std::collections::BTreeMap;

use ropewalk_stage::JsonSchema;
use serde::Deserialize;

use crate::diagnostic::Severity;
use crate::rules::{self, Rule};

/// The project's own file, at its top. Its table `lint` has the same members as [`Parameters`].
pub const PROJECT_FILE: &str = "ropewalk.toml";

/// Parameters of the stage. Every one has a default. A project may set the same in the table `lint` of its
/// `ropewalk.toml`; what the caller sets counts more, for `rules` one by one.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Parameters {
    /// The least severity with which the stage fails. Without it: `error`.
    pub fail_on: Option<FailOn>,
    /// Globs of the files to check, relative to the working directory. Without it: every file of a
    /// language that the stage knows, and every text file for which there is an `.editorconfig`.
    pub include: Option<Vec<String>>,
    /// Globs of files not to check, though links may lead to them. Without it: dependencies
    /// (`node_modules`, `bower_components`, `vendor`), build output (`target`) and minified files.
    pub exclude: Option<Vec<String>>,
    /// Severities other than the defaults: by rule (`no-empty`, `F401`), by the beginning of the codes of
    /// Python's rules (`PLR`), or by language (`javascript`, `python`, `markdown`, `json`, `toml`, `yaml`,
    /// `html`, `css`, `shell`, `dockerfile`, `asl`, `editorconfig`). The most specific counts. A language
    /// that is `off` is not read at all.
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
    #[serde(alias = "warn")]
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

impl Level {
    /// The severity with which it is reported; none when it isn't.
    pub(crate) fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Note => Some(Severity::Note),
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
        }
    }
}

/// The file of a project, as far as the linter reads it: other tables are others'.
#[derive(Deserialize, Default)]
#[serde(default)]
struct ProjectFile {
    lint: Parameters,
}

impl Parameters {
    /// Reads the table `lint` of a project's `ropewalk.toml`.
    pub(crate) fn of_project(text: &str) -> Result<Self, String> {
        let file: ProjectFile = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
            format!("`{PROJECT_FILE}` line {line}: {}", error.message())
        })?;
        file.lint.check().map_err(|error| format!("`{PROJECT_FILE}`: {error}"))?;
        Ok(file.lint)
    }

    /// These, and the project's where these say nothing.
    pub(crate) fn over(&self, project: Self) -> Self {
        let mut rules = project.rules;
        rules.extend(self.rules.iter().map(|(id, level)| (id.clone(), *level)));
        Self {
            fail_on: self.fail_on.or(project.fail_on),
            include: self.include.clone().or(project.include),
            exclude: self.exclude.clone().or(project.exclude),
            rules,
        }
    }

    /// Says which names under `rules` are neither rules nor languages.
    pub(crate) fn check(&self) -> Result<(), String> {
        let Some(unknown) = self.rules.keys().find(|name| !rules::names_something(name)) else {
            return Ok(());
        };
        Err(rules::unknown(unknown))
    }

    /// Whether a language, by its name in `rules`, is read.
    pub(crate) fn reads(&self, group: &str) -> bool {
        self.rules.get(group) != Some(&Level::Off)
    }

    /// The severity of a rule that has another one unless it is set here; none when it is off.
    pub(crate) fn severity(&self, rule: &Rule, otherwise: Severity) -> Option<Severity> {
        let by_prefix = || (1..rule.id.len()).rev().find_map(|end| self.rules.get(rule.id.get(..end)?));
        let level = self
            .rules
            .get(rule.id)
            .or_else(|| rules::is_python(rule).then(by_prefix).flatten())
            .or_else(|| self.rules.get(rule.group));
        level.map_or(Some(otherwise), |level| level.severity())
    }
}
