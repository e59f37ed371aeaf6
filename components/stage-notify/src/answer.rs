//! What the receiver answered, as the workflow sees it.

use ropewalk_stage::outbound::Response;
use serde::Serialize;
use serde_json::Value;

/// So many bytes of an answer's body are kept.
pub(crate) const MAX_KEPT_BYTES: usize = 4_096;

/// An answer that is a success.
#[derive(Debug, PartialEq, Serialize)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// How often the request was made.
    pub tries: u32,
    /// JSON where it is, else text; of a longer one the first 4,096 bytes, as text.
    pub body: Value,
    /// Whether the body is longer than what is kept.
    pub truncated: bool,
}

impl Answer {
    /// Keeps what there is room for.
    pub(crate) fn new(response: &Response, tries: u32) -> Self {
        let truncated = response.body.len() > MAX_KEPT_BYTES;
        let text = || Value::String(shown(&response.body));
        let body = match serde_json::from_slice(&response.body) {
            Ok(value) if !truncated => value,
            _ => text(),
        };
        Self { status: response.status, tries, body, truncated }
    }
}

/// A body, as it is shown.
pub(crate) fn shown(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(MAX_KEPT_BYTES)]);
    let visible = |c: &char| !c.is_control() || *c == '\n';
    text.trim().trim_end_matches('\u{fffd}').chars().filter(visible).collect()
}
