//! Checking the transitions of a machine.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::Pointer;
use super::model::{Kind, Next, State, StateId};
use super::reader::Reader;
use crate::problem::Code;

impl Reader {
    /// Reports states that nothing leads to, and a machine that can't end. It looks at what is written, so that other problems
    /// of the states don't hide these.
    pub(super) fn check_graph(&mut self, start: &str, states: &Map<String, Value>, place: &Pointer) {
        let mut reached = BTreeSet::new();
        let mut open = vec![start];
        while let Some(name) = open.pop() {
            if let Some(state) = states.get(name)
                && reached.insert(name)
            {
                open.extend(targets(state));
            }
        }
        for name in states.keys().filter(|name| !reached.contains(name.as_str())) {
            let message = format!("no transition leads to the state `{name}`");
            self.error(Code::UnreachableState, &place.member(name), message, None);
        }
        // A transition to a state that isn't there may have been meant for one that ends the machine.
        let astray = |state: &Value| targets(state).iter().any(|name| !states.contains_key(*name));
        if !states.values().any(|state| may_end(state) || astray(state)) {
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

/// Whether a state ends its machine, as far as can be told: one that can't be read may.
fn may_end(state: &Value) -> bool {
    let leads_on = state.get("Next").is_some_and(Value::is_string);
    let ends = state.get("End") == Some(&Value::Bool(true));
    match state.get("Type").and_then(Value::as_str) {
        Some("Succeed" | "Fail") => true,
        Some("Choice") => false,
        Some("Task" | "Pass" | "Wait" | "Parallel" | "Map") => ends || !leads_on,
        _ => true,
    }
}

/// The names of the states that a state leads to.
pub(crate) fn targets(state: &Value) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    for field in ["Next", "Default"] {
        found.extend(state.get(field).and_then(Value::as_str));
    }
    for field in ["Choices", "Catch"] {
        let rules = state.get(field).and_then(Value::as_array).into_iter().flatten();
        found.extend(rules.filter_map(|rule| rule.get("Next").and_then(Value::as_str)));
    }
    found
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
