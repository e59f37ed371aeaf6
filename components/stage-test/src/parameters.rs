//! What the caller may set.

use std::collections::BTreeMap;

use ropewalk_stage::JsonSchema;
use serde::Deserialize;

/// Parameters of the stage. Every one has a default.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Parameters {
    /// Globs of the test files, relative to the working directory. Without it, as Node finds them: every
    /// `.js`, `.mjs`, `.cjs`, `.ts`, `.mts` and `.cts` file in a folder `test`, and elsewhere those named
    /// `test`, `test-…`, `….test`, `…-test` or `…_test`. Never in `node_modules`.
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
    /// `process.env`, which is empty otherwise.
    pub env: BTreeMap<String, String>,
    /// When a test file or a test is stopped.
    pub limits: Limits,
}

/// When a test is stopped: a run that passes one of these fails where it stands, and the other tests go on.
/// The time limit of the host is apart: it ends the whole stage.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// So many iterations may the loops of one call of a function have together.
    pub loop_iterations: u64,
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
            call_depth: MAX_CALL_DEPTH,
            callbacks: 2_000_000,
            virtual_seconds: 3_600,
        }
    }
}

/// Calls that built-in functions make (`map`, getters, `sort`) also descend in the stack of the host. Deeper than
/// this they would exhaust 512 KiB of it, which is what hosts give: `limits.call_depth` can't be higher.
pub const MAX_CALL_DEPTH: u32 = 400;
