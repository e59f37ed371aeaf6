//! What the operator configures, by variables of the application.

use artifact::key::KeyError;
use artifact::{derive_key, grant::Grant};

use crate::concurrency::MAX_RUNS_AT_ONCE;
use crate::error::ApiError;

/// The application's variables.
#[derive(Clone, Default)]
pub struct Settings {
    /// Bearer token of the API.
    pub api_token: String,
    /// Keys that seal secrets and sign grants are derived from it.
    pub master_key: String,
    /// What users type before the path, without a slash at the end; empty where nobody said.
    pub public_url: String,
    /// How many runs are under way at once, those that wait for a timer included. `None`: any number.
    pub max_runs: Option<usize>,
}

impl Settings {
    /// Reads variable `max_runs`.
    pub fn parse_max_runs(text: &str) -> Result<Option<usize>, ApiError> {
        match text.trim() {
            "" => Ok(None),
            text => match text.parse() {
                Ok(max @ 1..=MAX_RUNS_AT_ONCE) => Ok(Some(max)),
                _ => Err(ApiError::new(
                    503,
                    "not-configured",
                    format!("variable `max_runs` is `{text}`, not a number from 1 to {MAX_RUNS_AT_ONCE}"),
                )),
            },
        }
    }

    /// The API's token, or why nothing is accepted.
    pub fn api_token(&self) -> Result<&str, ApiError> {
        if self.api_token.is_empty() {
            return Err(not_configured("variable `api_token` is not set".to_owned(), "API_TOKEN"));
        }
        Ok(&self.api_token)
    }

    /// A key for one use, so that no two uses share one; or why nothing is accepted.
    pub fn key(&self, label: &str) -> Result<[u8; 32], ApiError> {
        derive_key(&self.master_key, label).map_err(unusable)
    }

    /// The token by which other components act for a run.
    pub fn sign(&self, grant: &Grant) -> Result<String, ApiError> {
        grant.sign(&self.master_key).map_err(|error| not_configured(error.to_string(), "MASTER_KEY"))
    }
}

fn unusable(error: KeyError) -> ApiError {
    not_configured(error.to_string(), "MASTER_KEY")
}

fn not_configured(message: String, variable: &str) -> ApiError {
    ApiError::new(503, "not-configured", message).hint(format!(
        "start the host with `SPIN_VARIABLE_{variable}` set; until then nothing is accepted from outside"
    ))
}
