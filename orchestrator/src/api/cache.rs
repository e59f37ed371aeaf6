//! `/api/cache` and `/api/tags`: what is kept beyond the runs that made it.

use artifact::Digest;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Orchestrator;
use crate::collector::{self, Filter};
use crate::error::ApiError;
use crate::explain;
use crate::host::Host;
use crate::http::{Head, Response, parse_json};
use crate::tags;

/// Entries of a list unless the client says how many.
const DEFAULT_LISTED: u64 = 50;
/// Most entries of one list.
const MAX_LISTED: u64 = 1_000;

/// `GET /api/cache`: what the last collection saw.
pub(super) fn show<H: Host>(app: &Orchestrator<H>) -> Result<Response, ApiError> {
    let (state, now_ms) = (collector::state(app)?, app.host.now_ms());
    let shown = json!({
        "limit_bytes": app.settings.store_limit()?,
        "grace_s": app.settings.grace_ms()? / 1000,
        "under_way": state.is_under_way(now_ms),
        "sweeps_at_ms": state.sweeps_at_ms(app.settings.grace_ms()?),
        "last": state.last(),
    });
    Ok(Response::json(200, &shown))
}

/// `POST /api/cache/collect`: begins a collection; `GET /api/cache` tells when it is done.
pub(super) fn collect<H: Host>(app: &Orchestrator<H>) -> Result<Response, ApiError> {
    app.settings.grace_ms()?;
    app.settings.store_limit()?;
    collector::collect_after_answer(app);
    Ok(Response::json(202, &json!({ "begun_at_ms": app.host.now_ms() })))
}

/// `GET /api/cache/entries[?project=NAME&state=NAME&limit=N]`
pub(super) fn entries<H: Host>(app: &Orchestrator<H>, head: &Head) -> Result<Response, ApiError> {
    let limit = head.query_number("limit")?.unwrap_or(DEFAULT_LISTED).min(MAX_LISTED);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let entries = collector::list(app, &filter(head), limit)?;
    Ok(Response::json(200, &json!({ "entries": entries })))
}

/// `DELETE /api/cache/entries[?project=NAME&state=NAME]`
pub(super) fn clear<H: Host>(app: &Orchestrator<H>, head: &Head) -> Result<Response, ApiError> {
    let cleared = collector::clear(app, &filter(head))?;
    Ok(Response::json(200, &json!({ "cleared": cleared })))
}

fn filter(head: &Head) -> Filter<'_> {
    Filter { project: head.query("project"), state: head.query("state") }
}

/// `GET /api/runs/{id}/explain?state=NAME`
pub(super) fn explain<H: Host>(app: &Orchestrator<H>, id: &str, head: &Head) -> Result<Response, ApiError> {
    let state =
        head.query("state").ok_or_else(|| ApiError::bad_request("no-state", "the query names no `state`"))?;
    Ok(Response::json(200, &explain::explain(app, id, state)?))
}

/// `GET /api/tags`
pub(super) fn tags<H: Host>(app: &Orchestrator<H>) -> Result<Response, ApiError> {
    Ok(Response::json(200, &json!({ "tags": tags::list(app)? })))
}

/// `PUT /api/tags/{name}`
pub(super) fn tag<H: Host>(app: &Orchestrator<H>, name: &str, body: &[u8]) -> Result<Response, ApiError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Tag {
        artifact: Digest,
    }
    let value: Value = parse_json(body)?;
    let Tag { artifact } = serde_json::from_value(value).map_err(|error| {
        ApiError::bad_request("invalid-tag", format!("the body names no artifact: {error}"))
    })?;
    tags::set(app, name, artifact)?;
    Ok(Response::json(200, &json!({ "name": name, "artifact": artifact })))
}

/// `DELETE /api/tags/{name}`
pub(super) fn untag<H: Host>(app: &Orchestrator<H>, name: &str) -> Result<Response, ApiError> {
    tags::remove(app, name)?;
    Ok(Response::json(200, &json!({ "removed": name })))
}
