//! The state that scripts and the session of one file share.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use boa_engine::builtins::promise::Promise;
use boa_engine::{Context, JsNativeError, JsObject, JsResult};

use crate::engine::clock::VirtualClock;
use crate::engine::disk::Disk;
use crate::engine::event_loop::EventLoop;
use crate::engine::limits::MAX_LOG_BYTES;
use crate::engine::stack::{self, LineMap};
use crate::outcome::{Described, Problem, Status, TestOutcome, Told};
use crate::parameters::Parameters;
use crate::report;

pub(crate) struct Shared {
    pub(crate) parameters: Parameters,
    pub(crate) disk: Disk,
    /// The test file as scripts see it: `/a.test.js`.
    pub(crate) main: String,
    pub(crate) clock: Rc<VirtualClock>,
    pub(crate) event_loop: EventLoop,
    /// The id of the test in whose context scripts run; 0: of none.
    pub(crate) test: Cell<u32>,
    /// Rejected promises that nothing handles yet, and whose they are.
    pub(crate) rejections: RefCell<Vec<(JsObject<Promise>, u32)>>,
    /// Set by `process.exit`.
    pub(crate) exit: Cell<Option<i32>>,
    /// How the lines of files that were transformed lie in their sources.
    pub(crate) lines: RefCell<HashMap<String, LineMap>>,
    /// What the first script gave, once it ran.
    pub(crate) runtime: RefCell<Option<JsObject>>,
    pub(crate) tests: RefCell<Vec<TestOutcome>>,
    pub(crate) problems: RefCell<Vec<Problem>>,
    log: RefCell<String>,
}

impl Shared {
    pub(crate) fn new(parameters: &Parameters, disk: Disk, main: String) -> Self {
        Self {
            parameters: parameters.clone(),
            disk,
            main,
            clock: Rc::new(VirtualClock::new()),
            event_loop: EventLoop::default(),
            test: Cell::new(0),
            rejections: RefCell::default(),
            exit: Cell::new(None),
            lines: RefCell::default(),
            runtime: RefCell::default(),
            tests: RefCell::default(),
            problems: RefCell::default(),
            log: RefCell::default(),
        }
    }

    /// That of a context.
    pub(crate) fn of(context: &Context) -> JsResult<Rc<Self>> {
        let shared = context.get_data::<Rc<Self>>().cloned();
        shared.ok_or_else(|| JsNativeError::error().with_message("the context is not of a test file").into())
    }

    /// Adds to the log, up to its limit.
    pub(crate) fn print(&self, text: &str) {
        let mut log = self.log.borrow_mut();
        if log.len() > MAX_LOG_BYTES {
            return;
        }
        log.push_str(text);
        if log.len() > MAX_LOG_BYTES {
            let end = (0..=MAX_LOG_BYTES).rev().find(|end| log.is_char_boundary(*end)).unwrap_or(0);
            log.truncate(end);
            log.push_str("\n… the log of this file is cut at 1 MiB\n");
            log.push_str(&" ".repeat(8));
        }
    }

    pub(crate) fn take_log(&self) -> String {
        self.log.take()
    }

    /// The test file relative to the project.
    pub(crate) fn file(&self) -> &str {
        self.main.trim_start_matches('/')
    }

    /// Takes in what the JavaScript side tells of a test that ended.
    pub(crate) fn record(&self, told: Told) {
        let status = if told.skipped {
            Status::Skipped
        } else if told.todo {
            Status::Todo
        } else if told.failure.is_some() {
            Status::Failed
        } else {
            Status::Passed
        };
        let place = stack::place(&told.place, &self.main);
        let name = told.path.join(" > ");
        let problem = told.failure.map(|error| self.problem(name, &error, place.as_ref()));
        let test =
            TestOutcome { path: told.path, suite: told.suite, status, reason: told.reason, place, problem };
        self.print(&report::line(&test));
        self.tests.borrow_mut().push(test);
    }

    /// A failure outside every test.
    pub(crate) fn fail(&self, error: &Described) {
        let problem = self.problem(self.file().to_owned(), error, None);
        self.problems.borrow_mut().push(problem);
    }

    /// A failure outside every test that no error tells of.
    pub(crate) fn fail_with(&self, message: String) {
        self.fail(&Described { message, ..Described::default() });
    }

    fn problem(&self, name: String, error: &Described, defined: Option<&(String, u32)>) -> Problem {
        let thrown = stack::place(&error.stack, &self.main);
        let (file, line) = match thrown.as_ref().or(defined) {
            Some((file, line)) => (file.clone(), Some(*line)),
            None => (self.file().to_owned(), None),
        };
        let plain = matches!(error.name.as_str(), "" | "Error" | "AssertionError");
        let mut message =
            if plain { error.message.clone() } else { format!("{}: {}", error.name, error.message) };
        if message.is_empty() {
            message.push_str("an error without a message");
        }
        if let Some(cause) = &error.cause {
            message = format!("{message}\ncause: {cause}");
        }
        let stack = if error.stack.is_empty() { error.name.clone() } else { error.stack.clone() };
        Problem { file, line, name, message, stack }
    }
}
