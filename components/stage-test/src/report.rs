//! What is left behind: the log and the JUnit file.

mod junit;

use std::fmt::Write;

use crate::outcome::{FileOutcome, Problem, Status, Summary, TestOutcome};

pub(crate) use junit::junit;

/// The line of a test.
pub(crate) fn line(test: &TestOutcome) -> String {
    let name = test.name();
    let reason = if test.reason.is_empty() { String::new() } else { format!(" ({})", test.reason) };
    match test.status {
        Status::Passed => format!("  ✔ {name}\n"),
        Status::Failed => format!("  ✖ {name}\n"),
        Status::Skipped => format!("  ﹣ {name} # skipped{reason}\n"),
        Status::Todo => format!("  ⚠ {name} # todo{reason}\n"),
    }
}

/// A file's part of the log: its tests as they ended, with what was printed between.
pub(crate) fn file(outcome: &FileOutcome) -> String {
    let mut text = format!("{}\n{}", outcome.file, outcome.log);
    for problem in &outcome.problems {
        let _ = writeln!(text, "  ✖ {}", first_line(&problem.message));
    }
    text
}

/// The end of the log: every failure with its place, and the counts.
pub(crate) fn summary(outcomes: &[FileOutcome], summary: &Summary) -> String {
    let mut text = String::new();
    let failures: Vec<&Problem> = outcomes.iter().flat_map(FileOutcome::failures).collect();
    if !failures.is_empty() {
        text.push_str("\nfailures:\n");
    }
    for problem in failures {
        let _ = writeln!(text, "\n✖ {}\n  {}", problem.name, place(problem));
        for line in details(problem).lines() {
            let _ = writeln!(text, "  {line}");
        }
    }
    let Summary { files, tests, passed, failed, skipped, todo, .. } = summary;
    let _ = writeln!(
        text,
        "\n{tests} tests in {files} files: {passed} passed, {failed} failed, {skipped} skipped, {todo} to do"
    );
    text
}

/// Message and stack, the message once.
pub(crate) fn details(problem: &Problem) -> String {
    let frames = problem
        .stack
        .lines()
        .filter(|line| line.trim_start().starts_with("at "))
        .collect::<Vec<_>>()
        .join("\n");
    format!("{}\n{frames}", problem.message.trim_end()).trim_end().to_owned()
}

/// Why the stage failed: counts, and the first failure.
pub(crate) fn cause(summary: &Summary) -> String {
    let Summary { tests, failed, failures, .. } = summary;
    let first = failures.first().map_or(String::new(), |first| {
        format!("; first: {} {}: {}", place(first), first.name, first_line(&first.message))
    });
    format!("{failed} of {tests} tests failed{first}")
}

fn place(problem: &Problem) -> String {
    match problem.line {
        Some(line) => format!("{}:{line}", problem.file),
        None => problem.file.clone(),
    }
}

fn first_line(message: &str) -> &str {
    message.lines().find(|line| !line.trim().is_empty()).unwrap_or_default()
}
