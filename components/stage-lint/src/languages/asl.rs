//! Amazon States Language: the definition of a pipeline, checked by the engine that runs it.

use std::collections::BTreeMap;
use std::ops::Range;

use workflow::{Code, Definition, Problem, Severity};

use crate::languages::{Source, json};
use crate::lint::{File, Suggestion};
use crate::rules;

/// Checks a definition: the JSON first, then, where it parses, what it says.
pub(crate) fn check(file: &mut File<'_>, source: Source<'_>) {
    let Some(places) = json::check_and_locate(file, source) else { return };
    let problems = match Definition::parse(source.text) {
        Ok(definition) => definition.warnings().to_vec(),
        Err(problems) => problems,
    };
    for problem in problems {
        report(file, source, &places, problem);
    }
}

fn report(
    file: &mut File<'_>,
    source: Source<'_>,
    places: &BTreeMap<String, Range<usize>>,
    problem: Problem,
) {
    // The check of JSON has said so, and where.
    if problem.code == Code::InvalidJson || problem.code == Code::DuplicateState {
        return;
    }
    let rule = match problem.severity {
        Severity::Error => &rules::ASL_DEFINITION,
        Severity::Warning => &rules::ASL_DOUBT,
    };
    let pointer = if problem.pointer.is_empty() { "/" } else { &problem.pointer };
    let message = format!("{} (at {pointer})", problem.message);
    let range = source.range(place(places, &problem.pointer));
    let fix = problem.hint.map(Suggestion::by_hand);
    file.report_as(rule, rule.severity, range, message, fix);
}

/// Where a pointer leads, or else the nearest thing around that.
fn place(places: &BTreeMap<String, Range<usize>>, pointer: &str) -> Range<usize> {
    let mut pointer = pointer;
    loop {
        if let Some(range) = places.get(pointer) {
            return range.clone();
        }
        match pointer.rfind('/') {
            Some(end) => pointer = &pointer[..end],
            None => return 0..0,
        }
    }
}
