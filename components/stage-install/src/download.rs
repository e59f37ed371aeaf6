//! Getting what is pinned: some requests at the same time, again while that may help, redirects followed, and
//! tokens sent to their own registry alone.

use ropewalk_stage::outbound::{Error as WayError, Request, Response, WayOut};
use ropewalk_stage::retry::{self, Policy, Tried};
use url::Url;

use crate::error::Error;
use crate::integrity::Integrity;
use crate::limits::{BATCH, MAX_ARCHIVE_BYTES, MAX_REDIRECTS};

const USER_AGENT: &str = concat!("ropewalk/", env!("CARGO_PKG_VERSION"));
/// A registry that asks for a longer pause is not waited for, in milliseconds.
const POLICY: Policy = Policy { max_tries: 4, first_pause_ms: 500, max_pause_ms: 60_000 };

/// Something to download.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// For a person: "`left-pad` 1.3.0".
    pub(crate) what: String,
    pub(crate) url: Url,
    pub(crate) integrity: Integrity,
}

/// Takes what was downloaded: its place among what is wanted, and its contents.
pub(crate) type Take<'a> = dyn FnMut(usize, &[u8]) -> Result<(), Error> + 'a;

/// What authenticates at one registry.
pub(crate) struct Token {
    /// Its URL.
    pub(crate) registry: Url,
    /// Name and value.
    pub(crate) header: (String, String),
}

/// How things are downloaded.
pub(crate) struct Downloads<'a> {
    pub(crate) way: &'a mut dyn WayOut,
    pub(crate) timeout_ms: u32,
    pub(crate) tokens: Vec<Token>,
    pub(crate) log: &'a mut dyn FnMut(&str),
}

/// What all requests of a call have in common.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    /// The media type that is asked for.
    pub(crate) accept: &'static str,
    /// Most bytes of an answer.
    pub(crate) max_bytes: u64,
    /// That limit's name.
    pub(crate) limit: &'static str,
}

const ARCHIVES: Kind = Kind { accept: "*/*", max_bytes: MAX_ARCHIVE_BYTES, limit: "MAX_ARCHIVE_BYTES" };

/// A request that is not answered yet.
struct Open {
    at: usize,
    url: Url,
    /// Whether a token may be sent: not after a redirect to elsewhere.
    may_authenticate: bool,
}

impl Downloads<'_> {
    /// Downloads all, checks each against its hash, and hands it over. Order is that of `wanted`.
    pub(crate) fn each(&mut self, wanted: &[Wanted], take: &mut Take<'_>) -> Result<(), Error> {
        let mut done = 0;
        let mut bytes = 0;
        for batch in wanted.chunks(BATCH) {
            let urls: Vec<Url> = batch.iter().map(|one| one.url.clone()).collect();
            let answers = self.get_all(&urls, ARCHIVES);
            for (one, answer) in batch.iter().zip(answers) {
                let body = answer?.body;
                one.integrity.check(&body).map_err(|mismatch| Error::WrongHash {
                    what: one.what.clone(),
                    url: shown(&one.url),
                    expected: mismatch.expected,
                    actual: mismatch.actual,
                })?;
                take(done, &body)?;
                done += 1;
                bytes += body.len();
            }
            (self.log)(&format!("downloaded {done} of {}, {}", wanted.len(), megabytes(bytes)));
        }
        Ok(())
    }

    /// Gets all, some at the same time. The answers have status 200.
    pub(crate) fn get_all(&mut self, urls: &[Url], kind: Kind) -> Vec<Result<Response, Error>> {
        let mut done: Vec<Option<Result<Response, Error>>> = urls.iter().map(|_| None).collect();
        let first = urls.iter().enumerate();
        let mut open: Vec<Open> =
            first.map(|(at, url)| Open { at, url: url.clone(), may_authenticate: true }).collect();
        for _ in 0..=MAX_REDIRECTS {
            if open.is_empty() {
                break;
            }
            let tried = self.send(&open, kind);
            let mut redirected = Vec::new();
            for (one, tried) in open.into_iter().zip(tried) {
                let at = one.at;
                match self.judge(one, tried, kind) {
                    Ok(Judged::Answer(response)) => done[at] = Some(Ok(response)),
                    Ok(Judged::Elsewhere(next)) => redirected.push(next),
                    Err(error) => done[at] = Some(Err(error)),
                }
            }
            open = redirected;
        }
        for one in open {
            let problem = format!("it redirects more than {MAX_REDIRECTS} times");
            done[one.at] = Some(Err(Error::BadAnswer { url: shown(&one.url), problem }));
        }
        let lost = || Error::BadAnswer { url: String::new(), problem: "no answer".to_owned() };
        done.into_iter().map(|answer| answer.unwrap_or_else(|| Err(lost()))).collect()
    }

    fn send(&mut self, open: &[Open], kind: Kind) -> Vec<Tried> {
        let requests: Vec<Request> = open.iter().map(|one| self.request(one, kind)).collect();
        let log = &mut *self.log;
        retry::send_all(self.way, &requests, &POLICY, &mut |at, answer, pause_ms| {
            let why = match answer {
                Ok(response) => format!("answered with status {}", response.status),
                Err(error) => format!("gave no answer ({error})"),
            };
            log(&format!("`{}` {why}: again in {} s", shown(&open[at].url), f64::from(pause_ms) / 1_000.0));
        })
    }

    fn request(&self, one: &Open, kind: Kind) -> Request {
        let request = Request::new("GET", one.url.as_str())
            .header("accept", kind.accept)
            .header("user-agent", USER_AGENT)
            .max_body_bytes(kind.max_bytes)
            .timeout_ms(self.timeout_ms);
        match self.token(one) {
            Some(token) => request.header(&token.header.0, &token.header.1),
            None => request,
        }
    }

    fn token(&self, one: &Open) -> Option<&Token> {
        let belongs = |token: &&Token| token.registry.origin() == one.url.origin();
        self.tokens.iter().find(belongs).filter(|_| one.may_authenticate)
    }

    fn judge(&mut self, one: Open, tried: Tried, kind: Kind) -> Result<Judged, Error> {
        let url = shown(&one.url);
        let often = if tried.tries > 1 { format!(" in {} tries", tried.tries) } else { String::new() };
        let response = match tried.answer {
            Ok(response) => response,
            Err(WayError::Forbidden(host)) => return Err(Error::HostNotAllowed(host)),
            Err(WayError::TooLarge) => {
                let max = format!("{} bytes", kind.max_bytes);
                return Err(Error::too_large(format!("the answer of `{url}`"), kind.limit, max));
            }
            Err(error) => return Err(Error::Unreachable { url, often, cause: error.to_string() }),
        };
        match response.status {
            200 => Ok(Judged::Answer(response)),
            301 | 302 | 303 | 307 | 308 => self.redirected(&one, &response).map(Judged::Elsewhere),
            status @ (401 | 403) => Err(Error::AuthenticationFailed {
                url,
                status,
                problem: match self.token(&one) {
                    Some(_) => "it does not accept the token that it was sent",
                    None => "it was sent no token",
                },
            }),
            status @ (404 | 410) => Err(Error::NotFound { url, status }),
            status if retry::may_pass(&Ok(Response::new(status, &[], ""))) => {
                let later = retry::retry_after(&response)
                    .map_or_else(String::new, |asked| format!("; it asks to wait for {} s", asked.as_secs()));
                Err(Error::Busy { url, status, often, later })
            }
            status => Err(Error::BadAnswer { url, problem: format!("status {status}") }),
        }
    }

    fn redirected(&mut self, one: &Open, response: &Response) -> Result<Open, Error> {
        let bad = |problem: &str| Error::BadAnswer { url: shown(&one.url), problem: problem.to_owned() };
        let location = response.header("location").ok_or_else(|| bad("a redirect to nowhere"))?;
        let url = one.url.join(location).map_err(|_| bad("a redirect to what is no URL"))?;
        if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some()
        {
            return Err(bad("a redirect to what is no URL of `https` or `http` without credentials"));
        }
        if one.url.scheme() == "https" && url.scheme() == "http" {
            return Err(bad("a redirect from `https` to `http`"));
        }
        let may_authenticate = one.may_authenticate && url.origin() == one.url.origin();
        Ok(Open { at: one.at, url, may_authenticate })
    }
}

enum Judged {
    Answer(Response),
    Elsewhere(Open),
}

/// A URL as it is shown: credentials and queries may be secret.
pub(crate) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
}

/// A size, for a person.
pub(crate) fn megabytes(bytes: usize) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10)
}
