//! `/api/tasks/{token}/…`: how whoever holds a task's token ends the task, as `SendTaskSuccess`, `SendTaskFailure` and
//! `SendTaskHeartbeat` do on AWS; and gets its inputs, and hands in its log and its artifacts. The token is the permission;
//! the API's own is not asked for.

use serde::Deserialize;
use serde_json::{Value, json};
use workflow::{CallTask, Data, Happening, TaskToken};

use super::{Orchestrator, artifacts};
use crate::driver::{Heard, Left, happen_leaving, waiting};
use crate::error::ApiError;
use crate::host::Host;
use crate::http::{Head, Response, parse_json};
use crate::{task_log, token};

/// Most characters of an error name, as on AWS.
const MAX_ERROR_CHARS: usize = 256;
/// Most characters of a cause, as on AWS.
const MAX_CAUSE_CHARS: usize = 32_768;

/// `POST /api/tasks/{token}/success`: `{"output": any JSON, "left"?: {"artifacts"?, "result"?}}`
pub(super) fn succeed<H: Host>(
    app: &Orchestrator<H>,
    token: &str,
    body: &[u8],
) -> Result<Response, ApiError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Success {
        output: Option<Value>,
        #[serde(default)]
        left: Left,
    }
    // `null` is an output, too.
    let given: Value = parse_json(body)?;
    let has_output = given.get("output").is_some();
    let Success { output, left } = serde_json::from_value(given)
        .map_err(|error| ApiError::bad_request("InvalidOutput", format!("the body is wrong: {error}")))?;
    if !has_output {
        return Err(ApiError::bad_request("InvalidOutput", "the body has no `output`")
            .hint("send `{\"output\": …}` with any JSON"));
    }
    let output = Data::from(output.unwrap_or_default());
    answer(app, token, &left, |call| Happening::TaskSucceeded {
        entry: call.entry,
        attempt: call.attempt,
        output: output.clone(),
    })
}

/// `POST /api/tasks/{token}/failure`: `{"error"?, "cause"?, "left"?}`
pub(super) fn fail<H: Host>(app: &Orchestrator<H>, token: &str, body: &[u8]) -> Result<Response, ApiError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Failure {
        error: Option<String>,
        cause: Option<String>,
        #[serde(default)]
        left: Left,
    }
    let Failure { error, cause, left } = parse_json(body)?;
    for (name, text, most) in [("error", &error, MAX_ERROR_CHARS), ("cause", &cause, MAX_CAUSE_CHARS)] {
        if text.as_ref().is_some_and(|text| text.chars().count() > most) {
            let message = format!("`{name}` has more than {most} characters");
            return Err(ApiError::bad_request("ValidationException", message));
        }
    }
    answer(app, token, &left, |call| Happening::TaskFailed {
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
    answer(app, token, &Left::default(), |call| Happening::TaskHeartbeat {
        entry: call.entry,
        attempt: call.attempt,
    })
}

/// `POST /api/tasks/{token}/log?offset=BYTES`: what the worker printed after so many bytes, as text.
pub(super) fn log<H: Host>(
    app: &Orchestrator<H>,
    token: &str,
    head: &Head,
    body: &[u8],
) -> Result<Response, ApiError> {
    let offset = head.query_number("offset")?.unwrap_or(0);
    let (task, _) = open(app, token)?;
    let record = task_log::record(&task.run, (task.entry, task.attempt));
    task_log::append(app.host.store(), &record, offset, body)?;
    Ok(Response::json(200, &json!({})))
}

/// `POST /api/tasks/{token}/artifacts`: what the worker made, as a tar archive.
pub(super) fn put_artifact<H: Host>(
    app: &Orchestrator<H>,
    token: &str,
    body: &[u8],
) -> Result<Response, ApiError> {
    open(app, token)?;
    artifacts::upload(app, body)
}

/// `GET /api/tasks/{token}/artifacts/{digest}`: an artifact that the task's input names; no other is the worker's to see.
pub(super) fn get_artifact<H: Host>(
    app: &Orchestrator<H>,
    token: &str,
    digest: &str,
) -> Result<Response, ApiError> {
    let (_, call) = open(app, token)?;
    if !names(&call.input, digest) {
        return Err(ApiError::new(403, "not-an-input", format!("the task's input does not name `{digest}`")));
    }
    artifacts::download(app, digest)
}

fn names(value: &Value, text: &str) -> bool {
    match value {
        Value::String(found) => found == text,
        Value::Array(items) => items.iter().any(|item| names(item, text)),
        Value::Object(members) => members.values().any(|member| names(member, text)),
        _ => false,
    }
}

/// The task that a token is for, if its run waits for it.
fn open<H: Host>(app: &Orchestrator<H>, text: &str) -> Result<(TaskToken, CallTask), ApiError> {
    let task = token::read(&app.settings, text)?;
    match waiting(app, &task.run, (task.entry, task.attempt)) {
        Ok(Some(call)) => Ok((task, call)),
        Ok(None) => Err(over()),
        Err(error) => Err(gone(error)),
    }
}

fn answer<H: Host>(
    app: &Orchestrator<H>,
    text: &str,
    left: &Left,
    what: impl Fn(&CallTask) -> Happening,
) -> Result<Response, ApiError> {
    let task = token::read(&app.settings, text)?;
    match happen_leaving(app, &task.run, (task.entry, task.attempt), what, left) {
        Ok(Heard::Yes) => Ok(Response::json(200, &json!({}))),
        Ok(Heard::Closed) => Err(over()),
        Err(error) => Err(gone(error)),
    }
}

fn over() -> ApiError {
    let message = "the task has ended already, or its time is over, or its run has ended";
    ApiError::new(410, "TaskTimedOut", message)
}

fn gone(error: ApiError) -> ApiError {
    if error.status == 404 {
        return ApiError::unknown("TaskDoesNotExist", "the task's run is no longer kept");
    }
    error
}
