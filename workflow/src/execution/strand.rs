//! Strands: the threads of a run. The outermost is one, each branch and each iteration is another.

use std::sync::Arc;

use super::Execution;
use super::map::MapStep;
use crate::command::{CallTask, Command, ReadItems, WriteResults};
use crate::context::Item;
use crate::data::Data;
use crate::definition::{MachineId, StateId};
use crate::variables::Variables;

/// Which of a run's strands; 0 is the outermost.
pub(super) type StrandId = usize;

/// Goes through the states of one machine, one after the other.
#[derive(Clone, Debug)]
pub(super) struct Strand {
    pub(super) parent: Option<Parent>,
    pub(super) machine: MachineId,
    pub(super) state: StateId,
    /// The input of the state.
    pub(super) input: Data,
    /// The number of this entry of a state; unique in the run.
    pub(super) entry: u64,
    pub(super) entered_ms: u64,
    /// The history event of the entry, and the one before it.
    pub(super) entered_event: u64,
    pub(super) before_event: u64,
    /// The last history event of this strand.
    pub(super) last_event: u64,
    pub(super) journal: u64,
    /// The variables are shared with the strands within, which can't change them.
    pub(super) variables: Arc<Variables>,
    pub(super) item: Option<Arc<Item>>,
    /// How often each of the state's retriers has acted.
    pub(super) retried: Vec<u64>,
    pub(super) step: Step,
}

/// The strand that waits for this one, and the place of this one's result there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parent {
    pub(super) strand: StrandId,
    pub(super) index: usize,
}

/// What a strand does in its state.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// About to enter it.
    Enter,
    /// About to try it again.
    Again,
    /// Waits for a retry's moment.
    Delayed { timer: u64 },
    /// A Wait state waits.
    Waiting { timer: u64 },
    /// A Task waits for its answer.
    Task(Box<TaskStep>),
    /// A Parallel state waits for its branches.
    Parallel(ParallelStep),
    /// A Map state waits for its iterations.
    Map(Box<MapStep>),
    /// It has come to the end of its machine.
    Done,
    /// It failed, or someone stopped it; a redrive can make it go on. A Parallel or Map state keeps its strands.
    Stopped { within: Option<Box<Step>> },
}

/// A task in flight.
#[derive(Clone, Debug)]
pub(super) struct TaskStep {
    pub(super) call: CallTask,
    pub(super) timeout: Option<u64>,
    pub(super) heartbeat: Option<u64>,
    /// When the worker is given up for dead.
    pub(super) heartbeat_deadline_ms: u64,
}

/// Branches in flight.
#[derive(Clone, Debug)]
pub(super) struct ParallelStep {
    pub(super) children: Vec<StrandId>,
    pub(super) results: Vec<Option<Data>>,
    pub(super) open: usize,
}

/// A timer that has been started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Timer {
    pub(super) at_ms: u64,
    pub(super) purpose: Purpose,
}

/// What a timer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The whole run's `TimeoutSeconds`.
    Run,
    /// A Wait state's or a retry's moment.
    Wake(StrandId),
    /// A task's `TimeoutSeconds`.
    Timeout(StrandId),
    /// A task's `HeartbeatSeconds`.
    Heartbeat(StrandId),
}

impl Strand {
    /// The call that the strand waits for.
    pub(super) fn call(&self) -> Option<Command> {
        match &self.step {
            Step::Task(task) => Some(Command::CallTask(task.call.clone())),
            Step::Map(map) => map.pending.as_ref().map(|pending| match pending {
                super::map::Pending::Read(read) => Command::ReadItems(ReadItems::clone(read)),
                super::map::Pending::Write(write) => Command::WriteResults(WriteResults::clone(write)),
            }),
            _ => None,
        }
    }

    /// How often the state has been tried again.
    pub(super) fn retries(&self) -> u32 {
        u32::try_from(self.retried.iter().sum::<u64>()).unwrap_or(u32::MAX)
    }

    /// The number of the attempt that runs now, from 1.
    pub(super) fn attempt(&self) -> u32 {
        self.retries().saturating_add(1)
    }
}

impl Execution {
    /// Opens a strand at the start of a machine, and lines it up to run.
    pub(super) fn open(&mut self, mut strand: Strand) -> StrandId {
        strand.step = Step::Enter;
        let id = if let Some(id) = self.free.pop() {
            self.strands[id] = Some(strand);
            id
        } else {
            self.strands.push(Some(strand));
            self.strands.len() - 1
        };
        self.ready.push_back(id);
        id
    }

    /// A strand within `outer`, at the start of a machine.
    pub(super) fn child_of(
        &self,
        outer: &Strand,
        outer_id: StrandId,
        index: usize,
        machine: MachineId,
        input: Data,
    ) -> Strand {
        Strand {
            parent: Some(Parent { strand: outer_id, index }),
            machine,
            state: self.definition.machines[machine].start,
            input,
            entry: 0,
            entered_ms: self.now_ms,
            entered_event: 0,
            before_event: 0,
            last_event: outer.last_event,
            journal: outer.journal,
            variables: Arc::new(Variables::nested(&outer.variables)),
            item: outer.item.clone(),
            retried: Vec::new(),
            step: Step::Enter,
        }
    }

    /// Lets go of a strand that is over, and of those within it.
    pub(super) fn close(&mut self, id: StrandId) {
        let mut doomed = vec![id];
        while let Some(id) = doomed.pop() {
            if let Some(strand) = self.strands.get_mut(id).and_then(Option::take) {
                doomed.extend(strand.step.children());
                self.free.push(id);
            }
        }
    }

    /// Starts a timer.
    pub(super) fn start_timer(&mut self, at_ms: u64, purpose: Purpose) -> u64 {
        let timer = self.next_timer;
        self.next_timer += 1;
        self.timers.insert(timer, Timer { at_ms, purpose });
        self.commands.push(Command::StartTimer { timer, at_ms });
        timer
    }

    /// Gives a timer up, where it hasn't fired.
    pub(super) fn cancel_timer(&mut self, timer: Option<u64>) {
        if let Some(timer) = timer
            && self.timers.remove(&timer).is_some()
        {
            self.commands.push(Command::CancelTimer { timer });
        }
    }
}

impl Step {
    /// The strands within that still exist.
    pub(super) fn children(&self) -> Vec<StrandId> {
        match self {
            Self::Parallel(parallel) => parallel.children.clone(),
            Self::Map(map) => map.children.values().copied().collect(),
            Self::Stopped { within: Some(within) } => within.children(),
            _ => Vec::new(),
        }
    }
}
