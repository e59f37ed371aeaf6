//! A run in memory: its record, its history, and the workflow's state that follows from them. Every change
//! is an event that is applied here and then stored by one compare-and-swap of the record.

use std::collections::BTreeMap;
use std::sync::Arc;

use artifact::Store;
use workflow::{
    CallTask, Command, Data, Definition, Event, Execution, Happening, Outcome, Seed, Start,
    Status as Progress, Tokens,
};

use crate::error::ApiError;
use crate::project::{check_pipeline, load_pipeline};
use crate::run::{CallReport, Entry, Loaded, MAX_EVENTS, Run, Status};

/// A task's call: state entry and attempt.
pub type CallId = (u64, u32);

/// A call that somebody outside has taken over: the driver waits until they tell of it.
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

/// A run in memory.
pub struct Journal {
    loaded: Loaded,
    /// The record as it will be stored next.
    run: Run,
    execution: Execution,
    handed: BTreeMap<CallId, Handed>,
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
    /// Begins a run: keeps its record, with its first event and its first lease in it. `None`: there is one of
    /// this id already.
    pub fn create(
        store: &impl Store,
        run: Run,
        definition: Arc<Definition>,
        seed: Seed,
    ) -> Result<Option<Self>, ApiError> {
        let start = start_of(&run, run.input.clone().unwrap_or_default());
        let mut journal = Self {
            execution: Execution::start(definition, start),
            handed: BTreeMap::new(),
            last_at_ms: run.started_at_ms,
            loaded: Loaded::unsaved(run.clone()),
            run,
        };
        journal.push(journal.run.started_at_ms, Happening::Started { seed }, None)?;
        let Some(loaded) = Loaded::create(store, journal.run.clone())? else { return Ok(None) };
        journal.run = loaded.run.clone();
        journal.loaded = loaded;
        Ok(Some(journal))
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
        let mut handed = BTreeMap::new();
        for entry in &history {
            last_at_ms = entry.event.at_ms;
            execution.apply(&entry.event).map_err(|error| ApiError::corrupt(&format!("run/{id}"), error))?;
            note(&mut handed, entry);
        }
        Ok(Self { run: loaded.run.clone(), loaded, execution, handed, last_at_ms })
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

    /// Calls that were handed over and that nobody has told the end of.
    pub fn handed(&self) -> &BTreeMap<CallId, Handed> {
        &self.handed
    }

    /// The call that waits for its answer under this entry and attempt.
    pub fn waiting(&self, id: CallId) -> Option<CallTask> {
        self.outstanding().into_iter().find_map(|command| match command {
            Command::CallTask(call) if (call.entry, call.attempt) == id => Some(call),
            _ => None,
        })
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
        let entry = Entry { event, call };
        note(&mut self.handed, &entry);
        match self.run.tail.last_mut() {
            // Nothing came between: the later sign of life says all that the earlier one did.
            Some(last) if same_heartbeat(&last.event.what, &entry.event.what) => *last = entry,
            _ => self.run.tail.push(entry),
        }
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

fn note(handed: &mut BTreeMap<CallId, Handed>, entry: &Entry) {
    let at_ms = entry.event.at_ms;
    match &entry.event.what {
        Happening::TaskStarted { entry, attempt, worker } => {
            let taken = Handed { at_ms, worker: worker.clone(), report: None, nested: false };
            handed.insert((*entry, *attempt), taken);
        }
        Happening::TaskSubmitted { entry: id, attempt, output } => {
            let nested = output.get("ExecutionArn").is_some();
            let taken = Handed { at_ms, worker: None, report: entry.call.clone(), nested };
            handed.insert((*id, *attempt), taken);
        }
        Happening::TaskSucceeded { entry, attempt, .. } | Happening::TaskFailed { entry, attempt, .. } => {
            handed.remove(&(*entry, *attempt));
        }
        _ => {}
    }
}

fn same_heartbeat(one: &Happening, other: &Happening) -> bool {
    matches!(one, Happening::TaskHeartbeat { .. }) && one == other
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
        ..Start::default()
    }
}
