//! Secrets that a state asks for by `secrets: [names]`: those of its project, for a stage or a worker alike.

use serde_json::Value;

use crate::api::Orchestrator;
use crate::call::Secret;
use crate::error::ApiError;
use crate::host::Host;
use crate::project::Project;

/// The names that an input asks for, which are taken out of it. `None`: it doesn't say.
pub fn asked(input: &mut Value) -> Result<Option<Vec<String>>, ApiError> {
    let Some(names) = input.as_object_mut().and_then(|members| members.remove("secrets")) else {
        return Ok(None);
    };
    serde_json::from_value(names).map(Some).map_err(|error| {
        ApiError::bad_request("invalid-secrets", format!("`secrets` is no list of names: {error}"))
    })
}

/// Opens secrets of a project.
pub fn open<H: Host>(
    app: &Orchestrator<H>,
    project: &Project,
    names: Vec<String>,
) -> Result<Vec<Secret>, ApiError> {
    names
        .into_iter()
        .map(|name| match project.open_secret(&app.settings, &name)? {
            Some(value) => Ok(Secret { name, value }),
            None => Err(ApiError::bad_request(
                "unknown-secret",
                format!("project `{}` has no secret `{name}`", project.name),
            )),
        })
        .collect()
}
