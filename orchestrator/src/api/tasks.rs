//! `/api/tasks/{token}/…`: how whoever holds a task's token ends the task, as `SendTaskSuccess`, `SendTaskFailure` and
//! `SendTaskHeartbeat` do on AWS. The token is the permission; the API's own is not asked for.

use serde::Deserialize;
use serde_json::{Value, json};
use workflow::{CallTask, Data, Happening};

use super::Orchestrator;
use crate::driver::{Heard, happen};
use crate::error::ApiError;
use crate::host::Host;
use crate::http::{Response, parse_json};
use crate::token;

/// Most characters of an error name, as on AWS.
const MAX_ERROR_CHARS: usize = 256;
/// Most characters of a cause, as on AWS.
const MAX_CAUSE_CHARS: usize = 32_768;

/// `POST /api/tasks/{token}/success`: `{"output": any JSON}`
pub(super) fn succeed<H: Host>(
    app: &Orchestrator<H>,
    token: &str,
    body: &[u8],
) -> Result<Response, ApiError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Success {
        output: Option<Value>,
    }
    // `null` is an output, too.
    let given: Value = parse_json(body)?;
    let has_output = given.get("output").is_some();
    let Success { output } = serde_json::from_value(given)
        .map_err(|error| ApiError::bad_request("InvalidOutput", format!("the body is wrong: {error}")))?;
    if !has_output {
        return Err(ApiError::bad_request("InvalidOutput", "the body has no `output`")
            .hint("send `{\"output\": …}` with any JSON"));
    }
    let output = Data::from(output.unwrap_or_default());
    answer(app, token, |call| Happening::TaskSucceeded {
        entry: call.entry,
        attempt: call.attempt,
        output: output.clone(),
    })
}

/// `POST /api/tasks/{token}/failure`: `{"error"?, "cause"?}`
pub(super) fn fail<H: Host>(app: &Orchestrator<H>, token: &str, body: &[u8]) -> Result<Response, ApiError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Failure {
        error: Option<String>,
        cause: Option<String>,
    }
    let Failure { error, cause } = parse_json(body)?;
    for (name, text, most) in [("error", &error, MAX_ERROR_CHARS), ("cause", &cause, MAX_CAUSE_CHARS)] {
        if text.as_ref().is_some_and(|text| text.chars().count() > most) {
            let message = format!("`{name}` has more than {most} characters");
            return Err(ApiError::bad_request("ValidationException", message));
        }
    }
    answer(app, token, |call| Happening::TaskFailed {
        entry: call.entry,
        attempt: call.attempt,
        error: error.clone().unwrap_or_default(),
        cause: cause.clone(),
    })
}

/// `POST /api/tasks/{token}/heartbeat`: `{}`
pub(super) fn heartbeat<H: Host>(
    app: &Orchestrator<H>,
    token: &str,
    body: &[u8],
) -> Result<Response, ApiError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Heartbeat {}
    let Heartbeat {} = parse_json(body)?;
    answer(app, token, |call| Happening::TaskHeartbeat { entry: call.entry, attempt: call.attempt })
}

fn answer<H: Host>(
    app: &Orchestrator<H>,
    text: &str,
    what: impl Fn(&CallTask) -> Happening,
) -> Result<Response, ApiError> {
    let task = token::read(&app.settings, text)?;
    match happen(app, &task.run, (task.entry, task.attempt), what) {
        Ok(Heard::Yes) => Ok(Response::json(200, &json!({}))),
        Ok(Heard::Closed) => Err(ApiError::new(
            410,
            "TaskTimedOut",
            "the task has ended already, or its time is over, or its run has ended",
        )),
        Err(error) if error.status == 404 => {
            Err(ApiError::unknown("TaskDoesNotExist", "the task's run is no longer kept"))
        }
        Err(error) => Err(error),
    }
}
