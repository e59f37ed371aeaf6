//! Checking the transitions of a machine.

use super::Pointer;
use super::model::{Kind, Machine, Next, State, StateId};
use super::reader::Reader;
use crate::problem::Code;

impl Reader {
    /// Reports states that nothing leads to, and a machine that can't end.
    pub(super) fn check_graph(&mut self, machine: &Machine, place: &Pointer) {
        let mut reached = vec![false; machine.states.len()];
        let mut open = vec![machine.start];
        while let Some(state) = open.pop() {
            if !std::mem::replace(&mut reached[state], true) {
                open.extend(successors(&machine.states[state]));
            }
        }
        for (state, reached) in machine.states.iter().zip(&reached) {
            if !reached {
                let message = format!("no transition leads to the state `{}`", state.name);
                self.error(Code::UnreachableState, &state.pointer, message, None);
            }
        }
        let ends = |state: &State| match state.kind {
            Kind::Succeed | Kind::Fail(_) => true,
            Kind::Choice(_) => false,
            _ => state.next == Next::End,
        };
        if !machine.states.iter().any(ends) {
            let hint = "let a state have `End`: true, or add a Succeed or Fail state";
            self.error(
                Code::NoTerminalState,
                place,
                "no state ends the machine: it would run for ever",
                Some(hint),
            );
        }
    }
}

/// The states that a state can lead to.
pub(super) fn successors(state: &State) -> Vec<StateId> {
    let mut found: Vec<StateId> = state.catch.iter().map(|catcher| catcher.next).collect();
    if let Kind::Choice(choice) = &state.kind {
        found.extend(choice.rules.iter().map(|rule| rule.next));
        found.extend(choice.default);
    } else if let Next::State(next) = state.next {
        found.push(next);
    }
    found
}
