//! Events: who they are for.

use super::strand::{Purpose, Step, Strand, StrandId, Timer};
use super::{Execution, HistoryError};
use crate::command::{Outcome, Status};
use crate::event::{Happening, Seed};
use crate::fault::names;
use crate::history::Details;
use crate::random::Random;
use crate::variables::Variables;

/// Where the answer to a call goes.
enum Answer {
    /// To a Task.
    Task(StrandId),
    /// To a Map that reads.
    Reader(StrandId),
    /// To a Map that writes.
    Writer(StrandId),
    /// To nobody: it comes too late.
    Late,
}

impl Execution {
    pub(super) fn happen(&mut self, what: &Happening) -> Result<(), HistoryError> {
        if let Happening::Started { seed } = what {
            return self.begin_run(*seed);
        }
        if self.status == Status::NotStarted {
            return Err(HistoryError::NotStarted);
        }
        match what {
            Happening::Started { .. } => {}
            Happening::TaskStarted { entry, attempt, worker } => {
                if let Answer::Task(id) = self.waiting(*entry, *attempt)? {
                    self.task_started(id, worker.as_ref());
                }
            }
            Happening::TaskSubmitted { entry, attempt, output } => {
                if let Answer::Task(id) = self.waiting(*entry, *attempt)? {
                    self.task_submitted(id, output);
                }
            }
            Happening::TaskHeartbeat { entry, attempt } => {
                if let Answer::Task(id) = self.waiting(*entry, *attempt)? {
                    self.task_heartbeat(id);
                }
            }
            Happening::TaskSucceeded { entry, attempt, output } => match self.waiting(*entry, *attempt)? {
                Answer::Task(id) => self.task_succeeded(id, output),
                Answer::Writer(id) => self.results_written(id, output),
                Answer::Reader(_) => return Err(unexpected(*entry, "the result of a task")),
                Answer::Late => {}
            },
            Happening::TaskFailed { entry, attempt, error, cause } => match self.waiting(*entry, *attempt)? {
                Answer::Task(id) => self.task_failed(id, error, cause.as_ref()),
                Answer::Reader(id) => self.items_unread(id, error, cause.as_ref()),
                Answer::Writer(id) => self.results_unwritten(id, error, cause.as_ref()),
                Answer::Late => {}
            },
            Happening::ItemsRead { entry, attempt, content } => match self.waiting(*entry, *attempt)? {
                Answer::Reader(id) => self.items_read(id, content),
                Answer::Late => {}
                Answer::Task(_) | Answer::Writer(_) => return Err(unexpected(*entry, "items")),
            },
            Happening::TimerFired { timer } => self.fired(*timer)?,
            Happening::Cancelled { error, cause } => self.cancel(error.as_ref(), cause.as_ref()),
            Happening::Redriven => self.redrive()?,
        }
        Ok(())
    }

    fn begin_run(&mut self, seed: Seed) -> Result<(), HistoryError> {
        if self.status != Status::NotStarted {
            return Err(HistoryError::StartedTwice);
        }
        self.status = Status::Running;
        self.random.replace(Random::new(seed));
        self.started_ms = self.now_ms;
        let (input, role_arn) = (self.start.input.clone(), self.start.role_arn.clone());
        self.record_run(0, || Details::ExecutionStarted { input, role_arn });
        self.start_run_timer();
        let outermost = self.outermost();
        if let Err(fault) = self.within_size(&outermost.input, "input") {
            self.finish_failed(super::control::Failure::new(fault.error, fault.cause));
            return Ok(());
        }
        self.open(outermost);
        Ok(())
    }

    /// The strand that a run begins with, about to enter the first state.
    pub(super) fn outermost(&self) -> Strand {
        let input = self.start.input.clone();
        Strand {
            parent: None,
            machine: 0,
            state: self.definition.machines[0].start,
            input,
            entry: 0,
            entered_ms: self.now_ms,
            entered_event: 0,
            before_event: 0,
            last_event: 0,
            journal: 0,
            variables: std::sync::Arc::new(Variables::default()),
            item: None,
            retried: Vec::new(),
            step: Step::Enter,
        }
    }

    pub(super) fn start_run_timer(&mut self) {
        if let Some(seconds) = self.definition.timeout_seconds {
            let at_ms = self.now_ms.saturating_add(seconds.saturating_mul(1_000));
            self.start_timer(at_ms, Purpose::Run);
        }
    }

    fn waiting(&self, entry: u64, attempt: u32) -> Result<Answer, HistoryError> {
        if entry == 0 || entry >= self.next_entry || attempt == 0 {
            return Err(HistoryError::UnknownTask { entry, attempt });
        }
        let Some(id) = self.tasks.get(&entry).copied() else {
            return Ok(Answer::Late);
        };
        let Some(strand) = self.strands.get(id).and_then(Option::as_ref) else {
            return Ok(Answer::Late);
        };
        if attempt > strand.attempt() {
            return Err(HistoryError::UnknownTask { entry, attempt });
        }
        if attempt < strand.attempt() {
            return Ok(Answer::Late);
        }
        Ok(match &strand.step {
            Step::Task(_) => Answer::Task(id),
            Step::Map(map) => match &map.pending {
                Some(super::map::Pending::Read(_)) => Answer::Reader(id),
                Some(super::map::Pending::Write(_)) => Answer::Writer(id),
                None => Answer::Late,
            },
            _ => Answer::Late,
        })
    }

    fn fired(&mut self, timer: u64) -> Result<(), HistoryError> {
        if timer == 0 || timer >= self.next_timer {
            return Err(HistoryError::UnknownTimer { timer });
        }
        let Some(Timer { purpose, .. }) = self.timers.remove(&timer) else {
            return Ok(());
        };
        match purpose {
            Purpose::Run => self.run_timed_out(),
            Purpose::Timeout(id) => self.task_timed_out(id),
            Purpose::Heartbeat(id) => self.heartbeat_due(id),
            Purpose::Wake(id) => self.wake(id),
        }
        Ok(())
    }

    fn wake(&mut self, id: StrandId) {
        let Some(strand) = self.strands[id].as_mut() else {
            return;
        };
        match strand.step {
            Step::Delayed { .. } => {
                strand.step = Step::Again;
                self.ready.push_back(id);
            }
            Step::Waiting { .. } => {
                strand.step = Step::Enter;
                self.resume(id, |run, strand, state| match run.waited(strand, state) {
                    Ok(step) => step,
                    Err(fault) => super::control::Move::Fail(run.fault(strand, state, fault)),
                });
            }
            _ => {}
        }
    }

    fn run_timed_out(&mut self) {
        self.record_run(0, || Details::ExecutionTimedOut {
            error: Some(names::TIMEOUT.to_owned()),
            cause: None,
        });
        self.finish(Outcome::TimedOut { error: Some(names::TIMEOUT.to_owned()), cause: None });
    }

    fn cancel(&mut self, error: Option<&String>, cause: Option<&String>) {
        if self.status != Status::Running {
            return;
        }
        let (error, cause) = (error.cloned(), cause.cloned());
        self.record_run(0, || Details::ExecutionAborted { error: error.clone(), cause: cause.clone() });
        self.finish(Outcome::Cancelled { error, cause });
    }
}

fn unexpected(entry: u64, what: &'static str) -> HistoryError {
    HistoryError::UnexpectedAnswer { entry, what }
}
