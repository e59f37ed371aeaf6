//! What came of one file, and of one test.

use serde::{Deserialize, Serialize};

/// What came of one file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FileOutcome {
    /// Relative to the project.
    pub file: String,
    /// Its tests, those within others first.
    pub tests: Vec<TestOutcome>,
    /// What failed outside every test: syntax errors, errors at the top, rejections that nothing handled.
    pub problems: Vec<Problem>,
    /// What it printed, with a line for each test where it ended. Not part of a stored report.
    #[serde(skip)]
    pub log: String,
    /// Microseconds that the file took, its tests included, by the measure of the stage that ran it.
    pub time_us: u64,
    /// Whether something failed outside every test at first, and nothing when it ran again.
    #[serde(default, skip_serializing_if = "is_false")]
    pub flaky: bool,
}

/// What came of one test or suite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestOutcome {
    /// The names of the suites and tests around it, and its own.
    pub path: Vec<String>,
    /// Whether it is a suite. Suites are not counted.
    #[serde(default, skip_serializing_if = "is_false")]
    pub suite: bool,
    /// How it ended.
    pub status: Status,
    /// Why it was skipped or is to do.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Where it is defined: file and line.
    pub place: Option<(String, u32)>,
    /// What failed: for a test that is to do as well, and for one that is flaky what failed at first.
    pub problem: Option<Problem>,
    /// Microseconds that it took, by the measure of the stage that ran it.
    pub time_us: u64,
    /// Whether it failed at first, and passed when it ran again.
    #[serde(default, skip_serializing_if = "is_false")]
    pub flaky: bool,
}

/// How a test ended. What failed and is to do is [`Status::Todo`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The file in which it happened: the test file, unless nothing of it was running.
    pub file: String,
    /// The line of it, from 1.
    pub line: Option<u32>,
    /// The test's name with the suites around it; the file's when it is outside every test.
    pub name: String,
    /// What went wrong.
    pub message: String,
    /// The error's name and stack: lines `Name: message`, then `at …`. Empty when there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stack: String,
}

impl TestOutcome {
    /// The names around it and its own as one.
    pub fn name(&self) -> String {
        self.path.join(" > ")
    }

    /// Whether it failed by itself, and not only because something within it did.
    pub fn is_own_failure(&self) -> bool {
        self.status == Status::Failed && !self.problem.as_ref().is_some_and(Problem::is_of_subtests)
    }
}

impl FileOutcome {
    /// What failed: not what is to do, and no test or suite only for what failed within it.
    pub fn failures(&self) -> impl Iterator<Item = &Problem> {
        let own = self.tests.iter().filter(|test| test.is_own_failure());
        own.filter_map(|test| test.problem.as_ref()).chain(&self.problems)
    }

    /// Whether a test failed, or something outside every test.
    pub fn is_failed(&self) -> bool {
        !self.problems.is_empty() || self.tests.iter().any(|test| test.status == Status::Failed)
    }
}

impl Problem {
    /// `file:line`, or the file alone.
    pub fn place(&self) -> String {
        match self.line {
            Some(line) => format!("{}:{line}", self.file),
            None => self.file.clone(),
        }
    }

    /// The first line of the message that has text.
    pub fn headline(&self) -> &str {
        self.message.lines().find(|line| !line.trim().is_empty()).unwrap_or_default()
    }

    /// The message, and the frames of the stack.
    pub fn details(&self) -> String {
        let frames: Vec<&str> =
            self.stack.lines().filter(|line| line.trim_start().starts_with("at ")).collect();
        format!("{}\n{}", self.message.trim_end(), frames.join("\n")).trim_end().to_owned()
    }

    /// Whether it only says that something within failed: `2 subtests failed`.
    pub fn is_of_subtests(&self) -> bool {
        let rest = self.message.strip_suffix(" failed");
        rest.is_some_and(|rest| rest.ends_with(" subtest") || rest.ends_with(" subtests"))
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde calls it so.
fn is_false(value: &bool) -> bool {
    !value
}
