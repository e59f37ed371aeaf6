//! The request, put together.

use http::Uri;
use ropewalk_stage::Caller;
use ropewalk_stage::outbound::Request;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::parameters::Parameters;
use crate::sign;
use crate::template::Templates;

/// Most bytes of a request's body.
pub(crate) const MAX_BODY_BYTES: usize = 512 << 10;
/// Most bytes of an answer's body.
pub(crate) const MAX_ANSWER_BYTES: u64 = 1 << 20;
/// Unless a header says otherwise.
const USER_AGENT: &str = concat!("ropewalk/", env!("CARGO_PKG_VERSION"));

/// A request that is ready to be sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Where it goes, as it is shown: what comes after the host may be secret.
    pub(crate) place: String,
}

impl Message {
    /// Fills the templates in, and signs.
    pub(crate) fn new(parameters: &Parameters, caller: &Caller, now_s: u64) -> Result<Self, Error> {
        let templates = Templates::new(names(parameters, caller))?;
        let url = templates.text("url", &parameters.url)?.trim().to_owned();
        let mut message = Self {
            method: parameters.method.to_ascii_uppercase(),
            place: place(&url)?,
            url,
            headers: Vec::new(),
            body: Vec::new(),
        };
        for (name, value) in &parameters.headers {
            let value = templates.text(&format!("headers/{name}"), value)?.trim().to_owned();
            message.headers.push((name.clone(), value));
        }
        message.set_default("idempotency-key", &caller.idempotency_key);
        message.set_default("user-agent", USER_AGENT);
        message.set_body(parameters, &templates)?;
        if let Some(sign) = &parameters.sign {
            message.headers.extend(sign::headers(sign, &caller.secrets, &message.body, now_s)?);
        }
        Ok(message)
    }

    fn set_body(&mut self, parameters: &Parameters, templates: &Templates) -> Result<(), Error> {
        if let Some(body) = &parameters.body {
            self.body = templates.value("body", body)?.to_string().into_bytes();
            self.set_default("content-type", "application/json");
        } else if let Some(text) = &parameters.text {
            self.body = templates.text("text", text)?.into_bytes();
            self.set_default("content-type", "text/plain; charset=utf-8");
        } else if let Some(form) = &parameters.form {
            let mut pairs = form_urlencoded::Serializer::new(String::new());
            for (name, value) in form {
                pairs.append_pair(name, &templates.text(&format!("form/{name}"), value)?);
            }
            self.body = pairs.finish().into_bytes();
            self.set_default("content-type", "application/x-www-form-urlencoded");
        }
        if self.body.len() > MAX_BODY_BYTES {
            let bytes = self.body.len();
            return Err(Error::Invalid(format!("the body has {bytes} bytes: the limit is {MAX_BODY_BYTES}")));
        }
        Ok(())
    }

    fn set_default(&mut self, name: &str, value: &str) {
        if !self.headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name)) {
            self.headers.push((name.to_owned(), value.to_owned()));
        }
    }

    /// For the way out.
    pub(crate) fn into_request(self, timeout_s: u32) -> Request {
        let request = Request::new(&self.method, &self.url)
            .body(self.body)
            .timeout_ms(timeout_s * 1_000)
            .max_body_bytes(MAX_ANSWER_BYTES);
        self.headers.iter().fold(request, |request, (name, value)| request.header(name, value))
    }
}

/// What templates see.
fn names(parameters: &Parameters, caller: &Caller) -> Map<String, Value> {
    let secrets = caller.secrets.iter();
    let secrets = secrets.map(|secret| (secret.name.clone(), Value::from(secret.value.trim()))).collect();
    [
        ("data", parameters.data.clone()),
        ("secrets", Value::Object(secrets)),
        ("project", caller.project.as_str().into()),
        ("run", caller.run.as_str().into()),
        ("state", caller.state.as_str().into()),
        ("attempt", caller.attempt.into()),
        ("key", caller.idempotency_key.as_str().into()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

fn place(url: &str) -> Result<String, Error> {
    let uri: Option<Uri> = url.parse().ok();
    let found = uri.as_ref().and_then(|uri| Some((uri.scheme_str()?, uri.host()?, uri.port())));
    match found {
        Some((scheme @ ("http" | "https"), host, port)) => {
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            Ok(format!("`{scheme}://{host}{port}`"))
        }
        // Not shown: it may be a secret.
        _ => Err(Error::Invalid("`url` is no absolute URL of `http` or `https`".to_owned())),
    }
}
