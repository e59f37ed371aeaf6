//! Checking definitions: every problem at once, each with its place.

use serde_json::{Value, json};
use workflow::{Code, Definition, Problem, Severity};

#[track_caller]
fn check(definition: Value, expected: &[(Code, &str)]) {
    let problems = match Definition::from_value(&definition) {
        Ok(definition) => definition.warnings().to_vec(),
        Err(problems) => problems,
    };
    let found: Vec<(Code, &str)> =
        problems.iter().map(|problem| (problem.code, problem.pointer.as_str())).collect();
    assert_eq!(found, expected, "{}", shown(&problems));
}

fn shown(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[test]
fn every_problem_is_reported_at_once() {
    let definition = json!({"StartAt": "Nowhere", "Comment": 5, "Extra": 1, "States": {
        "A": {"Type": "Task", "Next": "B", "TimeoutSeconds": 0, "Retries": []},
        "B": {"Type": "Pass", "Parameters": {"x.$": "$[", "x": 1}, "Next": "Z"},
        "C": {"Type": "Nope"},
        "D": {"Type": "Wait", "Seconds": 1, "Timestamp": "2024-01-01T00:00:00Z", "End": true},
    }});
    check(
        definition,
        &[
            (Code::InvalidValue, "/Comment"),
            (Code::UnknownState, "/StartAt"),
            (Code::MissingField, "/States/A"),
            (Code::InvalidValue, "/States/A/TimeoutSeconds"),
            (Code::UnknownField, "/States/A/Retries"),
            (Code::ConflictingFields, "/States/B/Parameters/x.$"),
            (Code::InvalidPath, "/States/B/Parameters/x.$"),
            (Code::UnknownState, "/States/B/Next"),
            (Code::InvalidValue, "/States/C/Type"),
            (Code::ConflictingFields, "/States/D"),
            (Code::UnknownField, "/Extra"),
        ],
    );
}

#[test]
fn transitions() {
    let pass = |next: Value| {
        let mut state = json!({"Type": "Pass"});
        state.as_object_mut().expect("an object").extend(next.as_object().cloned().unwrap_or_default());
        state
    };
    check(
        json!({"StartAt": "A", "States": {"A": pass(json!({"End": true})), "B": pass(json!({"End": true}))}}),
        &[(Code::UnreachableState, "/States/B")],
    );
    check(
        json!({"StartAt": "A", "States": {"A": pass(json!({"Next": "B"})), "B": pass(json!({"Next": "A"}))}}),
        &[(Code::NoTerminalState, "/States")],
    );
    check(json!({"StartAt": "A", "States": {"A": pass(json!({}))}}), &[(Code::MissingField, "/States/A")]);
    check(
        json!({"StartAt": "A", "States": {"A": pass(json!({"Next": "A", "End": true}))}}),
        &[(Code::ConflictingFields, "/States/A")],
    );
    check(
        json!({"StartAt": "A/~", "States": {"A/~": {"Type": "Pass", "Next": "X"}}}),
        &[(Code::UnknownState, "/States/A~1~0/Next")],
    );
}

#[test]
fn handlers() {
    let task = |more: Value| {
        let mut state = json!({"Type": "Task", "Resource": "job", "End": true});
        state.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
        json!({"StartAt": "T", "States": {"T": state}})
    };
    check(
        task(json!({"Retry": [{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["E"]}]})),
        &[(Code::UnreachableHandler, "/States/T/Retry/0/ErrorEquals")],
    );
    check(
        task(json!({"Retry": [{"ErrorEquals": ["States.ALL", "E"]}]})),
        &[(Code::InvalidValue, "/States/T/Retry/0/ErrorEquals")],
    );
    check(
        task(json!({"Retry": [{"ErrorEquals": []}]})),
        &[(Code::InvalidValue, "/States/T/Retry/0/ErrorEquals")],
    );
    check(
        task(json!({"Retry": [{"ErrorEquals": ["States.Nope"]}]})),
        &[(Code::InvalidValue, "/States/T/Retry/0/ErrorEquals")],
    );
    check(
        task(json!({"Catch": [{"ErrorEquals": ["E"], "Next": "Q"}]})),
        &[(Code::UnknownState, "/States/T/Catch/0/Next")],
    );
    check(
        task(json!({"HeartbeatSeconds": 9, "TimeoutSeconds": 9})),
        &[(Code::InvalidValue, "/States/T/HeartbeatSeconds")],
    );
    check(task(json!({"Resource": "not a name"})), &[(Code::InvalidResource, "/States/T/Resource")]);
    check(
        task(json!({"Resource": "arn:aws:states:::lambda:invoke", "Parameters": {}})),
        &[(Code::MissingField, "/States/T/Parameters")],
    );
    check(task(json!({"Credentials": {"RoleArn": "r"}})), &[(Code::Ignored, "/States/T/Credentials")]);
    check(task(json!({"ResultPath": "$.a[*]"})), &[(Code::InvalidPath, "/States/T/ResultPath")]);
    check(task(json!({"Arguments": {}})), &[(Code::UnknownField, "/States/T/Arguments")]);
}

#[test]
fn languages() {
    let state = |more: Value| {
        let mut state = json!({"Type": "Pass", "QueryLanguage": "JSONata", "End": true});
        state.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
        json!({"StartAt": "P", "States": {"P": state}})
    };
    check(
        state(json!({"Output": {"a": ["{% 1 + %}"]}})),
        &[(Code::InvalidExpression, "/States/P/Output/a/0")],
    );
    check(state(json!({"Output": "{% 1"})), &[(Code::InvalidExpression, "/States/P/Output")]);
    check(state(json!({"InputPath": "$.a"})), &[(Code::UnknownField, "/States/P/InputPath")]);
    check(state(json!({"Output": "{% $eval('1') %}"})), &[(Code::InvalidExpression, "/States/P/Output")]);
    check(state(json!({"Assign": {"states": 1}})), &[(Code::InvalidVariable, "/States/P/Assign/states")]);
    check(state(json!({"Output": "{% $nobody %}"})), &[(Code::InvalidVariable, "/States/P")]);
}

#[test]
fn variables_of_an_outer_scope_cannot_be_assigned_within() {
    let inner = json!({"StartAt": "In", "States": {"In": {"Type": "Pass", "Assign": {"x": 2}, "End": true}}});
    let definition = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Assign": {"x": 1}, "Next": "P"},
        "P": {"Type": "Parallel", "Branches": [inner], "End": true},
    }});
    check(definition, &[(Code::InvalidVariable, "/States/P/Branches/0/States/In")]);
}

#[test]
fn what_dashboards_see() {
    let definition = super::define(&json!({"Comment": "c", "TimeoutSeconds": 60, "StartAt": "P", "States": {
        "P": {"Type": "Parallel", "Next": "E", "Branches": [{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "job", "End": true}}}]},
        "E": {"Type": "Succeed"},
    }}));
    assert_eq!(
        (definition.comment(), definition.timeout_seconds(), definition.start_at()),
        (Some("c"), Some(60), "P")
    );
    let names: Vec<&str> = definition.states().map(|state| state.name()).collect();
    assert_eq!(names, ["P", "E", "T"]);
    let task = definition.state("T").expect("it is there");
    assert_eq!(task.kind().to_string(), "Task");
    assert_eq!(task.resource().map(ToString::to_string).as_deref(), Some("job"));
    assert_eq!(task.pointer(), "/States/P/Branches/0/States/T");
    assert_eq!(task.parent().map(|parent| parent.name()), Some("P"));
    assert!(task.is_start() && definition.state("P").is_some_and(|state| state.successors() == ["E"]));
}

#[test]
fn problems_can_be_shown() {
    let problems = Definition::parse("{}").expect_err("it is refused");
    assert!(problems.iter().all(|problem| problem.severity == Severity::Error));
    assert_eq!(problems[0].to_string(), "`/`: the field `StartAt` is required but missing");
    let json = serde_json::to_value(&problems[0]).expect("it is serialisable");
    assert_eq!(
        json,
        json!({"severity": "error", "code": "MISSING_FIELD", "pointer": "", "message": "the field `StartAt` is required but missing"})
    );
}
