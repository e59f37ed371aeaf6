//! One test file in a JavaScript engine of its own.

mod clock;
mod disk;
mod event_loop;
mod hooks;
mod host;
mod jobs;
mod limits;
mod modules;
// The linter's: the same scan keeps both from parsing what would exhaust the stack.
#[path = "../../stage-lint/src/languages/script/nesting.rs"]
mod nesting;
mod session;
mod shared;
mod stack;
mod told;

use std::path::Path;

use boa_engine::{Context, JsString, Source, js_string};
use test_report::FileOutcome;

use crate::parameters::Parameters;

/// A test file and how it runs.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    /// The project.
    pub(crate) root: &'a Path,
    /// Relative to the project.
    pub(crate) file: &'a str,
    pub(crate) parameters: &'a Parameters,
    /// Of `Math.random` and `node:crypto`.
    pub(crate) seed: u64,
}

/// Runs a test file to its end, in a fresh realm. Whatever it does is in the answer: this doesn't fail.
pub(crate) fn run_file(request: &Request<'_>) -> FileOutcome {
    session::run(request)
}

/// A pattern is made in fewer.
const PATTERN_INSTRUCTIONS: usize = 10_000;

/// Says what is wrong with a regular expression.
pub(crate) fn check_pattern(pattern: &str) -> Result<(), String> {
    let context = Context::builder().instructions_remaining(PATTERN_INSTRUCTIONS).build();
    let mut context = context.map_err(|error| error.to_string())?;
    let pattern = JsString::from(pattern);
    let checked = context
        .register_global_property(js_string!("pattern"), pattern, boa_engine::property::Attribute::all())
        .and_then(|()| context.eval(Source::from_bytes("new RegExp(pattern)")));
    checked.map(drop).map_err(|error| error.to_string().lines().next().unwrap_or_default().to_owned())
}
