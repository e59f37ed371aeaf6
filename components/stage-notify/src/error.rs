//! Why nobody was told.

use ropewalk_stage::Failure;
use ropewalk_stage::outbound::{Error as WayError, Response};
use ropewalk_stage::retry;

use crate::answer::shown;

/// So many characters of an answer stand in the cause of a failure.
const MAX_SHOWN_CHARS: usize = 500;

/// Why nobody was told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The parameters are no request.
    #[error("{0}")]
    Invalid(String),
    /// A template cannot be read, or filled in.
    #[error("template `{place}`: {cause}")]
    Template {
        /// Which one.
        place: String,
        /// Why not.
        cause: String,
    },
    /// The receiver says no.
    #[error("{0}")]
    Refused(String),
    /// There is no answer.
    #[error("{0}")]
    Unanswered(String),
    /// The component may not send there.
    #[error("{0}; hint: add it to `allowed_outbound_hosts` of `stage-notify` in spin.toml")]
    NotGranted(String),
}

impl Error {
    pub(crate) fn refused(place: &str, response: &Response, tries: u32) -> Self {
        let said: String = shown(&response.body).chars().take(MAX_SHOWN_CHARS).collect();
        let said = if said.is_empty() { said } else { format!(": {said}") };
        let later = match retry::retry_after(response) {
            Some(asked) if response.status == 429 || response.status == 503 => {
                format!("; it asks to wait for {} s", asked.as_secs())
            }
            _ => String::new(),
        };
        Self::Refused(format!(
            "{place} answered with status {}{}{later}{said}",
            response.status,
            often(tries)
        ))
    }

    pub(crate) fn unanswered(place: &str, error: WayError, tries: u32) -> Self {
        match error {
            WayError::Forbidden(_) => Self::NotGranted(format!("{place}: {error}")),
            WayError::Invalid(_) => Self::Invalid(format!("{place}: {error}")),
            error => Self::Unanswered(format!("no answer from {place}{}: {error}", often(tries))),
        }
    }
}

fn often(tries: u32) -> String {
    if tries > 1 { format!(" in {tries} tries") } else { String::new() }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let name = match error {
            Error::Invalid(_) => "Notify.Invalid",
            Error::Template { .. } => "Notify.Template",
            Error::Refused(_) => "Notify.Refused",
            Error::Unanswered(_) => "Notify.Unanswered",
            Error::NotGranted(_) => "Notify.NotGranted",
        };
        Self::new(name, error)
    }
}
