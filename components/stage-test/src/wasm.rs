//! Tests in WebAssembly: core modules, run by an interpreter.
//!
//! A module that exports functions named `test…` without parameters has a test in each: one that traps fails, and so does
//! one that answers another integer than 0. A module without such functions that exports `_start` is a program: the tests
//! of Rust (`cargo test --target wasm32-wasip1`) are asked for their list and run one by one, and any other is one test,
//! which passes if it exits with 0. Each test has an instance of its own. Of WASI there is what it takes to print, to read
//! arguments and the clock, and to exit.

mod instance;
mod wasi;

use std::path::Path;

use test_report::{FileOutcome, Problem, Status, TestOutcome, log};
use wasmi::{Config, Engine, ExternType, Module, ValType};

use crate::parameters::Parameters;
use instance::{Ended, Instance};

/// A module is not loaded when it is larger.
const MAX_MODULE_BYTES: u64 = 64 << 20;

/// Runs the tests of a module (its path relative to `root`). Whatever it does is in the answer.
pub(crate) fn run_file(root: &Path, file: &str, parameters: &Parameters) -> FileOutcome {
    let mut outcome = FileOutcome { file: file.to_owned(), ..FileOutcome::default() };
    match load(&root.join(file)) {
        Ok(module) => File { name: file, module, parameters, outcome: &mut outcome }.run(),
        Err(message) => outcome.problems.push(problem(file, file, message)),
    }
    outcome
}

fn problem(file: &str, name: &str, message: String) -> Problem {
    Problem { file: file.to_owned(), line: None, name: name.to_owned(), message, stack: String::new() }
}

fn load(path: &Path) -> Result<Module, String> {
    let size = std::fs::metadata(path).map_err(|error| format!("failed to read the module: {error}"))?.len();
    if size > MAX_MODULE_BYTES {
        return Err(format!("the module has {size} bytes, more than {MAX_MODULE_BYTES}"));
    }
    let bytes = std::fs::read(path).map_err(|error| format!("failed to read the module: {error}"))?;
    // A component's version field is followed by a layer of 1.
    if bytes.get(4..8) == Some(&[0x0d, 0, 1, 0]) {
        return Err("the file is a component, hint: tests are core modules, as for wasm32-wasip1".to_owned());
    }
    let mut config = Config::default();
    config.consume_fuel(true);
    Module::new(&Engine::new(&config), &bytes).map_err(|error| format!("not a WebAssembly module: {error}"))
}

struct File<'a> {
    name: &'a str,
    module: Module,
    parameters: &'a Parameters,
    outcome: &'a mut FileOutcome,
}

impl File<'_> {
    fn run(&mut self) {
        let functions: Vec<String> = self.functions();
        if !functions.is_empty() {
            for function in functions {
                let instance = self.instance(vec![self.name.to_owned()]);
                let ended = instance.and_then(|instance| instance.call(&function));
                self.end(&function, ended);
            }
        } else if self.module.get_export("_start").is_some() {
            self.program();
        } else {
            let message = "the module has no tests, hint: export functions named `test…` without parameters, or `_start`";
            self.outcome.problems.push(problem(self.name, self.name, message.to_owned()));
        }
    }

    /// The exported functions that are tests, sorted.
    fn functions(&self) -> Vec<String> {
        let is_test = |kind: &ExternType| match kind {
            ExternType::Func(kind) => {
                kind.params().is_empty() && matches!(kind.results(), [] | [ValType::I32])
            }
            _ => false,
        };
        let exports =
            self.module.exports().filter(|export| export.name().starts_with("test") && is_test(export.ty()));
        let mut names: Vec<String> = exports.map(|export| export.name().to_owned()).collect();
        names.sort_unstable();
        names
    }

    fn instance(&self, arguments: Vec<String>) -> Result<Instance, Ended> {
        Instance::new(&self.module, arguments, self.parameters)
    }

    fn start(&self, arguments: &[&str]) -> Ended {
        let arguments =
            std::iter::once(self.name).chain(arguments.iter().copied()).map(str::to_owned).collect();
        match self.instance(arguments).and_then(|instance| instance.call("_start")) {
            Ok(ended) | Err(ended) => ended,
        }
    }

    fn program(&mut self) {
        let listed = self.start(&["--list", "--format", "terse"]);
        let tests = rust_tests(&listed);
        if tests.is_empty() {
            let ended = self.start(&[]);
            self.end("_start", Ok(ended));
        }
        let ignored = rust_tests(&self.start(&["--list", "--format", "terse", "--ignored"]));
        for test in tests {
            if ignored.contains(&test) {
                self.record(&test, Status::Skipped, "ignored", None, 0);
            } else {
                let ended = self.start(&["--exact", &test, "--nocapture", "--test-threads=1"]);
                self.end(&test, Ok(ended));
            }
        }
    }

    fn end(&mut self, name: &str, ended: Result<Ended, Ended>) {
        let (Ok(ended) | Err(ended)) = ended;
        self.outcome.log.push_str(&ended.printed);
        let failed = ended.failure.map(|message| {
            let printed = ended.printed.trim();
            let message = if printed.is_empty() { message } else { format!("{message}\n{printed}") };
            problem(self.name, name, message)
        });
        let status = if failed.is_some() { Status::Failed } else { Status::Passed };
        self.record(name, status, "", failed, ended.time_us);
    }

    fn record(&mut self, name: &str, status: Status, reason: &str, problem: Option<Problem>, time_us: u64) {
        let path = name.split("::").map(str::to_owned).collect();
        let (suite, flaky, place, reason) = (false, false, None, reason.to_owned());
        let test = TestOutcome { path, suite, status, reason, place, problem, time_us, flaky };
        if !self.outcome.log.is_empty() && !self.outcome.log.ends_with('\n') {
            self.outcome.log.push('\n');
        }
        self.outcome.log.push_str(&log::line(&test));
        self.outcome.time_us += time_us;
        self.outcome.tests.push(test);
    }
}

/// What Rust's test programs list: `name: test`.
fn rust_tests(listed: &Ended) -> Vec<String> {
    if listed.failure.is_some() {
        return Vec::new();
    }
    listed.printed.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect()
}
