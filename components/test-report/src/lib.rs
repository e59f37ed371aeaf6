//! What comes of tests, whatever runs them: outcomes, and what is made of them. Stages that run tests share it, so
//! that their results, logs and reports are alike.
//!
//! A stage makes a [`FileOutcome`] of each test file, [`rerun::settle`]s those that it ran more than once, and puts
//! them into a [`Report`]. [`Report::summary`] is the stage's result, [`junit()`] the file that other tools read, the
//! report itself (as JSON) what shards are merged from, and [`log`] the text for people.

mod junit;
pub mod log;
mod outcome;
mod report;
pub mod rerun;
mod shard;
mod summary;

pub use junit::junit;
pub use outcome::{FileOutcome, Problem, Status, TestOutcome};
pub use report::{MAX_REPORT_BYTES, MergeError, ReadError, Report};
pub use shard::{MAX_SHARDS, Shard, ShardError};
pub use summary::{MAX_FAILURES, MAX_MESSAGE_BYTES, SLOWEST, Slow, Summary};
