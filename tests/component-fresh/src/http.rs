//! Bodies, whole.

use crate::bindings::wasi::http::outgoing_handler;
use crate::bindings::wasi::http::types::{
    Fields, IncomingBody, Method, OutgoingBody, OutgoingRequest, OutgoingResponse, ResponseOutparam, Scheme,
};
use crate::bindings::wasi::io::streams::{InputStream, StreamError};

/// Answers.
pub(crate) fn answer(out: ResponseOutparam, status: u16, bytes: &[u8]) {
    let headers = Fields::new();
    let length = bytes.len().to_string();
    headers.set("content-length", &[length.into_bytes()]).expect("header");
    let response = OutgoingResponse::new(headers);
    response.set_status_code(status).expect("status");
    let body = response.body().expect("body");
    ResponseOutparam::set(out, Ok(response));
    let stream = body.write().expect("stream");
    for chunk in bytes.chunks(4096) {
        stream.blocking_write_and_flush(chunk).expect("write");
    }
    drop(stream);
    OutgoingBody::finish(body, None).expect("finish");
}

/// Reads a body to its end.
pub(crate) fn read(body: &IncomingBody) -> Result<Vec<u8>, String> {
    let stream: InputStream = body.stream().map_err(|()| "no stream")?;
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(64 * 1024) {
            Ok(chunk) => bytes.extend(chunk),
            Err(StreamError::Closed) => return Ok(bytes),
            Err(StreamError::LastOperationFailed(error)) => return Err(error.to_debug_string()),
        }
    }
}

/// Sends a GET request, and answers status and body.
pub(crate) fn get(url: &str) -> Result<String, String> {
    let request = OutgoingRequest::new(Fields::new());
    request.set_method(&Method::Get).map_err(|()| "method")?;
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if !scheme.is_empty() {
        let scheme = if scheme == "https" { Scheme::Https } else { Scheme::Http };
        request.set_scheme(Some(&scheme)).map_err(|()| "scheme")?;
        request.set_authority(Some(authority)).map_err(|()| "authority")?;
    }
    request.set_path_with_query(Some(path)).map_err(|()| "path")?;
    let sent = outgoing_handler::handle(request, None).map_err(|code| code.to_string())?;
    sent.subscribe().block();
    let answered = sent.get().ok_or("no answer")?.map_err(|()| "taken")?;
    let response = answered.map_err(|code| code.to_string())?;
    let body = response.consume().map_err(|()| "no body")?;
    let bytes = read(&body)?;
    Ok(format!("{} {}", response.status(), String::from_utf8_lossy(&bytes)))
}
