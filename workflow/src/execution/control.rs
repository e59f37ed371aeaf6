//! The loop that makes strands go on, and the end of the run.

use std::sync::Arc;

use super::Execution;
use super::strand::{Step, Strand, StrandId};
use crate::command::{Command, Outcome, Status};
use crate::data::Data;
use crate::definition::{Definition, Next, State};
use crate::fault::names;
use crate::history::{Details, HistoryEvent};

/// What a strand does next.
#[derive(Debug)]
pub(super) enum Move {
    /// It leaves its state.
    Exit { next: Next, output: Data },
    /// It waits for an event, or for strands within it.
    Block,
    /// Its state failed.
    Fail(Failure),
}

/// Why a state failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) error: Option<String>,
    pub(crate) cause: Option<String>,
}

impl Failure {
    pub(super) fn new(error: &str, cause: impl Into<String>) -> Self {
        Self { error: Some(error.to_owned()), cause: Some(cause.into()) }
    }

    /// Whether nothing can catch it.
    pub(super) fn is_fatal(&self) -> bool {
        self.error.as_deref() == Some(names::RUNTIME)
    }
}

impl Execution {
    /// Makes all strands go on that can.
    pub(super) fn run_ready(&mut self) {
        let definition = Arc::clone(&self.definition);
        while let Some(id) = self.ready.pop_front() {
            let Some(strand) = self.strands.get_mut(id).and_then(Option::take) else {
                continue;
            };
            match strand.step {
                Step::Enter | Step::Again => {
                    if let Err(failure) = self.within_limits(&strand) {
                        self.strands[id] = Some(strand);
                        self.finish_failed(failure);
                        return;
                    }
                    let (strand, step) = self.visit(&definition, id, strand);
                    self.carry_on(&definition, id, strand, step);
                }
                _ => self.strands[id] = Some(strand),
            }
        }
    }

    /// Takes a strand out, lets `what` decide what it does next, and does it.
    pub(super) fn resume(&mut self, id: StrandId, what: impl FnOnce(&mut Self, &mut Strand, &State) -> Move) {
        let definition = Arc::clone(&self.definition);
        if let Some(mut strand) = self.strands.get_mut(id).and_then(Option::take) {
            let state = &definition.machines[strand.machine].states[strand.state];
            let step = what(self, &mut strand, state);
            self.carry_on(&definition, id, strand, step);
        }
    }

    /// Goes from state to state until the strand blocks or ends.
    fn carry_on(&mut self, definition: &Definition, id: StrandId, mut strand: Strand, mut step: Move) {
        loop {
            step = match step {
                Move::Block => {
                    self.strands[id] = Some(strand);
                    return;
                }
                Move::Exit { next: Next::State(next), output } => {
                    strand.state = next;
                    strand.input = output;
                    strand.retried.clear();
                    strand.step = Step::Enter;
                    if let Err(failure) = self.within_limits(&strand) {
                        strand.step = Step::Stopped { within: None };
                        self.strands[id] = Some(strand);
                        self.finish_failed(failure);
                        return;
                    }
                    let visited = self.visit(definition, id, strand);
                    strand = visited.0;
                    visited.1
                }
                Move::Exit { next: Next::End, output } => {
                    strand.step = Step::Done;
                    self.strands[id] = Some(strand);
                    self.ended(id, output);
                    return;
                }
                Move::Fail(failure) => {
                    let state = &definition.machines[strand.machine].states[strand.state];
                    match self.handle(id, &mut strand, state, failure) {
                        Ok(step) => step,
                        Err(failure) => {
                            for child in strand.step.children() {
                                self.stop(child, true);
                            }
                            let within = std::mem::replace(&mut strand.step, Step::Done);
                            let within =
                                matches!(within, Step::Parallel(_) | Step::Map(_)).then(|| Box::new(within));
                            strand.step = Step::Stopped { within };
                            self.strands[id] = Some(strand);
                            self.failed(id, failure);
                            return;
                        }
                    }
                }
            };
        }
    }

    /// Whether the run may enter a further state.
    fn within_limits(&mut self, strand: &Strand) -> Result<(), Failure> {
        self.transitions += 1;
        let limits = &self.start.limits;
        if self.transitions > limits.transitions_per_event {
            return Err(Failure::new(
                names::RUNTIME,
                format!(
                    "The run made {} transitions without waiting for anything: it is taken for an endless loop",
                    limits.transitions_per_event
                ),
            ));
        }
        let events = match strand.journal {
            0 => self.history_length,
            journal => self.journals.get(&journal).copied().unwrap_or(0),
        };
        if events >= limits.history_events {
            return Err(Failure::new(
                names::RUNTIME,
                format!(
                    "The execution reached the maximum number of history events ({})",
                    limits.history_events
                ),
            ));
        }
        Ok(())
    }

    /// A strand came to the end of its machine.
    fn ended(&mut self, id: StrandId, output: Data) {
        let Some(strand) = self.strands[id].as_ref() else {
            return;
        };
        let last_event = strand.last_event;
        match strand.parent {
            None => {
                self.record_run(last_event, || Details::ExecutionSucceeded { output: output.clone() });
                self.finish(Outcome::Succeeded { output });
            }
            Some(parent) => self.child_ended(parent, id, output),
        }
    }

    /// A strand failed and nothing in it caught that.
    fn failed(&mut self, id: StrandId, failure: Failure) {
        let Some(strand) = self.strands[id].as_ref() else {
            return;
        };
        match strand.parent {
            None => self.finish_failed(failure),
            Some(parent) => self.child_failed(parent, id, failure),
        }
    }

    /// The run failed.
    pub(super) fn finish_failed(&mut self, failure: Failure) {
        let last_event = self.strands.first().and_then(Option::as_ref).map_or(0, |strand| strand.last_event);
        let Failure { error, cause } = failure;
        self.record_run(last_event, || Details::ExecutionFailed {
            error: error.clone(),
            cause: cause.clone(),
        });
        self.finish(Outcome::Failed { error, cause });
    }

    /// The run is over: nothing of it goes on.
    pub(super) fn finish(&mut self, outcome: Outcome) {
        self.ready.clear();
        if !self.strands.is_empty() {
            self.stop(0, false);
        }
        let open: Vec<u64> = self.timers.keys().copied().collect();
        for timer in open {
            self.cancel_timer(Some(timer));
        }
        self.commands.push(Command::Finish(outcome.clone()));
        self.status = Status::Finished(outcome);
    }

    /// Stops a strand and all within it, except those that are done. Each keeps its place, for a redrive.
    pub(super) fn stop(&mut self, id: StrandId, recorded: bool) {
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            let Some(mut strand) = self.strands.get_mut(id).and_then(Option::take) else {
                continue;
            };
            open.extend(strand.step.children());
            let step = std::mem::replace(&mut strand.step, Step::Done);
            strand.step = match step {
                Step::Done => Step::Done,
                Step::Stopped { within } => Step::Stopped { within },
                step => self.interrupt(&mut strand, step, recorded),
            };
            self.strands[id] = Some(strand);
        }
    }

    fn interrupt(&mut self, strand: &mut Strand, step: Step, recorded: bool) -> Step {
        if recorded && !matches!(step, Step::Enter) {
            let kind = self.definition.machines[strand.machine].states[strand.state].state_kind();
            self.record(strand, || Details::StateAborted { kind });
        }
        match step {
            Step::Delayed { timer } | Step::Waiting { timer } => self.cancel_timer(Some(timer)),
            Step::Task(task) => {
                self.cancel_timer(task.timeout);
                self.cancel_timer(task.heartbeat);
                self.cancel_call(strand);
            }
            Step::Parallel(_) => {
                return Step::Stopped { within: Some(Box::new(step)) };
            }
            Step::Map(mut map) => {
                if map.pending.take().is_some() {
                    self.cancel_call(strand);
                }
                let within = Some(Box::new(Step::Map(map)));
                return Step::Stopped { within };
            }
            _ => {}
        }
        Step::Stopped { within: None }
    }

    fn cancel_call(&mut self, strand: &Strand) {
        if self.tasks.remove(&strand.entry).is_some() {
            self.commands.push(Command::CancelTask { entry: strand.entry, attempt: strand.attempt() });
        }
    }

    /// Records a history event of a strand; it becomes the last one of it.
    pub(super) fn record(&mut self, strand: &mut Strand, details: impl FnOnce() -> Details) -> u64 {
        let previous = strand.last_event;
        let id = self.record_after(strand, previous, details);
        strand.last_event = id;
        id
    }

    /// Records a history event of a strand beside its line of events.
    pub(super) fn record_after(
        &mut self,
        strand: &Strand,
        previous_id: u64,
        details: impl FnOnce() -> Details,
    ) -> u64 {
        let id = self.number(strand.journal);
        if self.recorder.wants() {
            self.recorder.push(HistoryEvent {
                id,
                previous_id,
                at_ms: self.now_ms,
                journal: strand.journal,
                entry: strand.entry,
                details: details(),
            });
        }
        id
    }

    /// Records a history event of the run as a whole.
    pub(super) fn record_run(&mut self, previous_id: u64, details: impl FnOnce() -> Details) {
        let id = self.number(0);
        if self.recorder.wants() {
            self.recorder.push(HistoryEvent {
                id,
                previous_id,
                at_ms: self.now_ms,
                journal: 0,
                entry: 0,
                details: details(),
            });
        }
    }

    fn number(&mut self, journal: u64) -> u64 {
        let count = match journal {
            0 => &mut self.history_length,
            journal => self.journals.entry(journal).or_insert(0),
        };
        *count += 1;
        *count
    }
}
