//! The HTTP interface: who is let in, and which part answers.

mod activities;
pub mod artifacts;
mod cache;
mod hooks;
mod projects;
mod runs;
mod sites;
mod tasks;

use crate::auth;
use crate::driver::Drives;
use crate::error::ApiError;
use crate::host::Host;
use crate::http::{Head, Response};
use crate::settings::Settings;
use crate::{driver, runner, token, ui};

pub use runs::newest;

/// Most bytes of a JSON body.
pub const MAX_JSON_BYTES: usize = 2 << 20;
/// Most bytes of an uploaded working directory, packed.
pub const MAX_UPLOAD_BYTES: usize = 64 << 20;

/// The orchestrator: a host and what its operator configured.
#[derive(Clone)]
pub struct Orchestrator<H> {
    /// The host.
    pub host: H,
    /// The application's variables.
    pub settings: Settings,
    /// The drives of this instance.
    pub drives: Drives,
}

/// Lets a request in or not, by its head alone, and says how many bytes its body may have. Webhooks are
/// signed over their body, so theirs is read, within its limit, and then checked before anything else.
pub fn admit<H: Host>(app: &Orchestrator<H>, head: &Head) -> Result<usize, ApiError> {
    let segments: Vec<&str> = head.segments.iter().map(String::as_str).collect();
    match segments.as_slice() {
        ["hooks", _] => {
            app.settings.key("hooks")?;
            Ok(forge::MAX_BODY_BYTES)
        }
        ["ui", ..] => Ok(MAX_JSON_BYTES),
        ["api", "internal", ..] => {
            auth::demand_internal(head, &app.settings)?;
            Ok(MAX_JSON_BYTES)
        }
        // A task's token says by itself that it is genuine: whoever has it may end that task, and nothing else.
        ["api", "tasks", text, rest @ ..] => {
            token::read(&app.settings, text)?;
            Ok(if *rest == ["artifacts"] { MAX_UPLOAD_BYTES } else { MAX_JSON_BYTES })
        }
        ["api", "activities", names, "poll"] => {
            runner::demand(head, &app.settings, names, app.host.now_ms())?;
            Ok(MAX_JSON_BYTES)
        }
        ["api", "artifacts"] => {
            auth::demand_token(head, &app.settings)?;
            Ok(MAX_UPLOAD_BYTES)
        }
        _ => {
            auth::demand_token(head, &app.settings)?;
            Ok(MAX_JSON_BYTES)
        }
    }
}

/// Answers a request that was let in.
pub async fn dispatch<H: Host>(
    app: &Orchestrator<H>,
    head: &Head,
    body: Vec<u8>,
) -> Result<Response, ApiError> {
    let segments: Vec<&str> = head.segments.iter().map(String::as_str).collect();
    match (head.method.as_str(), segments.as_slice()) {
        ("POST", ["hooks", project]) => hooks::receive(app, project, head, &body),
        ("POST", ["api", "internal", "drive", run]) => {
            driver::drive_after_answer(app, run);
            Ok(Response::text(202, ""))
        }
        ("POST", ["api", "tick"]) => runs::tick(app, &body),
        (_, ["ui", rest @ ..]) => ui::answer(app, head, rest, &body),
        ("GET", ["api", "projects"]) => projects::list(app),
        ("POST", ["api", "projects"]) => projects::add(app, None, &body),
        ("GET", ["api", "projects", name]) => projects::show(app, name),
        ("PUT", ["api", "projects", name]) => projects::add(app, Some(name), &body),
        ("DELETE", ["api", "projects", name]) => projects::remove(app, name),
        ("POST", ["api", "projects", name, "runs"]) => runs::post(app, name, head, &body).await,
        ("GET", ["api", "runs"]) => runs::list(app, head),
        ("GET", ["api", "runs", id]) => runs::show(app, id, head).await,
        ("GET", ["api", "runs", id, "events"]) => runs::events(app, id),
        ("GET", ["api", "runs", id, "log"]) => runs::log(app, id, head),
        ("GET", ["api", "runs", id, "explain"]) => cache::explain(app, id, head),
        ("POST", ["api", "runs", id, "cancel"]) => runs::cancel(app, id, &body),
        ("POST", ["api", "runs", id, "redrive"]) => runs::post_redrive(app, id, head).await,
        ("POST", ["api", "runs", id, "rerun"]) => runs::post_rerun(app, id, head, &body).await,
        ("POST", ["api", "tasks", token, "success"]) => tasks::succeed(app, token, &body),
        ("POST", ["api", "tasks", token, "failure"]) => tasks::fail(app, token, &body),
        ("POST", ["api", "tasks", token, "heartbeat"]) => tasks::heartbeat(app, token, &body),
        ("POST", ["api", "tasks", token, "log"]) => tasks::log(app, token, head, &body),
        ("POST", ["api", "tasks", token, "artifacts"]) => tasks::put_artifact(app, token, &body),
        ("GET", ["api", "tasks", token, "artifacts", digest]) => tasks::get_artifact(app, token, digest),
        ("POST", ["api", "runners"]) => activities::admit_runner(app, &body),
        ("GET", ["api", "activities"]) => activities::list(app),
        ("GET", ["api", "activities", name]) => activities::show(app, name),
        ("POST", ["api", "activities", names, "poll"]) => activities::poll(app, names, head, &body).await,
        ("POST", ["api", "artifacts"]) => artifacts::upload(app, &body),
        ("GET", ["api", "artifacts", digest]) => artifacts::download(app, digest),
        ("GET", ["api", "artifacts", digest, "files", path @ ..]) => {
            artifacts::file(app, digest, &path.join("/"))
        }
        ("GET", ["api", "cache"]) => cache::show(app),
        ("POST", ["api", "cache", "collect"]) => cache::collect(app),
        ("GET", ["api", "cache", "entries"]) => cache::entries(app, head),
        ("DELETE", ["api", "cache", "entries"]) => cache::clear(app, head),
        ("GET", ["api", "tags"]) => cache::tags(app),
        ("PUT", ["api", "tags", name]) => cache::tag(app, name, &body),
        ("DELETE", ["api", "tags", name]) => cache::untag(app, name),
        ("GET", ["api", "sites"]) => sites::forward(app, "GET", "/-/sites".to_owned(), None).await,
        ("GET", ["api", "sites", name]) => sites::show(app, name).await,
        ("POST", ["api", "sites", name, "rollback"]) => sites::rollback(app, name, &body).await,
        _ => Err(unknown_route(head)),
    }
}

fn unknown_route(head: &Head) -> ApiError {
    let path = format!("/{}", head.segments.join("/"));
    ApiError::unknown("unknown-route", format!("there is no `{} {path}`", head.method))
}
