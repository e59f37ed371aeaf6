//! What the server answered, as the workflow sees it.

use std::collections::BTreeMap;

use http::StatusCode;
use ropewalk_stage::Failure;
use serde::Serialize;
use serde_json::Value;

/// So many characters of the body stand in the cause of a failure.
const MAX_SHOWN_CHARS: usize = 1_024;

/// An answer of a server that did what it was asked.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Answer {
    /// Names in lower case, to all values of each.
    pub headers: BTreeMap<String, Vec<String>>,
    /// JSON where it is, else text.
    pub response_body: Value,
    /// HTTP status.
    pub status_code: u16,
    /// The status's usual name.
    pub status_text: &'static str,
}

/// Reads an answer. A status that isn't 2xx is a failure, and names it.
pub(crate) fn read(
    place: &str,
    status: u16,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<Answer, Failure> {
    let status_text =
        StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()).unwrap_or_default();
    if !(200..300).contains(&status) {
        let shown: String = String::from_utf8_lossy(body).chars().take(MAX_SHOWN_CHARS).collect();
        let cause = format!("{place} answered with status {status} {status_text}: {shown}");
        return Err(Failure::new(format!("Http.StatusCode.{status}"), cause));
    }
    let text = std::str::from_utf8(body).map_err(|_| {
        Failure::new("Request.NotText", format!("the answer of {place} is not text in UTF-8"))
    })?;
    let response_body = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in headers {
        all.entry(name.to_ascii_lowercase()).or_default().push((*value).to_owned());
    }
    Ok(Answer { headers: all, response_body, status_code: status, status_text })
}
