//! Checks the files of a project for syntax errors, broken links and the mistakes that linters know:
//! JavaScript and TypeScript, Python, shell, Dockerfiles, Markdown, HTML, CSS, JSON, TOML, YAML, definitions in
//! Amazon States Language, and every text file for what an `.editorconfig` asks.
//!
//! An ordinary program over the working directory. It leaves `out/report/lint.sarif` (SARIF 2.1.0) and
//! `out/report/lint.txt`, and prints the latter as its log.

mod diagnostic;
mod files;
mod ignore;
mod languages;
mod lint;
mod parameters;
mod project;
mod report;
mod rules;
#[cfg(test)]
mod tests;
mod text;

use std::io::Write;
use std::path::Path;

use ropewalk_stage::{Call, Failure, Stage};

pub use diagnostic::{Diagnostic, Edit, Fix, Position, Severity};
pub use files::{DEFAULT_EXCLUDE, MAX_FILE_BYTES};
pub use lint::{Findings, MAX_DIAGNOSTICS, lint};
pub use parameters::{FailOn, Level, PROJECT_FILE, Parameters};
pub use report::{First, Summary, write_reports};
pub use rules::{ALL as RULES, Rule};

/// The stage.
#[derive(Debug)]
pub struct Lint;

impl Stage for Lint {
    type Parameters = Parameters;
    type Output = Summary;

    const NAME: &'static str = "lint";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const HERMETIC: bool = true;
    // Every file may be the target of a link.
    const DEFAULT_INCLUDE: &'static [&'static str] = &["**"];

    fn run(parameters: Parameters, _call: Call) -> Result<Summary, Failure> {
        run(Path::new("."), &parameters, &mut std::io::stdout())
    }
}

/// Lints the project in folder `root`, prints the log, and leaves the reports in `out/report/`.
///
/// Fails with `Lint.InvalidParameters` for a glob that is none, a rule that there is not or a `ropewalk.toml` that
/// says such, with `Lint.Io` when a report can't be written, and with `Lint.Failed` when there are diagnostics of the
/// severity that `fail_on` names, or of a higher one.
pub fn run(root: &Path, parameters: &Parameters, log: &mut dyn Write) -> Result<Summary, Failure> {
    let findings = lint(root, parameters).map_err(|why| Failure::new("Lint.InvalidParameters", why))?;
    let io = |error: std::io::Error| Failure::new("Lint.Io", format!("failed to write the report: {error}"));
    write_reports(root, &findings).map_err(io)?;
    let summary = Summary::of(&findings);
    log.write_all(report::text(&findings).as_bytes()).map_err(io)?;
    match summary.failure(&findings) {
        Some(cause) => Err(Failure::new("Lint.Failed", cause)),
        None => Ok(summary),
    }
}

#[cfg(target_arch = "wasm32")]
ropewalk_stage::export!(Lint);
