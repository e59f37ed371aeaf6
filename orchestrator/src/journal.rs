//! A run in memory: its record, its history, and the workflow's state that follows from them. Every change
//! is an event that is applied here and then stored by one compare-and-swap of the record.

use std::sync::Arc;

use artifact::Store;
use workflow::{
    Command, Data, Definition, Event, Execution, Happening, Outcome, Seed, Start, Status as Progress,
};

use crate::error::ApiError;
use crate::project::{check_pipeline, load_pipeline};
use crate::run::{CallReport, Entry, Loaded, MAX_EVENTS, Run, Status};

/// A run in memory.
pub struct Journal {
    loaded: Loaded,
    /// The record as it will be stored next.
    run: Run,
    execution: Execution,
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
    /// Begins a run: keeps its record, with its first event and its first lease in it.
    pub fn create(
        store: &impl Store,
        run: Run,
        definition: Arc<Definition>,
        seed: Seed,
    ) -> Result<Self, ApiError> {
        let start = start_of(&run, run.input.clone().unwrap_or_default());
        let mut journal = Self {
            execution: Execution::start(definition, start),
            last_at_ms: run.started_at_ms,
            loaded: Loaded::unsaved(run.clone()),
            run,
        };
        journal.push(journal.run.started_at_ms, Happening::Started { seed }, None)?;
        journal.loaded = Loaded::create(store, journal.run.clone())?;
        journal.run = journal.loaded.run.clone();
        Ok(journal)
    }

    /// Reads a run and replays its history.
    pub fn open(store: &impl Store, id: &str) -> Result<Self, ApiError> {
        let loaded = Loaded::load(store, id)?;
        let input = loaded.run.input(store)?;
        let pipeline = load_pipeline(store, &loaded.run.definition)?;
        let definition = Arc::new(check_pipeline(&pipeline)?);
        let mut execution = Execution::start(definition, start_of(&loaded.run, input));
        let history = loaded.history(store)?;
        let mut last_at_ms = 0;
        for entry in &history {
            last_at_ms = entry.event.at_ms;
            execution.apply(&entry.event).map_err(|error| ApiError::corrupt(&format!("run/{id}"), error))?;
        }
        Ok(Self { run: loaded.run.clone(), loaded, execution, last_at_ms })
    }

    /// The record, with what is not stored yet.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// The record, to be stored by the next [`Journal::save`].
    pub fn run_mut(&mut self) -> &mut Run {
        &mut self.run
    }

    /// The history, as far as it is stored.
    pub fn history(&self, store: &impl Store) -> Result<Vec<Entry>, ApiError> {
        self.loaded.history(store)
    }

    /// Calls and timers that are not answered.
    pub fn outstanding(&self) -> Vec<Command> {
        self.execution.outstanding()
    }

    /// Whether the run is at its end.
    pub fn is_finished(&self) -> bool {
        self.run.status != Status::Running
    }

    /// Applies an event. Nothing is stored yet, and none of its commands may be carried out yet.
    pub fn apply(&mut self, now_ms: u64, what: Happening, call: Option<CallReport>) -> Result<(), ApiError> {
        if self.run.events() >= MAX_EVENTS {
            return self.stop_at_limit(now_ms);
        }
        self.push(now_ms, what, call)
    }

    fn stop_at_limit(&mut self, now_ms: u64) -> Result<(), ApiError> {
        let cause = format!("the run has {MAX_EVENTS} events, which is the limit of one run");
        let stop = Happening::Cancelled { error: Some("States.Runtime".to_owned()), cause: Some(cause) };
        self.push(now_ms, stop, None)?;
        if self.run.status == Status::Cancelled {
            self.run.status = Status::Failed;
        }
        Ok(())
    }

    fn push(&mut self, now_ms: u64, what: Happening, call: Option<CallReport>) -> Result<(), ApiError> {
        self.last_at_ms = self.last_at_ms.max(now_ms);
        let event = Event { at_ms: self.last_at_ms, what };
        self.execution
            .apply(&event)
            .map_err(|error| ApiError::corrupt(&format!("run/{}", self.run.id), error))?;
        self.run.tail.push(Entry { event, call });
        if let Progress::Finished(outcome) = self.execution.status() {
            let outcome = outcome.clone();
            self.finish(outcome);
        }
        Ok(())
    }

    fn finish(&mut self, outcome: Outcome) {
        let (status, output, error, cause) = match outcome {
            Outcome::Succeeded { output } => (Status::Succeeded, Some(output), None, None),
            Outcome::Failed { error, cause } => (Status::Failed, None, error, cause),
            Outcome::TimedOut { error, cause } => (Status::TimedOut, None, error, cause),
            Outcome::Cancelled { error, cause } => (Status::Cancelled, None, error, cause),
        };
        let run = &mut self.run;
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
        match self.loaded.replace(store, self.run.clone())? {
            Some(loaded) => {
                self.run = loaded.run.clone();
                self.loaded = loaded;
                Ok(Saved::Yes)
            }
            None => Ok(Saved::Conflict),
        }
    }
}

/// What a run starts with.
pub fn start_of(run: &Run, input: serde_json::Value) -> Start {
    Start {
        input: Data::from(input),
        execution_id: format!("arn:aws:states:region:account-id:execution:{}:{}", run.project, run.id),
        execution_name: run.id.clone(),
        machine_id: format!("arn:aws:states:region:account-id:stateMachine:{}", run.project),
        machine_name: run.project.clone(),
        ..Start::default()
    }
}
