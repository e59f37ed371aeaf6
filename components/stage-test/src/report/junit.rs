//! JUnit XML, as GitLab and Jenkins read it.

use std::fmt::Write;

use crate::outcome::{FileOutcome, Problem, Status, Summary, TestOutcome};
use crate::report::details;

/// The report of all files: a suite for each, and a case for each test. Times are 0: the clock is virtual.
pub(crate) fn junit(outcomes: &[FileOutcome]) -> String {
    let Summary { tests, failed, skipped, todo, .. } = Summary::of(outcomes);
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let skipped = skipped + todo;
    let _ = writeln!(
        xml,
        "<testsuites name=\"ropewalk test\" tests=\"{tests}\" failures=\"{failed}\" errors=\"0\" skipped=\"{skipped}\" time=\"0\">"
    );
    for outcome in outcomes {
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
        "  <testsuite name=\"{file}\" file=\"{file}\" tests=\"{tests}\" failures=\"{failed}\" errors=\"0\" skipped=\"{skipped}\" time=\"0\">"
    );
    for test in outcome.tests.iter().filter(|test| !test.suite || is_own_failure(test)) {
        case(xml, outcome, test);
    }
    match outcome.problems.as_slice() {
        [] if outcome.tests.is_empty() => {
            let _ = writeln!(
                xml,
                "    <testcase classname=\"{file}\" name=\"{file}\" file=\"{file}\" time=\"0\"/>"
            );
        }
        [] => {}
        problems => {
            let _ = writeln!(
                xml,
                "    <testcase classname=\"{file}\" name=\"{file}\" file=\"{file}\" time=\"0\">"
            );
            for problem in problems {
                failure(xml, problem);
            }
            xml.push_str("    </testcase>\n");
        }
    }
    xml.push_str("  </testsuite>\n");
}

/// A suite that failed by itself, in a hook or in its body, has no test to tell of it.
fn is_own_failure(test: &TestOutcome) -> bool {
    test.status == Status::Failed && !test.problem.as_ref().is_some_and(crate::outcome::is_of_subtests)
}

fn case(xml: &mut String, outcome: &FileOutcome, test: &TestOutcome) {
    let (place, line) = match &test.place {
        Some((file, line)) => (file.as_str(), format!(" line=\"{line}\"")),
        None => (outcome.file.as_str(), String::new()),
    };
    let around = test.path.len().saturating_sub(1);
    let class = std::iter::once(outcome.file.as_str()).chain(test.path[..around].iter().map(String::as_str));
    let _ = write!(
        xml,
        "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\"{line} time=\"0\"",
        escape(&class.collect::<Vec<_>>().join(" > ")),
        escape(test.path.last().map_or("", String::as_str)),
        escape(place),
    );
    match test.status {
        Status::Passed => {
            xml.push_str("/>\n");
            return;
        }
        Status::Failed => {
            xml.push_str(">\n");
            if let Some(problem) = &test.problem {
                failure(xml, problem);
            }
        }
        Status::Skipped => {
            let _ = writeln!(xml, ">\n      <skipped message=\"{}\"/>", escape(&test.reason));
        }
        Status::Todo => {
            let _ = writeln!(
                xml,
                ">\n      <skipped message=\"{}\"/>",
                escape(format!("todo {}", test.reason).trim())
            );
        }
    }
    xml.push_str("    </testcase>\n");
}

fn failure(xml: &mut String, problem: &Problem) {
    let message = problem.message.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let kind = problem.stack.split([':', '\n']).next().unwrap_or_default().trim();
    let kind = if kind.is_empty() || kind.contains(' ') { "Error" } else { kind };
    let _ = writeln!(
        xml,
        "      <failure message=\"{}\" type=\"{}\">{}</failure>",
        escape(message),
        escape(kind),
        escape(&details(problem))
    );
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
