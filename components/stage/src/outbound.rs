//! HTTP for stages with effects: the only way out of the sandbox.

use std::fmt;

use crate::bindings::ropewalk::pipeline::outbound as wit;

/// A request, with its body whole.
#[derive(Debug, Clone)]
pub struct Request {
    wit: wit::Request,
}

/// An answer, whatever its status.
#[derive(Debug, Clone)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// The body, whole.
    pub body: Vec<u8>,
    headers: Vec<wit::Header>,
}

/// An answer, or why there is none.
pub type Answer = Result<Response, Error>;

/// Unless said otherwise an answer may have so many bytes.
pub const DEFAULT_MAX_BODY_BYTES: u64 = 64 << 20;
/// Unless said otherwise an answer, and any pause within it, may take so long.
pub const DEFAULT_TIMEOUT_MS: u32 = 20_000;

impl Request {
    /// A request without headers or body.
    pub fn new(method: &str, url: &str) -> Self {
        Self {
            wit: wit::Request {
                method: method.to_owned(),
                url: url.to_owned(),
                headers: Vec::new(),
                body: Vec::new(),
                max_body_bytes: DEFAULT_MAX_BODY_BYTES,
                timeout_ms: DEFAULT_TIMEOUT_MS,
            },
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.wit.headers.push(wit::Header { name: name.to_owned(), value: value.as_bytes().to_vec() });
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.wit.body = body.into();
        self
    }

    /// Sets how many bytes the answer's body may have.
    #[must_use]
    pub fn max_body_bytes(mut self, max: u64) -> Self {
        self.wit.max_body_bytes = max;
        self
    }

    /// Sets how long the answer, and any pause within it, may take.
    #[must_use]
    pub fn timeout_ms(mut self, timeout: u32) -> Self {
        self.wit.timeout_ms = timeout;
        self
    }

    /// `GET`, `POST` …
    pub fn method(&self) -> &str {
        &self.wit.method
    }

    /// Where it goes.
    pub fn url(&self) -> &str {
        &self.wit.url
    }

    /// The headers in their order, those that are text.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        texts(&self.wit.headers)
    }

    /// The body that is sent.
    pub fn sent_body(&self) -> &[u8] {
        &self.wit.body
    }

    /// How many bytes the answer's body may have.
    pub fn answer_limit_bytes(&self) -> u64 {
        self.wit.max_body_bytes
    }

    /// How long the answer, and any pause within it, may take, in milliseconds.
    pub fn patience_ms(&self) -> u32 {
        self.wit.timeout_ms
    }

    /// Sends the request and waits for the whole answer.
    pub fn send(self) -> Answer {
        read(wit::send(&self.wit))
    }
}

/// What carries requests: the way out of the sandbox, or what stands for it in tests.
pub trait WayOut {
    /// Sends requests at the same time, and gives the answers in their order.
    fn send_all(&mut self, requests: Vec<Request>) -> Vec<Answer>;

    /// Waits so long, in milliseconds.
    fn pause(&mut self, duration_ms: u32);
}

/// The way out of the sandbox.
#[derive(Debug, Clone, Copy)]
pub struct Outside;

impl WayOut for Outside {
    fn send_all(&mut self, requests: Vec<Request>) -> Vec<Answer> {
        let requests: Vec<wit::Request> = requests.into_iter().map(|request| request.wit).collect();
        wit::send_all(&requests).into_iter().map(read).collect()
    }

    fn pause(&mut self, duration_ms: u32) {
        wit::pause(duration_ms);
    }
}

fn read(answer: Result<wit::Response, wit::Error>) -> Answer {
    let response = answer.map_err(Error::from)?;
    Ok(Response { status: response.status, body: response.body, headers: response.headers })
}

fn texts(headers: &[wit::Header]) -> impl Iterator<Item = (&str, &str)> {
    headers.iter().filter_map(|header| {
        let value = std::str::from_utf8(&header.value).ok()?;
        Some((header.name.as_str(), value))
    })
}

impl Response {
    /// An answer, for what stands for the way out in tests.
    pub fn new(status: u16, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Self {
        let header = |(name, value): &(&str, &str)| wit::Header {
            name: (*name).to_owned(),
            value: value.as_bytes().to_vec(),
        };
        Self { status, headers: headers.iter().map(header).collect(), body: body.into() }
    }

    /// The headers in their order, those that are text.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        texts(&self.headers)
    }

    /// The first header of this name, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(name))
            .and_then(|header| std::str::from_utf8(&header.value).ok())
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The URL or a header is malformed.
    Invalid(String),
    /// The component's `allowed_outbound_hosts` do not have this host.
    Forbidden(String),
    /// No connection: name unknown, refused, TLS failed.
    Unreachable(String),
    /// No answer, or a pause within it, for longer than the time limit.
    Timeout,
    /// The answer's body is larger than its limit.
    TooLarge,
    /// Anything else, the connection's end within the answer among it.
    Other(String),
}

impl From<wit::Error> for Error {
    fn from(error: wit::Error) -> Self {
        match error {
            wit::Error::Invalid(what) => Self::Invalid(what),
            wit::Error::Forbidden(host) => Self::Forbidden(host),
            wit::Error::Unreachable(why) => Self::Unreachable(why),
            wit::Error::Timeout => Self::Timeout,
            wit::Error::TooLarge => Self::TooLarge,
            wit::Error::Other(why) => Self::Other(why),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(what) => write!(f, "the request is malformed: {what}"),
            Self::Forbidden(host) => {
                write!(f, "host `{host}` is not among the component's `allowed_outbound_hosts`")
            }
            Self::Unreachable(why) => write!(f, "no connection: {why}"),
            Self::Timeout => f.write_str("no answer within the time limit"),
            Self::TooLarge => f.write_str("the answer is larger than its limit"),
            Self::Other(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Error {}
