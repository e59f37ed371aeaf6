//! Checking variables: who assigns them, and who reads them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Definition;
use super::model::{Flow, Items, Kind, Machine, MachineId, Map, Scalar, Selection, Source, State, Wait};
use crate::expression::Template;
use crate::problem::{Code, Problem, Severity};

impl Definition {
    /// The variables that each state reads, by the state's name; states that read none are left out.
    pub fn variable_references(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut references = BTreeMap::new();
        for state in self.machines.iter().flat_map(|machine| &machine.states) {
            let read = reads(state);
            if !read.is_empty() {
                references.insert(state.name.to_string(), read);
            }
        }
        references
    }
}

/// Reports variables that an inner scope would hide, and those that nobody assigns.
pub(super) fn check(machines: &[Machine], problems: &mut Vec<Problem>) {
    scope(machines, 0, &BTreeSet::new(), problems);
}

fn scope(machines: &[Machine], id: MachineId, outer: &BTreeSet<String>, problems: &mut Vec<Problem>) {
    let machine = &machines[id];
    let own: BTreeSet<String> = machine.states.iter().flat_map(assigns).collect();
    let visible: BTreeSet<String> = own.union(outer).cloned().collect();
    for state in &machine.states {
        for name in assigns(state).intersection(outer) {
            let message =
                format!("the variable `{name}` belongs to an outer scope and can't be assigned here");
            problems.push(problem(
                Severity::Error,
                state,
                message,
                "take another name, or pass the value out as output",
            ));
        }
        for name in reads(state).difference(&visible) {
            let message = format!("the variable `{name}` is read, but no state in sight assigns it");
            problems.push(problem(
                Severity::Warning,
                state,
                message,
                "assign it in a state before, with `Assign`",
            ));
        }
        // What the state itself assigns, it assigns after the strands within are over.
        let others = machine.states.iter().filter(|other| other.name != state.name).flat_map(assigns);
        let around: BTreeSet<String> = others.chain(outer.iter().cloned()).collect();
        match &state.kind {
            Kind::Parallel(branches) => {
                for branch in branches {
                    scope(machines, *branch, &around, problems);
                }
            }
            Kind::Map(map) if map.distributed => {
                scope(machines, map.processor, &BTreeSet::new(), problems);
            }
            Kind::Map(map) => scope(machines, map.processor, &around, problems),
            _ => {}
        }
    }
}

fn problem(severity: Severity, state: &State, message: String, hint: &str) -> Problem {
    Problem {
        severity,
        code: Code::InvalidVariable,
        pointer: state.pointer.to_string(),
        message,
        hint: Some(hint.to_owned()),
    }
}

/// The variables that a state assigns.
fn assigns(state: &State) -> BTreeSet<String> {
    let mut templates: Vec<&Template> = state.assign.iter().collect();
    templates.extend(state.catch.iter().filter_map(|catcher| catcher.assign.as_ref()));
    if let Kind::Choice(choice) = &state.kind {
        templates.extend(choice.rules.iter().filter_map(|rule| rule.assign.as_ref()));
    }
    let plain = |name: &String| name.strip_suffix(".$").unwrap_or(name).to_owned();
    templates
        .into_iter()
        .flat_map(|template| match template {
            Template::Object(members) => members.iter().map(|(name, _)| plain(name)).collect(),
            Template::Constant(data) => match &**data {
                Value::Object(members) => members.keys().map(plain).collect(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        })
        .collect()
}

/// The variables that a state reads.
fn reads(state: &State) -> BTreeSet<String> {
    let mut found = Vec::new();
    flow(&state.flow, &mut found);
    templates([&state.assign], &mut found);
    for catcher in &state.catch {
        templates([&catcher.assign, &catcher.output], &mut found);
    }
    match &state.kind {
        Kind::Task(task) => scalars([&task.timeout, &task.heartbeat, &task.role_arn], &mut found),
        Kind::Wait(Wait::Seconds(scalar) | Wait::Timestamp(scalar)) => {
            source(&scalar.source, &mut found);
        }
        Kind::Fail(fail) => scalars([&fail.error, &fail.cause], &mut found),
        Kind::Choice(choice) => {
            for rule in &choice.rules {
                rule.condition.variables(&mut found);
                templates([&rule.assign, &rule.output], &mut found);
            }
        }
        Kind::Map(map) => map_reads(map, &mut found),
        Kind::Pass { .. } | Kind::Succeed | Kind::Parallel(_) => {}
    }
    found.into_iter().collect()
}

fn flow(flow: &Flow, found: &mut Vec<String>) {
    for selection in [&flow.input_path, &flow.output_path] {
        if let Selection::Path(expression) = selection {
            expression.variables(found);
        }
    }
    templates([&flow.arguments, &flow.result_selector, &flow.output], found);
}

fn map_reads(map: &Map, found: &mut Vec<String>) {
    match &map.items {
        Items::Input => {}
        Items::Path(expression) => expression.variables(found),
        Items::Template(template) => template.variables(found),
    }
    templates([&map.selector], found);
    scalars([&map.max_concurrency, &map.tolerated_count, &map.tolerated_percentage], found);
    if let Some(reader) = &map.reader {
        templates([&reader.arguments], found);
        scalars([&reader.max_items], found);
    }
    if let Some(batcher) = &map.batcher {
        templates([&batcher.input], found);
        scalars([&batcher.max_items, &batcher.max_bytes], found);
    }
    if let Some(writer) = &map.writer {
        templates([&writer.arguments], found);
    }
}

fn templates<const N: usize>(templates: [&Option<Template>; N], found: &mut Vec<String>) {
    templates.into_iter().flatten().for_each(|template| template.variables(found));
}

fn scalars<const N: usize>(scalars: [&Option<Scalar>; N], found: &mut Vec<String>) {
    scalars.into_iter().flatten().for_each(|scalar| source(&scalar.source, found));
}

fn source(source: &Source, found: &mut Vec<String>) {
    if let Source::Expression(expression) = source {
        expression.variables(found);
    }
}
