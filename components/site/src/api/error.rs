use artifact::Digest;
use artifact::grant::GrantError;
use http::StatusCode;
use http::header::{ALLOW, WWW_AUTHENTICATE};
use serde_json::json;

use super::MAX_BODY_BYTES;
use crate::Error;
use crate::answer::{self, Answer};
use crate::hosts::MAX_HOSTS;
use crate::pointer::NoWayBack;

/// Why a call is not done.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// No bearer token.
    #[error("the call bears no grant")]
    NoGrant,
    /// A wrong one.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// A good one, for something else.
    #[error("{0}")]
    Forbidden(String),
    /// The site is another project's.
    #[error("site `{site}` belongs to project `{owner}`")]
    NotYours {
        /// The site.
        site: String,
        /// Whose it is.
        owner: String,
    },
    /// No such path.
    #[error("there is no `/-/sites{0}`")]
    NoSuchCall(String),
    /// Another method is asked for.
    #[error("the method must be {0}")]
    Method(&'static str),
    /// The body is over [`MAX_BODY_BYTES`].
    #[error("the body is larger than {MAX_BODY_BYTES} bytes")]
    BodyTooLarge,
    /// The body is not what the call takes.
    #[error("the body is not what this call takes: {0}")]
    Body(String),
    /// Not a name.
    #[error("{what} `{name}` is not a name: hint: letters, digits, `-`, `_` and `.`, at most 63")]
    Name {
        /// What it should name.
        what: &'static str,
        /// What was given.
        name: String,
    },
    /// Not a host name.
    #[error("host `{host}` is refused: {problem}")]
    Host {
        /// What was given.
        host: String,
        /// Why not.
        problem: &'static str,
    },
    /// More than [`MAX_HOSTS`].
    #[error("{0} hosts are too many: the limit is {MAX_HOSTS}")]
    TooManyHosts(usize),
    /// Another site is served under it.
    #[error("host `{host}` is held by site `{site}`")]
    HostTaken {
        /// The host.
        host: String,
        /// Who has it.
        site: String,
    },
    /// There is no such artifact.
    #[error("artifact `{0}` is not in the store")]
    UnknownArtifact(Digest),
    /// An artifact without files.
    #[error("artifact `{0}` has no files")]
    Empty(Digest),
    /// Nothing was ever published there.
    #[error("there is no site `{0}`")]
    UnknownSite(String),
    /// Nothing to go back to.
    #[error(transparent)]
    NoWayBack(#[from] NoWayBack),
    /// The site, not the caller, is at fault.
    #[error(transparent)]
    Failed(Error),
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::Artifact(artifact::Error::UnknownTree(digest)) => Self::UnknownArtifact(digest),
            other => Self::Failed(other),
        }
    }
}

impl From<artifact::Error> for ApiError {
    fn from(error: artifact::Error) -> Self {
        Error::from(error).into()
    }
}

impl ApiError {
    /// The answer that tells it.
    pub fn answer(&self) -> Answer {
        let (status, code) = self.status();
        let text = self.to_string();
        let (message, hint) = text.split_once(": hint: ").unwrap_or((&text, ""));
        let mut body = json!({ "error": code, "message": message });
        if !hint.is_empty() {
            body["hint"] = json!(hint);
        }
        let mut answer = answer::json(status, &body);
        match self {
            Self::Method(allowed) => answer::set(&mut answer, ALLOW, allowed),
            Self::NoGrant => answer::set(&mut answer, WWW_AUTHENTICATE, "Bearer"),
            _ => {}
        }
        answer
    }

    fn status(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NoGrant => (StatusCode::UNAUTHORIZED, "no_grant"),
            Self::Grant(GrantError::Key(_)) => (StatusCode::SERVICE_UNAVAILABLE, "not_configured"),
            Self::Grant(_) => (StatusCode::UNAUTHORIZED, "invalid_grant"),
            Self::Forbidden(_) => (StatusCode::FORBIDDEN, "forbidden"),
            Self::NotYours { .. } => (StatusCode::FORBIDDEN, "not_yours"),
            Self::NoSuchCall(_) => (StatusCode::NOT_FOUND, "not_found"),
            Self::Method(_) => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Self::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
            Self::Body(_) => (StatusCode::BAD_REQUEST, "invalid_body"),
            Self::Name { .. } => (StatusCode::BAD_REQUEST, "invalid_name"),
            Self::Host { .. } | Self::TooManyHosts(_) => (StatusCode::BAD_REQUEST, "invalid_host"),
            Self::HostTaken { .. } => (StatusCode::CONFLICT, "host_taken"),
            Self::UnknownArtifact(_) => (StatusCode::UNPROCESSABLE_ENTITY, "unknown_artifact"),
            Self::Empty(_) => (StatusCode::UNPROCESSABLE_ENTITY, "empty_artifact"),
            Self::UnknownSite(_) | Self::NoWayBack(NoWayBack::NoSite(_)) => {
                (StatusCode::NOT_FOUND, "unknown_site")
            }
            Self::NoWayBack(NoWayBack::Unknown(_)) => (StatusCode::NOT_FOUND, "unknown_release"),
            Self::NoWayBack(NoWayBack::NoEarlier) => (StatusCode::CONFLICT, "no_earlier_release"),
            Self::Failed(Error::Busy(_)) => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
            Self::Failed(Error::TooLarge { .. }) => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Self::Failed(_) => (StatusCode::INTERNAL_SERVER_ERROR, "failed"),
        }
    }
}
