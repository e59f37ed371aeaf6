//! `/api/runs`: start, list, show, follow, stop, go on.

use futures::channel::oneshot;
use futures::future::{Either, select};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Orchestrator;
use crate::control::{self, Stop};
use crate::driver::{self, Adopt};
use crate::error::ApiError;
use crate::host::Host;
use crate::http::{Head, Response, parse_json};
use crate::index;
use crate::journal::Journal;
use crate::project;
use crate::run::{Loaded, Run};
use crate::start::{StartRun, Started, rerun, start};
use crate::view;

/// Longest time that a request waits for a run, in seconds: platforms end a request at 30 s.
pub(crate) const MAX_WAIT_S: u64 = 25;
/// Most runs of one list.
pub(crate) const MAX_LISTED_RUNS: u64 = 1_000;
/// Runs of a list unless the client says how many.
const DEFAULT_LISTED_RUNS: u64 = 50;

/// `POST /api/projects/{name}/runs[?wait=SECONDS]`
pub(super) async fn post<H: Host>(
    app: &Orchestrator<H>,
    name: &str,
    head: &Head,
    body: &[u8],
) -> Result<Response, ApiError> {
    let request: StartRun = parse_json(body)?;
    let project = project::load(app.host.store(), name)?;
    begun(app, start(app, project, request)?, head).await
}

/// `POST /api/runs/{id}/rerun[?wait=SECONDS]`
pub(super) async fn post_rerun<H: Host>(
    app: &Orchestrator<H>,
    id: &str,
    head: &Head,
    body: &[u8],
) -> Result<Response, ApiError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Rerun {
        #[serde(default)]
        no_cache: bool,
    }
    let Rerun { no_cache } = parse_json(body)?;
    begun(app, rerun(app, id, no_cache)?, head).await
}

/// `POST /api/runs/{id}/redrive[?wait=SECONDS]`
pub(super) async fn post_redrive<H: Host>(
    app: &Orchestrator<H>,
    id: &str,
    head: &Head,
) -> Result<Response, ApiError> {
    begun(app, Some(control::redrive(app, id)?), head).await
}

/// Answers with a run that has begun: at once, or when it is at its end or the client has waited long enough.
async fn begun<H: Host>(
    app: &Orchestrator<H>,
    started: Option<Started>,
    head: &Head,
) -> Result<Response, ApiError> {
    let wait_s = head.query_number("wait")?;
    let started = started
        .ok_or_else(|| ApiError::new(409, "run-exists", "a run of this id was started by somebody else"))?;
    let id = started.id.clone();
    let Some(wait_s) = wait_s else {
        let status = started.status();
        started.drive_after_answer(app);
        return Ok(Response::json(202, &json!({ "id": id, "status": status })));
    };
    let (done, is_done) = oneshot::channel();
    let background = app.clone();
    app.host.spawn(async move {
        let finished = started.drive(&background).await;
        // Nobody listens if the request has waited long enough.
        let _ = done.send(finished);
    });
    let wait_ms = wait_s.min(MAX_WAIT_S) * 1000;
    let until_ms = app.host.now_ms() + wait_ms;
    let limit = std::pin::pin!(app.host.sleep(wait_ms));
    match select(is_done, limit).await {
        Either::Left((Ok(Some(journal)), _)) => Ok(Response::json(200, &view::run(app, &journal)?)),
        // It is parked, or somebody else goes on with it.
        _ => respond_when_ended(app, &id, until_ms).await,
    }
}

/// `GET /api/runs/{id}[?wait=SECONDS]`: with `wait`, answers when the run is at its end, or after that time.
pub(super) async fn show<H: Host>(
    app: &Orchestrator<H>,
    id: &str,
    head: &Head,
) -> Result<Response, ApiError> {
    let wait_ms = head.query_number("wait")?.unwrap_or(0).min(MAX_WAIT_S) * 1000;
    respond_when_ended(app, id, app.host.now_ms() + wait_ms).await
}

/// Answers when a run is at its end, or at that moment.
async fn respond_when_ended<H: Host>(
    app: &Orchestrator<H>,
    id: &str,
    until_ms: u64,
) -> Result<Response, ApiError> {
    const POLL_MS: u64 = 50;
    while app.host.now_ms() < until_ms && !Loaded::load(app.host.store(), id)?.run.status.is_final() {
        app.host.sleep(POLL_MS).await;
    }
    respond_with(app, id)
}

fn respond_with<H: Host>(app: &Orchestrator<H>, id: &str) -> Result<Response, ApiError> {
    let journal = Journal::open(app.host.store(), id)?;
    let run = view::run(app, &journal)?;
    Ok(Response::json(200, &run))
}

/// `GET /api/runs[?project=NAME&limit=N]`
pub(super) fn list<H: Host>(app: &Orchestrator<H>, head: &Head) -> Result<Response, ApiError> {
    let limit = head.query_number("limit")?.unwrap_or(DEFAULT_LISTED_RUNS).min(MAX_LISTED_RUNS);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let runs = newest(app, head.query("project"), limit)?;
    let shown: Vec<Value> = runs.iter().map(view::summary).collect();
    Ok(Response::json(200, &json!({ "runs": shown })))
}

/// The newest runs, of one project or all.
pub fn newest<H: Host>(
    app: &Orchestrator<H>,
    project: Option<&str>,
    limit: usize,
) -> Result<Vec<Run>, ApiError> {
    let store = app.host.store();
    let names = match project {
        Some(name) => vec![project::load(store, name)?.name],
        None => project::names(store)?,
    };
    Loaded::load_many(store, &index::newest(store, &names, limit)?)
}

/// `GET /api/runs/{id}/events`
pub(super) fn events<H: Host>(app: &Orchestrator<H>, id: &str) -> Result<Response, ApiError> {
    let loaded = Loaded::load(app.host.store(), id)?;
    let events = view::events(app.host.store(), &loaded)?;
    Ok(Response::json(200, &json!({ "events": events })))
}

/// `GET /api/runs/{id}/log[?state=NAME]`; with `format=json`, stage by stage
pub(super) fn log<H: Host>(app: &Orchestrator<H>, id: &str, head: &Head) -> Result<Response, ApiError> {
    let journal = Journal::open(app.host.store(), id)?;
    if head.query("format") == Some("json") {
        return Ok(Response::json(200, &view::logs(app.host.store(), &journal, app.host.now_ms())?));
    }
    let log = view::log(app.host.store(), &journal, head.query("state"), app.host.now_ms())?;
    Ok(Response::text(200, log))
}

/// `POST /api/runs/{id}/cancel`
pub(super) fn cancel<H: Host>(app: &Orchestrator<H>, id: &str, body: &[u8]) -> Result<Response, ApiError> {
    let stop: Stop = parse_json(body)?;
    control::cancel(app, id, &stop)?;
    respond_with(app, id)
}

/// `POST /api/tick`
pub(super) fn tick<H: Host>(app: &Orchestrator<H>, body: &[u8]) -> Result<Response, ApiError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Tick {
        adopt: Option<String>,
    }
    let Tick { adopt } = parse_json(body)?;
    let adopt = match adopt.as_deref() {
        None => Adopt::Orphans,
        Some("all") => Adopt::All,
        Some(other) => {
            return Err(ApiError::bad_request(
                "invalid-tick",
                format!("`adopt` is `{other}`: only `all` is known"),
            ));
        }
    };
    let ticked = driver::tick(app, adopt)?;
    Ok(Response::json(200, &json!({ "runs": ticked.runs, "more": ticked.more })))
}
