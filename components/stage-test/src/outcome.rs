//! What came of the tests.

use serde::{Deserialize, Serialize};

/// What came of one file.
#[derive(Debug, Default)]
pub struct FileOutcome {
    /// Relative to the project.
    pub file: String,
    /// Its tests, those within others first.
    pub tests: Vec<TestOutcome>,
    /// What failed outside every test: syntax errors, errors at the top, rejections that nothing handled.
    pub problems: Vec<Problem>,
    /// What it printed, with a line for each test where it ended.
    pub log: String,
}

/// What came of one test or suite.
#[derive(Debug)]
pub struct TestOutcome {
    /// The names of the suites and tests around it, and its own.
    pub path: Vec<String>,
    /// Whether it is a suite. Suites are not counted.
    pub suite: bool,
    /// How it ended.
    pub status: Status,
    /// Why it was skipped or is to do.
    pub reason: String,
    /// Where it is defined: file and line.
    pub place: Option<(String, u32)>,
    /// What failed, for a test that is to do as well.
    pub problem: Option<Problem>,
}

/// How a test ended. What failed and is to do is [`Status::Todo`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// As it should.
    Passed,
    /// With an error, or not at all.
    Failed,
    /// It didn't run.
    Skipped,
    /// It is not expected to pass yet.
    Todo,
}

/// One failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The file in which it happened: the test file, unless nothing of it was running.
    pub file: String,
    /// The line of it, from 1.
    pub line: Option<u32>,
    /// The test's name with the suites around it; the file's when it is outside every test.
    pub name: String,
    /// What went wrong.
    pub message: String,
    /// The error's name and stack.
    #[serde(skip)]
    pub stack: String,
}

/// The stage's result.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// How many test files there are.
    pub files: usize,
    /// How many tests: suites are none, a file without a test is one, and so is a failure outside every test.
    pub tests: usize,
    /// How many passed.
    pub passed: usize,
    /// How many failed.
    pub failed: usize,
    /// How many were skipped.
    pub skipped: usize,
    /// How many are not expected to pass yet.
    pub todo: usize,
    /// The first failures, at most [`MAX_FAILURES`].
    pub failures: Vec<Problem>,
}

/// So many failures are in the result; the report has all.
pub const MAX_FAILURES: usize = 100;
/// A failure's message in the result has at most so many bytes.
pub const MAX_MESSAGE_BYTES: usize = 2_000;

impl TestOutcome {
    /// The names around it and its own as one.
    pub fn name(&self) -> String {
        self.path.join(" > ")
    }
}

impl Summary {
    /// Counts what came of all files.
    pub fn of(files: &[FileOutcome]) -> Self {
        let mut summary = Self { files: files.len(), ..Self::default() };
        for file in files {
            summary.add(file);
        }
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
        if !file.problems.is_empty() {
            self.tests += 1;
            self.failed += 1;
        } else if file.tests.is_empty() {
            self.tests += 1;
            self.passed += 1;
        }
        for problem in file.failures() {
            if self.failures.len() < MAX_FAILURES {
                let mut problem = problem.clone();
                shorten(&mut problem.message);
                self.failures.push(problem);
            }
        }
    }

    /// Whether everything is as it should be.
    pub fn is_success(&self) -> bool {
        self.failed == 0 && self.failures.is_empty()
    }
}

impl FileOutcome {
    /// What failed: not what is to do, and no test or suite only for what failed within it.
    pub fn failures(&self) -> impl Iterator<Item = &Problem> {
        let own = self.tests.iter().filter(|test| test.status == Status::Failed);
        own.filter_map(|test| test.problem.as_ref())
            .filter(|problem| !is_of_subtests(problem))
            .chain(&self.problems)
    }
}

/// Whether it only says that something within failed.
pub(crate) fn is_of_subtests(problem: &Problem) -> bool {
    problem
        .message
        .strip_suffix(" failed")
        .is_some_and(|rest| rest.ends_with(" subtest") || rest.ends_with(" subtests"))
}

fn shorten(message: &mut String) {
    if message.len() > MAX_MESSAGE_BYTES {
        let end = (0..=MAX_MESSAGE_BYTES).rev().find(|end| message.is_char_boundary(*end)).unwrap_or(0);
        message.truncate(end);
        message.push('…');
    }
}

/// What the JavaScript side tells of a test.
#[derive(Debug, Deserialize)]
pub(crate) struct Told {
    pub(crate) path: Vec<String>,
    pub(crate) suite: bool,
    /// The stack at its definition.
    pub(crate) place: String,
    pub(crate) skipped: bool,
    pub(crate) todo: bool,
    pub(crate) reason: String,
    pub(crate) failure: Option<Described>,
}

/// An error as the JavaScript side describes it.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Described {
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) stack: String,
    #[serde(default)]
    pub(crate) cause: Option<String>,
}
