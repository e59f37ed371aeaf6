//! Hostile definitions and inputs: each ends soon, with a clear error.

use serde_json::{Value, json};
use workflow::{Definition, Limits, Start};

use super::{check_failure, failure, run};
use crate::driver;
use crate::world::Empty;

#[test]
fn a_loop_that_waits_for_nothing() {
    let definition = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Next": "B"},
        "B": {"Type": "Choice", "Choices": [{"Variable": "$.stop", "IsPresent": true, "Next": "E"}], "Default": "A"},
        "E": {"Type": "Succeed"},
    }});
    let run = run(&definition, json!({}), &[]);
    assert_eq!(
        failure(&run),
        (
            "States.Runtime".to_owned(),
            "The execution reached the maximum number of history events (25000)".to_owned()
        )
    );
    let start = Start {
        limits: Limits { history_events: u64::MAX, transitions_per_event: 1_000, ..Limits::default() },
        ..Start::default()
    };
    let run = driver::run(&super::define(&definition), start, &mut Empty);
    assert!(failure(&run).1.contains("endless loop"));
}

#[test]
fn data_that_grows_deeper_and_deeper() {
    let definition = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Parameters": {"a.$": "$"}, "Next": "B"},
        "B": {"Type": "Choice", "Choices": [{"Variable": "$.stop", "IsPresent": true, "Next": "E"}], "Default": "A"},
        "E": {"Type": "Succeed"},
    }});
    let run = run(&definition, json!({}), &[]);
    assert_eq!(failure(&run).0, "States.DataLimitExceeded");
    assert!(failure(&run).1.contains("deeper than 100 levels"));
}

#[test]
fn data_that_doubles() {
    let definition = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Parameters": {"s.$": "States.Format('{}{}', $.s, $.s)"}, "Next": "B"},
        "B": {"Type": "Choice", "Choices": [{"Variable": "$.stop", "IsPresent": true, "Next": "E"}], "Default": "A"},
        "E": {"Type": "Succeed"},
    }});
    assert_eq!(failure(&run(&definition, json!({"s": "xxxxxxxx"}), &[])).0, "States.DataLimitExceeded");
}

#[test]
fn a_pattern_that_backtracks() {
    let rule = json!({"Variable": "$.s", "StringMatches": format!("{}b", "a*".repeat(200)), "Next": "E"});
    let definition = json!({"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [rule]}, "E": {"Type": "Succeed"}}});
    assert_eq!(failure(&run(&definition, json!({"s": "a".repeat(10_000)}), &[])).0, "States.NoChoiceMatched");
}

#[test]
fn an_expression_that_never_ends() {
    let state = json!({"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% ($f := function($n){ $f($n + 1) }; $f(0)) %}"});
    check_failure(state, json!({}), "States.QueryEvaluationError", "steps");
}

#[test]
fn huge_numbers() {
    let state = json!({"Type": "Pass", "Parameters": {"v.$": "States.MathAdd($.a, $.b)"}});
    check_failure(state, json!({"a": i64::MAX, "b": 1}), "States.IntrinsicFailure", "out of range");
    check_failure(
        json!({"Type": "Wait", "SecondsPath": "$.s"}),
        json!({"s": 1e300}),
        "States.Runtime",
        "cannot be parsed",
    );
    let state = json!({"Type": "Map", "MaxConcurrencyPath": "$.m", "ItemsPath": "$.i", "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}});
    check_failure(state, json!({"m": -1, "i": []}), "States.Runtime", "MaxConcurrency cannot be negative.");
}

#[test]
fn too_many_items() {
    let processor = json!({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}});
    let definition = super::define(&super::single(json!({"Type": "Map", "ItemProcessor": processor})));
    let start = Start {
        input: json!([1, 2, 3]).into(),
        limits: Limits { map_items: 2, ..Limits::default() },
        ..Start::default()
    };
    assert!(failure(&driver::run(&definition, start, &mut Empty)).1.contains("3 items, more than 2"));
}

#[test]
fn iterations_count_as_history_too() {
    let processor = json!({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}});
    let definition = super::single(json!({"Type": "Map", "ItemProcessor": processor}));
    let items: Value = (0..10_000).collect();
    let run = run(&definition, items, &[]);
    assert!(failure(&run).1.contains("maximum number of history events"));
}

#[track_caller]
fn check_refused(text: &str, part: &str) {
    let problems = Definition::parse(text).expect_err("it is refused");
    assert!(problems.iter().any(|problem| problem.to_string().contains(part)), "{problems:?}");
}

#[test]
fn definitions_without_end() {
    let nested = |levels: usize| {
        (0..levels).fold(json!({"StartAt": "x", "States": {"x": {"Type": "Succeed"}}}), |inner, level| {
            let name = format!("s{level}");
            json!({"StartAt": name.clone(), "States": {name: {"Type": "Parallel", "Branches": [inner], "End": true}}})
        })
    };
    assert!(Definition::from_value(&nested(15)).is_ok());
    check_refused(&nested(24).to_string(), "nest deeper than 20 levels");
    check_refused(&format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)), "isn't JSON");
    check_refused(&format!("\"{}\"", "x".repeat(2_000_000)), "bytes, more than");
    let deep: Value = (0..200).fold(json!(1), |inner, _| json!({"a": inner}));
    assert!(Definition::from_value(&deep).is_err());
}

#[test]
fn paths_and_calls_without_end() {
    for (text, part) in [
        (format!("$.{}", "a".repeat(10_000)), "longer than"),
        (format!("$[?({}@.a{})]", "(".repeat(1_000), ")".repeat(1_000)), "nests deeper"),
        (format!("{}1{}", "States.Array(".repeat(50), ")".repeat(50)), "nest deeper than 10 levels"),
    ] {
        let definition = super::single(json!({"Type": "Pass", "Parameters": {"v.$": text}}));
        check_refused(&definition.to_string(), part);
    }
}
