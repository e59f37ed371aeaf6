//! Parallel states.

use super::Execution;
use super::control::{Failure, Move};
use super::strand::{ParallelStep, Parent, Step, Strand, StrandId};
use crate::data::Data;
use crate::definition::{Kind, MachineId, State};
use crate::fault::Fault;
use crate::history::Details;
use crate::limits::MAX_OPEN_STRANDS;

impl Execution {
    /// Starts all branches.
    pub(super) fn parallel(
        &mut self,
        id: StrandId,
        strand: &mut Strand,
        state: &State,
        branches: &[MachineId],
    ) -> Result<Move, Fault> {
        let effective = self.effective_input(strand, state)?;
        let context = self.context(strand, state);
        let input = self.arguments(strand, state, &context, &effective)?;
        if !input.same(&strand.input) {
            self.within_size(&input, &state.name)?;
        }
        self.room_for(branches.len())?;
        self.record(strand, || Details::ParallelStateStarted);
        let children = branches.iter().enumerate().map(|(index, machine)| {
            let child = self.child_of(strand, id, index, *machine, input.clone());
            self.open(child)
        });
        strand.step = Step::Parallel(ParallelStep {
            children: children.collect(),
            results: vec![None; branches.len()],
            open: branches.len(),
        });
        Ok(Move::Block)
    }

    /// A fault where the run would have too many strands open.
    pub(super) fn room_for(&self, more: usize) -> Result<(), Fault> {
        let open = self.strands.len() - self.free.len();
        if open.saturating_add(more) > MAX_OPEN_STRANDS {
            return Err(Fault::runtime(format!(
                "The run would have more than {MAX_OPEN_STRANDS} branches and iterations open at once"
            )));
        }
        Ok(())
    }

    /// A branch or an iteration came to its end.
    pub(super) fn child_ended(&mut self, parent: Parent, child: StrandId, output: Data) {
        let last_event = self.strands[child].as_ref().map_or(0, |strand| strand.last_event);
        self.resume(parent.strand, |run, strand, state| match &state.kind {
            Kind::Parallel(_) => run.branch_ended(strand, state, parent.index, last_event, output),
            Kind::Map(map) => {
                run.iteration_ended(parent.strand, strand, state, map, parent.index, Ok(output))
            }
            _ => Move::Block,
        });
    }

    /// A branch or an iteration failed.
    pub(super) fn child_failed(&mut self, parent: Parent, child: StrandId, failure: Failure) {
        self.resume(parent.strand, |run, strand, state| match &state.kind {
            Kind::Parallel(_) => run.branch_failed(strand, child, failure),
            Kind::Map(map) => {
                run.iteration_ended(parent.strand, strand, state, map, parent.index, Err(failure))
            }
            _ => Move::Block,
        });
    }

    fn branch_ended(
        &mut self,
        strand: &mut Strand,
        state: &State,
        index: usize,
        last_event: u64,
        output: Data,
    ) -> Move {
        let Step::Parallel(parallel) = &mut strand.step else {
            return Move::Block;
        };
        parallel.results[index] = Some(output);
        parallel.open -= 1;
        strand.last_event = last_event;
        if parallel.open > 0 {
            return Move::Block;
        }
        let results = std::mem::take(&mut parallel.results);
        let results = results.into_iter().flatten().map(Data::into_value);
        let result = Data::new(results.collect());
        for child in strand.step.children() {
            self.close(child);
        }
        self.record(strand, || Details::ParallelStateSucceeded);
        strand.step = Step::Enter;
        match self.complete(strand, state, &result) {
            Ok(step) => step,
            Err(fault) => Move::Fail(self.fault(strand, state, fault)),
        }
    }

    fn branch_failed(&mut self, strand: &mut Strand, child: StrandId, failure: Failure) -> Move {
        if let Some(failed) = self.strands[child].as_mut() {
            strand.last_event = failed.last_event;
            let kind = self.definition.machines[failed.machine].states[failed.state].state_kind();
            // AWS lists the task that failed as aborted, too.
            if kind == crate::definition::StateKind::Task {
                let failed = failed.clone();
                self.record_after(&failed, failed.last_event, || Details::StateAborted { kind });
            }
        }
        for sibling in strand.step.children() {
            if sibling != child {
                self.stop(sibling, true);
            }
        }
        Move::Fail(failure)
    }
}
