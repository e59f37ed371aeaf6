//! Waiting, in virtual time.

use serde_json::{Value, json};
use workflow::{Happening, Outcome};

use super::{Act, Script, check_failure, kinds, output, run, run_with, single};

#[track_caller]
fn check(wait: Value, input: Value, expected_ms: u64) {
    let mut state = json!({"Type": "Wait"});
    state.as_object_mut().expect("an object").extend(wait.as_object().cloned().unwrap_or_default());
    let run = run(&single(state), input.clone(), &[]);
    assert_eq!(output(&run), input);
    assert_eq!(run.ended_ms, expected_ms, "{wait}");
}

#[test]
fn seconds_and_moments() {
    check(json!({"Seconds": 10}), json!({}), 10_000);
    check(json!({"Seconds": 0}), json!({}), 0);
    check(json!({"SecondsPath": "$.s"}), json!({"s": 3}), 3_000);
    check(json!({"Timestamp": "2024-01-01T00:01:00Z"}), json!({}), 60_000);
    check(json!({"TimestampPath": "$.t"}), json!({"t": "2024-01-01T01:00:30+01:00"}), 30_000);
    check(json!({"Timestamp": "1999-01-01T00:00:00Z"}), json!({}), 0);
    check(
        json!({"QueryLanguage": "JSONata", "Seconds": "{% $states.input.s + 1 %}"}),
        json!({"s": 1}),
        2_000,
    );
    check(json!({"Seconds": 99_999_999}), json!({}), 99_999_999_000);
}

#[test]
fn waits_that_cannot_be() {
    check_failure(
        json!({"Type": "Wait", "SecondsPath": "$.s"}),
        json!({"s": "1"}),
        "States.Runtime",
        "cannot be parsed as a long value",
    );
    check_failure(
        json!({"Type": "Wait", "SecondsPath": "$.s"}),
        json!({}),
        "States.Runtime",
        "does not reference an input value",
    );
    check_failure(
        json!({"Type": "Wait", "QueryLanguage": "JSONata", "Seconds": "{% -1 %}"}),
        json!({}),
        "States.QueryEvaluationError",
        "not a non-negative integer",
    );
}

#[test]
fn the_whole_run_has_a_time() {
    let mut definition = single(json!({"Type": "Wait", "Seconds": 100}));
    definition["TimeoutSeconds"] = json!(30);
    let run = run(&definition, json!({}), &[]);
    assert!(matches!(run.outcome(), Outcome::TimedOut { .. }));
    assert_eq!((run.ended_ms, kinds(&run).last().map(String::as_str)), (30_000, Some("ExecutionTimedOut")));
}

#[test]
fn a_run_is_cancelled() {
    let mut script = Script::new(&[Act::Silence]);
    let stop = Happening::Cancelled { error: Some("Stop".to_owned()), cause: Some("enough".to_owned()) };
    script.visits = vec![(2_000, stop)];
    let run = run_with(
        &single(json!({"Type": "Task", "Resource": "job", "TimeoutSeconds": 60})),
        json!({}),
        &mut script,
    );
    let expected = Outcome::Cancelled { error: Some("Stop".to_owned()), cause: Some("enough".to_owned()) };
    assert_eq!((run.outcome(), run.ended_ms), (&expected, 2_000));
}
