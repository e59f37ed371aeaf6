//! `/api/activities`: workers poll for tasks here.

use serde::Deserialize;
use serde_json::{Value, json};
use workflow::TaskToken;

use super::Orchestrator;
use super::runs::MAX_WAIT_S;
use crate::activity::{self, MAX_WORKER_CHARS, Queued, Taken};
use crate::error::ApiError;
use crate::host::Host;
use crate::http::{Head, Response, parse_json};
use crate::token;

/// How long a poll waits for a task unless it says how long, in seconds.
const DEFAULT_WAIT_S: u64 = 20;
/// How often a poll that waits looks, in milliseconds.
const LOOK_MS: u64 = 250;

/// `POST /api/activities/{name}/poll[?wait=SECONDS]`: `{"worker"?}`. Answers with a task, or, after that time, with
/// `{"token": null}`.
pub(super) async fn poll<H: Host>(
    app: &Orchestrator<H>,
    name: &str,
    head: &Head,
    body: &[u8],
) -> Result<Response, ApiError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Poll {
        worker: Option<String>,
    }
    let Poll { worker } = parse_json(body)?;
    activity::check_name(name)?;
    if worker.as_ref().is_some_and(|worker| worker.chars().count() > MAX_WORKER_CHARS) {
        let message = format!("`worker` has more than {MAX_WORKER_CHARS} characters");
        return Err(ApiError::bad_request("invalid-worker", message));
    }
    let wait_s = head.query_number("wait")?.unwrap_or(DEFAULT_WAIT_S).min(MAX_WAIT_S);
    let until_ms = app.host.now_ms() + wait_s * 1_000;
    loop {
        if let Some(taken) = activity::take(app, name, worker.as_deref())? {
            return Ok(Response::json(200, &shown(app, name, &taken)?));
        }
        let now_ms = app.host.now_ms();
        if now_ms >= until_ms {
            return Ok(Response::json(200, &json!({ "token": null })));
        }
        app.host.sleep(LOOK_MS.min(until_ms - now_ms)).await;
    }
}

/// What a worker is given.
fn shown<H: Host>(app: &Orchestrator<H>, activity: &str, taken: &Taken) -> Result<Value, ApiError> {
    let Taken { queued, call } = taken;
    let token = TaskToken { run: queued.run.clone(), entry: call.entry, attempt: call.attempt };
    Ok(json!({
        "token": token.sign(&token::key(&app.settings, &queued.run)?),
        "input": call.input,
        "activity": activity,
        "project": queued.project,
        "run": queued.run,
        "state": queued.state,
        "entry": call.entry,
        "attempt": call.attempt,
        // Trees of files by name, for `/api/artifacts/{digest}`.
        "artifacts": call.input.get("artifacts").filter(|found| found.is_object()).unwrap_or(&json!({})),
        "timeout_seconds": call.timeout_seconds,
        "heartbeat_seconds": call.heartbeat_seconds,
    }))
}

/// `GET /api/activities`
pub(super) fn list<H: Host>(app: &Orchestrator<H>) -> Result<Response, ApiError> {
    let store = app.host.store();
    let activities = activity::names(store)?
        .iter()
        .map(|name| Ok(json!({ "name": name, "waiting": activity::queue(store, name)?.len() })))
        .collect::<Result<Vec<Value>, ApiError>>()?;
    Ok(Response::json(200, &json!({ "activities": activities })))
}

/// `GET /api/activities/{name}`: the tasks that wait for a worker, the oldest first.
pub(super) fn show<H: Host>(app: &Orchestrator<H>, name: &str) -> Result<Response, ApiError> {
    activity::check_name(name)?;
    let store = app.host.store();
    if !activity::names(store)?.iter().any(|known| known == name) {
        return Err(ApiError::unknown(
            "unknown-activity",
            format!("no task of activity `{name}` was seen yet"),
        ));
    }
    let waiting: Vec<Queued> = activity::queue(store, name)?;
    Ok(Response::json(200, &json!({ "name": name, "waiting": waiting })))
}
