//! What carries requests: the way out of the sandbox, or a socket in tests.

use ropewalk_stage::outbound;

/// A request, with its body whole.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Absolute.
    pub url: &'a str,
    /// Names and values.
    pub headers: &'a [(&'static str, &'a str)],
    /// Empty for `GET`.
    pub body: &'a [u8],
    /// The answer's body may have at most so many bytes.
    pub max_body_bytes: u64,
}

/// An answer, whatever its status.
#[derive(Debug, Clone, Default)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Header `content-type`.
    pub content_type: Option<String>,
    /// Header `location`.
    pub location: Option<String>,
    /// The body, whole.
    pub body: Vec<u8>,
}

/// Sends requests. Follows no redirects, and repeats nothing.
pub trait Transport {
    /// Sends a request and waits for the whole answer.
    fn send(&mut self, request: &Request<'_>) -> Result<Response, outbound::Error>;
}

/// The stage's way out of its sandbox.
#[derive(Debug, Clone, Copy)]
pub struct WayOut;

/// A git server may count objects for so long before it says a word.
const ANSWER_TIMEOUT_MS: u32 = 60_000;

impl Transport for WayOut {
    fn send(&mut self, request: &Request<'_>) -> Result<Response, outbound::Error> {
        let mut sent = outbound::Request::new(request.method, request.url)
            .max_body_bytes(request.max_body_bytes)
            .timeout_ms(ANSWER_TIMEOUT_MS)
            .body(request.body);
        for (name, value) in request.headers {
            sent = sent.header(name, value);
        }
        let response = sent.send()?;
        Ok(Response {
            status: response.status,
            content_type: response.header("content-type").map(str::to_owned),
            location: response.header("location").map(str::to_owned),
            body: response.body,
        })
    }
}
