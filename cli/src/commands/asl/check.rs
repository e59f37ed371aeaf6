//! `ropewalk asl check`

use anyhow::Result;
use serde_json::json;
use workflow::{Definition, MachineType, Problem, Severity};

use super::Source;
use crate::commands::Verdict;
use crate::printer::Printer;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,
    /// Check it as an express state machine, which can't wait for tokens, jobs and activities
    #[arg(long)]
    express: bool,
    /// Print JSON, for scripts
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, printer: &Printer) -> Result<Verdict> {
    let text = args.source.read()?;
    let machine_type = if args.express { MachineType::Express } else { MachineType::Standard };
    let (valid, problems) = match Definition::parse_as(&text, machine_type) {
        Ok(definition) => (true, definition.warnings().to_vec()),
        Err(problems) => (false, problems),
    };
    if args.json {
        printer.data(&format!("{:#}", json!({ "valid": valid, "problems": problems })));
    } else {
        show(&problems, printer);
        printer.line(&summary(&problems));
    }
    Ok(if valid { Verdict::Passed } else { Verdict::Failed })
}

/// Shows each problem as a line, and its hint as another.
pub(super) fn show(problems: &[Problem], printer: &Printer) {
    for problem in problems {
        let mark = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let place = if problem.pointer.is_empty() { "/" } else { &problem.pointer };
        printer.data(&format!("{mark}: {place}: {}", problem.message));
        if let Some(hint) = &problem.hint {
            printer.data(&format!("  hint: {hint}"));
        }
    }
}

pub(super) fn summary(problems: &[Problem]) -> String {
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    let count = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let warnings = problems.len() - errors;
    match (errors, warnings) {
        (0, 0) => "the definition is right".to_owned(),
        (0, warnings) => format!("the definition can run; {}", count(warnings, "warning")),
        (errors, warnings) => format!("{}, {}", count(errors, "error"), count(warnings, "warning")),
    }
}
