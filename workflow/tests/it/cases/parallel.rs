//! Parallel states.

use serde_json::{Value, json};

use super::{Act, failure, kinds, output, run};

fn branch(name: &str, state: Value) -> Value {
    let mut state = state;
    if state["Type"] != "Fail" {
        state["End"] = json!(true);
    }
    json!({"StartAt": name, "States": {name: state}})
}

fn parallel(branches: Vec<Value>, more: Value) -> Value {
    let mut state = json!({"Type": "Parallel", "Branches": branches, "Next": "End"});
    state.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
    json!({"StartAt": "P", "States": {"P": state, "End": {"Type": "Pass", "End": true}}})
}

#[test]
fn results_are_in_the_order_of_the_branches() {
    let job = |name: &str| branch(name, json!({"Type": "Task", "Resource": "job"}));
    let definition = parallel(
        vec![job("A"), job("B"), job("C")],
        json!({"ResultSelector": {"all.$": "$"}, "ResultPath": "$.r"}),
    );
    let acts = [Act::Give(30, json!("a")), Act::Give(10, json!("b")), Act::Give(20, json!("c"))];
    let run = run(&definition, json!({"in": 1}), &acts);
    assert_eq!(output(&run), json!({"in": 1, "r": {"all": ["a", "b", "c"]}}));
    assert_eq!(run.calls_ms, [0, 0, 0]);
}

#[test]
fn one_failure_ends_all() {
    let definition = parallel(
        vec![
            branch("A", json!({"Type": "Task", "Resource": "job", "TimeoutSeconds": 50})),
            branch("B", json!({"Type": "Wait", "Seconds": 1_000})),
            branch("C", json!({"Type": "Task", "Resource": "job"})),
        ],
        json!({"Catch": [{"ErrorEquals": ["E"], "Next": "End"}]}),
    );
    let run = run(&definition, json!({}), &[Act::Silence, Act::Fail("E")]);
    assert_eq!((output(&run), run.ended_ms), (json!({"Error": "E", "Cause": "as the script says"}), 0));
    let kinds = kinds(&run);
    for kind in ["TaskStateAborted", "WaitStateAborted", "ParallelStateFailed"] {
        assert!(kinds.contains(&kind.to_owned()), "{kind} in {kinds:?}");
    }
}

#[test]
fn a_retry_begins_all_branches_again() {
    let definition = parallel(
        vec![
            branch("A", json!({"Type": "Task", "Resource": "job"})),
            branch("B", json!({"Type": "Task", "Resource": "job"})),
        ],
        json!({"Retry": [{"ErrorEquals": ["States.ALL"]}]}),
    );
    let acts =
        [Act::Give(0, json!("a1")), Act::Fail("E"), Act::Give(0, json!("a2")), Act::Give(0, json!("b2"))];
    let run = run(&definition, json!({}), &acts);
    assert_eq!((output(&run), run.calls_ms.clone()), (json!(["a2", "b2"]), vec![0, 0, 1_000, 1_000]));
}

#[test]
fn a_failure_goes_through_all_levels() {
    let fail = branch("F", json!({"Type": "Fail", "Error": "Deep", "Cause": "down"}));
    let inner = branch(
        "I",
        json!({"Type": "Parallel", "Branches": [fail, branch("W", json!({"Type": "Wait", "Seconds": 9}))]}),
    );
    let run = run(&parallel(vec![inner], json!({})), json!({}), &[]);
    assert_eq!(failure(&run), ("Deep".to_owned(), "down".to_owned()));
}

#[test]
fn what_cannot_be_caught_is_not_caught_outside_either() {
    let wrong = branch("X", json!({"Type": "Pass", "InputPath": "$.none"}));
    let definition =
        parallel(vec![wrong], json!({"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "End"}]}));
    assert_eq!(failure(&run(&definition, json!({}), &[])).0, "States.Runtime");
}
