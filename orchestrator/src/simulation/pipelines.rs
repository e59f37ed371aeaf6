//! What is run: between them, everything that makes a driver's life hard.

use serde_json::{Value, json};

/// One pipeline, and what is asked of its runs.
pub(crate) struct Pipeline {
    pub(crate) name: &'static str,
    pub(crate) definition: Value,
    /// It fails until the stages are mended, and then wants a redrive.
    pub(crate) broken: bool,
}

/// A task on this input.
fn task(input: &Value, next: &str) -> Value {
    let mut task = json!({
        "Type": "Task", "Resource": "work", "Parameters": input,
        "Retry": [{ "ErrorEquals": ["Sim.Failed"], "IntervalSeconds": 1, "MaxAttempts": 3 }],
    });
    if next.is_empty() {
        task["End"] = json!(true);
    } else {
        task["Next"] = json!(next);
    }
    task
}

fn wait(seconds: u64, next: &str) -> Value {
    json!({ "Type": "Wait", "Seconds": seconds, "Next": next })
}

fn chain() -> Value {
    json!({
        "StartAt": "A",
        "States": {
            "A": task(&json!({}), "Pause"),
            "Pause": wait(30, "B"),
            "B": task(&json!({ "fail_first": 2 }), "C"),
            "C": task(&json!({}), ""),
        },
    })
}

fn parallel(broken: bool) -> Value {
    let caught = json!({
        "Type": "Task", "Resource": "work", "Parameters": { "fail_first": 9 }, "End": true,
        "Catch": [{ "ErrorEquals": ["Sim.Failed"], "Next": "D" }],
    });
    json!({
        "StartAt": "All",
        "States": {
            "All": {
                "Type": "Parallel", "Next": "End",
                "Branches": [
                    { "StartAt": "A", "States": { "A": task(&json!({}), "P"), "P": wait(7, "B"), "B": task(&json!({}), "") } },
                    { "StartAt": "Q", "States": { "Q": wait(2, "C"), "C": task(&json!({ "fail_first": 1, "broken": broken }), "") } },
                    { "StartAt": "X", "States": { "X": caught, "D": task(&json!({}), "") } },
                ],
            },
            "End": task(&json!({}), ""),
        },
    })
}

fn map(broken: bool) -> Value {
    let items: Vec<Value> =
        (0..7).map(|n| json!({ "n": n, "fail_first": n % 3, "broken": broken && n % 4 == 2 })).collect();
    json!({
        "StartAt": "Items",
        "States": {
            "Items": { "Type": "Pass", "Result": { "items": items }, "Next": "Each" },
            "Each": {
                "Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 3, "Next": "End",
                "ItemProcessor": {
                    "StartAt": "One",
                    "States": {
                        "One": {
                            "Type": "Task", "Resource": "work", "Next": "Breath",
                            "Retry": [{ "ErrorEquals": ["Sim.Failed"], "IntervalSeconds": 1, "MaxAttempts": 3 }],
                        },
                        "Breath": wait(1, "Two"),
                        "Two": { "Type": "Task", "Resource": "work", "Parameters": { "of.$": "$.on.n" }, "End": true },
                    },
                },
            },
            "End": task(&json!({}), ""),
        },
    })
}

fn timeout() -> Value {
    json!({
        "StartAt": "Slow",
        "States": {
            "Slow": {
                "Type": "Task", "Resource": "work", "Parameters": { "slow_ms": 90_000 }, "TimeoutSeconds": 8, "End": true,
                "Retry": [{ "ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1, "MaxAttempts": 1 }],
                "Catch": [{ "ErrorEquals": ["States.Timeout"], "Next": "Pause" }],
            },
            "Pause": wait(20, "Then"),
            "Then": task(&json!({}), ""),
        },
    })
}

/// All of them.
pub(crate) fn all() -> Vec<Pipeline> {
    let pipeline = |name, definition, broken| Pipeline { name, definition, broken };
    vec![
        pipeline("chain", chain(), false),
        pipeline("parallel", parallel(false), false),
        pipeline("map", map(false), false),
        pipeline("timeout", timeout(), false),
        pipeline("broken-parallel", parallel(true), true),
        pipeline("broken-map", map(true), true),
    ]
}
