//! One request and its answer, step by step: whatever can be done without waiting, and what to wait for next.

use super::bindings::exports::ropewalk::pipeline::outbound::{Error, Header, Request, Response};
use super::bindings::wasi::clocks::monotonic_clock;
use super::bindings::wasi::http::outgoing_handler::handle;
use super::bindings::wasi::http::types::{
    FutureIncomingResponse, IncomingBody, IncomingResponse, OutgoingBody, RequestOptions,
};
use super::bindings::wasi::io::poll::Pollable;
use super::bindings::wasi::io::streams::{InputStream, OutputStream, StreamError};
use super::{error, prepare};
use crate::request;

/// Bytes that are asked for at once.
const READ_BYTES: u64 = 256 << 10;

/// A request that is under way.
pub(super) struct Exchange<'a> {
    request: &'a Request,
    authority: String,
    /// When the time is over, unless something happens before. By the monotonic clock.
    deadline_ns: u64,
    state: State,
}

/// What came of a step.
pub(super) enum Step<'a> {
    /// There is something to wait for.
    Waits(Exchange<'a>),
    /// It is over.
    Over(Result<Response, Error>),
}

/// How far it is. What belongs to something else stands before it, since it must be dropped first.
enum State {
    Sending(Sending, Coming),
    Waiting(Result<(), Error>, Coming),
    Reading(Reading),
}

struct Sending {
    writable: Pollable,
    stream: OutputStream,
    body: OutgoingBody,
    sent_bytes: usize,
    is_flushed: bool,
}

struct Coming {
    answered: Pollable,
    answer: FutureIncomingResponse,
}

struct Reading {
    readable: Pollable,
    stream: InputStream,
    _body: IncomingBody,
    _answer: IncomingResponse,
    response: Response,
}

impl<'a> Exchange<'a> {
    /// Begins to send.
    pub(super) fn begin(request: &'a Request) -> Result<Self, Error> {
        let headers = request.headers.iter().map(|one| (one.name.as_str(), one.value.as_slice()));
        let checked = request::Request::new(&request.method, &request.url, headers, &request.body)
            .map_err(|malformed| Error::Invalid(malformed.to_string()))?;
        if request.timeout_ms == 0 {
            return Err(Error::Invalid("timeout of 0 ms".to_owned()));
        }
        let outgoing = prepare::outgoing(&checked)?;
        let body = outgoing.body().map_err(|()| unexpected("the request has no body"))?;
        let authority = checked.authority;
        let answer = handle(outgoing, Some(options(request))).map_err(|code| error::of(code, &authority))?;
        let coming = Coming { answered: answer.subscribe(), answer };
        let state = if request.body.is_empty() {
            State::Waiting(finish(body), coming)
        } else {
            let stream = body.write().map_err(|()| unexpected("the request has no body"))?;
            let writable = stream.subscribe();
            State::Sending(Sending { writable, stream, body, sent_bytes: 0, is_flushed: false }, coming)
        };
        let mut exchange = Self { request, authority, deadline_ns: 0, state };
        exchange.renew();
        Ok(exchange)
    }

    /// What must happen before the next step does anything.
    pub(super) fn pollables(&self) -> Vec<&Pollable> {
        match &self.state {
            State::Sending(sending, coming) => vec![&sending.writable, &coming.answered],
            State::Waiting(_, coming) => vec![&coming.answered],
            State::Reading(reading) => vec![&reading.readable],
        }
    }

    /// When the time is over, unless something happens before.
    pub(super) fn deadline_ns(&self) -> u64 {
        self.deadline_ns
    }

    /// Does what can be done now. Time that is over counts only if nothing happened.
    pub(super) fn step(self) -> Step<'a> {
        if self.pollables().iter().any(|pollable| pollable.ready()) {
            return self.advance();
        }
        if monotonic_clock::now() >= self.deadline_ns {
            return Step::Over(Err(Error::Timeout));
        }
        Step::Waits(self)
    }

    fn advance(mut self) -> Step<'a> {
        self.renew();
        let Self { request, authority, deadline_ns, state } = self;
        let next = match state {
            State::Sending(sending, coming) => Ok(sending.advance(&request.body, coming)),
            State::Waiting(sent, coming) => take(&coming, sent, &authority),
            State::Reading(reading) => match reading.advance(request.max_body_bytes, &authority) {
                Ok(More::Yes(reading)) => Ok(State::Reading(reading)),
                Ok(More::No(response)) => return Step::Over(Ok(response)),
                Err(error) => Err(error),
            },
        };
        match next {
            Ok(state) => Step::Waits(Self { request, authority, deadline_ns, state }),
            Err(error) => Step::Over(Err(error)),
        }
    }

    fn renew(&mut self) {
        self.deadline_ns = monotonic_clock::now().saturating_add(patience_ns(self.request));
    }
}

impl Sending {
    /// Writes what there is room for. A server may answer before it has taken the whole body.
    fn advance(mut self, bytes: &[u8], coming: Coming) -> State {
        match self.write(bytes) {
            Ok(true) => {
                drop((self.writable, self.stream));
                State::Waiting(finish(self.body), coming)
            }
            Ok(false) if coming.answered.ready() && !self.writable.ready() => {
                let early = unexpected("the answer came before the end of the request");
                State::Waiting(Err(early), coming)
            }
            Ok(false) => State::Sending(self, coming),
            Err(_) => State::Waiting(Err(unexpected("the connection ended within the request")), coming),
        }
    }

    /// Whether all is written and gone out.
    fn write(&mut self, bytes: &[u8]) -> Result<bool, StreamError> {
        loop {
            let room = usize::try_from(self.stream.check_write()?).unwrap_or(usize::MAX);
            if room == 0 {
                return Ok(false);
            }
            let left = &bytes[self.sent_bytes..];
            if left.is_empty() && self.is_flushed {
                return Ok(true);
            }
            if left.is_empty() {
                self.stream.flush()?;
                self.is_flushed = true;
                continue;
            }
            let now = left.len().min(room);
            self.stream.write(&left[..now])?;
            self.sent_bytes += now;
        }
    }
}

/// Takes the answer. What stopped the body is what went wrong only if there is no answer and the host has
/// nothing more to say.
fn take(coming: &Coming, sent: Result<(), Error>, authority: &str) -> Result<State, Error> {
    let answer = match coming.answer.get() {
        Some(Ok(Ok(answer))) => Ok(answer),
        Some(Ok(Err(code))) => Err(error::of(code, authority)),
        Some(Err(())) | None => Err(unexpected("the answer is not there")),
    };
    match (answer, sent) {
        (Ok(answer), _) => Reading::begin(answer).map(State::Reading),
        (Err(Error::Other(_)), Err(error)) | (Err(error), _) => Err(error),
    }
}

enum More {
    Yes(Reading),
    No(Response),
}

impl Reading {
    fn begin(answer: IncomingResponse) -> Result<Self, Error> {
        let headers = answer.headers().entries().into_iter();
        let headers = headers.map(|(name, value)| Header { name, value }).collect();
        let response = Response { status: answer.status(), headers, body: Vec::new() };
        // The answer to HEAD announces a body that does not come; without a limit in the way it is empty.
        let body = answer.consume().map_err(|()| unexpected("the answer has no body"))?;
        let stream = body.stream().map_err(|()| unexpected("the answer has no body"))?;
        Ok(Self { readable: stream.subscribe(), stream, _body: body, _answer: answer, response })
    }

    fn advance(mut self, max_bytes: u64, authority: &str) -> Result<More, Error> {
        loop {
            let read = self.response.body.len() as u64;
            match self.stream.read(READ_BYTES) {
                Ok(bytes) if bytes.is_empty() => return Ok(More::Yes(self)),
                Ok(bytes) if bytes.len() as u64 > max_bytes - read => return Err(Error::TooLarge),
                Ok(bytes) => self.response.body.extend_from_slice(&bytes),
                Err(StreamError::Closed) => return Ok(More::No(self.response)),
                Err(failed) => return Err(error::of_stream(&failed, authority)),
            }
        }
    }
}

fn finish(body: OutgoingBody) -> Result<(), Error> {
    OutgoingBody::finish(body, None).map_err(|_| unexpected("the connection ended within the request"))
}

/// Tells the host of the time limits, as far as it knows such. They are kept here in any case.
fn options(request: &Request) -> RequestOptions {
    let options = RequestOptions::new();
    let limit = Some(patience_ns(request));
    let _ = options.set_connect_timeout(limit);
    let _ = options.set_first_byte_timeout(limit);
    let _ = options.set_between_bytes_timeout(limit);
    options
}

fn patience_ns(request: &Request) -> u64 {
    u64::from(request.timeout_ms) * 1_000_000
}

fn unexpected(what: &str) -> Error {
    Error::Other(what.to_owned())
}
