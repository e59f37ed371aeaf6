//! The state that is tested, found in its definition.

use serde_json::{Map, Value, json};

use super::Rejected;
use crate::definition::{Definition, State, targets};
use crate::problem::Problem;

/// What AWS calls a state that is given without a machine.
pub(super) const NAMELESS: &str = "StateName";

/// A definition, and one of its states.
pub(super) struct Subject {
    pub(super) definition: Definition,
    pub(super) machine: usize,
    pub(super) state: usize,
    /// The name that the state knows itself by.
    pub(super) name: String,
}

impl Subject {
    pub(super) fn state(&self) -> &State {
        &self.definition.machines[self.machine].states[self.state]
    }
}

/// Finds the state; a state without a machine is put into one.
pub(super) fn find(definition: &Value, name: Option<&str>) -> Result<Subject, Rejected> {
    let Some(name) = name else {
        return alone(definition);
    };
    let definition = Definition::from_value(definition).map_err(|problems| refused(problems, ""))?;
    located(definition, name).ok_or_else(|| Rejected::invalid("State not found in definition"))
}

fn located(definition: Definition, name: &str) -> Option<Subject> {
    let found = definition.machines.iter().enumerate().find_map(|(machine, states)| {
        let state = states.states.iter().position(|state| &*state.name == name)?;
        Some((machine, state))
    });
    let (machine, state) = found?;
    Some(Subject { definition, machine, state, name: name.to_owned() })
}

fn alone(state: &Value) -> Result<Subject, Rejected> {
    if state.get("States").is_some() {
        return Err(Rejected::invalid("StateName must be specified when the definition is a state machine"));
    }
    let targets = targets(state);
    let mut name = NAMELESS.to_owned();
    while targets.contains(&name.as_str()) {
        name.push('_');
    }
    let stubs = targets.iter().map(|target| ((*target).to_owned(), json!({"Type": "Succeed"})));
    let mut states: Map<String, Value> = stubs.collect();
    states.insert(name.clone(), state.clone());
    let machine = json!({"StartAt": name, "States": states});
    let definition =
        Definition::from_value(&machine).map_err(|problems| refused(problems, &format!("/States/{name}")))?;
    let subject =
        located(definition, &name).ok_or_else(|| Rejected::invalid("State not found in definition"))?;
    Ok(Subject { name: NAMELESS.to_owned(), ..subject })
}

/// Problems of the definition; their pointers are those within a state that was given alone.
fn refused(mut problems: Vec<Problem>, prefix: &str) -> Rejected {
    for problem in &mut problems {
        if let Some(within) = problem.pointer.strip_prefix(prefix) {
            problem.pointer = within.to_owned();
        }
    }
    let first = problems.iter().find(|problem| problem.severity == crate::problem::Severity::Error);
    let shown =
        first.map_or_else(String::new, |problem| format!("{} at {}", problem.message, problem.pointer));
    Rejected::definition(format!("Invalid State Machine Definition: '{shown}'"), problems)
}
