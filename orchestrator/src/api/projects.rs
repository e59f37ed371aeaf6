//! `/api/projects`

use serde_json::{Value, json};

use super::Orchestrator;
use crate::error::ApiError;
use crate::host::Host;
use crate::http::{Response, parse_json};
use crate::project::{self, Project, Registration, load_pipeline};

/// `GET /api/projects`
pub(super) fn list<H: Host>(app: &Orchestrator<H>) -> Result<Response, ApiError> {
    let store = app.host.store();
    let projects = project::names(store)?
        .iter()
        .map(|name| Ok(shown(app, &project::load(store, name)?)))
        .collect::<Result<Vec<Value>, ApiError>>()?;
    Ok(Response::json(200, &json!({ "projects": projects })))
}

/// `POST /api/projects` registers a project; `PUT /api/projects/{name}` replaces one.
pub(super) fn add<H: Host>(
    app: &Orchestrator<H>,
    name: Option<&str>,
    body: &[u8],
) -> Result<Response, ApiError> {
    let mut registration: Registration = parse_json(body)?;
    if let Some(name) = name {
        if !registration.name.is_empty() && registration.name != name {
            return Err(ApiError::bad_request(
                "name-mismatch",
                format!("the path names project `{name}`, the body `{}`", registration.name),
            ));
        }
        name.clone_into(&mut registration.name);
    }
    let now_ms = app.host.now_ms();
    let (project, pipeline) = registration.into_project(&app.settings, now_ms, || app.host.random())?;
    project::save(app.host.store(), &project, &pipeline, name.is_none())?;
    Ok(Response::json(if name.is_none() { 201 } else { 200 }, &shown(app, &project)))
}

/// `GET /api/projects/{name}`
pub(super) fn show<H: Host>(app: &Orchestrator<H>, name: &str) -> Result<Response, ApiError> {
    let project = project::load(app.host.store(), name)?;
    let mut body = shown(app, &project);
    body["pipeline"] = load_pipeline(app.host.store(), &project.definition)?;
    Ok(Response::json(200, &body))
}

/// `DELETE /api/projects/{name}`
pub(super) fn remove<H: Host>(app: &Orchestrator<H>, name: &str) -> Result<Response, ApiError> {
    project::remove(app.host.store(), name)?;
    Ok(Response::json(200, &json!({ "removed": name })))
}

fn shown<H: Host>(app: &Orchestrator<H>, project: &Project) -> Value {
    let mut body = project.show();
    body["hook"] = json!(format!("{}/hooks/{}", app.settings.public_url, project.name));
    body
}
