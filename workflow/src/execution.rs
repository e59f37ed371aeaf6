//! The interpreter: a run is a pure function of what it started with and of the events that happened to it.

mod control;
mod enter;
mod events;
mod flow;
mod handlers;
mod items;
mod leave;
mod map;
mod parallel;
mod probe;
mod redrive;
mod results;
mod simple;
mod strand;
mod task;

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::command::{Command, Status};
use crate::definition::Definition;
use crate::event::{Event, Seed};
use crate::history::{HistoryEvent, Recorder};
use crate::random::Random;
use crate::start::Start;
pub(crate) use control::Failure;
use probe::Probe;
pub(crate) use probe::Trial;
use strand::{Strand, StrandId, Timer};

/// A run of a state machine.
///
/// It does nothing by itself: [`Execution::apply`] is told what happened and answers with what to do. The same events give
/// the same answers, always, so that a history is all that has to be kept.
#[derive(Clone, Debug)]
pub struct Execution {
    definition: Arc<Definition>,
    start: Arc<Start>,
    status: Status,
    random: RefCell<Random>,
    started_ms: u64,
    now_ms: u64,
    redrives: u32,
    strands: Vec<Option<Strand>>,
    free: Vec<StrandId>,
    ready: VecDeque<StrandId>,
    /// The strand that waits for each state entry's task.
    tasks: BTreeMap<u64, StrandId>,
    timers: BTreeMap<u64, Timer>,
    next_entry: u64,
    next_timer: u64,
    /// How many history events the run has.
    history_length: u64,
    /// How many history events each execution of a distributed Map has.
    journals: BTreeMap<u64, u64>,
    next_journal: u64,
    transitions: u64,
    commands: Vec<Command>,
    recorder: Recorder,
    /// Only where one state is tested by itself.
    probe: Option<Box<Probe>>,
}

/// A history that can't be: events that no run of this definition could have had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HistoryError {
    /// Something happened before the run started.
    #[error("the first event must be `started`")]
    NotStarted,
    /// The run started again.
    #[error("`started` can only be the first event")]
    StartedTwice,
    /// An answer to a call that was never made.
    #[error("state entry {entry}, attempt {attempt} was never called")]
    UnknownTask {
        /// The state entry.
        entry: u64,
        /// The attempt.
        attempt: u32,
    },
    /// A timer fired that was never started.
    #[error("timer {timer} was never started")]
    UnknownTimer {
        /// The timer.
        timer: u64,
    },
    /// An answer of the wrong kind, such as items to a call of a function.
    #[error("state entry {entry} doesn't wait for {what}")]
    UnexpectedAnswer {
        /// The state entry.
        entry: u64,
        /// What the event brought.
        what: &'static str,
    },
    /// Time went back.
    #[error("time goes back from {from_ms} to {to_ms} ms")]
    TimeGoesBack {
        /// The moment of the event before.
        from_ms: u64,
        /// The moment of this event.
        to_ms: u64,
    },
    /// A redrive of a run that isn't over, or that ended well.
    #[error("only a run that failed, timed out or was cancelled can be redriven")]
    NotRedrivable,
}

impl Execution {
    /// A run that nothing has happened to yet: its first event must be `Started`.
    pub fn start(definition: Arc<Definition>, start: Start) -> Self {
        Self {
            definition,
            start: Arc::new(start),
            status: Status::NotStarted,
            random: RefCell::new(Random::new(Seed([0; 32]))),
            started_ms: 0,
            now_ms: 0,
            redrives: 0,
            strands: Vec::new(),
            free: Vec::new(),
            ready: VecDeque::new(),
            tasks: BTreeMap::new(),
            timers: BTreeMap::new(),
            next_entry: 1,
            next_timer: 1,
            history_length: 0,
            journals: BTreeMap::new(),
            next_journal: 1,
            transitions: 0,
            commands: Vec::new(),
            recorder: Recorder::default(),
            probe: None,
        }
    }

    /// Applies what happened, and says what to do next. An answer that comes too late, to a call or timer that is no longer
    /// waited for, changes nothing. After an error the run is as it was before.
    pub fn apply(&mut self, event: &Event) -> Result<Vec<Command>, HistoryError> {
        if event.at_ms < self.now_ms {
            return Err(HistoryError::TimeGoesBack { from_ms: self.now_ms, to_ms: event.at_ms });
        }
        let before = std::mem::replace(&mut self.now_ms, event.at_ms);
        self.transitions = 0;
        if let Err(error) = self.happen(&event.what) {
            self.now_ms = before;
            return Err(error);
        }
        self.run_ready();
        Ok(std::mem::take(&mut self.commands))
    }

    /// Where the run stands.
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// The calls that wait for their answers, and the timers that wait for their moments: what a driver has to perform again
    /// after it has replayed a history.
    pub fn outstanding(&self) -> Vec<Command> {
        let tasks = self.tasks.values().filter_map(|id| self.strands.get(*id)?.as_ref()?.call());
        let timers =
            self.timers.iter().map(|(timer, what)| Command::StartTimer { timer: *timer, at_ms: what.at_ms });
        tasks.chain(timers).collect()
    }

    /// The definition that is run.
    pub fn definition(&self) -> &Arc<Definition> {
        &self.definition
    }

    /// What the run started with.
    pub fn started_with(&self) -> &Start {
        &self.start
    }

    /// How many events the run's history has, as AWS counts them: those of [`Execution::take_history`].
    pub fn history_length(&self) -> u64 {
        self.history_length
    }

    /// Whether to keep the history for [`Execution::take_history`]. It has no influence on the run; off by default.
    pub fn record_history(&mut self, on: bool) {
        self.recorder.record(on);
    }

    /// The history since the last call, where it is kept.
    pub fn take_history(&mut self) -> Vec<HistoryEvent> {
        self.recorder.take()
    }
}
