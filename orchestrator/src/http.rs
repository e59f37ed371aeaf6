//! Requests and answers as the rest of the orchestrator sees them: whole, and without a runtime.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::ApiError;

/// What came before the body.
#[derive(Debug, Clone, Default)]
pub struct Head {
    /// `GET`, `POST` …
    pub method: String,
    /// Decoded segments of the path, none of them empty.
    pub segments: Vec<String>,
    /// Decoded query parameters, in order.
    pub query: Vec<(String, String)>,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
}

impl Head {
    /// Reads method, path with query, and headers.
    pub fn new(method: &str, path_and_query: &str, headers: Vec<(String, String)>) -> Self {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let segments = path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(|segment| percent_encoding::percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect();
        let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Self { method: method.to_owned(), segments, query, headers }
    }

    /// The first header of this (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first query parameter of this name.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A query parameter that is a number.
    pub fn query_number(&self, name: &str) -> Result<Option<u64>, ApiError> {
        self.query(name)
            .map(|text| {
                text.parse().map_err(|_| {
                    ApiError::bad_request(
                        "invalid-query",
                        format!("query parameter `{name}` is not a whole number: `{text}`"),
                    )
                })
            })
            .transpose()
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Headers; `content-length` is added when it is sent.
    pub headers: Vec<(&'static str, String)>,
    /// The body, whole.
    pub body: Vec<u8>,
}

impl Response {
    /// An answer of this media type.
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: vec![
                ("content-type", content_type.to_owned()),
                ("cache-control", "no-store".to_owned()),
                ("x-content-type-options", "nosniff".to_owned()),
            ],
            body: body.into(),
        }
    }

    /// JSON.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", format!("{body}\n"))
    }

    /// Plain text.
    pub fn text(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::new(status, "text/plain; charset=utf-8", body)
    }

    /// Sends the client elsewhere, with GET.
    pub fn see_other(location: &str) -> Self {
        Self::text(303, "").with("location", location)
    }

    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

/// Reads a JSON body. An empty one reads as `{}`.
pub fn parse_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| {
        ApiError::bad_request("invalid-json", format!("the request's body cannot be read: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, segments: &[&str], query: &[(&str, &str)]) {
        let head = Head::new("GET", path, Vec::new());
        assert_eq!(head.segments, segments);
        let found: Vec<_> = head.query.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(found, query);
    }

    #[test]
    fn reads_paths() {
        check("/api/runs", &["api", "runs"], &[]);
        check("//api/%72uns/?a=1&b=x%20y", &["api", "runs"], &[("a", "1"), ("b", "x y")]);
        check("/api/%ff", &["api", "\u{fffd}"], &[]);
        check("/?", &[], &[]);
    }
}
