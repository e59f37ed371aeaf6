//! The context object of a tested state.

use serde_json::{Value, json};

use super::subject::Subject;
use super::{ENTERED_MS, Rejected, TestRequest};
use crate::definition::{Kind, State, StateKind};
use crate::timestamp::format_ms;

/// The members of the context object whose values are texts.
const TEXTS: [(&str, &str); 9] = [
    ("Execution", "Id"),
    ("Execution", "Name"),
    ("Execution", "RoleArn"),
    ("Execution", "StartTime"),
    ("State", "EnteredTime"),
    ("State", "Name"),
    ("StateMachine", "Id"),
    ("StateMachine", "Name"),
    ("Task", "Token"),
];

/// Those whose values are numbers.
const NUMBERS: [(&str, &str); 2] = [("Execution", "RedriveCount"), ("State", "RetryCount")];

/// Checks a context object that is given.
pub(super) fn check(context: &Value, state: &State) -> Result<(), Rejected> {
    let invalid = |reason: String| Rejected::invalid(format!("Invalid Context object provided: {reason}"));
    let members = context.as_object().ok_or_else(|| invalid("it must be a JSON object".to_owned()))?;
    for (part, value) in members {
        match part.as_str() {
            "Execution" | "State" | "StateMachine" | "Task" => {}
            "Map" => {
                return Err(invalid("'Map' field is not supported when mocking a Context object".to_owned()));
            }
            other => return Err(invalid(format!("'{other}' field is not part of a Context object"))),
        }
        if !value.is_object() {
            return Err(invalid(format!("{part} must be an object")));
        }
    }
    if members.contains_key("Task") && !waits(state) {
        return Err(invalid(
            "Context object contains 'Task' when state is not a Task state with a '.sync' or '.waitForTaskToken' service \
             integration pattern"
                .to_owned(),
        ));
    }
    for (part, name) in TEXTS {
        if context[part].get(name).is_some_and(|value| !value.is_string()) {
            return Err(invalid(format!("{part}.{name} must be a string")));
        }
    }
    for (part, name) in NUMBERS {
        if context[part].get(name).is_some_and(|value| !value.is_number()) {
            return Err(invalid(format!("{part}.{name} must be a number")));
        }
    }
    Ok(())
}

/// A context object like that of a run.
pub(super) fn default(request: &TestRequest, subject: &Subject) -> Value {
    let moment = format_ms(ENTERED_MS);
    let mut context = json!({
        "Execution": {
            "Id": "arn:aws:states:us-east-1:123456789012:express:TestState:TestState",
            "Input": &*request.input,
            "StartTime": moment,
            "Name": "TestState",
        },
        "StateMachine": {
            "Id": "arn:aws:states:us-east-1:123456789012:stateMachine:TestState",
            "Name": "TestState",
        },
        "State": {"EnteredTime": moment, "Name": subject.name},
    });
    if let Some(role) = &request.role_arn {
        context["Execution"]["RoleArn"] = role.as_str().into();
    }
    let state = subject.state();
    if matches!(state.state_kind(), StateKind::Task | StateKind::Parallel | StateKind::Map) {
        context["State"]["RetryCount"] = request.state_configuration.retrier_retry_count.unwrap_or(0).into();
    }
    if let Kind::Task(task) = &state.kind
        && task.resource.has_token()
    {
        context["Task"] = json!({"Token": "TestState"});
    }
    context
}

fn waits(state: &State) -> bool {
    match &state.kind {
        Kind::Task(task) => task.resource.has_token(),
        _ => false,
    }
}
