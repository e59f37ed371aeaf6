//! Histories: late answers, impossible ones, what is outstanding after a crash, redrive.

use std::sync::Arc;

use serde_json::{Value, json};
use workflow::{
    Command, Definition, Event, Execution, Happening, HistoryError, Outcome, Seed, Start, Status,
};

use super::define;
use crate::world::{failed, succeeded};

fn started(definition: &Arc<Definition>) -> (Execution, Vec<Command>) {
    let mut run = Execution::start(Arc::clone(definition), Start::default());
    let commands = run.apply(&at(0, Happening::Started { seed: Seed([1; 32]) })).expect("it starts");
    (run, commands)
}

fn at(at_ms: u64, what: Happening) -> Event {
    Event { at_ms, what }
}

fn job() -> Arc<Definition> {
    define(&super::single(json!({"Type": "Task", "Resource": "job", "TimeoutSeconds": 9})))
}

#[test]
fn a_history_that_cannot_be() {
    let definition = job();
    let mut fresh = Execution::start(Arc::clone(&definition), Start::default());
    assert_eq!(fresh.apply(&at(0, Happening::TimerFired { timer: 1 })), Err(HistoryError::NotStarted));
    let (mut run, _) = started(&definition);
    let mut refuse = |what: Happening, error: HistoryError| assert_eq!(run.apply(&at(5, what)), Err(error));
    refuse(Happening::Started { seed: Seed([0; 32]) }, HistoryError::StartedTwice);
    refuse(succeeded(7, 1, json!(1)), HistoryError::UnknownTask { entry: 7, attempt: 1 });
    refuse(succeeded(1, 2, json!(1)), HistoryError::UnknownTask { entry: 1, attempt: 2 });
    refuse(Happening::TimerFired { timer: 99 }, HistoryError::UnknownTimer { timer: 99 });
    refuse(Happening::Redriven, HistoryError::NotRedrivable);
    run.apply(&at(6, succeeded(1, 1, json!("ok")))).expect("the errors changed nothing");
    assert_eq!(
        run.apply(&at(5, Happening::TimerFired { timer: 1 })),
        Err(HistoryError::TimeGoesBack { from_ms: 6, to_ms: 5 })
    );
}

#[test]
fn what_comes_after_the_end_changes_nothing() {
    let (mut run, _) = started(&job());
    run.apply(&at(1, succeeded(1, 1, json!("ok")))).expect("it ends");
    for late in [
        succeeded(1, 1, json!("again")),
        failed(1, 1, "E", ""),
        Happening::TimerFired { timer: 1 },
        Happening::Cancelled { error: None, cause: None },
    ] {
        assert_eq!(run.apply(&at(2, late)), Ok(Vec::new()));
    }
    assert!(matches!(run.status(), Status::Finished(Outcome::Succeeded { .. })));
}

#[test]
fn a_crash_leaves_the_same_work_open() {
    let (run, commands) = started(&job());
    assert_eq!(run.outstanding().len(), 2);
    assert!(commands.iter().all(|command| run.outstanding().contains(command)), "{commands:?}");
    let (mut run, _) = started(&job());
    let ended = run.apply(&at(3, succeeded(1, 1, json!(1)))).expect("it ends");
    assert!(matches!(ended.as_slice(), [Command::CancelTimer { .. }, Command::Finish(_)]), "{ended:?}");
    assert!(run.outstanding().is_empty());
}

/// The states whose tasks are called.
fn called(commands: &[Command]) -> Vec<String> {
    let calls = commands.iter().filter_map(|command| match command {
        Command::CallTask(call) => Some(call.state.to_string()),
        _ => None,
    });
    calls.collect()
}

fn calls(commands: &[Command]) -> Vec<(String, u64, u32)> {
    let calls = commands.iter().filter_map(|command| match command {
        Command::CallTask(call) => Some((call.state.to_string(), call.entry, call.attempt)),
        _ => None,
    });
    calls.collect()
}

fn branch(name: &str) -> Value {
    json!({"StartAt": name, "States": {name: {"Type": "Task", "Resource": "job", "End": true}}})
}

#[test]
fn a_redrive_runs_only_what_failed() {
    let definition = define(&json!({"StartAt": "First", "States": {
        "First": {"Type": "Task", "Resource": "job", "Next": "P"},
        "P": {"Type": "Parallel", "Branches": [branch("A"), branch("B"), branch("C")], "End": true},
    }}));
    let (mut run, commands) = started(&definition);
    assert_eq!(called(&commands), ["First"]);
    let commands = run.apply(&at(1, succeeded(1, 1, json!({})))).expect("first");
    let open = calls(&commands);
    let of = |name: &str| open.iter().find(|call| call.0 == name).map(|call| call.1).expect("it was called");
    run.apply(&at(2, succeeded(of("A"), 1, json!("a")))).expect("a");
    run.apply(&at(3, failed(of("B"), 1, "E", "down"))).expect("b");
    assert!(matches!(run.status(), Status::Finished(Outcome::Failed { .. })));
    let again = run.apply(&at(4, Happening::Redriven)).expect("redriven");
    let mut names = called(&again);
    names.sort();
    assert_eq!(names, ["B", "C"]);
    let mut ended = Vec::new();
    for (name, entry, attempt) in calls(&again) {
        assert_eq!(attempt, 1);
        ended = run.apply(&at(5, succeeded(entry, attempt, json!(name.to_lowercase())))).expect("again");
    }
    assert_eq!(
        ended.last(),
        Some(&Command::Finish(Outcome::Succeeded { output: json!(["a", "b", "c"]).into() }))
    );
}

#[test]
fn a_redrive_in_a_map_keeps_what_is_done() {
    let definition = define(
        &json!({"StartAt": "M", "States": {"M": {"Type": "Map", "MaxConcurrency": 2, "End": true,
        "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Task", "Resource": "job", "End": true}}}}}}),
    );
    let mut run =
        Execution::start(definition, Start { input: json!([0, 1, 2, 3]).into(), ..Start::default() });
    let commands = run.apply(&at(0, Happening::Started { seed: Seed([1; 32]) })).expect("it starts");
    let first = calls(&commands);
    let next = calls(&run.apply(&at(1, succeeded(first[0].1, 1, json!("r0")))).expect("0"));
    run.apply(&at(2, failed(first[1].1, 1, "E", ""))).expect("1 fails");
    let again = calls(&run.apply(&at(3, Happening::Redriven)).expect("redriven"));
    assert_eq!((next.len(), again.len()), (1, 2));
    let mut results = Vec::new();
    let mut open = again;
    while let Some((_, entry, attempt)) = open.pop() {
        let commands = run.apply(&at(4, succeeded(entry, attempt, json!("r")))).expect("again");
        open.extend(calls(&commands));
        results = commands;
    }
    assert_eq!(
        results.last(),
        Some(&Command::Finish(Outcome::Succeeded { output: json!(["r0", "r", "r", "r"]).into() }))
    );
}

#[test]
fn a_cancelled_run_can_be_redriven() {
    let (mut run, _) = started(&job());
    run.apply(&at(1, Happening::Cancelled { error: None, cause: None })).expect("cancelled");
    let again = run.apply(&at(2, Happening::Redriven)).expect("redriven");
    let (_, entry, attempt) = calls(&again)[0].clone();
    let ended = run.apply(&at(3, succeeded(entry, attempt, json!(1)))).expect("ended");
    assert!(matches!(ended.last(), Some(Command::Finish(Outcome::Succeeded { .. }))));
}

#[test]
fn events_are_written_compactly() {
    let event = at(5, succeeded(3, 1, json!({"a": 1})));
    assert_eq!(
        serde_json::to_string(&event).expect("written"),
        r#"{"t":5,"e":{"task_succeeded":{"entry":3,"attempt":1,"output":{"a":1}}}}"#
    );
    let text = serde_json::to_string(&at(1, Happening::Redriven)).expect("written");
    assert_eq!(serde_json::from_str::<Event>(&text).expect("read"), at(1, Happening::Redriven));
}
