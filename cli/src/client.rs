//! The HTTP API, as commands and tests call it.

use std::fmt::Write as _;
use std::io::Read;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;

/// How long an answer may take, in seconds; the API itself answers within 30.
const TIMEOUT_S: u64 = 60;
/// Most bytes of an answer.
const MAX_ANSWER_BYTES: u64 = 512 << 20;

/// A connection to a running application.
#[derive(Clone)]
pub struct Client {
    agent: ureq::Agent,
    url: String,
    token: String,
}

/// An answer, whatever its status.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body, whole.
    pub body: Vec<u8>,
    headers: ureq::http::HeaderMap,
}

impl Client {
    /// A client of the application at this URL.
    pub fn new(url: &str, token: &str) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(TIMEOUT_S)))
            .build()
            .into();
        Self { agent, url: url.trim_end_matches('/').to_owned(), token: token.to_owned() }
    }

    /// Where the application is, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Sends a request with the token.
    pub fn send(&self, method: &str, path: &str, body: &[u8]) -> Result<Answer> {
        let authorization = format!("Bearer {}", self.token);
        self.send_with(method, path, &[("authorization", &authorization)], body)
    }

    /// Sends a request with these headers, and no token.
    pub fn send_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer> {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let unreachable = || format!("cannot reach `{}`", self.url);
        let response = if body.is_empty() && matches!(method, "GET" | "HEAD" | "DELETE") {
            self.agent.run(request.body(())?)
        } else {
            self.agent.run(request.body(body)?)
        }
        .with_context(unreachable)?;
        let (parts, body) = response.into_parts();
        let mut bytes = Vec::new();
        body.into_reader().take(MAX_ANSWER_BYTES).read_to_end(&mut bytes).with_context(unreachable)?;
        Ok(Answer { status: parts.status.as_u16(), body: bytes, headers: parts.headers })
    }

    /// Sends a JSON request, and reads the JSON answer of one that succeeded.
    pub fn json(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let bytes = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        self.send(method, path, &bytes)?.ok()?.json()
    }
}

impl Answer {
    /// A header that is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_slice(&self.body)
            .with_context(|| format!("the answer is not JSON: `{}`", self.text().trim()))
    }

    /// The answer if its status is one of success, otherwise what it says is wrong.
    pub fn ok(self) -> Result<Self> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        let Ok(error) = self.json() else {
            bail!("the application answered {}: {}", self.status, self.text().trim());
        };
        let mut text = error["message"].as_str().unwrap_or("unknown error").to_owned();
        for problem in error["problems"].as_array().into_iter().flatten() {
            let pointer = problem["pointer"].as_str().unwrap_or_default();
            let message = problem["message"].as_str().unwrap_or_default();
            let _ = write!(text, "\n  `{pointer}`: {message}");
            if let Some(hint) = problem["hint"].as_str() {
                let _ = write!(text, "; hint: {hint}");
            }
        }
        if let Some(hint) = error["hint"].as_str() {
            let _ = write!(text, "; hint: {hint}");
        }
        Err(anyhow!(text))
    }
}
