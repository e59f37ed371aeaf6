//! The dashboard: plain pages made on the server, without scripts.

mod page;
mod run;

use maud::html;

use crate::api::{Orchestrator, newest};
use crate::auth;
use crate::error::ApiError;
use crate::host::Host;
use crate::http::{Head, Response};

/// Runs on the first page.
const LISTED_RUNS: usize = 100;

/// Answers below `/ui`. `rest` is the path after it.
pub fn answer<H: Host>(
    app: &Orchestrator<H>,
    head: &Head,
    rest: &[&str],
    body: &[u8],
) -> Result<Response, ApiError> {
    match (head.method.as_str(), rest) {
        ("POST", ["login"]) => return login(app, head, body),
        ("GET", []) if head.query("token").is_some() => {
            return sign_in(app, head, head.query("token").unwrap_or_default());
        }
        _ => {}
    }
    if !auth::opens_a_page(head) {
        return Err(ApiError::new(
            403,
            "not-a-page",
            "the dashboard is opened as a page, not read by scripts",
        ));
    }
    if !auth::signed_in(head, &app.settings)? {
        return Ok(page::html(401, &page::login(None)));
    }
    let answered = match (head.method.as_str(), rest) {
        ("GET", []) => list(app, head.query("project")),
        ("GET", ["runs", id]) => run::show(app, id),
        ("POST", ["runs", id, action]) => run::act(app, id, action, body),
        ("GET", ["artifacts", digest, path @ ..]) => run::artifact(app, digest, &path.join("/")),
        _ => Err(ApiError::unknown("unknown-page", "there is no such page")),
    };
    Ok(answered.unwrap_or_else(|error| page::html(error.status, &page::failure(&error))))
}

fn login<H: Host>(app: &Orchestrator<H>, head: &Head, body: &[u8]) -> Result<Response, ApiError> {
    let token = form_urlencoded::parse(body).find(|(name, _)| name == "token");
    sign_in(app, head, token.as_ref().map_or("", |(_, token)| token.trim()))
}

fn sign_in<H: Host>(app: &Orchestrator<H>, head: &Head, token: &str) -> Result<Response, ApiError> {
    if auth::is_token(token, &app.settings)? {
        auth::sign_in(head, &app.settings, "/ui/")
    } else {
        Ok(page::html(401, &page::login(Some("that is not the token of this application"))))
    }
}

fn list<H: Host>(app: &Orchestrator<H>, project: Option<&str>) -> Result<Response, ApiError> {
    let runs = newest(app, project, LISTED_RUNS)?;
    let now_ms = app.host.now_ms();
    let body = html! {
        h1 { "Runs" @if let Some(project) = project { " of " (project) } }
        @if runs.is_empty() {
            p { "No run yet. " code { "ropewalk project add" } " registers a project; a push starts a run." }
        } @else {
            table {
                thead { tr { th { "Status" } th { "Project" } th { "Branch" } th { "Commit" } th { "Began" } th { "Took" } th { "Run" } } }
                tbody {
                    @for run in &runs {
                        tr {
                            td { (page::status(page::status_name(run.status))) }
                            td { a href={ "/ui/?project=" (run.project) } { (run.project) } }
                            td { (run.branch.as_deref().unwrap_or("")) }
                            td { code { (page::short(run.commit.as_deref().unwrap_or(""))) } }
                            td { (page::ago(run.started_at_ms, now_ms)) }
                            td { (page::took(run.started_at_ms, run.finished_at_ms.unwrap_or(now_ms))) }
                            td { a href={ "/ui/runs/" (run.id) } { (run.id) } }
                        }
                    }
                }
            }
        }
    };
    let goes_on = runs.iter().any(|run| !run.status.is_final());
    Ok(page::html(200, &page::page("Runs", goes_on, &body)))
}
