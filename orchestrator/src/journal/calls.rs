//! The calls of tasks that a run has open, followed event by event, so that one which ends without an answer
//! is told as any other end is.

use std::collections::{BTreeMap, BTreeSet};

use workflow::{CallTask, Command, Details, Event, Happening, HistoryEvent, TaskDetails};

use crate::run::{Stop, Stopped};

/// A call without an answer so far.
#[derive(Debug, Clone)]
pub struct Open {
    /// What is called.
    pub call: CallTask,
    /// When it was called first, milliseconds since 1970.
    pub since_ms: u64,
}

/// All of them, by state entry and attempt.
#[derive(Debug, Default)]
pub(super) struct Calls {
    open: BTreeMap<(u64, u32), Open>,
    stopped: BTreeSet<(u64, u32)>,
}

impl Calls {
    pub(super) fn open(&self) -> impl Iterator<Item = &Open> {
        self.open.values()
    }

    /// Whether the call ended without an answer: one that comes now is too late.
    pub(super) fn is_stopped(&self, entry: u64, attempt: u32) -> bool {
        self.stopped.contains(&(entry, attempt))
    }

    /// Follows an event and the commands that it caused. Gives the calls that it ended without an answer;
    /// `history` is what the workflow's own history says of the event.
    pub(super) fn follow(
        &mut self,
        event: &Event,
        commands: &[Command],
        history: &[HistoryEvent],
    ) -> Vec<Stopped> {
        if let Happening::TaskSucceeded { entry, attempt, .. }
        | Happening::TaskFailed { entry, attempt, .. } = &event.what
        {
            self.open.remove(&(*entry, *attempt));
        }
        let mut stopped = Vec::new();
        for command in commands {
            match command {
                Command::CallTask(call) => {
                    let open = Open { call: call.clone(), since_ms: event.at_ms };
                    self.open.insert((call.entry, call.attempt), open);
                }
                Command::CancelTask { entry, attempt } => {
                    // What isn't there is a reader or a writer of a Map's items, not a call.
                    if let Some(open) = self.open.remove(&(*entry, *attempt)) {
                        self.stopped.insert((*entry, *attempt));
                        stopped.push(open.stopped(timed_out(*entry, history)));
                    }
                }
                _ => {}
            }
        }
        stopped
    }
}

impl Open {
    fn stopped(self, timed_out: Option<String>) -> Stopped {
        Stopped {
            entry: self.call.entry,
            attempt: self.call.attempt,
            state: self.call.state.to_string(),
            resource: self.call.resource.to_string(),
            started_at_ms: self.since_ms,
            why: timed_out.map_or(Stop::Cancelled, Stop::TimedOut),
        }
    }
}

/// The error name, if the task of this entry was given up because its time was over.
fn timed_out(entry: u64, history: &[HistoryEvent]) -> Option<String> {
    history.iter().filter(|told| told.entry == entry).find_map(|told| match &told.details {
        Details::Task { what: TaskDetails::TimedOut { error, .. }, .. } => error.clone(),
        _ => None,
    })
}
