//! `/api/activities`: workers poll for tasks here.

use serde::Deserialize;
use serde_json::{Value, json};
use workflow::{Happening, TaskToken};

use super::Orchestrator;
use super::runs::MAX_WAIT_S;
use crate::activity::{self, MAX_WORKER_CHARS, Queued, Taken};
use crate::call::Secret;
use crate::driver::happen;
use crate::error::ApiError;
use crate::host::Host;
use crate::http::{Head, Response, parse_json};
use crate::runner::{self, Pass};
use crate::{project, secrets, token};

/// How long a poll waits for a task unless it says how long, in seconds.
const DEFAULT_WAIT_S: u64 = 20;
/// How often a poll that waits looks, in milliseconds.
const LOOK_MS: u64 = 250;

/// `POST /api/activities/{name}[,{name}…]/poll[?wait=SECONDS]`: `{"worker"?}`. Answers with a task of one of these
/// activities, or, after that time, with `{"token": null}`.
pub(super) async fn poll<H: Host>(
    app: &Orchestrator<H>,
    names: &str,
    head: &Head,
    body: &[u8],
) -> Result<Response, ApiError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Poll {
        worker: Option<String>,
    }
    let Poll { worker } = parse_json(body)?;
    let names = runner::names(names)?;
    if worker.as_ref().is_some_and(|worker| worker.chars().count() > MAX_WORKER_CHARS) {
        let message = format!("`worker` has more than {MAX_WORKER_CHARS} characters");
        return Err(ApiError::bad_request("invalid-worker", message));
    }
    let wait_s = head.query_number("wait")?.unwrap_or(DEFAULT_WAIT_S).min(MAX_WAIT_S);
    let until_ms = app.host.now_ms() + wait_s * 1_000;
    loop {
        for name in &names {
            while let Some(taken) = activity::take(app, name, worker.as_deref())? {
                if let Some(shown) = shown(app, name, taken)? {
                    return Ok(Response::json(200, &shown));
                }
            }
        }
        let now_ms = app.host.now_ms();
        if now_ms >= until_ms {
            return Ok(Response::json(200, &json!({ "token": null })));
        }
        app.host.sleep(LOOK_MS.min(until_ms - now_ms)).await;
    }
}

/// What a worker is given. `None`: the task asks for secrets that are not there, and has failed.
fn shown<H: Host>(app: &Orchestrator<H>, activity: &str, taken: Taken) -> Result<Option<Value>, ApiError> {
    let Taken { queued, call } = taken;
    let mut input = call.input.clone().into_value();
    let secrets = match open_secrets(app, &queued, &mut input) {
        Err(error) if error.status < 500 => {
            let (entry, attempt) = (call.entry, call.attempt);
            happen(app, &queued.run, (entry, attempt), |_| Happening::TaskFailed {
                entry,
                attempt,
                error: "States.Runtime".to_owned(),
                cause: Some(error.message.clone()),
            })?;
            return Ok(None);
        }
        secrets => secrets?,
    };
    let token = TaskToken { run: queued.run.clone(), entry: call.entry, attempt: call.attempt };
    // Trees of files by name, for `/api/tasks/{token}/artifacts/{digest}`.
    let artifacts = input.get("artifacts").filter(|found| found.is_object()).cloned().unwrap_or(json!({}));
    Ok(Some(json!({
        "token": token.sign(&token::key(&app.settings, &queued.run)?),
        "input": input,
        "secrets": secrets,
        "activity": activity,
        "project": queued.project,
        "run": queued.run,
        "state": queued.state,
        "entry": call.entry,
        "attempt": call.attempt,
        "artifacts": artifacts,
        "timeout_seconds": call.timeout_seconds,
        "heartbeat_seconds": call.heartbeat_seconds,
    })))
}

/// The secrets that a task asks for: the project's, by the definition, which is the owner's to write.
fn open_secrets<H: Host>(
    app: &Orchestrator<H>,
    queued: &Queued,
    input: &mut Value,
) -> Result<Vec<Secret>, ApiError> {
    match secrets::asked(input)? {
        None => Ok(Vec::new()),
        Some(names) => secrets::open(app, &project::load(app.host.store(), &queued.project)?, names),
    }
}

/// `POST /api/runners`: `{"activities": [names], "days"?}`. Answers with a token that polls these activities, and does
/// nothing else.
pub(super) fn admit_runner<H: Host>(app: &Orchestrator<H>, body: &[u8]) -> Result<Response, ApiError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Admit {
        activities: Vec<String>,
        days: Option<u64>,
    }
    let Admit { activities, days } = parse_json(body)?;
    let pass = Pass::new(&activities.join(","), days, app.host.now_ms())?;
    let token = pass.sign(&app.settings)?;
    Ok(Response::json(
        201,
        &json!({ "token": token, "activities": pass.activities, "expires_at_s": pass.expires_at_s }),
    ))
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
