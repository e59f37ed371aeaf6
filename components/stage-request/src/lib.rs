//! Sends one HTTP request: what `arn:aws:states:::http:invoke` calls.
//!
//! Nothing is repeated and no redirect is followed. The request carries the call's idempotency key, as
//! `idempotency-key`, by which a server can tell that a call is made again because its answer was lost.

mod answer;
mod encode;

use ropewalk_stage::outbound::{Error, Request};
use ropewalk_stage::{Call, Caller, Failure, JsonSchema, Stage, secret};
use serde::Deserialize;
use serde_json::{Map, Value};

use answer::Answer;

/// The server has so long to answer, and for any pause within its answer, in milliseconds.
const TIMEOUT_MS: u32 = 50_000;
/// Most bytes of an answer's body: it becomes data of the workflow, which has a limit, too.
const MAX_ANSWER_BYTES: u64 = 256 << 10;
/// Most bytes of a request's body.
const MAX_BODY_BYTES: usize = 256 << 10;
/// Unless the state names another.
const USER_AGENT: &str = concat!("ropewalk/", env!("CARGO_PKG_VERSION"));
/// The failure of what is no request.
const INVALID: &str = "Request.Invalid";

/// The stage.
#[derive(Debug)]
pub struct StageRequest;

/// The request.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// Absolute URL.
    pub endpoint: String,
    /// `GET`, `POST` …
    pub method: String,
    /// Name to value: a text, a number, or a boolean.
    #[serde(default)]
    pub headers: Map<String, Value>,
    /// Name to value, or to a list of values.
    #[serde(default)]
    pub query: Map<String, Value>,
    /// Sent as JSON, unless `transform` says otherwise, or it is a text and the header `content-type` is not
    /// that of JSON.
    pub body: Option<Value>,
    /// How the body is encoded.
    pub transform: Option<Transform>,
    /// The secret by which the request is authenticated.
    pub connection: Option<String>,
}

/// How the body is encoded.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct Transform {
    /// As JSON unless given.
    #[serde(default)]
    pub request_body_encoding: Encoding,
    /// For `URL_ENCODED`.
    #[serde(default)]
    pub request_encoding_options: Options,
}

/// What a body is sent as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Encoding {
    /// As it is: JSON.
    #[default]
    None,
    /// `application/x-www-form-urlencoded`
    UrlEncoded,
}

/// Details of `URL_ENCODED`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct Options {
    /// How lists are written.
    #[serde(default)]
    pub array_format: ArrayFormat,
}

/// How a list is written in a form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ArrayFormat {
    /// `a[0]=x&a[1]=y`
    #[default]
    Indices,
    /// `a=x&a=y`
    Repeat,
    /// `a=x,y`
    Commas,
    /// `a[]=x&a[]=y`
    Brackets,
}

impl Stage for StageRequest {
    type Parameters = Parameters;
    type Output = Answer;

    const NAME: &'static str = "request";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const HERMETIC: bool = false;
    const DEFAULT_INCLUDE: &'static [&'static str] = &[];

    fn run(parameters: Parameters, call: Call) -> Result<Answer, Failure> {
        let message = Message::new(&parameters, call.caller()?)?;
        let place = format!("{} {}", message.method, place(&parameters.endpoint));
        let answer = message.request().send().map_err(|error| unanswered(&place, &error))?;
        let headers: Vec<(&str, &str)> = answer.headers().collect();
        report(&place, answer.status, answer.body.len());
        answer::read(&place, answer.status, &headers, &answer.body)
    }
}

#[allow(unsafe_code, reason = "the generated exports")]
#[cfg(target_arch = "wasm32")]
mod export {
    use super::StageRequest;
    ropewalk_stage::export!(StageRequest);
}

/// A request, put together.
#[derive(Debug, PartialEq, Eq)]
struct Message {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Message {
    fn new(parameters: &Parameters, caller: &Caller) -> Result<Self, Failure> {
        let mut message = Self {
            method: parameters.method.to_ascii_uppercase(),
            url: encode::url(&parameters.endpoint, &parameters.query)?,
            headers: vec![("idempotency-key".to_owned(), caller.idempotency_key.clone())],
            body: Vec::new(),
        };
        for (name, value) in &parameters.headers {
            let value = encode::plain(value)
                .ok_or_else(|| invalid(format!("header `{name}` must be a text, a number or a boolean")))?;
            message.set(name, value);
        }
        message.set_default("user-agent", USER_AGENT);
        if let Some(body) = &parameters.body {
            message.set_body(body, parameters.transform.as_ref())?;
        }
        if let Some(name) = &parameters.connection {
            let secret = caller.secrets.iter().find(|secret| secret.name == *name);
            let secret = secret.ok_or_else(|| invalid(format!("secret `{name}` was not passed on")))?;
            let (name, value) = secret::authentication(&secret.value);
            message.set(&name, value);
        }
        Ok(message)
    }

    fn set_body(&mut self, body: &Value, transform: Option<&Transform>) -> Result<(), Failure> {
        if let Some(transform) = transform
            && transform.request_body_encoding == Encoding::UrlEncoded
        {
            let form = encode::form(body, transform.request_encoding_options.array_format)?;
            self.body = form.into_bytes();
            self.set("content-type", "application/x-www-form-urlencoded".to_owned());
        } else {
            let text = self.header("content-type").is_some_and(|media_type| !media_type.contains("json"));
            self.body = match body {
                Value::String(body) if text => body.clone().into_bytes(),
                body => body.to_string().into_bytes(),
            };
            self.set_default("content-type", "application/json");
        }
        if self.body.len() > MAX_BODY_BYTES {
            return Err(invalid(format!("the body has more than {MAX_BODY_BYTES} bytes")));
        }
        Ok(())
    }

    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    fn set(&mut self, name: &str, value: String) {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value));
    }

    fn set_default(&mut self, name: &str, value: &str) {
        if self.header(name).is_none() {
            self.set(name, value.to_owned());
        }
    }

    fn request(self) -> Request {
        let request = Request::new(&self.method, &self.url)
            .body(self.body)
            .timeout_ms(TIMEOUT_MS)
            .max_body_bytes(MAX_ANSWER_BYTES);
        self.headers.iter().fold(request, |request, (name, value)| request.header(name, value))
    }
}

/// A URL as it is shown: what stands behind `?` may be secret.
fn place(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}

fn invalid(cause: impl std::fmt::Display) -> Failure {
    Failure::new(INVALID, cause)
}

/// There was no answer.
fn unanswered(place: &str, error: &Error) -> Failure {
    let name = match error {
        Error::Unreachable(_) | Error::Timeout | Error::Other(_) => "Http.Socket",
        Error::Forbidden(_) => "Request.NotGranted",
        Error::TooLarge => "Request.AnswerTooLarge",
        Error::Invalid(_) => INVALID,
    };
    let hint = match error {
        Error::Forbidden(_) => ": hint: add it to `allowed_outbound_hosts` of `stage-request` in spin.toml",
        _ => "",
    };
    Failure::new(name, format!("{place}: {error}{hint}"))
}

#[allow(clippy::print_stdout, reason = "printed text is the stage's log")]
fn report(place: &str, status: u16, bytes: usize) {
    println!("{place} answered with status {status}, {bytes} bytes");
}

#[cfg(test)]
mod tests;
