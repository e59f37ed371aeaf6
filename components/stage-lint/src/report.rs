//! What is left behind: the log, the SARIF file, and the stage's result.

mod sarif;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io;
use std::path::Path;

use ropewalk_stage::JsonSchema;
use serde::Serialize;

use crate::diagnostic::{Diagnostic, Severity};
use crate::lint::Findings;
use crate::parameters::FailOn;

/// So many diagnostics are part of the result; all are in the SARIF file.
pub(crate) const MAX_FIRST: usize = 20;

/// A message in the result is cut after so many bytes: results of stages are small.
const MAX_MESSAGE_BYTES: usize = 500;

/// The result of stage `lint`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(title = "LintResult")]
pub struct Summary {
    /// How many files were checked.
    pub files: usize,
    /// How many diagnostics of severity error there are.
    pub errors: usize,
    /// How many of severity warning.
    pub warnings: usize,
    /// How many of severity note.
    pub notes: usize,
    /// How many there are of each rule, whatever its severity.
    pub by_rule: BTreeMap<&'static str, usize>,
    /// How many files there are of each language: `javascript`, `python`, `markdown`, ….
    pub by_language: BTreeMap<&'static str, usize>,
    /// The worst diagnostics, by severity, then by path and place. At most 20: the artifact `report` has all of
    /// them in `lint.sarif`.
    pub first: Vec<First>,
}

/// One diagnostic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(title = "Diagnostic")]
pub struct First {
    /// The file, relative to the top of the project.
    pub path: String,
    /// Counts from 1.
    pub line: u32,
    /// Counts from 1, in Unicode code points.
    pub column: u32,
    /// `error`, `warning` or `note`.
    pub severity: &'static str,
    /// The rule that is broken.
    pub rule: &'static str,
    /// What is wrong.
    pub message: String,
    /// What would mend it, where the rule knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

impl First {
    fn of(diagnostic: &Diagnostic) -> Self {
        Self {
            path: diagnostic.path.clone(),
            line: diagnostic.start.line,
            column: diagnostic.start.column,
            severity: diagnostic.severity.name(),
            rule: diagnostic.rule.id,
            message: cut(&diagnostic.message),
            fix: diagnostic.fix.as_ref().map(|fix| cut(&fix.about)),
        }
    }
}

/// A text, or the beginning of a long one.
fn cut(text: &str) -> String {
    if text.len() <= MAX_MESSAGE_BYTES {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(MAX_MESSAGE_BYTES);
    format!("{}…", &text[..end])
}

impl Summary {
    /// Counts what a run found.
    #[must_use]
    pub fn of(findings: &Findings) -> Self {
        let mut by_rule = BTreeMap::new();
        for ((rule, _), count) in &findings.counts {
            *by_rule.entry(*rule).or_default() += count;
        }
        let mut worst: Vec<&Diagnostic> = findings.diagnostics.iter().collect();
        worst.sort_by_key(|diagnostic| std::cmp::Reverse(diagnostic.severity));
        Self {
            files: findings.files,
            errors: findings.count(Severity::Error),
            warnings: findings.count(Severity::Warning),
            notes: findings.count(Severity::Note),
            by_rule,
            by_language: findings.languages.clone(),
            first: worst.into_iter().take(MAX_FIRST).map(First::of).collect(),
        }
    }

    /// Why the stage fails; none when it doesn't.
    pub(crate) fn failure(&self, findings: &Findings) -> Option<String> {
        let least = match findings.fail_on {
            FailOn::Error if self.errors > 0 => Severity::Error,
            FailOn::Warning if self.errors + self.warnings > 0 => Severity::Warning,
            _ => return None,
        };
        let worst = findings.diagnostics.iter().filter(|diagnostic| diagnostic.severity >= least);
        let first =
            worst.clone().find(|diagnostic| diagnostic.severity == Severity::Error).or(worst.clone().next());
        let first = first.map_or(String::new(), |first| format!("; first: {first}"));
        Some(format!("{} and {}{first}", count(self.errors, "error"), count(self.warnings, "warning")))
    }

    fn line(&self) -> String {
        let Self { files, errors, warnings, notes, .. } = self;
        format!(
            "{} checked: {}, {}, {}",
            count(*files, "file"),
            count(*errors, "error"),
            count(*warnings, "warning"),
            count(*notes, "note")
        )
    }
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// The log: a line for each diagnostic, another for what would mend it, and one that sums up.
pub(crate) fn text(findings: &Findings) -> String {
    let mut text = String::new();
    for diagnostic in &findings.diagnostics {
        let _ = writeln!(text, "{diagnostic}");
        if let Some(fix) = &diagnostic.fix {
            let _ = writeln!(text, "  fix: {}", fix.about);
        }
    }
    let summary = Summary::of(findings);
    let all = summary.errors + summary.warnings + summary.notes;
    if all > findings.diagnostics.len() {
        let _ = writeln!(
            text,
            "… and {} more: the report is limited to {}",
            all - findings.diagnostics.len(),
            findings.diagnostics.len()
        );
    }
    for note in &findings.notes {
        let _ = writeln!(text, "note: {note}");
    }
    if findings.files == 0 {
        let _ = writeln!(text, "no file to check");
    }
    let _ = writeln!(text, "{}", summary.line());
    text
}

/// Writes `out/report/lint.sarif` and `out/report/lint.txt` below `root`.
pub fn write_reports(root: &Path, findings: &Findings) -> io::Result<()> {
    let folder = root.join("out/report");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("lint.sarif"), sarif::document(findings))?;
    std::fs::write(folder.join("lint.txt"), text(findings))
}
