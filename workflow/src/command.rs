//! What to do: the commands that an event causes.

use std::sync::Arc;

use serde::Serialize;

use crate::data::Data;
use crate::resource::Resource;

/// One thing that the driver has to do. Store the event that caused it first.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Call a task; answer with `TaskSucceeded` or `TaskFailed`.
    CallTask(CallTask),
    /// Read the items of a distributed Map; answer with `ItemsRead` or `TaskFailed`.
    ReadItems(ReadItems),
    /// Write the results of a distributed Map; answer with `TaskSucceeded` or `TaskFailed`.
    WriteResults(WriteResults),
    /// Answer with `TimerFired` at that moment or later.
    StartTimer {
        /// Unique in the run.
        timer: u64,
        /// Milliseconds since the epoch; may be past already.
        at_ms: u64,
    },
    /// The answer to that call is no longer wanted: stop the work where that is possible.
    CancelTask {
        /// The state entry.
        entry: u64,
        /// The attempt, from 1.
        attempt: u32,
    },
    /// That timer is no longer wanted.
    CancelTimer {
        /// The timer.
        timer: u64,
    },
    /// The run is over.
    Finish(Outcome),
}

/// A task to be called. `entry` and `attempt` together identify the call within the run, also after a crash.
#[derive(Clone, Debug, PartialEq)]
pub struct CallTask {
    /// The state entry: unique in the run, the same for all attempts.
    pub entry: u64,
    /// Counts from 1; a retry is a further attempt.
    pub attempt: u32,
    /// The state's name.
    pub state: Arc<str>,
    /// Whom to call.
    pub resource: Arc<Resource>,
    /// What to call it with.
    pub input: Data,
    /// After so many seconds the engine gives the task up by itself (a timer of its own); for the callee's information.
    pub timeout_seconds: Option<u64>,
    /// The engine gives the task up if `TaskHeartbeat` doesn't come within so many seconds.
    pub heartbeat_seconds: Option<u64>,
    /// The token by which someone outside can end a `.waitForTaskToken` or a `.sync` task.
    pub token: Option<String>,
    /// `Credentials.RoleArn`, which Ropewalk itself ignores.
    pub role_arn: Option<String>,
}

/// Items to be read for a distributed Map.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadItems {
    /// The state entry.
    pub entry: u64,
    /// Counts from 1.
    pub attempt: u32,
    /// The state's name.
    pub state: Arc<str>,
    /// `arn:aws:states:::s3:getObject` or `…:listObjectsV2`.
    pub resource: Arc<Resource>,
    /// `Bucket` with `Key` or `Prefix`.
    pub arguments: Data,
}

/// Results to be written for a distributed Map.
#[derive(Clone, Debug, PartialEq)]
pub struct WriteResults {
    /// The state entry.
    pub entry: u64,
    /// Counts from 1.
    pub attempt: u32,
    /// The state's name.
    pub state: Arc<str>,
    /// `arn:aws:states:::s3:putObject`.
    pub resource: Arc<Resource>,
    /// `Bucket` and `Prefix`.
    pub arguments: Data,
    /// The files to write below the prefix, each with its text; the manifest is the last.
    pub files: Vec<(String, String)>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Outcome {
    /// It reached its end.
    Succeeded {
        /// The output of the last state.
        output: Data,
    },
    /// A state failed and nothing caught it.
    Failed {
        /// The error name; a Fail state may have none.
        error: Option<String>,
        /// What went wrong, for people.
        cause: Option<String>,
    },
    /// The whole machine's `TimeoutSeconds` passed.
    TimedOut {
        /// `States.Timeout`.
        error: Option<String>,
        /// What went wrong, for people.
        cause: Option<String>,
    },
    /// Someone stopped it.
    Cancelled {
        /// The error name that they gave.
        error: Option<String>,
        /// The reason that they gave.
        cause: Option<String>,
    },
}

/// Where a run stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Status {
    /// No event was applied yet.
    NotStarted,
    /// It goes on.
    Running,
    /// It is over (a redrive can make it go on).
    Finished(Outcome),
}
