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
    /// Bytes that the store's artifacts and cached results may take, as somebody wrote it; empty where nobody did.
    pub store_limit: String,
    /// Seconds for which what nobody needs is kept; empty where nobody said.
    pub store_grace_s: String,
}

/// The store's budget unless somebody says otherwise: 10 GiB.
const STORE_LIMIT: u64 = 10 << 30;
/// Seconds for which what nobody needs is kept, unless somebody says otherwise: longer than any request takes.
const STORE_GRACE_S: u64 = 3_600;
/// Most seconds of that: a month.
const MAX_STORE_GRACE_S: u64 = 31 * 86_400;

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

    /// Most bytes of artifacts and cached results; `None`: any number.
    pub fn store_limit(&self) -> Result<Option<u64>, ApiError> {
        match self.store_limit.trim() {
            "" => Ok(Some(STORE_LIMIT)),
            "unlimited" => Ok(None),
            text => parse_bytes(text).map(Some).ok_or_else(|| {
                let message =
                    format!("variable `store_limit` is `{text}`: write `500 MiB`, `10 GiB`, `unlimited`");
                ApiError::new(503, "not-configured", message)
            }),
        }
    }

    /// How long what nobody needs is kept, in milliseconds. Nobody may take so long from finding an artifact to naming it.
    pub fn grace_ms(&self) -> Result<u64, ApiError> {
        match self.store_grace_s.trim() {
            "" => Ok(STORE_GRACE_S * 1000),
            text => match text.parse() {
                Ok(seconds @ 1..=MAX_STORE_GRACE_S) => Ok(seconds * 1000),
                _ => Err(ApiError::new(
                    503,
                    "not-configured",
                    format!(
                        "variable `store_grace_s` is `{text}`, not a number from 1 to {MAX_STORE_GRACE_S}"
                    ),
                )),
            },
        }
    }

    /// The token by which other components act for a run.
    pub fn sign(&self, grant: &Grant) -> Result<String, ApiError> {
        grant.sign(&self.master_key).map_err(|error| not_configured(error.to_string(), "MASTER_KEY"))
    }
}

/// A number of bytes with a unit, powers of 1024.
fn parse_bytes(text: &str) -> Option<u64> {
    let at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(at);
    let shift = match unit.trim() {
        "" | "B" => 0,
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        "TiB" => 40,
        _ => return None,
    };
    number.parse::<u64>().ok().filter(|number| *number > 0)?.checked_mul(1 << shift)
}

fn unusable(error: KeyError) -> ApiError {
    not_configured(error.to_string(), "MASTER_KEY")
}

fn not_configured(message: String, variable: &str) -> ApiError {
    ApiError::new(503, "not-configured", message).hint(format!(
        "start the host with `SPIN_VARIABLE_{variable}` set; until then nothing is accepted from outside"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_limit(text: &str, expected: Result<Option<u64>, u16>) {
        let settings = Settings { store_limit: text.to_owned(), ..Settings::default() };
        assert_eq!(settings.store_limit().map_err(|error| error.status), expected, "{text}");
    }

    #[test]
    fn budgets_have_units() {
        check_limit("", Ok(Some(10 << 30)));
        check_limit("unlimited", Ok(None));
        check_limit("1024", Ok(Some(1024)));
        check_limit("500 MiB", Ok(Some(500 << 20)));
        check_limit("2TiB", Ok(Some(2 << 40)));
        for wrong in ["0", "10 GB", "-1", "GiB", "1.5 GiB", "99999999999 TiB"] {
            check_limit(wrong, Err(503));
        }
    }

    #[track_caller]
    fn check_grace(text: &str, expected: Option<u64>) {
        let settings = Settings { store_grace_s: text.to_owned(), ..Settings::default() };
        assert_eq!(settings.grace_ms().ok(), expected, "{text}");
    }

    #[test]
    fn the_grace_has_limits() {
        check_grace("", Some(3_600_000));
        check_grace("1", Some(1000));
        for wrong in ["0", "x", "-5", "99999999"] {
            check_grace(wrong, None);
        }
    }
}
