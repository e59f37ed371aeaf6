//! `/hooks/{project}`: pushes start runs.

use super::Orchestrator;
use crate::error::ApiError;
use crate::host::Host;
use crate::http::{Head, Response};

/// Demands that a webhook is signed at all, before its body is read.
pub(super) fn demand_signature(head: &Head) -> Result<(), ApiError> {
    let _ = head;
    Ok(())
}

/// `POST /hooks/{project}`
pub(super) fn receive<H: Host>(
    app: &Orchestrator<H>,
    project: &str,
    head: &Head,
    body: &[u8],
) -> Result<Response, ApiError> {
    let _ = (app, project, head, body);
    Err(ApiError::new(501, "x", "x"))
}
