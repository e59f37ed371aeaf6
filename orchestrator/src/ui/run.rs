//! The page of one run: its stages, their logs and artifacts, and what can be done with it.

use artifact::Artifacts;
use maud::{Markup, html};
use serde_json::Value;

use super::page;
use crate::api::{Orchestrator, artifacts};
use crate::auth;
use crate::control::{self, Stop};
use crate::error::ApiError;
use crate::host::Host;
use crate::http::Response;
use crate::journal::Journal;
use crate::run::{Run, Status};
use crate::start::rerun;
use crate::view::{self, Stage};

/// Most bytes of one stage's log on the page: its end.
const MAX_SHOWN_LOG_BYTES: usize = 64 * 1024;
/// Most files of an artifact on one page.
const MAX_LISTED_FILES: usize = 2_000;

/// `/ui/runs/{id}`
pub(super) fn show<H: Host>(app: &Orchestrator<H>, id: &str) -> Result<Response, ApiError> {
    let store = app.host.store();
    let journal = Journal::open(store, id)?;
    let now_ms = app.host.now_ms();
    let stages = view::stages(store, &journal, now_ms)?;
    let logs = stages
        .iter()
        .map(|stage| view::stage_log(store, stage))
        .collect::<Result<Vec<String>, ApiError>>()?;
    let url = view::deployed_url(app, &stages);
    let run = journal.run();
    let body = html! {
        h1 { "Run " code { (run.id) } }
        (facts(run, url.as_deref(), now_ms))
        (actions(run, &auth::form_token(&app.settings)?))
        (overview(&stages))
        @for (stage, log) in stages.iter().zip(&logs) { (details(stage, log)) }
    };
    let title = format!("{} of {}", page::status_name(run.status), run.project);
    Ok(page::html(200, &page::page(&title, !journal.is_finished(), &body)))
}

/// `POST /ui/runs/{id}/{cancel,redrive,rerun}`: a button of the run's page.
pub(super) fn act<H: Host>(
    app: &Orchestrator<H>,
    id: &str,
    action: &str,
    body: &[u8],
) -> Result<Response, ApiError> {
    let field = |name: &str| {
        form_urlencoded::parse(body).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    auth::demand_form(&field("form").unwrap_or_default(), &app.settings)?;
    let begun = match action {
        "cancel" => {
            let cause = field("cause").map(|cause| cause.trim().to_owned()).filter(|cause| !cause.is_empty());
            control::cancel(app, id, &Stop { error: None, cause })?;
            None
        }
        "redrive" => Some(control::redrive(app, id)?),
        "rerun" => rerun(app, id, field("no_cache").is_some())?,
        _ => return Err(ApiError::unknown("unknown-action", format!("a run has no `{action}`"))),
    };
    let shown = begun.as_ref().map_or(id, |started| started.id.as_str()).to_owned();
    if let Some(started) = begun {
        started.drive_after_answer(app);
    }
    Ok(Response::see_other(&format!("/ui/runs/{shown}")))
}

fn actions(run: &Run, form: &str) -> Markup {
    let button = |action: &str, label: &str, more: Markup| {
        html! {
            form method="post" action={ "/ui/runs/" (run.id) "/" (action) } {
                input type="hidden" name="form" value=(form);
                button { (label) } " " (more)
            }
        }
    };
    html! {
        div.actions {
            @match run.status {
                Status::Queued | Status::Running => (button("cancel", "Cancel", html! {
                    input name="cause" placeholder="cause" maxlength="1000";
                })),
                _ => {
                    @if run.status != Status::Succeeded {
                        (button("redrive", "Redrive from what failed", html! {}))
                    }
                    (button("rerun", "Run again", html! {
                        label { input type="checkbox" name="no_cache" value="1"; " without cache" }
                    }))
                }
            }
        }
    }
}

fn facts(run: &Run, url: Option<&str>, now_ms: u64) -> Markup {
    html! {
        dl {
            dt { "Status" } dd { (page::status(page::status_name(run.status))) }
            @if run.status == Status::Queued { dt { "Waits at" } dd { (run.gates.join(", ")) } }
            dt { "Project" } dd { a href={ "/ui/?project=" (run.project) } { (run.project) } }
            @if let Some(branch) = &run.branch { dt { "Branch" } dd { (branch) } }
            @if let Some(commit) = &run.commit { dt { "Commit" } dd { code { (commit) } } }
            @if let Some(before) = &run.rerun_of {
                dt { "Runs again" } dd { a href={ "/ui/runs/" (before) } { (before) } }
            }
            @if run.redrives > 0 { dt { "Redrives" } dd { (run.redrives) } }
            dt { "Began" } dd { (page::ago(run.started_at_ms, now_ms)) }
            dt { "Took" } dd { (page::took(run.started_at_ms, run.finished_at_ms.unwrap_or(now_ms))) }
            @if let Some(url) = url { dt { "Site" } dd { a href=(url) { (url) } } }
            @if let Some(error) = &run.error { dt { "Error" } dd { code { (error) } } }
            @if let Some(cause) = &run.cause { dt { "Cause" } dd.cause { (cause) } }
        }
    }
}

fn overview(stages: &[Stage]) -> Markup {
    html! {
        h2 { "Stages" }
        table {
            thead { tr { th { "Status" } th { "Took" } th { "State" } th { "Component" } th { "Result from" } } }
            tbody {
                @for stage in stages {
                    tr {
                        td { (page::status(stage.status)) }
                        td { (duration(stage)) }
                        td {
                            a href={ "#" (stage.state) "-" (stage.attempt) } { (stage.state) }
                            @if stage.attempt > 1 { span.dim { " (attempt " (stage.attempt) ")" } }
                        }
                        td { code { (stage.report.component) } }
                        td {
                            @if stage.report.cached {
                                "cache"
                                @if let Some(run) = &stage.report.from_run { " (" a href={ "/ui/runs/" (run) } { (run) } ")" }
                            } @else { "this run" }
                        }
                    }
                }
            }
        }
    }
}

fn duration(stage: &Stage) -> String {
    if stage.status == "running" { String::new() } else { format!("{:.0} ms", stage.report.duration_ms) }
}

fn details(stage: &Stage, log: &str) -> Markup {
    let artifacts: Vec<(&String, &Value)> =
        stage.report.artifacts.as_object().into_iter().flatten().collect();
    html! {
        h2 id={ (stage.state) "-" (stage.attempt) } { (stage.state) }
        @if let Some((error, cause)) = &stage.failure { p.cause { (error) ": " (cause) } }
        @if !artifacts.is_empty() {
            p { "Artifacts: "
                @for (name, digest) in artifacts {
                    a href={ "/ui/artifacts/" (digest.as_str().unwrap_or_default()) } { (name) } " "
                }
            }
        }
        @if !stage.report.result.is_null() {
            details { summary { "Result" } pre { (format!("{:#}", stage.report.result)) } }
        }
        @if !log.is_empty() { pre.log { (tail(log)) } }
    }
}

/// The end of a long log.
fn tail(log: &str) -> &str {
    let mut from = log.len().saturating_sub(MAX_SHOWN_LOG_BYTES);
    while !log.is_char_boundary(from) {
        from += 1;
    }
    &log[from..]
}

/// `/ui/artifacts/{digest}` lists the files; with a path, one of them, as text.
pub(super) fn artifact<H: Host>(
    app: &Orchestrator<H>,
    digest: &str,
    path: &str,
) -> Result<Response, ApiError> {
    if !path.is_empty() {
        return artifacts::file(app, digest, path);
    }
    let store = Artifacts::new(app.host.store());
    let stored = store
        .load(&artifacts::parse(digest)?)
        .map_err(|error| ApiError::unknown("unknown-artifact", error.to_string()))?;
    let tree = stored.tree();
    let body = html! {
        h1 { "Artifact " code { (page::short(digest)) } }
        p { (tree.len()) " files, " (tree.bytes()) " bytes" }
        table {
            thead { tr { th { "File" } th { "Bytes" } th { "SHA-256" } } }
            tbody {
                @for (path, entry) in tree.iter().take(MAX_LISTED_FILES) {
                    tr {
                        td { a href={ "/ui/artifacts/" (digest) "/" (encoded(path)) } { (path) } }
                        td { (entry.size) }
                        td { code { (page::short(&entry.digest.hex())) } }
                    }
                }
            }
        }
        @if tree.len() > MAX_LISTED_FILES { p.dim { "The first " (MAX_LISTED_FILES) " are shown." } }
    };
    Ok(page::html(200, &page::page("Artifact", false, &body)))
}

fn encoded(path: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const KEPT: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(path, KEPT).to_string()
}
