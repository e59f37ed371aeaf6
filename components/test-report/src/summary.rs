//! The result of a stage that ran tests.

use schemars::JsonSchema;
use serde::Serialize;

use crate::outcome::{FileOutcome, Problem, Status, TestOutcome};
use crate::shard::Shard;

/// What came of the tests.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
#[schemars(title = "Result of a stage that runs tests")]
pub struct Summary {
    /// Whether nothing failed. With `report_only` a stage succeeds although this is false.
    pub success: bool,
    /// How many test files there are.
    pub files: usize,
    /// How many tests: suites are none, a file without a test is one, and so is a failure outside every test.
    pub tests: usize,
    /// How many passed, flaky ones included.
    pub passed: usize,
    /// How many failed.
    pub failed: usize,
    /// How many were skipped.
    pub skipped: usize,
    /// How many are not expected to pass yet.
    pub todo: usize,
    /// How many failed at first, and passed when they ran again.
    pub flaky: usize,
    /// Milliseconds that all files took, by the measure of the stage: not the time that passed outside.
    pub time_ms: f64,
    /// The tests that took longest, slowest first: at most 10.
    pub slowest: Vec<Slow>,
    /// The first failures, at most 100. The report has all.
    #[schemars(with = "Vec<Failure>")]
    pub failures: Vec<Problem>,
    /// Which part of the test files ran, when not all did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
}

/// A test and the time it took.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Slow {
    /// The test's name with the suites around it.
    pub name: String,
    /// The test file.
    pub file: String,
    /// Milliseconds, by the measure of the stage.
    pub time_ms: f64,
}

/// A failure as it stands in the result: the schema of [`Problem`], whose stack is left out.
#[derive(JsonSchema)]
#[allow(dead_code)]
struct Failure {
    /// The file in which it happened.
    file: String,
    /// The line of it, from 1.
    line: Option<u32>,
    /// The test's name with the suites around it; the file's when it is outside every test.
    name: String,
    /// What went wrong, at most 2,000 bytes.
    message: String,
}

/// So many failures are in the result; the report has all.
pub const MAX_FAILURES: usize = 100;
/// A failure's message in the result has at most so many bytes.
pub const MAX_MESSAGE_BYTES: usize = 2_000;
/// So many of the slowest tests are named.
pub const SLOWEST: usize = 10;

impl Summary {
    /// Counts what came of all files.
    pub fn of(files: &[FileOutcome]) -> Self {
        let mut summary = Self { files: files.len(), ..Self::default() };
        for file in files {
            summary.add(file);
        }
        summary.time_ms = milliseconds(files.iter().map(|file| file.time_us).sum());
        summary.slowest = slowest(files);
        summary.success = summary.failed == 0 && summary.failures.is_empty();
        summary
    }

    fn add(&mut self, file: &FileOutcome) {
        for test in file.tests.iter().filter(|test| !test.suite) {
            self.tests += 1;
            match test.status {
                Status::Passed => self.passed += 1,
                Status::Failed => self.failed += 1,
                Status::Skipped => self.skipped += 1,
                Status::Todo => self.todo += 1,
            }
        }
        self.flaky += usize::from(file.flaky) + file.tests.iter().filter(|test| test.flaky).count();
        if !file.problems.is_empty() {
            self.tests += 1;
            self.failed += 1;
        } else if file.tests.is_empty() {
            self.tests += 1;
            self.passed += 1;
        }
        for problem in file.failures() {
            if self.failures.len() < MAX_FAILURES {
                let mut problem = Problem { stack: String::new(), ..problem.clone() };
                shorten(&mut problem.message);
                self.failures.push(problem);
            }
        }
    }
}

#[allow(clippy::cast_precision_loss)] // Exact up to some 280 years.
pub(crate) fn milliseconds(time_us: u64) -> f64 {
    time_us as f64 / 1_000.0
}

fn slowest(files: &[FileOutcome]) -> Vec<Slow> {
    let mut tests: Vec<(&FileOutcome, &TestOutcome)> = files
        .iter()
        .flat_map(|file| file.tests.iter().map(move |test| (file, test)))
        .filter(|(_, test)| !test.suite && test.time_us > 0)
        .collect();
    tests.sort_by_key(|(_, test)| std::cmp::Reverse(test.time_us));
    let slow = |(file, test): (&FileOutcome, &TestOutcome)| Slow {
        name: test.name(),
        file: file.file.clone(),
        time_ms: milliseconds(test.time_us),
    };
    tests.into_iter().take(SLOWEST).map(slow).collect()
}

fn shorten(message: &mut String) {
    if message.len() > MAX_MESSAGE_BYTES {
        let end = (0..=MAX_MESSAGE_BYTES).rev().find(|end| message.is_char_boundary(*end)).unwrap_or(0);
        message.truncate(end);
        message.push('…');
    }
}
