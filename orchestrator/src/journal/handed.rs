//! Calls that somebody outside has taken over: the driver waits until they tell of them.

use std::collections::BTreeMap;

use workflow::Happening;

use super::CallId;
use crate::run::{CallReport, Entry};

/// A call that somebody outside has taken over.
#[derive(Debug, Clone)]
pub struct Handed {
    /// When, milliseconds since 1970.
    pub at_ms: u64,
    /// The worker that has it, where it has a name.
    pub worker: Option<String>,
    /// What the request for it gave.
    pub report: Option<CallReport>,
    /// Whether another run was started for it.
    pub nested: bool,
}

/// All of them, until somebody tells of their end.
#[derive(Debug, Default)]
pub(super) struct HandedOver(BTreeMap<CallId, Handed>);

impl HandedOver {
    pub(super) fn all(&self) -> &BTreeMap<CallId, Handed> {
        &self.0
    }

    /// Whether another run was started for any of them.
    pub(super) fn has_nested(&self) -> bool {
        self.0.values().any(|handed| handed.nested)
    }

    /// Follows an event of the history.
    pub(super) fn follow(&mut self, entry: &Entry) {
        let at_ms = entry.event.at_ms;
        match &entry.event.what {
            Happening::TaskStarted { entry, attempt, worker } => {
                let taken = Handed { at_ms, worker: worker.clone(), report: None, nested: false };
                self.0.insert((*entry, *attempt), taken);
            }
            Happening::TaskSubmitted { entry: id, attempt, output } => {
                let nested = output.get("ExecutionArn").is_some();
                let taken = Handed { at_ms, worker: None, report: entry.call.clone(), nested };
                self.0.insert((*id, *attempt), taken);
            }
            Happening::TaskSucceeded { entry, attempt, .. }
            | Happening::TaskFailed { entry, attempt, .. } => {
                self.0.remove(&(*entry, *attempt));
            }
            _ => {}
        }
    }
}

/// Whether both are signs of life of the same worker.
pub(super) fn same_heartbeat(one: &Happening, other: &Happening) -> bool {
    matches!(one, Happening::TaskHeartbeat { .. }) && one == other
}
