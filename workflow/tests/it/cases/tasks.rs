//! Tasks: who is called, with what, and for how long.

use serde_json::{Value, json};
use workflow::integration::{LambdaInvoke, StartExecution, lambda_output};
use workflow::{CallTask, Happening, Pattern, Resource};

use super::{Act, Script, failure, kinds, output, run, run_with, single};
use crate::world::succeeded;

fn heartbeats(call: &CallTask) -> Vec<(u64, Happening)> {
    let (entry, attempt) = (call.entry, call.attempt);
    let beat = |at_ms| (at_ms, Happening::TaskHeartbeat { entry, attempt });
    vec![beat(4_000), beat(8_000), beat(12_000), (15_000, succeeded(entry, attempt, json!("done")))]
}

fn polled_late(call: &CallTask) -> Vec<(u64, Happening)> {
    let (entry, attempt) = (call.entry, call.attempt);
    let worker = Some("w".to_owned());
    vec![
        (600_000, Happening::TaskStarted { entry, attempt, worker }),
        (603_000, succeeded(entry, attempt, json!("done"))),
    ]
}

#[test]
fn a_task_is_given_up_in_time() {
    let state = json!({"Type": "Task", "Resource": "job", "TimeoutSeconds": 5});
    let run = run(&single(state), json!({}), &[Act::Silence]);
    assert_eq!(failure(&run).0, "States.Timeout");
    assert_eq!(run.ended_ms, 5_000);
    assert!(kinds(&run).contains(&"LambdaFunctionTimedOut".to_owned()));
}

#[test]
fn a_retry_has_its_full_time_again() {
    let state = json!({"Type": "Task", "Resource": "job", "TimeoutSecondsPath": "$.t", "Retry": [{"ErrorEquals": ["States.Timeout"], "MaxAttempts": 1}]});
    let run = run(&single(state), json!({"t": 5}), &[Act::Silence, Act::Give(4_000, json!(1))]);
    assert_eq!((output(&run), run.ended_ms), (json!(1), 10_000));
}

#[test]
fn an_answer_that_comes_too_late_changes_nothing() {
    let state = json!({"Type": "Task", "Resource": "job", "TimeoutSeconds": 5, "Retry": [{"ErrorEquals": ["States.Timeout"]}]});
    let run =
        run(&single(state), json!({}), &[Act::Give(5_500, json!("late")), Act::Give(100, json!("second"))]);
    assert_eq!((output(&run), run.ended_ms), (json!("second"), 6_100));
}

#[test]
fn a_worker_that_falls_silent() {
    let state = json!({"Type": "Task", "Resource": "job", "HeartbeatSeconds": 5, "TimeoutSeconds": 100});
    assert_eq!(output(&run(&single(state.clone()), json!({}), &[Act::Happen(heartbeats)])), json!("done"));
    let silent = run(&single(state), json!({}), &[Act::Silence]);
    assert_eq!((failure(&silent).0.as_str(), silent.ended_ms), ("States.HeartbeatTimeout", 5_000));
}

#[test]
fn an_activity_counts_from_when_a_worker_takes_it() {
    let state = json!({"Type": "Task", "Resource": "arn:aws:states:r:1:activity:build", "TimeoutSeconds": 5});
    let run = run(&single(state), json!({}), &[Act::Happen(polled_late)]);
    assert_eq!((output(&run), run.ended_ms), (json!("done"), 603_000));
    assert!(kinds(&run).contains(&"ActivityStarted".to_owned()));
}

#[test]
fn a_token_is_new_for_each_call() {
    let state = json!({"Type": "Task", "Resource": "arn:aws:states:::http:invoke.waitForTaskToken", "Parameters": {"t.$": "$$.Task.Token"}, "Retry": [{"ErrorEquals": ["E"]}]});
    let mut script = Script::new(&[Act::Fail("E"), Act::Echo]);
    run_with(&single(state), json!({}), &mut script);
    let tokens: Vec<Option<&str>> = script.calls.iter().map(|call| call.token.as_deref()).collect();
    assert_eq!(script.calls[0].input["t"].as_str(), tokens[0]);
    assert_ne!(tokens[0], tokens[1]);
    assert_eq!(tokens[0].map(str::len), Some(64));
    assert_eq!(
        script.calls.iter().map(|call| (call.entry, call.attempt)).collect::<Vec<_>>(),
        [(1, 1), (1, 2)]
    );
}

#[test]
fn a_result_that_is_too_large() {
    let state = json!({"Type": "Task", "Resource": "job"});
    let run = run(&single(state), json!({}), &[Act::Give(0, json!("x".repeat(300_000)))]);
    assert_eq!(failure(&run), ("States.DataLimitExceeded".to_owned(), "The state/task 'job' returned a result with a size exceeding the maximum number of bytes service limit.".to_owned()));
}

#[track_caller]
fn check_resource(text: &str, expected: Option<Resource>) {
    assert_eq!(Resource::parse(text), expected, "{text}");
    if let Some(resource) = expected {
        assert_eq!(resource.to_string(), text);
    }
}

#[test]
fn resources() {
    let service = |service: &str, action: &str, pattern| {
        Some(Resource::Service { service: service.to_owned(), action: action.to_owned(), pattern })
    };
    let arn = "arn:aws:lambda:region:account-id:function:checkout-function";
    check_resource(
        arn,
        Some(Resource::Function {
            name: "checkout-function".to_owned(),
            qualifier: None,
            arn: arn.to_owned(),
        }),
    );
    let versioned = "arn:aws:lambda:r:1:function:f:$LATEST";
    check_resource(
        versioned,
        Some(Resource::Function {
            name: "f".to_owned(),
            qualifier: Some("$LATEST".to_owned()),
            arn: versioned.to_owned(),
        }),
    );
    check_resource("stage-lint", Some(Resource::Component { name: "stage-lint".to_owned() }));
    check_resource("arn:aws:states:::lambda:invoke", service("lambda", "invoke", Pattern::RequestResponse));
    check_resource(
        "arn:aws:states:::lambda:invoke.waitForTaskToken",
        service("lambda", "invoke", Pattern::WaitForTaskToken),
    );
    check_resource(
        "arn:aws:states:::states:startExecution.sync:2",
        service("states", "startExecution", Pattern::Sync2),
    );
    check_resource(
        "arn:aws:states:::aws-sdk:s3:getObject",
        service("aws-sdk:s3", "getObject", Pattern::RequestResponse),
    );
    check_resource(
        "arn:aws:swf:r:1:task:x",
        Some(Resource::Unknown { text: "arn:aws:swf:r:1:task:x".to_owned() }),
    );
    for wrong in [
        "",
        "a b",
        "arn:",
        "arn:aws:lambda:r:1:function:",
        "arn:aws:lambda:r:1:function:f:",
        "arn:aws:states:::",
        "arn:aws:states:::lambda:invoke.now",
        "${open",
    ] {
        check_resource(wrong, None);
    }
}

#[test]
fn what_integrations_take_and_give() {
    let invoke = |input: Value| LambdaInvoke::from_input(&input);
    let whole = invoke(json!({"FunctionName": "arn:aws:lambda:r:1:function:f:3", "Payload": {"a": 1}}))
        .expect("right");
    assert_eq!(
        (whole.function.as_str(), whole.qualifier.as_deref(), &*whole.payload),
        ("f", Some("3"), &json!({"a": 1}))
    );
    assert_eq!(*invoke(json!({"FunctionName": "f"})).expect("right").payload, json!({}));
    assert!(invoke(json!({"Payload": 1})).is_err());
    assert_eq!(lambda_output(json!(1))["Payload"], 1);
    let nested = StartExecution::from_input(&json!({"StateMachineArn": "m", "Input": [1]})).expect("right");
    assert_eq!((nested.state_machine.as_str(), nested.input.as_deref()), ("m", Some(&json!([1]))));
}
