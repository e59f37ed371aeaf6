//! The documents that service integrations take and give.

use serde_json::{Value, json};

use crate::command::Outcome;
use crate::data::Data;
use crate::timestamp::format_ms;

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
    /// The ARN or the plain name of the state machine, without version or alias.
    pub state_machine: String,
    /// The name of the run, where one is wanted.
    pub name: Option<String>,
    /// Its input, where one is given; `null` is an empty object, and a text is the JSON that it has, as on AWS.
    pub input: Option<Data>,
}

impl StartExecution {
    /// Reads the arguments of the call. The error is the cause of a failure.
    pub fn from_input(input: &Value) -> Result<Self, String> {
        let state_machine = input
            .get("StateMachineArn")
            .and_then(Value::as_str)
            .filter(|name| !name.is_empty())
            .ok_or("`StateMachineArn` must be a string")?;
        let name = match input.get("Name") {
            None | Some(Value::Null) => None,
            Some(Value::String(name)) => Some(name.clone()),
            Some(_) => return Err("`Name` must be a string".to_owned()),
        };
        let input = match input.get("Input") {
            None => None,
            Some(Value::Null) => Some(json!({})),
            Some(Value::String(text)) => {
                Some(serde_json::from_str(text).map_err(|error| format!("`Input` is not JSON: {error}"))?)
            }
            Some(other) => Some(other.clone()),
        };
        Ok(Self { state_machine: machine_name(state_machine).to_owned(), name, input: input.map(Data::new) })
    }
}

/// The plain name of a state machine that is given as name or as ARN, with or without version or alias.
fn machine_name(text: &str) -> &str {
    match text.split_once(":stateMachine:") {
        Some((_, rest)) => rest.split(':').next().unwrap_or(rest),
        None => text,
    }
}

/// The output of `states:startExecution`.
pub fn started_output(execution_arn: &str, started_at_ms: u64) -> Value {
    json!({
        "ExecutionArn": execution_arn,
        "SdkHttpMetadata": {"HttpStatusCode": 200},
        "StartDate": format_ms(started_at_ms),
    })
}

/// A run that ended, as `states:startExecution.sync` tells of it.
#[derive(Clone, Debug)]
pub struct Ended<'a> {
    /// `$$.Execution.Id`.
    pub execution_arn: &'a str,
    /// `$$.Execution.Name`.
    pub name: &'a str,
    /// `$$.StateMachine.Id`.
    pub state_machine_arn: &'a str,
    /// What it began with.
    pub input: &'a Value,
    /// Milliseconds since the epoch.
    pub started_at_ms: u64,
    /// Milliseconds since the epoch.
    pub stopped_at_ms: u64,
    /// How it ended.
    pub outcome: &'a Outcome,
}

impl Ended<'_> {
    /// What AWS's `DescribeExecution` says of the run. `structured` is `.sync:2`: input and output are JSON, not text.
    pub fn describe(&self, structured: bool) -> Value {
        let document = |value: &Value| if structured { value.clone() } else { value.to_string().into() };
        let mut told = json!({
            "ExecutionArn": self.execution_arn,
            "Input": document(self.input),
            "InputDetails": {"Included": true},
            "Name": self.name,
            "StartDate": format_ms(self.started_at_ms),
            "StateMachineArn": self.state_machine_arn,
            "StopDate": format_ms(self.stopped_at_ms),
        });
        let (status, error, cause) = match self.outcome {
            Outcome::Succeeded { output } => {
                told["Output"] = document(output);
                told["OutputDetails"] = json!({"Included": true});
                ("SUCCEEDED", &None, &None)
            }
            Outcome::Failed { error, cause } => ("FAILED", error, cause),
            Outcome::TimedOut { error, cause } => ("TIMED_OUT", error, cause),
            Outcome::Cancelled { error, cause } => ("ABORTED", error, cause),
        };
        told["Status"] = status.into();
        for (name, value) in [("Error", error), ("Cause", cause)] {
            if let Some(value) = value {
                told[name] = value.as_str().into();
            }
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(given: &Value, expected: Result<(&str, Option<&str>, Option<Value>), &str>) {
        let read = StartExecution::from_input(given);
        let read = read.map(|start| (start.state_machine, start.name, start.input.map(Data::into_value)));
        let expected =
            expected.map(|(machine, name, input)| (machine.to_owned(), name.map(str::to_owned), input));
        assert_eq!(read, expected.map_err(str::to_owned), "{given}");
    }

    #[test]
    fn a_state_machine_is_named_or_given_by_its_arn() {
        check(&json!({"StateMachineArn": "docs"}), Ok(("docs", None, None)));
        let arn = "arn:aws:states:eu-west-1:1:stateMachine:docs";
        check(&json!({"StateMachineArn": arn, "Name": "n"}), Ok(("docs", Some("n"), None)));
        check(&json!({"StateMachineArn": format!("{arn}:live")}), Ok(("docs", None, None)));
        check(&json!({}), Err("`StateMachineArn` must be a string"));
        check(&json!({"StateMachineArn": "docs", "Name": 1}), Err("`Name` must be a string"));
    }

    #[test]
    fn a_text_is_the_json_that_it_has() {
        let with = |input: Value| json!({"StateMachineArn": "docs", "Input": input});
        check(&with(json!(null)), Ok(("docs", None, Some(json!({})))));
        check(&with(json!("{\"a\":1}")), Ok(("docs", None, Some(json!({"a": 1})))));
        check(&with(json!({"a": 1})), Ok(("docs", None, Some(json!({"a": 1})))));
        let read = StartExecution::from_input(&with(json!("{")));
        assert!(read.unwrap_err().starts_with("`Input` is not JSON: "));
    }

    #[test]
    fn ends_are_told_as_on_aws() {
        let outcome = Outcome::Succeeded { output: Data::new(json!({"b": 2})) };
        let ended = Ended {
            execution_arn: "arn:e",
            name: "n",
            state_machine_arn: "arn:m",
            input: &json!({"a": 1}),
            started_at_ms: 0,
            stopped_at_ms: 1_500,
            outcome: &outcome,
        };
        let mut expected = json!({
            "ExecutionArn": "arn:e", "Input": "{\"a\":1}", "InputDetails": {"Included": true}, "Name": "n",
            "Output": "{\"b\":2}", "OutputDetails": {"Included": true}, "StartDate": "1970-01-01T00:00:00.000Z",
            "StateMachineArn": "arn:m", "Status": "SUCCEEDED", "StopDate": "1970-01-01T00:00:01.500Z",
        });
        assert_eq!(ended.describe(false), expected);
        expected["Input"] = json!({"a": 1});
        expected["Output"] = json!({"b": 2});
        assert_eq!(ended.describe(true), expected);
        let outcome = Outcome::TimedOut { error: Some("States.Timeout".to_owned()), cause: None };
        let told = Ended { outcome: &outcome, ..ended }.describe(true);
        assert_eq!((&told["Status"], &told["Error"]), (&json!("TIMED_OUT"), &json!("States.Timeout")));
        assert!(told.get("Output").is_none() && told.get("Cause").is_none());
    }
}
