//! One request, one answer.

use http::Method as HttpMethod;

use super::bindings::exports::ropewalk::pipeline::outbound::{Error, Header, Request, Response};
use super::bindings::wasi::http::outgoing_handler::handle;
use super::bindings::wasi::http::types::{
    Fields, FutureIncomingResponse, IncomingBody, IncomingResponse, Method, OutgoingBody, OutgoingRequest,
    RequestOptions, Scheme,
};
use super::bindings::wasi::io::streams::{InputStream, StreamError};
use super::error;
use super::wait::Patience;
use crate::request;

/// Bytes that are asked for at once.
const READ_BYTES: u64 = 256 << 10;

/// Sends a request and takes in the whole answer.
pub(super) fn run(checked: &request::Request, request: &Request) -> Result<Response, Error> {
    let patience = Patience::new(request.timeout_ms);
    let authority = &checked.authority;
    let outgoing = prepare(checked)?;
    let body = outgoing.body().map_err(|()| unexpected("the request has no body"))?;
    let coming = handle(outgoing, Some(options(patience))).map_err(|code| error::of(code, authority))?;
    let sent = send_body(body, &request.body, &coming, patience);
    let answer = take_answer(&coming, patience, authority);
    // A server may answer before it has taken the whole body. What stopped the body is what went wrong
    // only if there is no answer and the host has nothing more to say.
    match (answer, sent) {
        (Ok(answer), _) => read_answer(&answer, request.max_body_bytes, patience, authority),
        (Err(Error::Other(_)), Err(error)) | (Err(error), _) => Err(error),
    }
}

fn prepare(checked: &request::Request) -> Result<OutgoingRequest, Error> {
    let headers = Fields::from_list(&checked.headers)
        .map_err(|refused| Error::Invalid(format!("headers: {refused}")))?;
    let outgoing = OutgoingRequest::new(headers);
    let scheme = if checked.secure { Scheme::Https } else { Scheme::Http };
    let set = outgoing
        .set_method(&method(&checked.method))
        .and_then(|()| outgoing.set_scheme(Some(&scheme)))
        .and_then(|()| outgoing.set_authority(Some(&checked.authority)))
        .and_then(|()| outgoing.set_path_with_query(Some(&checked.path_with_query)));
    match set {
        Ok(()) => Ok(outgoing),
        Err(()) => Err(Error::Invalid("the host does not take this URL".to_owned())),
    }
}

fn method(method: &HttpMethod) -> Method {
    match method.as_str() {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        "CONNECT" => Method::Connect,
        "OPTIONS" => Method::Options,
        "TRACE" => Method::Trace,
        "PATCH" => Method::Patch,
        other => Method::Other(other.to_owned()),
    }
}

/// Tells the host of the time limits, as far as it knows such. They are kept here in any case.
fn options(patience: Patience) -> RequestOptions {
    let options = RequestOptions::new();
    let limit = Some(patience.ns());
    let _ = options.set_connect_timeout(limit);
    let _ = options.set_first_byte_timeout(limit);
    let _ = options.set_between_bytes_timeout(limit);
    options
}

fn send_body(
    body: OutgoingBody,
    bytes: &[u8],
    coming: &FutureIncomingResponse,
    patience: Patience,
) -> Result<(), Error> {
    let ended = |_: StreamError| unexpected("the connection ended within the request");
    if !bytes.is_empty() {
        let stream = body.write().map_err(|()| unexpected("the request has no body"))?;
        let writable = stream.subscribe();
        let answered = coming.subscribe();
        let mut left = bytes;
        while !left.is_empty() {
            let room = stream.check_write().map_err(ended)?;
            if room == 0 {
                patience.wait_for_any(&[&writable, &answered])?;
                if !writable.ready() {
                    return Err(unexpected("the answer came before the end of the request"));
                }
                continue;
            }
            let now = left.len().min(usize::try_from(room).unwrap_or(usize::MAX));
            stream.write(&left[..now]).map_err(ended)?;
            left = &left[now..];
        }
        stream.flush().map_err(ended)?;
        patience.wait_for_any(&[&writable, &answered])?;
    }
    OutgoingBody::finish(body, None).map_err(|_| unexpected("the connection ended within the request"))
}

fn take_answer(
    coming: &FutureIncomingResponse,
    patience: Patience,
    authority: &str,
) -> Result<IncomingResponse, Error> {
    patience.wait(&coming.subscribe())?;
    match coming.get() {
        Some(Ok(Ok(answer))) => Ok(answer),
        Some(Ok(Err(code))) => Err(error::of(code, authority)),
        Some(Err(())) | None => Err(unexpected("the answer is not there")),
    }
}

fn read_answer(
    answer: &IncomingResponse,
    max_bytes: u64,
    patience: Patience,
    authority: &str,
) -> Result<Response, Error> {
    let status = answer.status();
    let headers: Vec<_> = answer.headers().entries();
    let announced = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| std::str::from_utf8(value).ok()?.trim().parse().ok())
        .unwrap_or(0_u64);
    // The answer to HEAD announces a body that does not come; without a limit in the way it is empty.
    let body: IncomingBody = answer.consume().map_err(|()| unexpected("the answer has no body"))?;
    let stream = body.stream().map_err(|()| unexpected("the answer has no body"))?;
    let capacity = announced.min(max_bytes).min(READ_BYTES);
    let body = read_all(&stream, capacity, max_bytes, patience, authority)?;
    let headers = headers.into_iter().map(|(name, value)| Header { name, value }).collect();
    Ok(Response { status, headers, body })
}

fn read_all(
    stream: &InputStream,
    capacity: u64,
    max_bytes: u64,
    patience: Patience,
    authority: &str,
) -> Result<Vec<u8>, Error> {
    let readable = stream.subscribe();
    let mut all = Vec::with_capacity(usize::try_from(capacity).unwrap_or(0));
    loop {
        match stream.read(READ_BYTES) {
            Ok(bytes) if bytes.is_empty() => patience.wait(&readable)?,
            Ok(bytes) if bytes.len() as u64 > max_bytes - all.len() as u64 => {
                return Err(Error::TooLarge);
            }
            Ok(bytes) => all.extend_from_slice(&bytes),
            Err(StreamError::Closed) => return Ok(all),
            Err(failed) => return Err(error::of_stream(&failed, authority)),
        }
    }
}

fn unexpected(what: &str) -> Error {
    Error::Other(what.to_owned())
}
