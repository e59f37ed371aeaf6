//! Cases of our own: what the recordings hardly touch, and a bit of everything else.

mod data;
mod definitions;
mod graphs;
mod handlers;
mod history;
mod hostile;
mod maps;
mod parallel;
mod single_states;
mod tasks;
mod waits;

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::{Value, json};
use workflow::{CallTask, Content, Definition, Happening, Outcome, ReadItems, Start, WriteResults};

use crate::driver::{self, Run};
use crate::world::{World, failed, read, succeeded};

/// What a scripted task does.
#[derive(Clone)]
pub(crate) enum Act {
    /// Gives this after so many milliseconds.
    Give(u64, Value),
    /// Gives its input.
    Echo,
    /// Fails at once with this error.
    Fail(&'static str),
    /// Never answers.
    Silence,
    /// These, each after so many milliseconds.
    Happen(fn(&CallTask) -> Vec<(u64, Happening)>),
}

/// A world whose tasks follow a script, one act a call; after the last act they echo.
pub(crate) struct Script {
    acts: VecDeque<Act>,
    pub(crate) calls: Vec<CallTask>,
    pub(crate) content: Option<Content>,
    pub(crate) written: Vec<WriteResults>,
    pub(crate) visits: Vec<(u64, Happening)>,
}

impl Script {
    pub(crate) fn new(acts: &[Act]) -> Self {
        Self {
            acts: acts.iter().cloned().collect(),
            calls: Vec::new(),
            content: None,
            written: Vec::new(),
            visits: Vec::new(),
        }
    }
}

impl World for Script {
    fn call(&mut self, call: &CallTask) -> Vec<(u64, Happening)> {
        self.calls.push(call.clone());
        let (entry, attempt) = (call.entry, call.attempt);
        match self.acts.pop_front().unwrap_or(Act::Echo) {
            Act::Give(delay_ms, output) => vec![(delay_ms, succeeded(entry, attempt, output))],
            Act::Echo => vec![(0, succeeded(entry, attempt, (*call.input).clone()))],
            Act::Fail(error) => vec![(0, failed(entry, attempt, error, "as the script says"))],
            Act::Silence => Vec::new(),
            Act::Happen(happenings) => happenings(call),
        }
    }

    fn read(&mut self, request: &ReadItems) -> Happening {
        match &self.content {
            Some(content) => read(request, content.clone()),
            None => failed(request.entry, request.attempt, "Test.NoFile", "there is no such file"),
        }
    }

    fn write(&mut self, write: &WriteResults) -> Happening {
        self.written.push(write.clone());
        succeeded(write.entry, write.attempt, json!({}))
    }

    fn visits(&mut self) -> Vec<(u64, Happening)> {
        self.visits.clone()
    }
}

#[track_caller]
pub(crate) fn define(definition: &Value) -> Arc<Definition> {
    match Definition::from_value(definition) {
        Ok(definition) => Arc::new(definition),
        Err(problems) => {
            let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
            panic!("the definition is refused:\n{}", shown.join("\n"));
        }
    }
}

#[track_caller]
pub(crate) fn run_with(definition: &Value, input: Value, script: &mut Script) -> Run {
    let start = Start {
        input: input.into(),
        execution_id: "run:1".to_owned(),
        execution_name: "run-1".to_owned(),
        machine_id: "machine:1".to_owned(),
        machine_name: "machine-1".to_owned(),
        ..Start::default()
    };
    driver::run(&define(definition), start, script)
}

#[track_caller]
pub(crate) fn run(definition: &Value, input: Value, acts: &[Act]) -> Run {
    run_with(definition, input, &mut Script::new(acts))
}

/// A machine of one state.
pub(crate) fn single(mut state: Value) -> Value {
    if state.get("End").is_none()
        && state.get("Next").is_none()
        && !["Succeed", "Fail", "Choice"].contains(&state["Type"].as_str().unwrap_or_default())
    {
        state["End"] = json!(true);
    }
    json!({"StartAt": "S", "States": {"S": state}})
}

/// Runs a single state.
#[track_caller]
pub(crate) fn check_state(state: Value, input: Value, expected: Value) {
    let run = run(&single(state.clone()), input, &[]);
    assert_eq!(output(&run), expected, "{state}");
}

/// Runs a single state that must fail.
#[track_caller]
pub(crate) fn check_failure(state: Value, input: Value, error: &str, part: &str) {
    let run = run(&single(state.clone()), input, &[]);
    let (found, cause) = failure(&run);
    assert_eq!(found, error, "{state}: {cause}");
    assert!(cause.contains(part), "{state}: {cause}");
}

#[track_caller]
pub(crate) fn output(run: &Run) -> Value {
    match run.outcome() {
        Outcome::Succeeded { output } => (**output).clone(),
        other => panic!("the run didn't succeed: {other:?}"),
    }
}

#[track_caller]
pub(crate) fn failure(run: &Run) -> (String, String) {
    match run.outcome() {
        Outcome::Failed { error, cause } => {
            (error.clone().unwrap_or_default(), cause.clone().unwrap_or_default())
        }
        other => panic!("the run didn't fail: {other:?}"),
    }
}

/// The types of the history's events.
pub(crate) fn kinds(run: &Run) -> Vec<String> {
    run.history.iter().map(workflow::HistoryEvent::kind).collect()
}
