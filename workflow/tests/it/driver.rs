//! Drives a run in virtual time, and checks at the end that its history replays exactly.

use std::collections::BTreeMap;
use std::sync::Arc;

use workflow::{
    Command, Definition, Event, Execution, Happening, HistoryEvent, Outcome, Seed, Start, Status,
};

use crate::world::World;

/// When virtual time begins: 2024-01-01T00:00:00Z.
pub(crate) const BEGIN_MS: u64 = 1_704_067_200_000;

/// Events that one test run may have.
const MAX_EVENTS: usize = 200_000;

/// How a run went.
pub(crate) struct Run {
    pub(crate) status: Status,
    pub(crate) history: Vec<HistoryEvent>,
    pub(crate) events: Vec<Event>,
    /// The moment of each call of a task, after the run began.
    pub(crate) calls_ms: Vec<u64>,
    pub(crate) ended_ms: u64,
}

impl Run {
    pub(crate) fn outcome(&self) -> &Outcome {
        match &self.status {
            Status::Finished(outcome) => outcome,
            other => panic!("the run isn't over: {other:?}"),
        }
    }
}

/// Runs a definition to its end, or until nothing would ever happen any more.
#[track_caller]
pub(crate) fn run(definition: &Arc<Definition>, start: Start, world: &mut dyn World) -> Run {
    let mut execution = Execution::start(Arc::clone(definition), start.clone());
    execution.record_history(true);
    let mut agenda = Agenda::default();
    agenda.add(0, Happening::Started { seed: Seed([42; 32]) });
    for (delay_ms, what) in world.visits() {
        agenda.add(delay_ms, what);
    }
    let mut events = Vec::new();
    let mut calls_ms = Vec::new();
    let mut ended_ms = 0;
    while let Some((at_ms, what)) = agenda.next() {
        if let Happening::TimerFired { timer } = &what
            && agenda.cancelled.contains(timer)
        {
            continue;
        }
        assert!(events.len() < MAX_EVENTS, "the run has no end");
        let event = Event { at_ms: BEGIN_MS + at_ms, what };
        let commands = execution.apply(&event).expect("the history is a possible one");
        events.push(event);
        for command in commands {
            if matches!(command, Command::CallTask(_)) {
                calls_ms.push(at_ms);
            }
            perform(command, at_ms, world, &mut agenda);
        }
        if let Status::Finished(_) = execution.status() {
            ended_ms = at_ms;
            break;
        }
    }
    let run = Run {
        status: execution.status().clone(),
        history: execution.take_history(),
        events,
        calls_ms,
        ended_ms,
    };
    check_replay(definition, &start, &run);
    run
}

fn perform(command: Command, at_ms: u64, world: &mut dyn World, agenda: &mut Agenda) {
    match command {
        Command::StartTimer { timer, at_ms: moment } => {
            let due = moment.saturating_sub(BEGIN_MS).max(at_ms);
            agenda.add(due, Happening::TimerFired { timer });
        }
        Command::CancelTimer { timer } => agenda.cancelled.push(timer),
        Command::CallTask(call) => {
            for (delay_ms, what) in world.call(&call) {
                agenda.add(at_ms + delay_ms, what);
            }
        }
        Command::ReadItems(read) => agenda.add(at_ms, world.read(&read)),
        Command::WriteResults(write) => agenda.add(at_ms, world.write(&write)),
        Command::CancelTask { .. } | Command::Finish(_) => {}
    }
}

/// What will happen, in the order of time.
#[derive(Default)]
struct Agenda {
    entries: BTreeMap<(u64, u64), Happening>,
    added: u64,
    cancelled: Vec<u64>,
}

impl Agenda {
    fn add(&mut self, at_ms: u64, what: Happening) {
        self.added += 1;
        self.entries.insert((at_ms, self.added), what);
    }

    fn next(&mut self) -> Option<(u64, Happening)> {
        let ((at_ms, _), what) = self.entries.pop_first()?;
        Some((at_ms, what))
    }
}

/// The events, written down and read again, give the same state, the same commands and the same history.
#[track_caller]
fn check_replay(definition: &Arc<Definition>, start: &Start, run: &Run) {
    let text = serde_json::to_string(&run.events).expect("events can be written");
    let events: Vec<Event> = serde_json::from_str(&text).expect("events can be read");
    assert_eq!(events, run.events, "events are the same after writing and reading");
    let start: Start = serde_json::from_str(&serde_json::to_string(start).expect("written")).expect("read");
    let mut execution = Execution::start(Arc::clone(definition), start);
    execution.record_history(true);
    for event in &events {
        execution.apply(event).expect("a history replays");
    }
    assert_eq!(execution.status(), &run.status, "the replay ends the same");
    assert_eq!(execution.take_history(), run.history, "the replay has the same history");
}
