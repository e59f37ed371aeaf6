//! The log: text for people.

use std::fmt::Write;

use crate::outcome::{FileOutcome, Problem, Status, TestOutcome};
use crate::report::Report;
use crate::summary::Summary;

/// The line of a test that ended, with its end of line.
pub fn line(test: &TestOutcome) -> String {
    let name = test.name();
    let reason = if test.reason.is_empty() { String::new() } else { format!(" ({})", test.reason) };
    match test.status {
        Status::Passed if test.flaky => format!("  ✔ {name} # flaky\n"),
        Status::Passed => format!("  ✔ {name}\n"),
        Status::Failed => format!("  ✖ {name}\n"),
        Status::Skipped => format!("  ﹣ {name} # skipped{reason}\n"),
        Status::Todo => format!("  ⚠ {name} # todo{reason}\n"),
    }
}

/// A file's part of the log: its tests as they ended, with what was printed between.
pub fn file(outcome: &FileOutcome) -> String {
    let mut text = format!("{}\n{}", outcome.file, outcome.log);
    if !outcome.log.is_empty() && !outcome.log.ends_with('\n') {
        text.push('\n');
    }
    for problem in &outcome.problems {
        let _ = writeln!(text, "  ✖ {}", problem.headline());
    }
    text
}

/// The end of the log: every failure with its place, what is flaky, what was slow, and the counts.
pub fn end(report: &Report) -> String {
    let summary = report.summary();
    let mut text = String::new();
    let failures: Vec<&Problem> = report.files.iter().flat_map(FileOutcome::failures).collect();
    if !failures.is_empty() {
        text.push_str("\nfailures:\n");
    }
    for problem in failures {
        let _ = writeln!(text, "\n✖ {}\n  {}", problem.name, problem.place());
        for line in problem.details().lines() {
            let _ = writeln!(text, "  {line}");
        }
    }
    flaky(&mut text, report);
    slowest(&mut text, &summary);
    let Summary { files, tests, passed, failed, skipped, todo, flaky, .. } = summary;
    let flaky = if flaky == 0 { String::new() } else { format!(" ({flaky} flaky)") };
    let _ = writeln!(
        text,
        "\n{tests} tests in {files} files: {passed} passed{flaky}, {failed} failed, {skipped} skipped, {todo} to do"
    );
    text
}

fn flaky(text: &mut String, report: &Report) {
    if report.files.iter().all(|file| !file.flaky && file.tests.iter().all(|test| !test.flaky)) {
        return;
    }
    text.push_str("\nflaky: failed at first, and passed when they ran again\n");
    for file in &report.files {
        if file.flaky {
            let _ = writeln!(text, "  {}", file.file);
        }
        for test in file.tests.iter().filter(|test| test.flaky) {
            let why = test.problem.as_ref().map(Problem::headline).unwrap_or_default();
            let _ = writeln!(text, "  {} > {}: {why}", file.file, test.name());
        }
    }
}

/// Of a few tests all are the slowest.
const MIN_TESTS: usize = 20;

fn slowest(text: &mut String, summary: &Summary) {
    if summary.tests < MIN_TESTS || summary.slowest.is_empty() {
        return;
    }
    text.push_str("\nslowest:\n");
    for slow in &summary.slowest {
        let _ = writeln!(text, "  {:>9.1} ms  {} > {}", slow.time_ms, slow.file, slow.name);
    }
}

/// Why the stage failed: counts, and the first failure.
pub fn cause(summary: &Summary) -> String {
    let Summary { tests, failed, failures, .. } = summary;
    let first = failures.first().map_or(String::new(), |first| {
        format!("; first: {} {}: {}", first.place(), first.name, first.headline())
    });
    format!("{failed} of {tests} tests failed{first}")
}
