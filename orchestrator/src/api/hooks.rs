//! `/hooks/{project}`: pushes start runs.

use forge::{Delivery, Push};
use serde_json::{Value, json};

use super::Orchestrator;
use crate::delivery;
use crate::error::ApiError;
use crate::host::Host;
use crate::http::{Head, Response};
use crate::project::{self, Project};
use crate::start::{Delivered, StartRun, start, start_delivered};

/// `POST /hooks/{project}`
pub(super) fn receive<H: Host>(
    app: &Orchestrator<H>,
    name: &str,
    head: &Head,
    body: &[u8],
) -> Result<Response, ApiError> {
    // Who has no secret learns neither which projects there are nor which of them take webhooks.
    let project = project::load(app.host.store(), name).ok();
    let secret = match &project {
        Some(project) => project.open_webhook_secret(&app.settings)?,
        None => None,
    };
    let (Some(project), Some(secret)) = (project, secret) else {
        return Err(ApiError::new(401, "unauthorized", format!("no project `{name}` takes this webhook"))
            .hint("register the project with a webhook secret, and give the git host the same"));
    };
    let delivery = forge::receive(|name| head.header(name), body, &secret).map_err(refused)?;
    match delivery {
        Delivery::Ping => Ok(Response::json(200, &json!({ "ping": "ok" }))),
        Delivery::Ignored { event } => Ok(Response::json(200, &json!({ "ignored": event }))),
        Delivery::Push(pushes) => {
            let runs = pushes
                .into_iter()
                .map(|push| begin(app, &project, push))
                .collect::<Result<Vec<Value>, ApiError>>()?;
            Ok(Response::json(202, &json!({ "runs": runs })))
        }
    }
}

/// Starts the run of a push, or says why it has none.
fn begin<H: Host>(app: &Orchestrator<H>, project: &Project, push: Push) -> Result<Value, ApiError> {
    if push.deleted {
        return Ok(json!({ "ref": push.reference, "ignored": "the reference was deleted" }));
    }
    if let (Some(wanted), Some(branch)) = (&project.branch, &push.branch)
        && wanted != branch
    {
        return Ok(json!({ "ref": push.reference, "ignored": "the project runs another branch" }));
    }
    if project.branch.is_some() && push.branch.is_none() {
        return Ok(json!({ "ref": push.reference, "ignored": "the project runs a branch only" }));
    }
    let mut input = serde_json::Map::new();
    if let (None, Some(repository)) = (&project.repository, &push.repository) {
        input.insert("repository".to_owned(), json!(repository));
    }
    for (name, value) in [("pusher", &push.pusher), ("message", &push.message)] {
        if let Some(value) = value {
            input.insert(name.to_owned(), json!(value));
        }
    }
    let key = delivery::key(&project.name, &push);
    let request = StartRun {
        reference: Some(push.reference),
        branch: push.branch.or(push.tag),
        commit: push.commit,
        input: Some(input),
        ..StartRun::default()
    };
    let started = match key {
        Some(key) => match start_delivered(app, project.clone(), request, key)? {
            Delivered::Begun(started) => Some(*started),
            Delivered::Before(id) => return Ok(json!({ "id": id, "redelivered": true })),
        },
        None => start(app, project.clone(), request)?,
    };
    let id = started.as_ref().map(|started| started.id.clone());
    if let Some(started) = started {
        started.drive_after_answer(app);
    }
    Ok(json!({ "id": id }))
}

fn refused(error: forge::Error) -> ApiError {
    let answer = ApiError::new(error.status(), error.code(), error.to_string());
    match error.hint() {
        Some(hint) => answer.hint(hint),
        None => answer,
    }
}
