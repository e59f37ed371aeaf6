//! What the operator configures, by variables of the application.

use artifact::key::KeyError;
use artifact::{derive_key, grant::Grant};
use workflow::MAX_DATA_BYTES;

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
    /// Most KiB of a document of a workflow; empty where nobody said: 256, as on AWS.
    pub data_limit_kib: String,
    /// How many runs are under way at once, those that wait for a timer included. `None`: any number.
    pub max_runs: Option<usize>,
}

/// The largest limit of a workflow's documents, in bytes: each is replayed from memory.
const MAX_DATA_LIMIT_BYTES: usize = 1 << 20;

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

    /// Most bytes of a document of a workflow, or why nothing is started.
    pub fn data_bytes(&self) -> Result<usize, ApiError> {
        if self.data_limit_kib.is_empty() {
            return Ok(MAX_DATA_BYTES);
        }
        let kib: Option<usize> = self.data_limit_kib.parse().ok();
        kib.and_then(|kib| kib.checked_mul(1024))
            .filter(|bytes| (1..=MAX_DATA_LIMIT_BYTES).contains(bytes))
            .ok_or_else(|| {
                let most = MAX_DATA_LIMIT_BYTES / 1024;
                let text = &self.data_limit_kib;
                let message = format!("variable `data_limit_kib` is `{text}`, not a number from 1 to {most}");
                ApiError::new(503, "not-configured", message)
            })
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
