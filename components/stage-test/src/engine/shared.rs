//! The state that scripts and the session of one file share.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use boa_engine::builtins::promise::Promise;
use boa_engine::object::builtins::JsPromise;
use boa_engine::{Context, JsNativeError, JsObject, JsResult, JsValue};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use test_report::{Problem, Status, TestOutcome, log};

use crate::engine::clock::VirtualClock;
use crate::engine::disk::Disk;
use crate::engine::event_loop::EventLoop;
use crate::engine::jobs::Jobs;
use crate::engine::limits::MAX_LOG_BYTES;
use crate::engine::modules::{Loader, globals};
use crate::engine::stack::{self, LineMap};
use crate::engine::told::{Described, Told};
use crate::parameters::{Globals, Parameters};

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
    /// What loads and runs ES modules, while the file runs.
    pub(crate) engine: RefCell<Option<Engine>>,
    /// What `AsyncLocalStorage` keeps for what runs.
    pub(crate) stores: RefCell<JsValue>,
    /// What the first script gave, once it ran.
    pub(crate) runtime: RefCell<Option<JsObject>>,
    /// What `Math.random` and `node:crypto` draw from.
    pub(crate) random: RefCell<ChaCha8Rng>,
    /// Tests that began and haven't ended, by id.
    pub(crate) running: RefCell<BTreeMap<u32, Running>>,
    /// Tests that don't run, for they used up what the file has: by their path, with what is said of them.
    pub(crate) excluded: BTreeMap<Vec<String>, String>,
    pub(crate) tests: RefCell<Vec<TestOutcome>>,
    pub(crate) problems: RefCell<Vec<Problem>>,
    log: RefCell<String>,
}

/// What loads and runs ES modules.
#[derive(Clone)]
pub(crate) struct Engine {
    pub(crate) loader: Rc<Loader>,
    pub(crate) jobs: Rc<Jobs>,
}

/// A test that began.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    pub(crate) path: Vec<String>,
    /// The time when it began, by [`Shared::time_us`].
    pub(crate) began_us: u64,
}

/// So many instructions of the engine count as a microsecond: about what it does in the sandbox.
const INSTRUCTIONS_PER_US: u64 = 20;

impl Shared {
    pub(crate) fn new(parameters: &Parameters, disk: Disk, main: String, seed: u64) -> Self {
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
            engine: RefCell::default(),
            stores: RefCell::default(),
            runtime: RefCell::default(),
            random: RefCell::new(ChaCha8Rng::seed_from_u64(seed)),
            running: RefCell::default(),
            excluded: BTreeMap::new(),
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

    /// Whose functions test files find without an import.
    pub(crate) fn globals(&self) -> &'static str {
        match self.parameters.globals {
            Some(Globals::None) => "none",
            Some(Globals::Mocha) => "mocha",
            Some(Globals::Jest) => "jest",
            Some(Globals::Vitest) => "vitest",
            Some(Globals::Jasmine) => "jasmine",
            None => globals(&self.disk, &self.main),
        }
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

    /// Microseconds since the file began. The clock of the sandbox stands still, so that work is counted: in
    /// instructions of the engine. What was waited for is added.
    pub(crate) fn time_us(&self, context: &Context) -> u64 {
        self.worked_us(context.instructions_remaining() as u64) + self.clock.passed_us()
    }

    fn worked_us(&self, remaining: u64) -> u64 {
        self.parameters.limits.instructions.saturating_sub(remaining) / INSTRUCTIONS_PER_US
    }

    pub(crate) fn take_log(&self) -> String {
        self.log.take()
    }

    /// A rejection that is told of elsewhere.
    pub(crate) fn forget(&self, promise: &JsPromise) {
        self.rejections.borrow_mut().retain(|(other, _)| !JsObject::equals(other, promise));
    }

    /// The test file relative to the project.
    pub(crate) fn file(&self) -> &str {
        self.main.trim_start_matches('/')
    }

    /// Takes in what the JavaScript side tells of a test that ended.
    pub(crate) fn record(&self, told: Told, time_us: u64) {
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
        let running = self.running.borrow_mut().remove(&told.id);
        let time_us = running.map_or(0, |running| time_us.saturating_sub(running.began_us));
        let test = TestOutcome {
            path: told.path,
            suite: told.suite,
            status,
            reason: told.reason,
            place,
            problem,
            time_us,
            flaky: false,
        };
        self.print(&log::line(&test));
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
