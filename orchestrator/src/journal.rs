//! A run in memory: its record, its history, and the workflow's state that follows from them. Every change
//! is an event that is applied here and then stored by one compare-and-swap of the record.

mod calls;
mod handed;

use std::collections::BTreeMap;
use std::sync::Arc;

use artifact::Store;
use workflow::{
    CallTask, Command, Data, Definition, Event, Execution, Happening, HistoryError, Limits, Outcome, Seed,
    Start, Status as Progress, Tokens,
};

use crate::definitions;
use crate::error::ApiError;
use crate::run::{CallReport, Entry, Lease, Loaded, MAX_EVENTS, Run, Status, Written};
use calls::Calls;
pub use calls::Open;
pub use handed::Handed;
use handed::HandedOver;

/// A task's call: state entry and attempt.
pub type CallId = (u64, u32);

/// A run in memory.
pub struct Journal {
    loaded: Loaded,
    execution: Execution,
    calls: Calls,
    handed: HandedOver,
    last_at_ms: u64,
}

/// Whether a change was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// It was.
    Yes,
    /// Somebody else changed the run since it was read: read it again.
    Conflict,
}

impl Journal {
    /// Keeps a run that is not kept yet, with its first event and its first lease in it. `Ok(None)`: one of
    /// this id is kept already.
    pub fn create(
        store: &impl Store,
        run: Run,
        definition: Arc<Definition>,
        seed: Seed,
        lease: Lease,
    ) -> Result<Option<Self>, ApiError> {
        let start = start_of(&run, run.input.clone().unwrap_or_default());
        let now_ms = run.started_at_ms;
        let mut unsaved = Self {
            execution: Execution::start(definition, start),
            calls: Calls::default(),
            handed: HandedOver::default(),
            last_at_ms: 0,
            loaded: Loaded::unsaved(run),
        };
        unsaved.begin(now_ms, seed, lease)?;
        Ok(unsaved.loaded.create(store)?.then_some(unsaved))
    }

    /// Reads a run and replays its history.
    pub fn open(store: &impl Store, id: &str) -> Result<Self, ApiError> {
        let loaded = Loaded::load(store, id)?;
        let input = loaded.run.input(store)?;
        let definition = definitions::load(store, &loaded.run.definition)?;
        let mut execution = Execution::start(definition, start_of(&loaded.run, input));
        let mut calls = Calls::default();
        let mut handed = HandedOver::default();
        let mut last_at_ms = 0;
        for entry in &loaded.history(store)? {
            last_at_ms = entry.event.at_ms;
            let commands = execution
                .apply(&entry.event)
                .map_err(|error| ApiError::corrupt(&format!("run/{id}"), error))?;
            calls.follow(&entry.event, &commands, &[]);
            handed.follow(entry);
        }
        Ok(Self { loaded, execution, calls, handed, last_at_ms })
    }

    /// The record, with what is not stored yet.
    pub fn run(&self) -> &Run {
        &self.loaded.run
    }

    /// The record, to be stored by the next [`Journal::save`].
    pub fn run_mut(&mut self) -> &mut Run {
        &mut self.loaded.run
    }

    /// The history, with what is not stored yet.
    pub fn history(&self, store: &impl Store) -> Result<Vec<Entry>, ApiError> {
        self.loaded.history(store)
    }

    /// Where the workflow stands.
    pub fn progress(&self) -> &Progress {
        self.execution.status()
    }

    /// Calls and timers that are not answered.
    pub fn outstanding(&self) -> Vec<Command> {
        self.execution.outstanding()
    }

    /// The calls of tasks that are not answered, in the order of their state entries.
    pub fn open_calls(&self) -> impl Iterator<Item = &Open> {
        self.calls.open()
    }

    /// The call that waits for its answer under this entry and attempt.
    pub fn waiting(&self, id: CallId) -> Option<&CallTask> {
        self.open_calls().map(|open| &open.call).find(|call| (call.entry, call.attempt) == id)
    }

    /// Calls that were handed over and that nobody has told the end of.
    pub fn handed(&self) -> &BTreeMap<CallId, Handed> {
        self.handed.all()
    }

    /// Whether this is the answer to a call that was stopped: it comes too late, and is no event of the run.
    pub fn is_late(&self, what: &Happening) -> bool {
        match what {
            Happening::TaskSucceeded { entry, attempt, .. }
            | Happening::TaskFailed { entry, attempt, .. } => self.calls.is_stopped(*entry, *attempt),
            _ => false,
        }
    }

    /// Whether the run is at its end.
    pub fn is_finished(&self) -> bool {
        self.loaded.run.status.is_final()
    }

    /// Makes a run that didn't end well wait for its turn to go on from the states that failed, through these
    /// gates. Stored with the next [`Journal::save`].
    pub fn reopen(&mut self, gates: Vec<String>) -> Result<(), ApiError> {
        if *self.execution.status() != Progress::NotStarted {
            if self.loaded.run.events() >= MAX_EVENTS {
                return Err(ApiError::new(409, "run-too-long", too_many_events())
                    .hint(format!("`ropewalk runs rerun {}` runs it from the start", self.loaded.run.id)));
            }
            let event = Event { at_ms: self.last_at_ms, what: Happening::Redriven };
            self.execution.clone().apply(&event).map_err(|error| self.refused(&error))?;
        }
        let run = &mut self.loaded.run;
        run.status = Status::Queued;
        run.redrives += 1;
        run.gates = gates;
        (run.output, run.error, run.cause, run.finished_at_ms) = (None, None, None, None);
        Ok(())
    }

    /// Begins a run that waited for its turn, or goes on with one that was reopened. Stored with the next
    /// [`Journal::save`].
    pub fn begin(&mut self, now_ms: u64, seed: Seed, lease: Lease) -> Result<(), ApiError> {
        let what = match self.execution.status() {
            Progress::NotStarted => Happening::Started { seed },
            Progress::Running | Progress::Finished(_) => Happening::Redriven,
        };
        let run = &mut self.loaded.run;
        if what != Happening::Redriven {
            run.started_at_ms = now_ms;
        }
        run.status = Status::Running;
        run.lease = Some(lease);
        run.wake_at_ms = None;
        self.push(now_ms, what, None)
    }

    /// Ends a run that waits for its turn. Its workflow hears nothing of it.
    pub fn drop_out(&mut self, now_ms: u64, error: Option<String>, cause: Option<String>) {
        let run = &mut self.loaded.run;
        run.status = Status::Cancelled;
        (run.error, run.cause) = (error, cause);
        run.finished_at_ms = Some(now_ms.max(run.started_at_ms));
        run.lease = None;
        run.wake_at_ms = None;
    }

    /// Applies an event. Nothing is stored yet, and none of its commands may be carried out yet.
    pub fn apply(&mut self, now_ms: u64, what: Happening, call: Option<CallReport>) -> Result<(), ApiError> {
        if self.loaded.run.events() >= MAX_EVENTS {
            return self.stop_at_limit(now_ms);
        }
        self.push(now_ms, what, call)
    }

    fn stop_at_limit(&mut self, now_ms: u64) -> Result<(), ApiError> {
        let stop =
            Happening::Cancelled { error: Some("States.Runtime".to_owned()), cause: Some(too_many_events()) };
        self.push(now_ms, stop, None)?;
        if self.loaded.run.status == Status::Cancelled {
            self.loaded.run.status = Status::Failed;
        }
        Ok(())
    }

    fn push(&mut self, now_ms: u64, what: Happening, call: Option<CallReport>) -> Result<(), ApiError> {
        self.last_at_ms = self.last_at_ms.max(now_ms);
        let event = Event { at_ms: self.last_at_ms, what };
        // Which task a timer gave up is told by the workflow's own history alone.
        let told = matches!(event.what, Happening::TimerFired { .. });
        self.execution.record_history(told);
        let applied = self.execution.apply(&event);
        let details = self.execution.take_history();
        self.execution.record_history(false);
        let commands = applied.map_err(|error| self.refused(&error))?;
        let stopped = self.calls.follow(&event, &commands, &details);
        let entry = Entry { event, call, stopped, large: None };
        self.handed.follow(&entry);
        self.loaded.run.has_children |= self.handed.has_nested();
        let entry = Written::new(&self.loaded.run.id, entry)?;
        match self.loaded.run.tail.last_mut() {
            // Nothing came between: the later sign of life says all that the earlier one did.
            Some(last) if handed::same_heartbeat(&last.event.what, &entry.event.what) => *last = entry,
            _ => self.loaded.run.tail.push(entry),
        }
        if let Progress::Finished(outcome) = self.execution.status() {
            let outcome = outcome.clone();
            self.finish(outcome);
        }
        Ok(())
    }

    fn refused(&self, error: &HistoryError) -> ApiError {
        let id = &self.loaded.run.id;
        if *error == HistoryError::NotRedrivable {
            return ApiError::new(
                409,
                "not-redrivable",
                format!("run `{id}` has no state from which it could go on"),
            )
            .hint(format!("`ropewalk runs rerun {id}` runs it from the start"));
        }
        ApiError::corrupt(&format!("run/{id}"), error)
    }

    fn finish(&mut self, outcome: Outcome) {
        let (status, output, error, cause) = match outcome {
            Outcome::Succeeded { output } => (Status::Succeeded, Some(output), None, None),
            Outcome::Failed { error, cause } => (Status::Failed, None, error, cause),
            Outcome::TimedOut { error, cause } => (Status::TimedOut, None, error, cause),
            Outcome::Cancelled { error, cause } => (Status::Cancelled, None, error, cause),
        };
        let run = &mut self.loaded.run;
        run.status = status;
        run.output = output.map(Data::into_value);
        run.error = error;
        run.cause = cause;
        run.finished_at_ms = Some(self.last_at_ms);
        run.lease = None;
        run.wake_at_ms = None;
    }

    /// Stores what was changed since the last time, by one durable write.
    pub fn save(&mut self, store: &impl Store) -> Result<Saved, ApiError> {
        Ok(if self.loaded.save(store)? { Saved::Yes } else { Saved::Conflict })
    }
}

fn too_many_events() -> String {
    format!("the run has {MAX_EVENTS} events, which is the limit of one run (MAX_EVENTS)")
}

/// What a run starts with.
pub fn start_of(run: &Run, input: serde_json::Value) -> Start {
    Start {
        input: Data::from(input),
        execution_id: run.execution_arn(),
        execution_name: run.execution_name().to_owned(),
        machine_id: run.machine_arn(),
        machine_name: run.project.clone(),
        tokens: run.token_key.map(|key| Tokens { run: run.id.clone(), key }),
        limits: Limits { data_bytes: run.data_bytes, ..Limits::default() },
        ..Start::default()
    }
}
