//! A repository over git's smart HTTP protocol: finding it, authenticating, asking.

use crate::advertisement::Advertisement;
use crate::credentials::Credentials;
use crate::error::{Error, quoted};
use crate::limits::{MAX_ADVERTISEMENT_BYTES, MAX_PACK_BYTES, MAX_REDIRECTS};
use crate::transport::{Request, Response, Transport};
use crate::url::RepositoryUrl;

/// Hosts tell a git client by this beginning.
const USER_AGENT: &str = concat!("git/ropewalk-", env!("CARGO_PKG_VERSION"));
const ADVERTISEMENT_TYPE: &str = "application/x-git-upload-pack-advertisement";
const REQUEST_TYPE: &str = "application/x-git-upload-pack-request";
const RESULT_TYPE: &str = "application/x-git-upload-pack-result";

/// A repository that answered.
pub(crate) struct Remote<'a> {
    transport: &'a mut dyn Transport,
    url: RepositoryUrl,
    credentials: Option<&'a Credentials>,
}

/// What an answer may be as long as.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Expected {
    /// A list of references.
    References,
    /// A pack.
    Pack,
}

impl Expected {
    fn limit(self) -> (u64, &'static str) {
        match self {
            Self::References => (MAX_ADVERTISEMENT_BYTES, "MAX_ADVERTISEMENT_BYTES"),
            Self::Pack => (MAX_PACK_BYTES, "MAX_PACK_BYTES"),
        }
    }
}

impl<'a> Remote<'a> {
    /// Finds the repository, redirects followed, and learns what the server can do.
    pub(crate) fn discover(
        transport: &'a mut dyn Transport,
        url: &RepositoryUrl,
        credentials: Option<&'a Credentials>,
        log: &mut dyn FnMut(&str),
    ) -> Result<(Self, Advertisement), Error> {
        let mut remote = Self { transport, url: url.clone(), credentials };
        for _ in 0..=MAX_REDIRECTS {
            let address = remote.url.advertisement();
            let response = remote.send("GET", &address, &[], Expected::References)?;
            if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
                remote.check_status(&response)?;
                remote.check_type(&response, ADVERTISEMENT_TYPE)?;
                let advertisement = Advertisement::parse(&response.body, &remote.url)?;
                return Ok((remote, advertisement));
            }
            remote.follow(response.location.as_deref().unwrap_or_default(), log)?;
        }
        Err(remote.not_a_repository(format!("it redirects more than {MAX_REDIRECTS} times")))
    }

    /// Sends a command to the server, and returns its answer.
    pub(crate) fn command(&mut self, body: &[u8], expected: Expected) -> Result<Vec<u8>, Error> {
        let address = self.url.upload_pack();
        let response = self.send("POST", &address, body, expected)?;
        self.check_status(&response)?;
        let content_type = media_type(&response);
        if content_type != RESULT_TYPE {
            return Err(self.bad_answer(format!("a body of type `{}`", quoted(content_type.as_bytes()))));
        }
        Ok(response.body)
    }

    /// Where the repository was found.
    pub(crate) fn url(&self) -> &RepositoryUrl {
        &self.url
    }

    /// An answer that isn't git's.
    pub(crate) fn bad_answer(&self, cause: impl Into<String>) -> Error {
        Error::BadAnswer { url: self.url.to_string(), cause: cause.into() }
    }

    fn send(
        &mut self,
        method: &'static str,
        url: &str,
        body: &[u8],
        expected: Expected,
    ) -> Result<Response, Error> {
        let mut headers = vec![("user-agent", USER_AGENT), ("git-protocol", "version=2")];
        if method == "POST" {
            headers.push(("content-type", REQUEST_TYPE));
            headers.push(("accept", RESULT_TYPE));
        }
        if let Some(credentials) = self.credentials {
            headers.push(("authorization", credentials.header()));
        }
        let (max_body_bytes, limit) = expected.limit();
        self.transport
            .send(&Request { method, url, headers: &headers, body, max_body_bytes })
            .map_err(|error| Error::transport(self.url.as_str(), error, max_body_bytes, limit))
    }

    fn follow(&mut self, location: &str, log: &mut dyn FnMut(&str)) -> Result<(), Error> {
        let target = self.url.redirected(location).map_err(|cause| self.not_a_repository(cause))?;
        log(&format!("`{}` is at `{target}` now", self.url));
        if self.credentials.is_some() && !self.url.trusts(&target) {
            log("the token is not sent there: it is another host, or a less protected way");
            self.credentials = None;
        }
        self.url = target;
        Ok(())
    }

    fn check_status(&self, response: &Response) -> Result<(), Error> {
        let status = response.status;
        let said = plain_text(response);
        match status {
            200 => Ok(()),
            401 if self.credentials.is_none() => Err(self.authentication(
                "wants a token, or does not exist".to_owned(),
                "check the URL, or give the project a secret `git_token` that holds an access token",
            )),
            401 => Err(self.authentication(
                format!("does not accept the token{said}"),
                "is it expired, or for another host? Some hosts want the user's name, too: parameter `username`",
            )),
            403 => Err(self.authentication(
                format!("is forbidden{said}"),
                "the token needs the right to read the repository's contents",
            )),
            404 | 410 => Err(self.not_a_repository(format!("status {status}{said}"))),
            300..=399 => Err(self.bad_answer(format!("a redirect (status {status}) of a command"))),
            429 | 500..=599 => {
                Err(Error::Unreachable { url: self.url.to_string(), cause: format!("status {status}{said}") })
            }
            _ => Err(self.bad_answer(format!("status {status}{said}"))),
        }
    }

    fn check_type(&self, response: &Response, expected: &str) -> Result<(), Error> {
        let content_type = media_type(response);
        if content_type == expected {
            return Ok(());
        }
        Err(self.not_a_repository(match content_type {
            "text/html" => "a web page is there".to_owned(),
            "" => "an answer without a type is there".to_owned(),
            other => format!(
                "the server does not speak the smart protocol, its answer is `{}`",
                quoted(other.as_bytes())
            ),
        }))
    }

    fn authentication(&self, problem: String, hint: &'static str) -> Error {
        Error::AuthenticationFailed { url: self.url.to_string(), problem, hint }
    }

    fn not_a_repository(&self, cause: String) -> Error {
        Error::NotARepository { url: self.url.to_string(), cause }
    }
}

/// The content's type without its parameters.
fn media_type(response: &Response) -> &str {
    let content_type = response.content_type.as_deref().unwrap_or_default();
    content_type.split(';').next().unwrap_or_default().trim()
}

/// What a server says in plain text, as it follows a cause.
fn plain_text(response: &Response) -> String {
    if media_type(response) != "text/plain" || response.body.is_empty() {
        return String::new();
    }
    format!(": `{}`", quoted(&response.body))
}
