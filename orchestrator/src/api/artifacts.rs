//! `/api/artifacts`: trees in and out.

use artifact::{Artifacts, Digest, archive};
use serde_json::json;

use super::Orchestrator;
use crate::error::ApiError;
use crate::host::Host;
use crate::http::Response;

/// Largest artifact that is sent as one archive, in bytes of its files.
pub const MAX_DOWNLOAD_BYTES: u64 = 128 << 20;

/// `POST /api/artifacts`: a tar archive becomes an artifact.
pub(super) fn upload<H: Host>(app: &Orchestrator<H>, body: &[u8]) -> Result<Response, ApiError> {
    let files =
        archive::read(body).map_err(|error| ApiError::bad_request("invalid-archive", error.to_string()))?;
    let count = files.len();
    let bytes: usize = files.iter().map(|file| file.contents.len()).sum();
    let digest = Artifacts::new(app.host.store()).put(files, &[]).map_err(unavailable)?;
    Ok(Response::json(201, &json!({ "digest": digest, "files": count, "bytes": bytes })))
}

/// `GET /api/artifacts/{digest}`: an artifact as a tar archive.
pub(super) fn download<H: Host>(app: &Orchestrator<H>, digest: &str) -> Result<Response, ApiError> {
    let artifacts = Artifacts::new(app.host.store());
    let stored = artifacts.load(&parse(digest)?).map_err(unavailable)?;
    let bytes: u64 = stored.tree().bytes();
    if bytes > MAX_DOWNLOAD_BYTES {
        return Err(ApiError::new(
            413,
            "artifact-too-large",
            format!("artifact `{digest}` has {bytes} bytes: {MAX_DOWNLOAD_BYTES} are sent at most"),
        )
        .hint("get its files one by one, by `/api/artifacts/{digest}/files/{path}`"));
    }
    let mut tar = Vec::new();
    archive::write(&artifacts, &stored, &mut tar)
        .map_err(|error| ApiError::new(500, "corrupt-artifact", error.to_string()))?;
    Ok(Response::new(200, "application/x-tar", tar))
}

/// `GET /api/artifacts/{digest}/files/{path}`: one file, never as something that a browser would run.
pub fn file<H: Host>(app: &Orchestrator<H>, digest: &str, path: &str) -> Result<Response, ApiError> {
    read(app, digest, path).map(|bytes| {
        let content_type = match std::str::from_utf8(&bytes) {
            Ok(_) => "text/plain; charset=utf-8",
            Err(_) => "application/octet-stream",
        };
        Response::new(200, content_type, bytes)
    })
}

/// One file of an artifact.
pub fn read<H: Host>(app: &Orchestrator<H>, digest: &str, path: &str) -> Result<Vec<u8>, ApiError> {
    let artifacts = Artifacts::new(app.host.store());
    let stored = artifacts.load(&parse(digest)?).map_err(unavailable)?;
    artifacts.read(&stored, path).map_err(unavailable)
}

/// Reads a digest that a client gave.
pub fn parse(digest: &str) -> Result<Digest, ApiError> {
    digest
        .parse()
        .map_err(|error: artifact::InvalidDigest| ApiError::bad_request("invalid-digest", error.to_string()))
}

fn unavailable(error: artifact::Error) -> ApiError {
    match error {
        artifact::Error::UnknownTree(_) | artifact::Error::UnknownFile { .. } => {
            ApiError::unknown("unknown-artifact", error.to_string())
        }
        artifact::Error::Store(error) => error.into(),
        artifact::Error::Tree(_) => ApiError::bad_request("invalid-artifact", error.to_string()),
        _ => ApiError::new(500, "corrupt-artifact", error.to_string()),
    }
}
