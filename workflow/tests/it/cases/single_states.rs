//! Tests of one state by itself: beyond what is recorded.

use serde_json::{Value, json};
use workflow::test_state::{InspectionLevel, RejectedCode, TestRequest, Tested, test_state};

fn request(members: Value) -> TestRequest {
    serde_json::from_value(members).expect("the request is one that can be made")
}

fn tested(members: Value) -> Tested {
    let request = request(members);
    test_state(&request, |call| Ok(call.input.clone())).expect("the test can be made")
}

#[track_caller]
fn check(members: Value, expected: Value) {
    let found = tested(members.clone()).to_json(InspectionLevel::Debug);
    assert_eq!(found, expected, "{members}");
}

#[track_caller]
fn check_rejected(members: Value, code: RejectedCode, part: &str) {
    let request = request(members.clone());
    let rejected = test_state(&request, |call| Ok(call.input.clone())).expect_err("the test can't be made");
    assert_eq!(rejected.code, code, "{members}: {rejected}");
    assert!(rejected.message.contains(part), "{members}: {rejected}");
}

#[test]
fn a_wait_is_over_at_once() {
    check(
        json!({"definition": {"Type": "Wait", "SecondsPath": "$.s", "OutputPath": "$.s", "Next": "N"}, "input": {"s": 900}}),
        json!({"output": 900, "nextState": "N", "status": "SUCCEEDED", "inspectionData": {"input": {"s": 900}, "afterInputPath": {"s": 900}}}),
    );
}

#[test]
fn choices_lead_somewhere_or_nowhere() {
    let choice =
        json!({"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Next": "One"}]});
    let found = tested(json!({"definition": choice, "input": {"n": 1}}));
    assert_eq!(found.next_state.as_deref(), Some("One"));
    let found = tested(json!({"definition": choice, "input": {"n": 2}}));
    assert_eq!((found.error.as_deref(), found.output), (Some("States.NoChoiceMatched"), None));
}

#[test]
fn a_task_without_a_mock_is_called() {
    check(
        json!({"roleArn": "r", "definition": {"Type": "Task", "Resource": "job", "QueryLanguage": "JSONata",
            "Arguments": {"v": "{% $v + $states.input.n %}"}, "Assign": {"v": "{% $states.result.v %}"}, "Output": "{% $v %}", "End": true},
            "variables": {"v": 1}, "input": {"n": 2}}),
        json!({"output": 1, "status": "SUCCEEDED", "inspectionData": {"input": {"n": 2}, "afterArguments": {"v": 3},
            "result": {"v": 3}, "variables": {"v": 3}}}),
    );
}

#[test]
fn retries_come_before_catchers_until_they_are_used_up() {
    let definition = json!({"Type": "Task", "Resource": "job", "End": true,
        "Retry": [{"ErrorEquals": ["Other"]}, {"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 3, "MaxAttempts": 2, "MaxDelaySeconds": 4}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": "N"}]});
    let of = |retries: u64| {
        tested(json!({"definition": definition, "mock": {"errorOutput": {"error": "E", "cause": "c"}},
            "stateConfiguration": {"retrierRetryCount": retries}}))
        .to_json(InspectionLevel::Debug)
    };
    assert_eq!(
        of(0)["inspectionData"]["errorDetails"],
        json!({"retryIndex": 1, "retryBackoffIntervalSeconds": 3})
    );
    assert_eq!(
        of(1)["inspectionData"]["errorDetails"],
        json!({"retryIndex": 1, "retryBackoffIntervalSeconds": 4})
    );
    let caught = of(2);
    assert_eq!(caught["inspectionData"]["errorDetails"], json!({"retryIndex": 1, "catchIndex": 0}));
    assert_eq!((&caught["status"], &caught["nextState"]), (&json!("CAUGHT_ERROR"), &json!("N")));
    assert_eq!(caught["output"], json!({"e": {"Error": "E", "Cause": "c"}}));
}

#[test]
fn a_map_shows_its_items_and_inputs() {
    let processor = json!({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}},
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}});
    let map = |more: Value| {
        let mut map = json!({"Type": "Map", "ItemProcessor": processor, "End": true});
        map.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
        map
    };
    let steps = |definition: Value, configuration: Value| {
        let found = tested(
            json!({"definition": definition, "input": {"l": [1, 2, 3], "c": 2}, "mock": {"result": "[0, 0, 0]"},
            "stateConfiguration": configuration}),
        );
        found.to_json(InspectionLevel::Debug)["inspectionData"].clone()
    };
    let found = steps(
        map(
            json!({"ItemsPath": "$.l", "ItemSelector": {"v.$": "$$.Map.Item.Value", "c.$": "$.c"}, "MaxConcurrencyPath": "$.c",
            "ItemBatcher": {"MaxItemsPerBatch": 2}, "ResultPath": "$.r"}),
        ),
        json!({}),
    );
    assert_eq!(found["afterItemsPath"], json!([1, 2, 3]));
    assert_eq!(found["afterItemSelector"], json!([{"v": 1, "c": 2}, {"v": 2, "c": 2}, {"v": 3, "c": 2}]));
    assert_eq!(
        found["afterItemBatcher"],
        json!([{"Items": [{"v": 1, "c": 2}, {"v": 2, "c": 2}]}, {"Items": [{"v": 3, "c": 2}]}])
    );
    assert_eq!((&found["maxConcurrency"], &found["afterResultSelector"]), (&json!(2), &json!([0, 0, 0])));
    assert_eq!(found["afterResultPath"], json!({"l": [1, 2, 3], "c": 2, "r": [0, 0, 0]}));
    let reader = json!({"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"},
        "ReaderConfig": {"InputType": "JSON", "ItemsPointer": "/x"}});
    let found = steps(map(json!({ "ItemReader": reader })), json!({"mapItemReaderData": "{\"x\": [4, 5]}"}));
    assert_eq!(found["afterItemsPointer"], json!([4, 5]));
    check_rejected(
        json!({"definition": map(json!({"ItemReader": reader})), "mock": {"result": "[]"}}),
        RejectedCode::ValidationException,
        "ItemReader data must be specified",
    );
}

#[test]
fn states_within_others_are_found() {
    let definition = json!({"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [
        {"StartAt": "In", "States": {"In": {"Type": "Pass", "Result": 1, "Next": "Out"}, "Out": {"Type": "Succeed"}}}]}}});
    let found = tested(json!({"definition": definition, "stateName": "In"}));
    assert_eq!(
        (found.next_state.as_deref(), found.output.map(|output| (*output).clone())),
        (Some("Out"), Some(json!(1)))
    );
    let caused_by = |name: &str| {
        json!({"definition": definition, "stateName": "P", "mock": {"errorOutput": {"error": "E"}},
            "stateConfiguration": {"errorCausedByState": name}})
    };
    assert_eq!(tested(caused_by("Out")).error.as_deref(), Some("E"));
    check_rejected(caused_by("P"), RejectedCode::ValidationException, "is not a state within");
}

#[test]
fn requests_that_contradict_themselves() {
    let task = |resource: &str| json!({"Type": "Task", "Resource": resource, "End": true});
    let validation = RejectedCode::ValidationException;
    for (members, code, part) in [
        (
            json!({"definition": {"Type": "Pass"}}),
            RejectedCode::InvalidDefinition,
            "the state leads nowhere at ",
        ),
        (
            json!({"definition": {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}}),
            validation,
            "StateName must be specified",
        ),
        (json!({"definition": task("job"), "mock": {}}), validation, "one of the following fields"),
        (
            json!({"definition": task("arn:aws:states:r:1:activity:a")}),
            RejectedCode::InvalidDefinition,
            "Activity",
        ),
        (
            json!({"definition": task("arn:aws:states:::http:invoke.waitForTaskToken")}),
            RejectedCode::InvalidDefinition,
            "'.waitForTaskToken'",
        ),
        (
            json!({"definition": task("job"), "mock": {"result": "1"}, "context": {"Map": {}}}),
            validation,
            "'Map' field is not supported",
        ),
        (
            json!({"definition": task("job"), "mock": {"result": "1"}, "context": {"State": {"RetryCount": "1"}}}),
            validation,
            "State.RetryCount must be a number",
        ),
        (
            json!({"definition": task("job"), "mock": {"result": "1"}, "context": {"Execution": 1}}),
            validation,
            "Execution must be an object",
        ),
        (
            json!({"definition": task("arn:aws:states:::lambda:invoke"), "mock": {"result": "{\"ExecutedVersion\": \"\"}"}}),
            validation,
            "smaller than the minimum length",
        ),
        (
            json!({"definition": task("arn:aws:states:::states:startExecution.sync"), "mock": {"result": "{\"ExecutionArn\": \"a\", \"StartDate\": \"d\"}"}}),
            validation,
            "Required field 'StateMachineArn' is missing",
        ),
    ] {
        check_rejected(members, code, part);
    }
}
