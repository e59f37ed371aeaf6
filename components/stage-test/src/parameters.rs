//! What the caller may set.

use std::collections::BTreeMap;

use ropewalk_stage::JsonSchema;
use serde::Deserialize;
use test_report::Shard;

/// Parameters of the stage. Every one has a default.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Parameters {
    /// Globs of the test files, relative to the working directory. Without it, as Node finds them: every
    /// `.js`, `.mjs`, `.cjs`, `.ts`, `.mts` and `.cts` file in a folder `test`, and elsewhere those named
    /// `test`, `test-…`, `….test`, `…-test` or `…_test`; as Vitest and Jest find them: those named `….spec`, and those
    /// in a folder `__tests__`; and WebAssembly named `….test.wasm` or `…_test.wasm`. Never in `node_modules`.
    pub files: Option<Vec<String>>,
    /// Globs of files that are none of the tests, though they look so.
    pub exclude: Vec<String>,
    /// A regular expression of JavaScript: tests whose name, or that of a suite around them, doesn't match
    /// are skipped.
    pub name: Option<String>,
    /// Whether only tests with the option `only` run, as with Node's `--test-only`.
    pub only: bool,
    /// Whether a project without a test file passes.
    pub allow_empty: bool,
    /// Which functions test files find without importing them. Without it, as `package.json` tells: those of Jest,
    /// Vitest, Mocha or Jasmine where it names one of them among its dependencies.
    pub globals: Option<Globals>,
    /// `process.env`, which is empty otherwise.
    pub env: BTreeMap<String, String>,
    /// The seed of `Math.random` and `node:crypto`, which give the same values at each run.
    pub seed: u64,
    /// How often a file with a failed test runs again, each time with the next seed: at most 5 times. A test that
    /// then passes counts as passed, and is marked flaky.
    pub retries: u32,
    /// Which part of the test files to run.
    pub shard: Option<Shard>,
    /// Whether the stage succeeds although tests failed: its result has `success: false`. For shards, of which the call
    /// with `merge` then tells.
    pub report_only: bool,
    /// Runs no tests, but makes one report of those among the inputs: every file `report.json`.
    pub merge: bool,
    /// Whether snapshots are written that are missing or differ, instead of failing: the artifact `snapshots` then has
    /// the files, to be put into the project. Snapshots that nothing asks for any more are left out of them.
    pub update_snapshots: bool,
    /// When a test file or a test is stopped.
    pub limits: Limits,
}

/// Whose functions are there without an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Globals {
    /// Nobody's.
    None,
    /// `describe`, `it`, `before`, `after`, …, and `this.timeout()`.
    Mocha,
    /// `describe`, `test`, `expect`, `beforeAll`, …, and `jest`.
    Jest,
    /// `describe`, `test`, `expect`, `beforeAll`, …, and `vi`.
    Vitest,
    /// `describe`, `it`, `expect`, `beforeAll`, …, and `jasmine`.
    Jasmine,
}

/// When a test is stopped: a run that passes one of these fails where it stands, and the other tests go on.
/// The time limit of the host is apart: it ends the whole stage.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// So many iterations may the loops of one call of a function have together.
    pub loop_iterations: u64,
    /// So many instructions of the engine may one file take. The test in which they come to their end fails, and the file
    /// runs again without it.
    pub instructions: u64,
    /// So many calls may be within one another.
    pub call_depth: u32,
    /// So many promise reactions, timers and other callbacks may one file have.
    pub callbacks: u64,
    /// So many seconds of virtual time may pass in one file: waiting for a timer takes no time but this.
    pub virtual_seconds: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            loop_iterations: 10_000_000,
            instructions: 1_000_000_000,
            call_depth: MAX_CALL_DEPTH,
            callbacks: 10_000_000,
            virtual_seconds: 3_600,
        }
    }
}

/// Calls that built-in functions make (`map`, getters, `sort`) also descend in the stack of the host. Deeper than
/// this they would exhaust 512 KiB of it, which is what hosts give: `limits.call_depth` can't be higher.
pub const MAX_CALL_DEPTH: u32 = 400;

/// So many instructions may `limits.instructions` give: the engine counts in 32 bits.
pub const MAX_INSTRUCTIONS: u64 = u32::MAX as u64;

/// So often a file may run again.
pub const MAX_RETRIES: u32 = 5;
