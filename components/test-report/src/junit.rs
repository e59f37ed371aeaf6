//! JUnit XML, as GitLab and Jenkins read it: elements and attributes of `junit-10.xsd` of Jenkins's xUnit plugin.

use std::fmt::Write;

use crate::outcome::{FileOutcome, Problem, Status, TestOutcome};
use crate::report::Report;
use crate::summary::Summary;

/// The report: a suite for each file, and a case for each test. Times are seconds, by the measure of the stage.
pub fn junit(report: &Report) -> String {
    let Summary { tests, failed, time_ms, .. } = report.summary();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        xml,
        "<testsuites name=\"{}\" tests=\"{tests}\" failures=\"{failed}\" errors=\"0\" time=\"{:.3}\">",
        escape(&report.runner),
        time_ms / 1_000.0
    );

    for outcome in &report.files {
        suite(&mut xml, outcome);
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn suite(xml: &mut String, outcome: &FileOutcome) {
    let counts = Summary::of(std::slice::from_ref(outcome));
    let file = escape(&outcome.file);
    let (tests, failed, skipped) = (counts.tests, counts.failed, counts.skipped + counts.todo);
    let _ = writeln!(
        xml,
        "  <testsuite name=\"{file}\" file=\"{file}\" tests=\"{tests}\" failures=\"{failed}\" errors=\"0\" skipped=\"{skipped}\" time=\"{}\">",
        seconds(outcome.time_us)
    );
    for test in outcome.tests.iter().filter(|test| !test.suite || test.is_own_failure()) {
        case(xml, outcome, test);
    }
    let own = format!("    <testcase classname=\"{file}\" name=\"{file}\" time=\"0\"");
    match outcome.problems.as_slice() {
        [] if outcome.tests.is_empty() => {
            let _ = writeln!(xml, "{own}/>");
        }
        [] => {}
        problems => {
            let _ = writeln!(xml, "{own}>");
            for problem in problems {
                failure(xml, "failure", problem);
            }
            xml.push_str("    </testcase>\n");
        }
    }
    xml.push_str("  </testsuite>\n");
}

fn case(xml: &mut String, outcome: &FileOutcome, test: &TestOutcome) {
    let around = test.path.len().saturating_sub(1);
    let class = std::iter::once(outcome.file.as_str()).chain(test.path[..around].iter().map(String::as_str));
    let _ = write!(
        xml,
        "    <testcase classname=\"{}\" name=\"{}\" time=\"{}\"",
        escape(&class.collect::<Vec<_>>().join(" > ")),
        escape(test.path.last().map_or("", String::as_str)),
        seconds(test.time_us),
    );
    let todo = format!("todo {}", test.reason);
    match (test.status, &test.problem) {
        (Status::Passed, Some(problem)) if test.flaky => {
            xml.push_str(">\n");
            failure(xml, "flakyFailure", problem);
        }
        (Status::Failed, Some(problem)) => {
            xml.push_str(">\n");
            failure(xml, "failure", problem);
        }
        (Status::Failed, None) => xml.push_str(">\n      <failure message=\"failed\" type=\"Error\"/>\n"),
        (Status::Skipped, _) => skipped(xml, &test.reason),
        (Status::Todo, _) => skipped(xml, todo.trim()),
        (Status::Passed, _) => {
            xml.push_str("/>\n");
            return;
        }
    }
    xml.push_str("    </testcase>\n");
}

fn skipped(xml: &mut String, reason: &str) {
    let _ = writeln!(xml, ">\n      <skipped message=\"{}\"/>", escape(reason));
}

fn failure(xml: &mut String, element: &str, problem: &Problem) {
    let kind = problem.stack.split([':', '\n']).next().unwrap_or_default().trim();
    let kind = if kind.is_empty() || kind.contains(' ') { "Error" } else { kind };
    let _ = writeln!(
        xml,
        "      <{element} message=\"{}\" type=\"{}\">{}</{element}>",
        escape(problem.headline()),
        escape(kind),
        escape(&problem.details())
    );
}

/// With three digits after the point, which is as many as the schema takes. What took any time took a millisecond.
fn seconds(time_us: u64) -> String {
    let time_ms = time_us.div_ceil(1_000);
    format!("{}.{:03}", time_ms / 1_000, time_ms % 1_000)
}

/// Text for content and attributes. What XML can't have is replaced.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\r' => out.push(' '),
            '\n' => out.push('\n'),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push(char::REPLACEMENT_CHARACTER),
            char => out.push(char),
        }
    }
    out
}
