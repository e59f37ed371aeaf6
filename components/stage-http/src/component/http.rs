use super::bindings::wasi::http::types::{
    Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam,
};
use super::bindings::wasi::io::streams::{OutputStream, StreamError};

/// So many bytes are asked for at once.
const READ_BYTES: u64 = 64 << 10;

/// Why there is no body.
pub(super) enum BodyError {
    /// It is larger than allowed.
    TooLarge,
    /// It ended too early, for this reason.
    Broken(String),
}

/// The whole body of a request, of at most so many bytes.
pub(super) fn read_body(request: &IncomingRequest, max_bytes: usize) -> Result<Vec<u8>, BodyError> {
    let announced = announced_bytes(request);
    if announced.is_some_and(|bytes| bytes > max_bytes) {
        return Err(BodyError::TooLarge);
    }
    let broken =
        |what: &str| BodyError::Broken(format!("the request's body cannot be read: {what}"));
    let incoming = request
        .consume()
        .map_err(|()| broken("it was read before"))?;
    let stream = incoming
        .stream()
        .map_err(|()| broken("it was read before"))?;
    let mut body = Vec::with_capacity(announced.unwrap_or_default());
    loop {
        match stream.blocking_read(READ_BYTES) {
            Ok(bytes) => body.extend_from_slice(&bytes),
            Err(StreamError::Closed) => return Ok(body),
            Err(StreamError::LastOperationFailed(error)) => {
                return Err(broken(&error.to_debug_string()));
            }
        }
        if body.len() > max_bytes {
            return Err(BodyError::TooLarge);
        }
    }
}

/// Answers a request.
pub(super) fn respond(out: ResponseOutparam, status: u16, headers: &[(&str, &str)], body: &[u8]) {
    let fields = Fields::new();
    // Without its length an answer is sent in chunks, and on Spin the last one waits for 40 ms.
    let length = body.len().to_string();
    for (name, value) in headers
        .iter()
        .copied()
        .chain([("content-length", length.as_str())])
    {
        // Only a malformed or a forbidden header is refused, and none of ours is.
        let _ = fields.set(name, &[value.as_bytes().to_vec()]);
    }
    let response = OutgoingResponse::new(fields);
    let _ = response.set_status_code(status);
    let outgoing = response.body();
    // The host takes the body while it is written.
    ResponseOutparam::set(out, Ok(response));
    if let Ok(outgoing) = outgoing
        && let Ok(stream) = outgoing.write()
        && write_all(&stream, body).is_ok()
    {
        drop(stream);
        // An error here and above means that the caller is gone: what there was to keep is kept.
        let _ = OutgoingBody::finish(outgoing, None);
    }
}

fn write_all(stream: &OutputStream, mut rest: &[u8]) -> Result<(), StreamError> {
    while !rest.is_empty() {
        let room = usize::try_from(stream.check_write()?).unwrap_or(usize::MAX);
        if room == 0 {
            stream.subscribe().block();
            continue;
        }
        let (now, later) = rest.split_at(room.min(rest.len()));
        stream.write(now)?;
        rest = later;
    }
    stream.blocking_flush()
}

fn announced_bytes(request: &IncomingRequest) -> Option<usize> {
    let values = request.headers().get("content-length");
    std::str::from_utf8(values.first()?).ok()?.parse().ok()
}
