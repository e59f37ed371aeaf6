//! Runs a project's tests: files written for `node:test` and `node:assert`, in a JavaScript engine that is part
//! of the stage. There is no Node in the sandbox; the modules of Node that tests of libraries use are here,
//! over the sandbox's files and a virtual clock.
//!
//! An ordinary program over the working directory. It leaves `out/report/junit.xml`, and prints a log.

mod discover;
mod engine;
mod parameters;
mod run;
mod wasm;

use std::io::Write;
use std::path::Path;

use ropewalk_stage::{Call, Failure, Stage};
use test_report::Summary;

pub use parameters::{Globals, Limits, MAX_CALL_DEPTH, MAX_INSTRUCTIONS, MAX_RETRIES, Parameters};
pub use run::run;

/// The stage.
#[derive(Debug)]
pub struct Test;

impl Stage for Test {
    type Parameters = Parameters;
    type Output = Summary;

    const NAME: &'static str = "test";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const HERMETIC: bool = true;
    // Scripts, data, and whatever lies beside tests: a page or an image that changes leaves the cached result valid.
    const DEFAULT_INCLUDE: &'static [&'static str] = &[
        "**/*.{js,mjs,cjs,jsx,ts,mts,cts,tsx,json,wasm,snap,snapshot}",
        "**/{test,tests,testdata,fixtures,__fixtures__,__tests__,__snapshots__}/**",
    ];

    fn run(parameters: Parameters, _call: Call) -> Result<Summary, Failure> {
        let stdout = &mut std::io::stdout();
        let outcome = run(Path::new("."), &parameters, stdout);
        // A log that can't be written is no reason to lose the result.
        let _ = stdout.flush();
        outcome
    }
}

#[cfg(target_arch = "wasm32")]
ropewalk_stage::export!(Test);
