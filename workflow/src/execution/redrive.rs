//! Redrive: a run that didn't end well goes on from the states that didn't.

use super::strand::{Step, StrandId};
use super::{Execution, HistoryError};
use crate::command::{Outcome, Status};
use crate::history::Details;

impl Execution {
    pub(super) fn redrive(&mut self) -> Result<(), HistoryError> {
        if !matches!(&self.status, Status::Finished(outcome) if !matches!(outcome, Outcome::Succeeded { .. }))
        {
            return Err(HistoryError::NotRedrivable);
        }
        if self.strands.is_empty() {
            return Err(HistoryError::NotRedrivable);
        }
        self.status = Status::Running;
        self.redrives += 1;
        let count = self.redrives;
        self.record_run(0, || Details::ExecutionRedriven { count });
        self.start_run_timer();
        self.reopen(0);
        Ok(())
    }

    /// Makes a stopped strand go on: those within it that were stopped, or else its own state from the start.
    fn reopen(&mut self, id: StrandId) {
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            let Some(mut strand) = self.strands.get_mut(id).and_then(Option::take) else {
                continue;
            };
            let step = std::mem::replace(&mut strand.step, Step::Done);
            strand.step = match step {
                Step::Stopped { within: Some(within) } if self.can_reopen(&within) => {
                    open.extend(within.children());
                    self.reopened(*within)
                }
                Step::Stopped { within } => {
                    for child in within.iter().flat_map(|within| within.children()) {
                        self.close(child);
                    }
                    strand.retried.clear();
                    self.ready.push_back(id);
                    Step::Enter
                }
                other => other,
            };
            if let Step::Map(map) = &strand.step
                && map.children.is_empty()
            {
                // Its remaining iterations were not begun yet: the state starts anew.
                strand.step = Step::Enter;
                self.ready.push_back(id);
            }
            self.strands[id] = Some(strand);
        }
    }

    /// Whether there is a strand within that can go on; otherwise the state itself failed, and starts anew.
    fn can_reopen(&self, within: &Step) -> bool {
        let stopped = |id: &StrandId| {
            let strand = self.strands.get(*id).and_then(Option::as_ref);
            strand.is_some_and(|strand| matches!(strand.step, Step::Stopped { .. }))
        };
        within.children().iter().any(stopped)
    }

    fn reopened(&mut self, mut within: Step) -> Step {
        if let Step::Map(map) = &mut within {
            // Failures that were counted are to be made good.
            for (index, result) in map.results.iter_mut().enumerate() {
                if map.children.contains_key(&index) && matches!(result, Some(Err(_))) {
                    *result = None;
                    map.failed = map.failed.saturating_sub(1);
                }
            }
        }
        within
    }
}
