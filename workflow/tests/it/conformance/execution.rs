//! Recorded executions.

use std::sync::Arc;

use serde_json::{Value, json};
use workflow::{Definition, HistoryEvent, Outcome, Start, Status};

use super::Verdict;
use super::compare::{case_difference, recorded};
use super::lambda::Recorded;
use crate::driver;

/// Events that the recorder left out where it sorted those of branches.
const UNRECORDED: [&str; 2] = ["ParallelStateSucceeded", "ParallelStateFailed"];

/// Runs a case and compares.
pub(crate) fn check(case: &Value) -> Verdict {
    let definition = match Definition::from_value(&case["definition"]) {
        Ok(definition) => Arc::new(definition),
        Err(problems) => {
            let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
            return Verdict::Failed(format!("the definition is refused: {}", shown.join(" | ")));
        }
    };
    let machine = "machine-1";
    let name = case["execution_name"].as_str().unwrap_or("execution-1");
    let start = Start {
        input: case["input"].clone().into(),
        execution_id: format!("arn:aws:states:us-east-1:111111111111:execution:{machine}:{name}"),
        execution_name: name.to_owned(),
        role_arn: Some("arn:aws:iam::111111111111:role/r".to_owned()),
        machine_id: format!("arn:aws:states:us-east-1:111111111111:stateMachine:{machine}"),
        machine_name: machine.to_owned(),
        ..Start::default()
    };
    let run = driver::run(&definition, start, &mut Recorded::of(case));
    let expect = &case["expect"];
    let checks = [
        outcome_difference(case, &run.status),
        types_difference(case, &run.history),
        details_difference(case, &run.history),
    ];
    match checks.into_iter().flatten().next() {
        None => Verdict::Passed,
        Some(reason) => Verdict::Failed(format!("{reason} (expected {})", short(expect))),
    }
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(600).collect()
}

fn outcome_difference(case: &Value, status: &Status) -> Option<String> {
    let mut actual = match status {
        Status::Finished(Outcome::Succeeded { output }) => json!({"status": "SUCCEEDED", "output": **output}),
        Status::Finished(Outcome::Failed { error, cause }) => {
            json!({"status": "FAILED", "error": error, "cause": cause})
        }
        Status::Finished(Outcome::TimedOut { error, cause }) => {
            json!({"status": "TIMED_OUT", "error": error, "cause": cause})
        }
        Status::Finished(Outcome::Cancelled { error, cause }) => {
            json!({"status": "ABORTED", "error": error, "cause": cause})
        }
        other => return Some(format!("the run isn't over: {other:?}")),
    };
    actual.as_object_mut()?.retain(|_, member| !member.is_null());
    if let Status::Finished(Outcome::Succeeded { output }) = status {
        actual["output"] = (**output).clone();
    }
    let mut expected = case["expect"].clone();
    expected.as_object_mut()?.remove("events");
    let placeholders: Vec<&str> =
        case["placeholder_paths"].as_array()?.iter().filter_map(Value::as_str).collect();
    let wild = |place: &str| placeholders.contains(&place);
    case_difference(case, &expected, &recorded(&actual), "$.expect", &wild)
}

fn kept(history: &[HistoryEvent]) -> impl Iterator<Item = &HistoryEvent> {
    history.iter().filter(|event| event.journal == 0)
}

fn types_difference(case: &Value, history: &[HistoryEvent]) -> Option<String> {
    let expected = case["expect"]["events"].as_array()?;
    let mut expected: Vec<String> = expected.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    if expected.last().is_some_and(|last| last == "ExecutionStarted") && expected.len() > 1 {
        expected.reverse();
    }
    let actual: Vec<String> = kept(history).map(HistoryEvent::kind).collect();
    if expected == actual {
        return None;
    }
    let (mut sorted, mut wanted) = (actual.clone(), expected.clone());
    let parallel = actual.iter().any(|kind| kind.starts_with("ParallelState"));
    if parallel {
        sorted.retain(|kind| !UNRECORDED.contains(&kind.as_str()));
    }
    if parallel || concurrent_map(&case["definition"]) {
        sorted.sort();
        wanted.sort();
        // Of a nested Parallel, the recorder kept only the beginning.
        let nested = actual.iter().filter(|kind| *kind == "ParallelStateStarted").count() > 1;
        if sorted == wanted || nested && is_within(&wanted, &sorted) {
            return None;
        }
    }
    Some(format!("events differ: {}", actual.join(" ")))
}

fn is_within(part: &[String], whole: &[String]) -> bool {
    let mut rest = whole.to_vec();
    part.iter().all(|item| match rest.iter().position(|other| other == item) {
        Some(at) => {
            rest.remove(at);
            true
        }
        None => false,
    })
}

fn concurrent_map(definition: &Value) -> bool {
    match definition {
        Value::Object(members) => {
            let map = members.get("Type").is_some_and(|kind| kind == "Map")
                && members.get("MaxConcurrency") != Some(&json!(1));
            map || members.values().any(concurrent_map)
        }
        Value::Array(items) => items.iter().any(concurrent_map),
        _ => false,
    }
}

/// Compares names, inputs, outputs, errors and variables of the events, where their order is fixed.
fn details_difference(case: &Value, history: &[HistoryEvent]) -> Option<String> {
    let expected = case["event_details"].as_array()?;
    let expected: Vec<&Value> = match expected.first().map(|event| &event["type"]) {
        Some(first) if first != "ExecutionStarted" => expected.iter().rev().collect(),
        _ => expected.iter().collect(),
    };
    let actual: Vec<Value> = kept(history).map(|event| recorded(&event.to_json())).collect();
    let same_types = expected.len() == actual.len()
        && expected.iter().zip(&actual).all(|(left, right)| left["type"] == right["type"]);
    if !same_types {
        return None;
    }
    let wild = |place: &str| {
        let last = place.rsplit('.').next().unwrap_or_default();
        ["timestamp", "region", "roleArn", "mapRunArn", "taskCredentials", "previousEventId", "resource"]
            .contains(&last)
    };
    expected.iter().zip(&actual).enumerate().find_map(|(at, (expected, actual))| {
        case_difference(case, expected, actual, &format!("event {}", at + 1), &wild)
    })
}
