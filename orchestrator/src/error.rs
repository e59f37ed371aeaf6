//! What a request is answered when it can't be done.

use serde::Serialize;
use serde_json::json;

use crate::http::Response;

/// An error that goes to the client as JSON: `{"error", "message", "hint"?, "problems"?}`.
#[derive(Debug, Clone)]
pub struct ApiError {
    /// HTTP status.
    pub status: u16,
    /// Stable name for programs: `unknown-run`.
    pub code: &'static str,
    /// What is wrong, for a person.
    pub message: String,
    /// The way out.
    pub hint: Option<String>,
    /// Everything that is wrong with a definition.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong with a definition.
#[derive(Debug, Clone, Serialize)]
pub struct Problem {
    /// JSON Pointer (RFC 6901) into the definition.
    pub pointer: String,
    /// What is wrong there.
    pub message: String,
    /// The way out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl From<workflow::Problem> for Problem {
    fn from(problem: workflow::Problem) -> Self {
        Self { pointer: problem.pointer, message: problem.message, hint: problem.hint }
    }
}

impl ApiError {
    /// An error without hint.
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), hint: None, problems: Vec::new() }
    }

    /// Adds the way out.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// 400 for a value that the client sent.
    pub fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(400, code, message)
    }

    /// 404 for something that isn't there.
    pub fn unknown(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(404, code, message)
    }

    /// 500 for a record of our own that can't be read.
    pub fn corrupt(key: &str, cause: impl std::fmt::Display) -> Self {
        Self::new(500, "corrupt-record", format!("record `{key}` cannot be read: {cause}"))
    }

    /// The answer.
    pub fn response(&self) -> Response {
        let mut body = json!({ "error": self.code, "message": self.message });
        if let Some(hint) = &self.hint {
            body["hint"] = json!(hint);
        }
        if !self.problems.is_empty() {
            body["problems"] = json!(self.problems);
        }
        Response::json(self.status, &body)
    }
}

impl From<artifact::StoreError> for ApiError {
    fn from(error: artifact::StoreError) -> Self {
        Self::new(503, "store", format!("the key-value store did not take part: {error}"))
            .hint("nothing was acknowledged: repeat the request")
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}
