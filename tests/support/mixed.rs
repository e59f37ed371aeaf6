//! A pipeline with everything that can be interrupted, Parallel, Map, Wait and Retry, and what a run of it must have
//! done: each call that counts once, under a key of its own.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::App;

/// Items of the Map.
const ITEMS: usize = 5;
/// Calls that count: two in the branches, one an item, three attempts that fail, and the last.
const CALLS: usize = 2 + ITEMS + 3 + 1;

/// The pipeline. Its runs are told apart by `n` of their input, which must differ: results of equal calls are shared.
pub(crate) fn pipeline() -> Value {
    let left = json!({
        "StartAt": "Left",
        "States": { "Left": echo("left", None) },
    });
    let right = json!({
        "StartAt": "Pause",
        "States": {
            "Pause": { "Type": "Wait", "Seconds": 1, "Next": "Right" },
            "Right": echo("right", None),
        },
    });
    let mut sad = echo("sad", Some("Last"));
    sad["Parameters"]["parameters"] = json!({ "do": "fail", "error": "Probe.Sad", "cause.$": "$.n" });
    sad["Retry"] = json!([{
        "ErrorEquals": ["Probe.Sad"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 1,
    }]);
    sad["Catch"] = json!([{ "ErrorEquals": ["Probe.Sad"], "ResultPath": "$.caught", "Next": "Last" }]);
    json!({
        "StartAt": "Both",
        "States": {
            "Both": { "Type": "Parallel", "Branches": [left, right], "ResultPath": null, "Next": "Each" },
            "Each": {
                "Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 3, "ResultPath": null, "Next": "Rest",
                "ItemSelector": { "n.$": "States.Format('{} {}', $.n, $$.Map.Item.Value)" },
                "ItemProcessor": { "StartAt": "Item", "States": { "Item": echo("item", None) } },
            },
            "Rest": { "Type": "Wait", "Seconds": 1, "Next": "Sad" },
            "Sad": sad,
            "Last": echo("last", None),
        },
    })
}

/// Starts a run.
#[track_caller]
pub(crate) fn start(app: &App, project: &str, n: usize) -> String {
    app.start_run(project, &request(n))
}

/// What a run is started with.
pub(crate) fn request(n: usize) -> Value {
    let items: Vec<String> = (0..ITEMS).map(|item| item.to_string()).collect();
    json!({ "input": { "n": n.to_string(), "items": items } })
}

/// Waits for the end of a run, and checks that it ended right, and that everything in it counts once.
#[track_caller]
pub(crate) fn check(app: &App, id: &str, n: usize) {
    let run = app.finished(id);
    assert_eq!(run["status"], "succeeded", "{run:#}");
    assert_eq!(run["output"]["result"]["text"], format!("last {n}"), "{run:#}");
    let mut texts: Vec<&str> = Vec::new();
    let mut sad: Vec<u64> = Vec::new();
    for stage in run["stages"].as_array().unwrap() {
        assert_eq!(stage["cached"], false, "a result of its own counts as another's: {run:#}");
        match stage["result"]["text"].as_str() {
            Some(text) => texts.push(text),
            None => sad.push(stage["attempt"].as_u64().unwrap()),
        }
    }
    texts.sort_unstable();
    let mut expected: Vec<String> =
        ["left", "right", "last"].iter().map(|what| format!("{what} {n}")).collect();
    expected.extend((0..ITEMS).map(|item| format!("item {n} {item}")));
    expected.sort_unstable();
    assert_eq!(texts, expected, "a call is missing or counts twice: {run:#}");
    assert_eq!(sad, [1, 2, 3], "{run:#}");
    let keys = keys(app, id);
    assert_eq!(keys.len(), CALLS);
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), CALLS, "a key counts twice: {keys:?}");
}

/// Entry and attempt, which make the idempotency key, of each call that is in a run's history.
fn keys(app: &App, id: &str) -> Vec<(u64, u64)> {
    let events = app.client.json("GET", &format!("/api/runs/{id}/events"), None).unwrap();
    let events = events.as_array().or_else(|| events["events"].as_array()).expect("events").clone();
    let of = |event: &Value| {
        let end = event["event"].get("task_succeeded").or_else(|| event["event"].get("task_failed"))?;
        Some((end["entry"].as_u64()?, end["attempt"].as_u64()?))
    };
    events.iter().filter_map(of).collect()
}

fn echo(what: &str, next: Option<&str>) -> Value {
    let mut state = json!({
        "Type": "Task", "Resource": "stage-probe-patient", "ResultPath": null,
        "Parameters": { "parameters": {
            "do": "echo", "text.$": format!("States.Format('{what} {{}}', $.n)"),
        } },
    });
    match next {
        Some(next) => state["Next"] = json!(next),
        None => state["End"] = json!(true),
    }
    if what == "last" {
        state.as_object_mut().unwrap().remove("ResultPath");
    }
    state
}
