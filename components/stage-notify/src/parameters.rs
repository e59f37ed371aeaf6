//! What the caller may set.

use std::collections::BTreeMap;

use ropewalk_stage::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::error::Error;

/// Most times that a request is made again.
pub(crate) const MAX_RETRIES: u32 = 8;
/// The longest time for an answer, in seconds.
pub(crate) const MAX_TIMEOUT_S: u32 = 50;

/// The request. Every text in `url`, `headers`, `body`, `text` and `form` is a Handlebars template. It sees
/// `data`, `secrets` (those that the state asks for, by name), `project`, `run`, `state`, `attempt`, and `key`,
/// which is the same for each try and repetition of this call. A name that is not there is an error; `{{#if}}`
/// asks for it. Helpers: `{{truncate TEXT CHARACTERS}}`, `{{json VALUE}}`, `{{urlencode TEXT}}`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// Where the request goes. Where the whole URL is a secret: `{{secrets.slack_url}}`.
    pub url: String,
    /// `POST`, `PUT` …
    #[serde(default = "default_method")]
    pub method: String,
    /// Name to value: `"authorization": "Bearer {{secrets.token}}"`.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Sent as JSON. The texts in it are templates; whatever they give is escaped as JSON wants it. Numbers and
    /// lists come in by the workflow: `"count.$": "$.count"`.
    pub body: Option<Value>,
    /// Sent as text, instead of `body`.
    pub text: Option<String>,
    /// Sent as `application/x-www-form-urlencoded`, instead of `body`.
    pub form: Option<BTreeMap<String, String>>,
    /// What templates see as `data`. The state's whole input: `"data.$": "$"`.
    #[serde(default)]
    pub data: Value,
    /// Signs the body, so that the receiver knows who sent it.
    pub sign: Option<Sign>,
    /// How often the request is made again after status 429 or 5xx, or no answer: up to 8 times, after pauses of
    /// 1, 2, 4 … s, or what `retry-after` says, up to 60 s.
    #[serde(default = "default_retries")]
    pub retries: u32,
    /// An answer, and any pause within it, may take so long, in seconds: 1 to 50.
    #[serde(default = "default_timeout_s")]
    pub timeout_s: u32,
    /// The statuses that count as success, instead of all 2xx.
    pub success: Option<Vec<u16>>,
}

/// How the body is signed: by HMAC, in a header.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// Name of the secret that is the key.
    pub secret: String,
    /// The header with the signature.
    #[serde(default = "default_signature_header")]
    pub header: String,
    /// The hash beneath the HMAC.
    #[serde(default)]
    pub algorithm: Algorithm,
    /// What stands before the signature, which is written in hexadecimal. Absent: the algorithm's name and `=`.
    pub prefix: Option<String>,
    /// A header for the time, in seconds since 1970. Then time, `.` and body are signed instead of the body, so
    /// that a receiver can tell an old message.
    pub timestamp: Option<String>,
}

/// The hash beneath an HMAC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// HMAC-SHA256
    #[default]
    Sha256,
    /// HMAC-SHA512
    Sha512,
}

impl Parameters {
    /// Whether a status is a success.
    pub(crate) fn accepts(&self, status: u16) -> bool {
        match &self.success {
            Some(statuses) => statuses.contains(&status),
            None => (200..300).contains(&status),
        }
    }

    /// Refuses what the types allow but cannot be.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let bodies = [self.body.is_some(), self.text.is_some(), self.form.is_some()];
        if bodies.iter().filter(|given| **given).count() > 1 {
            return Err(Error::Invalid("only one of `body`, `text` and `form` can be sent".to_owned()));
        }
        if self.retries > MAX_RETRIES {
            return Err(Error::Invalid(format!("`retries` is {}: the limit is {MAX_RETRIES}", self.retries)));
        }
        if self.timeout_s == 0 || self.timeout_s > MAX_TIMEOUT_S {
            let given = self.timeout_s;
            return Err(Error::Invalid(format!(
                "`timeout_s` is {given}: between 1 and {MAX_TIMEOUT_S} are possible"
            )));
        }
        Ok(())
    }
}

fn default_method() -> String {
    "POST".to_owned()
}

fn default_retries() -> u32 {
    4
}

fn default_timeout_s() -> u32 {
    20
}

fn default_signature_header() -> String {
    "x-ropewalk-signature".to_owned()
}
