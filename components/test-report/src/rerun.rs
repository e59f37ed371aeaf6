//! Files that ran more than once.

use std::collections::HashMap;

use crate::outcome::{FileOutcome, Status};

/// Takes in what came of another run of a file: a test that failed and now passed is flaky, and passes. What failed
/// at first stays with it. A test that passed stays passed; one that is only there now is added.
pub fn settle(first: &mut FileOutcome, again: FileOutcome) {
    let mut later: HashMap<(Vec<String>, usize), _> = HashMap::new();
    let mut counts: HashMap<Vec<String>, usize> = HashMap::new();
    for test in again.tests {
        let number = next(&mut counts, &test.path);
        later.insert((test.path.clone(), number), test);
    }
    counts.clear();
    for test in &mut first.tests {
        let number = next(&mut counts, &test.path);
        let Some(other) = later.remove(&(test.path.clone(), number)) else { continue };
        if test.status == Status::Failed && other.status == Status::Passed {
            test.status = Status::Passed;
            // That something within failed is told of what failed.
            test.flaky = !test.problem.as_ref().is_some_and(crate::Problem::is_of_subtests);
            test.problem = test.problem.take().filter(|_| test.flaky);
        }
    }
    let mut added: Vec<_> = later.into_iter().collect();
    added.sort_by(|(a, _), (b, _)| a.cmp(b));
    first.tests.extend(added.into_iter().map(|(_, test)| test));
    if !first.problems.is_empty() && again.problems.is_empty() {
        first.problems.clear();
        first.flaky = true;
    }
    first.time_us += again.time_us;
    first.log.push_str(&again.log);
}

/// Tests may have one name: they are told apart by their order.
fn next(counts: &mut HashMap<Vec<String>, usize>, path: &[String]) -> usize {
    let count = counts.entry(path.to_vec()).or_default();
    *count += 1;
    *count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{Problem, TestOutcome};

    fn file(tests: &[(&str, Status)], problem: bool) -> FileOutcome {
        let problem_of = |message: &str| Problem { message: message.to_owned(), ..Problem::default() };
        let test = |(name, status): &(&str, Status)| TestOutcome {
            path: name.split('/').map(str::to_owned).collect(),
            suite: *name == "suite",
            status: *status,
            reason: String::new(),
            place: None,
            problem: (*status == Status::Failed)
                .then(|| problem_of(if *name == "suite" { "1 subtest failed" } else { "no" })),
            time_us: 1,
            flaky: false,
        };
        FileOutcome {
            tests: tests.iter().map(test).collect(),
            problems: problem.then(|| problem_of("top")).into_iter().collect(),
            time_us: 1,
            ..FileOutcome::default()
        }
    }

    #[track_caller]
    fn check(first: &FileOutcome, again: FileOutcome, expected: &str, flaky: bool) {
        let mut settled = first.clone();
        settle(&mut settled, again);
        let show = |test: &TestOutcome| {
            format!("{} {:?}{}", test.name(), test.status, if test.flaky { " flaky" } else { "" })
        };
        assert_eq!(settled.tests.iter().map(show).collect::<Vec<_>>().join(", "), expected);
        assert_eq!((settled.flaky, settled.time_us), (flaky, 2));
    }

    #[test]
    fn what_passes_the_second_time_is_flaky() {
        use Status::{Failed, Passed};
        let first = file(&[("suite/a", Failed), ("suite", Failed), ("b", Passed), ("b", Failed)], true);
        check(
            &first,
            file(&[("suite/a", Passed), ("suite", Passed), ("b", Failed), ("b", Failed)], false),
            "suite > a Passed flaky, suite Passed, b Passed, b Failed",
            true,
        );
        check(
            &first,
            file(&[("c", Failed)], true),
            "suite > a Failed, suite Failed, b Passed, b Failed, c Failed",
            false,
        );
    }
}
