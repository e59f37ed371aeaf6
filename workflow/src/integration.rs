//! The documents that service integrations take and give.

use serde_json::{Value, json};

use crate::data::Data;

/// What `lambda:invoke` asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct LambdaInvoke {
    /// The function's plain name, whether it was given as a name or as an ARN.
    pub function: String,
    /// Version or alias, where one was given.
    pub qualifier: Option<String>,
    /// What to call it with; an empty object where nothing was given.
    pub payload: Data,
    /// `InvocationType` is `Event`: nobody waits for the answer.
    pub asynchronous: bool,
}

impl LambdaInvoke {
    /// Reads the arguments of the call. The error is the cause of a failure.
    pub fn from_input(input: &Value) -> Result<Self, String> {
        let name = input
            .get("FunctionName")
            .and_then(Value::as_str)
            .filter(|name| !name.is_empty())
            .ok_or("`FunctionName` must be a string")?;
        let (function, version) = function_name(name);
        let qualifier = input.get("Qualifier").and_then(Value::as_str).map(str::to_owned);
        Ok(Self {
            function: function.to_owned(),
            qualifier: qualifier.or(version.map(str::to_owned)),
            payload: Data::new(payload(input.get("Payload"))),
            asynchronous: input.get("InvocationType").and_then(Value::as_str) == Some("Event"),
        })
    }
}

/// What the function is called with: nothing is an empty object, and a text is the JSON that it has.
fn payload(given: Option<&Value>) -> Value {
    match given {
        None | Some(Value::Null) => json!({}),
        Some(Value::String(text)) => {
            serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone()))
        }
        Some(other) => other.clone(),
    }
}

/// The plain name and the version of a function that is given as name, as `name:version`, as partial or as whole ARN.
fn function_name(text: &str) -> (&str, Option<&str>) {
    let rest = match text.split_once(":function:") {
        Some((_, rest)) => rest,
        None => text,
    };
    match rest.split_once(':') {
        Some((name, version)) => (name, Some(version)),
        None => (rest, None),
    }
}

/// The output of `lambda:invoke` for a function's answer.
pub fn lambda_output(payload: Value) -> Value {
    json!({
        "ExecutedVersion": "$LATEST",
        "Payload": payload,
        "SdkHttpMetadata": {"HttpStatusCode": 200},
        "StatusCode": 200,
    })
}

/// What `states:startExecution` asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct StartExecution {
    /// The ARN or the plain name of the state machine.
    pub state_machine: String,
    /// The name of the run, where one is wanted.
    pub name: Option<String>,
    /// Its input.
    pub input: Data,
}

impl StartExecution {
    /// Reads the arguments of the call. The error is the cause of a failure.
    pub fn from_input(input: &Value) -> Result<Self, String> {
        let state_machine = input
            .get("StateMachineArn")
            .and_then(Value::as_str)
            .filter(|name| !name.is_empty())
            .ok_or("`StateMachineArn` must be a string")?;
        Ok(Self {
            state_machine: state_machine.to_owned(),
            name: input.get("Name").and_then(Value::as_str).map(str::to_owned),
            input: Data::new(input.get("Input").cloned().unwrap_or_else(|| json!({}))),
        })
    }
}
