//! What is left behind: the log, the SARIF file, and the stage's result.

mod sarif;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io;
use std::path::Path;

use serde::Serialize;

use crate::diagnostic::Severity;
use crate::lint::Findings;
use crate::parameters::FailOn;

/// The stage's result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// How many files were checked.
    pub files: usize,
    /// How many diagnostics of severity error there are.
    pub errors: usize,
    /// How many of severity warning.
    pub warnings: usize,
    /// How many of severity note.
    pub notes: usize,
    /// How many there are of each rule.
    pub by_rule: BTreeMap<&'static str, usize>,
}

impl Summary {
    /// Counts what a run found.
    #[must_use]
    pub fn of(findings: &Findings) -> Self {
        let mut by_rule = BTreeMap::new();
        for ((rule, _), count) in &findings.counts {
            *by_rule.entry(*rule).or_default() += count;
        }
        Self {
            files: findings.files,
            errors: findings.count(Severity::Error),
            warnings: findings.count(Severity::Warning),
            notes: findings.count(Severity::Note),
            by_rule,
        }
    }

    /// Why the stage fails; none when it doesn't.
    pub(crate) fn failure(&self, findings: &Findings, fail_on: FailOn) -> Option<String> {
        let least = match fail_on {
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

/// The log: a line for each diagnostic, and one that sums up.
pub(crate) fn text(findings: &Findings) -> String {
    let mut text = String::new();
    for diagnostic in &findings.diagnostics {
        let _ = writeln!(text, "{diagnostic}");
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
