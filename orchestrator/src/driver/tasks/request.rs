//! `http:invoke`: the component `stage-request` sends the request. So the orchestrator itself, which knows every secret,
//! has no way out of the application; and the answer is kept under the call's key, as any stage's, so that a call that is
//! repeated after a crash gets it without another request.

use serde_json::{Map, Value, json};
use workflow::CallTask;

use super::{Called, failed, stage};
use crate::allowed;
use crate::api::Orchestrator;
use crate::call::Outcome;
use crate::host::Host;
use crate::project::Project;
use crate::run::Run;

/// The component that sends.
const COMPONENT: &str = "stage-request";
/// Its errors that are the workflow language's: it calls them by these prefixes less `States.`.
const LANGUAGE_ERRORS: [&str; 2] = ["Http.StatusCode.", "Http.Socket"];
/// The error of arguments that are no request, and of hosts that are not allowed.
const INVALID: &str = "States.TaskFailed";
/// The members of the arguments, AWS's names first, the component's parameters second.
const MEMBERS: [(&str, &str); 6] = [
    ("ApiEndpoint", "endpoint"),
    ("Method", "method"),
    ("Headers", "headers"),
    ("QueryParameters", "query"),
    ("RequestBody", "body"),
    ("Transform", "transform"),
];

/// Sends the request.
pub(super) async fn invoke<H: Host>(
    app: &Orchestrator<H>,
    project: &Project,
    run: &Run,
    task: &CallTask,
) -> Called {
    let input = match input(project, &task.input) {
        Ok(input) => input,
        Err(cause) => return failed(app, task, INVALID, cause),
    };
    let (outcome, mut report) = stage::call_component(app, project, run, task, COMPONENT, input).await;
    let outcome = match outcome {
        Outcome::Succeeded(_) => Outcome::Succeeded(report.result.take()),
        Outcome::Failed { error, cause } if LANGUAGE_ERRORS.iter().any(|known| error.starts_with(known)) => {
            Outcome::Failed { error: format!("States.{error}"), cause }
        }
        failed @ Outcome::Failed { .. } => failed,
    };
    stage::answered(task, outcome, report)
}

/// What the component is sent. The error is the cause of a failure.
fn input(project: &Project, arguments: &Value) -> Result<Value, String> {
    let endpoint = arguments["ApiEndpoint"].as_str().ok_or("`ApiEndpoint` must be a string")?;
    if !arguments["Method"].is_string() {
        return Err("`Method` must be a string".to_owned());
    }
    allowed::demand(endpoint, &project.allowed_hosts)?;
    let mut parameters = Map::new();
    for (theirs, ours) in MEMBERS {
        if let Some(value) = arguments.get(theirs).filter(|value| !value.is_null()) {
            parameters.insert(ours.to_owned(), value.clone());
        }
    }
    let mut input = json!({ "inputs": {} });
    if let Some(secret) = connection(arguments)? {
        parameters.insert("connection".to_owned(), json!(secret));
        input["secrets"] = json!([secret]);
    }
    input["parameters"] = Value::Object(parameters);
    Ok(input)
}

/// The project's secret that a connection's ARN names: `arn:aws:events:region:account:connection/NAME/id`, or the name.
fn connection(arguments: &Value) -> Result<Option<&str>, String> {
    let given = ["Authentication", "InvocationConfig"].iter().find_map(|member| arguments.get(*member));
    let Some(given) = given.filter(|given| !given.is_null()) else { return Ok(None) };
    let arn = given["ConnectionArn"].as_str().ok_or("`ConnectionArn` must be a string")?;
    let name = match arn.split_once(":connection/") {
        Some((_, rest)) => rest.split('/').next().unwrap_or(rest),
        None => arn.rsplit([':', '/']).next().unwrap_or(arn),
    };
    if name.is_empty() { Err(format!("`{arn}` names no connection")) } else { Ok(Some(name)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(arn: &str, expected: Option<&str>) {
        let arguments = json!({ "Authentication": { "ConnectionArn": arn } });
        assert_eq!(connection(&arguments).ok().flatten(), expected, "{arn}");
    }

    #[test]
    fn a_connection_names_a_secret() {
        check("arn:aws:events:us-east-2:1:connection/Stripe/81210c42-8af1", Some("Stripe"));
        check("arn:aws:events:us-east-2:1:connection/Stripe", Some("Stripe"));
        check("stripe", Some("stripe"));
        check("a/b/stripe", Some("stripe"));
        check("", None);
        let modern = json!({ "InvocationConfig": { "ConnectionArn": "x" } });
        assert_eq!(connection(&modern), Ok(Some("x")));
        assert_eq!(connection(&json!({})), Ok(None));
        assert!(connection(&json!({ "Authentication": { "ConnectionArn": 1 } })).is_err());
    }
}
