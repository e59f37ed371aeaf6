//! Entering a state and doing what its type says.

use super::Execution;
use super::control::{Failure, Move};
use super::strand::{Step, Strand, StrandId};
use crate::definition::{Definition, Kind, State};
use crate::fault::{Fault, names};
use crate::history::Details;

impl Execution {
    /// Enters the strand's state, or tries it again.
    pub(super) fn visit(
        &mut self,
        definition: &Definition,
        id: StrandId,
        mut strand: Strand,
    ) -> (Strand, Move) {
        let state = &definition.machines[strand.machine].states[strand.state];
        if !matches!(strand.step, Step::Again) {
            strand.entry = self.next_entry;
            self.next_entry += 1;
            strand.entered_ms = self.now_ms;
            strand.before_event = strand.last_event;
            let (kind, name, input) = (state.state_kind(), &state.name, strand.input.clone());
            strand.entered_event =
                self.record(&mut strand, || Details::StateEntered { kind, name: name.clone(), input });
        }
        let step = match self.perform(id, &mut strand, state) {
            Ok(step) => step,
            Err(fault) => Move::Fail(self.fault(&mut strand, state, fault)),
        };
        (strand, step)
    }

    pub(super) fn perform(
        &mut self,
        id: StrandId,
        strand: &mut Strand,
        state: &State,
    ) -> Result<Move, Fault> {
        match &state.kind {
            Kind::Pass { result } => self.pass(strand, state, result.as_ref()),
            Kind::Task(task) => self.task(id, strand, state, task),
            Kind::Choice(choice) => self.choose(strand, state, choice),
            Kind::Wait(wait) => self.wait(id, strand, state, wait),
            Kind::Succeed => self.succeed(strand, state),
            Kind::Fail(fail) => self.fail(strand, state, fail),
            Kind::Parallel(branches) => self.parallel(id, strand, state, branches),
            Kind::Map(map) => self.map(id, strand, state, map),
        }
    }

    /// Says where a fault happened, which makes it a failure of the state.
    pub(super) fn fault(&mut self, strand: &mut Strand, state: &State, fault: Fault) -> Failure {
        let cause = if fault.verbatim {
            fault.cause
        } else {
            format!(
                "An error occurred while executing the state '{}' (entered at the event id #{}). {}",
                state.name, strand.entered_event, fault.cause
            )
        };
        if fault.error == names::QUERY_EVALUATION_ERROR {
            let previous = strand.before_event;
            let id = self.record_after(strand, previous, || Details::EvaluationFailed {
                state: state.name.clone(),
                error: fault.error.to_owned(),
                cause: cause.clone(),
                location: fault.location,
            });
            strand.last_event = id;
        }
        Failure::new(fault.error, cause)
    }
}
