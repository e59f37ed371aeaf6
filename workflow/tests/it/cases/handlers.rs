//! `Retry` and `Catch`.

use serde_json::{Value, json};

use super::{Act, failure, kinds, output, run};

fn task(more: Value) -> Value {
    let mut state = json!({"Type": "Task", "Resource": "job", "End": true});
    state.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
    json!({"StartAt": "T", "States": {"T": state, "H": {"Type": "Pass", "End": true}}})
}

/// A task with handlers, of which one leads to `H`.
fn caught(more: Value) -> Value {
    task(more)
}

fn retried(retry: Value) -> Value {
    let mut definition = task(json!({"Retry": retry}));
    definition["States"].as_object_mut().expect("an object").remove("H");
    definition
}

/// Checks the moments of all calls of a task that always fails.
#[track_caller]
fn check_calls(retry: Value, acts: &[Act], expected_ms: &[u64]) {
    let run = run(&retried(retry.clone()), json!({}), acts);
    assert_eq!(run.calls_ms, expected_ms, "{retry}");
}

#[test]
fn delays_back_off() {
    let failing = vec![Act::Fail("E"); 20];
    check_calls(json!([{"ErrorEquals": ["E"]}]), &failing, &[0, 1_000, 3_000, 7_000]);
    check_calls(
        json!([{"ErrorEquals": ["E"], "IntervalSeconds": 3, "BackoffRate": 1.5, "MaxAttempts": 2}]),
        &failing,
        &[0, 3_000, 7_500],
    );
    check_calls(
        json!([{"ErrorEquals": ["E"], "IntervalSeconds": 2, "MaxDelaySeconds": 5, "MaxAttempts": 4}]),
        &failing,
        &[0, 2_000, 6_000, 11_000, 16_000],
    );
    check_calls(json!([{"ErrorEquals": ["E"], "MaxAttempts": 0}]), &failing, &[0]);
    check_calls(json!([{"ErrorEquals": ["Other"]}]), &failing, &[0]);
    check_calls(
        json!([{"ErrorEquals": ["E"], "BackoffRate": 1000.0, "MaxAttempts": 5, "MaxDelaySeconds": 31_622_400}]),
        &failing[..3],
        &[0, 1_000, 1_001_000, 1_001_001_000],
    );
}

#[test]
fn jitter_stays_within_the_delay() {
    let retry = json!([{"ErrorEquals": ["E"], "IntervalSeconds": 10, "BackoffRate": 1.0, "JitterStrategy": "FULL", "MaxAttempts": 8}]);
    let calls = run(&retried(retry), json!({}), &vec![Act::Fail("E"); 20]).calls_ms;
    let delays: Vec<u64> = calls.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(delays.len(), 8);
    assert!(delays.iter().all(|delay| *delay <= 10_000), "{delays:?}");
    assert!(delays.windows(2).any(|pair| pair[0] != pair[1]), "{delays:?}");
}

#[test]
fn each_retrier_counts_for_itself() {
    let retry = json!([{"ErrorEquals": ["A"], "MaxAttempts": 1}, {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "BackoffRate": 1, "MaxAttempts": 2}]);
    let acts = [Act::Fail("A"), Act::Fail("B"), Act::Fail("B"), Act::Fail("A"), Act::Echo];
    let run = run(&retried(retry), json!({}), &acts);
    assert_eq!(run.calls_ms, [0, 1_000, 6_000, 11_000]);
    assert_eq!(failure(&run).0, "A");
}

#[test]
fn a_retry_sees_its_count() {
    let state = json!({"Parameters": {"n.$": "$$.State.RetryCount"}, "Retry": [{"ErrorEquals": ["States.TaskFailed"]}]});
    let mut definition = task(state);
    definition["States"].as_object_mut().expect("an object").remove("H");
    let run = run(&definition, json!({}), &[Act::Fail("E"), Act::Fail("E"), Act::Echo]);
    assert_eq!(output(&run), json!({"n": 2}));
}

#[track_caller]
fn check_caught(errors: Value, error: &'static str, expected: bool) {
    let definition = caught(json!({"Catch": [{"ErrorEquals": errors, "Next": "H", "ResultPath": "$.e"}]}));
    let run = run(&definition, json!({"in": 1}), &[Act::Fail(error)]);
    if expected {
        assert_eq!(
            output(&run),
            json!({"in": 1, "e": {"Error": error, "Cause": "as the script says"}}),
            "{errors}"
        );
    } else {
        assert_eq!(failure(&run).0, error, "{errors}");
    }
}

#[test]
fn names_of_errors() {
    check_caught(json!(["E"]), "E", true);
    check_caught(json!(["Other", "E"]), "E", true);
    check_caught(json!(["States.ALL"]), "E", true);
    check_caught(json!(["States.TaskFailed"]), "E", true);
    check_caught(json!(["States.TaskFailed"]), "States.Timeout", false);
    check_caught(json!(["States.Timeout"]), "States.Timeout", true);
    check_caught(json!(["States.ALL"]), "States.DataLimitExceeded", true);
    check_caught(json!(["States.ALL"]), "States.Runtime", false);
    check_caught(json!(["States.Runtime"]), "States.Runtime", false);
    check_caught(json!(["e"]), "E", false);
}

#[test]
fn a_catcher_in_jsonata() {
    let mut definition = caught(
        json!({"Catch": [{"ErrorEquals": ["E"], "Next": "H", "Assign": {"seen": "{% $states.errorOutput.Error %}"}, "Output": {"was": "{% $states.input.in %}"}}]}),
    );
    definition["QueryLanguage"] = json!("JSONata");
    definition["States"]["H"]["Output"] = json!({"was": "{% $states.input.was %}", "seen": "{% $seen %}"});
    assert_eq!(
        output(&run(&definition, json!({"in": 1}), &[Act::Fail("E")])),
        json!({"was": 1, "seen": "E"})
    );
}

#[test]
fn what_a_state_computes_can_be_caught_too() {
    let state = json!({"QueryLanguage": "JSONata", "Arguments": "{% $states.input.none %}", "Catch": [{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "H"}]});
    let run = run(&caught(state), json!({}), &[]);
    assert_eq!(output(&run)["Error"], "States.QueryEvaluationError");
    assert!(kinds(&run).contains(&"EvaluationFailed".to_owned()));
}
