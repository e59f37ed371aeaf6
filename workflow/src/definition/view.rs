//! Looking at a definition from outside: dashboards, graphs, look-ups of components.

use super::Definition;
use super::graph::successors;
use super::model::{Kind, Machine, MachineId, QueryLanguage, State, StateKind};
use crate::resource::Resource;

/// One state of a definition.
#[derive(Clone, Copy, Debug)]
pub struct StateView<'a> {
    definition: &'a Definition,
    machine: MachineId,
    state: &'a State,
}

impl Definition {
    /// All states, those of branches and item processors included, in the order in which they are written.
    pub fn states(&self) -> impl Iterator<Item = StateView<'_>> {
        let machines = self.machines.iter().enumerate();
        machines.flat_map(move |(machine, states)| self.of(machine, states))
    }

    /// The state of that name.
    pub fn state(&self, name: &str) -> Option<StateView<'_>> {
        self.states().find(|state| state.name() == name)
    }

    /// The name of the first state.
    pub fn start_at(&self) -> &str {
        let outermost = &self.machines[0];
        &outermost.states[outermost.start].name
    }

    fn of<'a>(&'a self, machine: MachineId, states: &'a Machine) -> impl Iterator<Item = StateView<'a>> {
        states.states.iter().map(move |state| StateView { definition: self, machine, state })
    }
}

impl<'a> StateView<'a> {
    /// The state's name.
    pub fn name(&self) -> &'a str {
        &self.state.name
    }

    /// Its type.
    pub fn kind(&self) -> StateKind {
        self.state.state_kind()
    }

    /// Its `Comment`.
    pub fn comment(&self) -> Option<&'a str> {
        self.state.comment.as_deref()
    }

    /// Whom a Task state calls.
    pub fn resource(&self) -> Option<&'a Resource> {
        match &self.state.kind {
            Kind::Task(task) => Some(&task.resource),
            _ => None,
        }
    }

    /// Its query language.
    pub fn query_language(&self) -> QueryLanguage {
        self.state.language
    }

    /// Where it stands in the definition, as a JSON pointer.
    pub fn pointer(&self) -> String {
        self.state.pointer.to_string()
    }

    /// Whether the machine starts with it.
    pub fn is_start(&self) -> bool {
        let machine = &self.definition.machines[self.machine];
        machine.states[machine.start].name == self.state.name
    }

    /// The names of the states that it can lead to, in its own branch or item processor.
    pub fn successors(&self) -> Vec<&'a str> {
        let machine = &self.definition.machines[self.machine];
        let found = successors(self.state).into_iter();
        found.map(|state| &*machine.states[state].name).collect()
    }

    /// The Parallel or Map state that it is within.
    pub fn parent(&self) -> Option<StateView<'a>> {
        self.definition.states().find(|state| state.machines().contains(&self.machine))
    }

    /// The states within it: those of each branch of a Parallel, or of a Map's item processor.
    pub fn inner(&self) -> Vec<Vec<StateView<'a>>> {
        let definition = self.definition;
        let machines = self.machines().into_iter();
        machines.map(|machine| definition.of(machine, &definition.machines[machine]).collect()).collect()
    }

    fn machines(&self) -> Vec<MachineId> {
        match &self.state.kind {
            Kind::Parallel(branches) => branches.clone(),
            Kind::Map(map) => vec![map.processor],
            _ => Vec::new(),
        }
    }
}
