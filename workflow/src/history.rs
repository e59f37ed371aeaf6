//! The history of a run as people read it: the events that AWS Step Functions would have listed.

mod json;

use std::sync::Arc;

use crate::data::Data;
use crate::definition::StateKind;
use crate::resource::Resource;

/// One line of the history.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryEvent {
    /// Counts from 1 within its journal.
    pub id: u64,
    /// The event that led to it; 0 where there is none.
    pub previous_id: u64,
    /// Milliseconds since the epoch.
    pub at_ms: u64,
    /// 0: the run itself. Otherwise one of the executions that a distributed Map started.
    pub journal: u64,
    /// The state entry that it belongs to, as in [`crate::CallTask::entry`]; 0 for the run's own events.
    pub entry: u64,
    /// What happened.
    pub details: Details,
}

/// What a [`HistoryEvent`] says.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the names are those of the Step Functions API, and say it all")]
pub enum Details {
    ExecutionStarted { input: Data, role_arn: Option<String> },
    ExecutionSucceeded { output: Data },
    ExecutionFailed { error: Option<String>, cause: Option<String> },
    ExecutionTimedOut { error: Option<String>, cause: Option<String> },
    ExecutionAborted { error: Option<String>, cause: Option<String> },
    ExecutionRedriven { count: u32 },
    StateEntered { kind: StateKind, name: Arc<str>, input: Data },
    StateExited { kind: StateKind, name: Arc<str>, output: Data, assigned: Vec<(String, Data)> },
    StateAborted { kind: StateKind },
    EvaluationFailed { state: Arc<str>, error: String, cause: String, location: Option<String> },
    Task { resource: Arc<Resource>, what: TaskDetails },
    ParallelStateStarted,
    ParallelStateSucceeded,
    ParallelStateFailed,
    MapStateStarted { length: usize },
    MapStateSucceeded,
    MapStateFailed,
    MapIterationStarted { name: Arc<str>, index: usize },
    MapIterationSucceeded { name: Arc<str>, index: usize },
    MapIterationFailed { name: Arc<str>, index: usize },
    MapIterationAborted { name: Arc<str>, index: usize },
    MapRunStarted { arn: String },
    MapRunSucceeded,
    MapRunFailed { error: Option<String>, cause: Option<String> },
}

/// What happened to a task. How AWS names it depends on the resource.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the names are those of the Step Functions API, and say it all")]
pub enum TaskDetails {
    Scheduled {
        input: Data,
        timeout_seconds: Option<u64>,
        heartbeat_seconds: Option<u64>,
        role_arn: Option<String>,
    },
    Started {
        worker: Option<String>,
    },
    Submitted {
        output: Data,
    },
    Succeeded {
        output: Data,
    },
    Failed {
        error: Option<String>,
        cause: Option<String>,
    },
    TimedOut {
        error: Option<String>,
        cause: Option<String>,
    },
}

/// Keeps count of events, and the events themselves where someone wants them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorder {
    recorded: Option<Vec<HistoryEvent>>,
}

impl Recorder {
    pub(crate) fn record(&mut self, on: bool) {
        if !on {
            self.recorded = None;
        } else if self.recorded.is_none() {
            self.recorded = Some(Vec::new());
        }
    }

    pub(crate) fn take(&mut self) -> Vec<HistoryEvent> {
        self.recorded.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Whether anyone wants the events.
    pub(crate) fn wants(&self) -> bool {
        self.recorded.is_some()
    }

    pub(crate) fn push(&mut self, event: HistoryEvent) {
        if let Some(recorded) = &mut self.recorded {
            recorded.push(event);
        }
    }
}
