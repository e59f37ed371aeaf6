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
    let broken = |what: &str| BodyError::Broken(format!("the request's body cannot be read: {what}"));
    let incoming = request.consume().map_err(|()| broken("it was read before"))?;
    let stream = incoming.stream().map_err(|()| broken("it was read before"))?;
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
///
/// A body that the host takes at once is whole before the answer is handed over. Head and body then
/// leave in one packet: Spin leaves Nagle's algorithm on, and the second of two would wait for 40 ms.
pub(super) fn respond(out: ResponseOutparam, status: u16, headers: &[(&str, &str)], body: &[u8]) {
    let fields = Fields::new();
    let length = body.len().to_string();
    for (name, value) in headers.iter().copied().chain([("content-length", length.as_str())]) {
        // Only a malformed or a forbidden header is refused, and none of ours is.
        let _ = fields.set(name, &[value.as_bytes().to_vec()]);
    }
    let response = OutgoingResponse::new(fields);
    let _ = response.set_status_code(status);
    let Ok(outgoing) = response.body() else {
        return ResponseOutparam::set(out, Ok(response));
    };
    let Ok(stream) = outgoing.write() else {
        return ResponseOutparam::set(out, Ok(response));
    };
    // From here on an error means that the caller is gone: what there was to keep is kept.
    match write_some(&stream, body) {
        Ok([]) => {
            drop(stream);
            let _ = OutgoingBody::finish(outgoing, None);
            ResponseOutparam::set(out, Ok(response));
        }
        Ok(rest) => {
            ResponseOutparam::set(out, Ok(response));
            if write_all(&stream, rest).is_ok() {
                drop(stream);
                let _ = OutgoingBody::finish(outgoing, None);
            }
        }
        Err(_) => ResponseOutparam::set(out, Ok(response)),
    }
}

/// Writes what there is room for, and gives the rest.
fn write_some<'a>(stream: &OutputStream, bytes: &'a [u8]) -> Result<&'a [u8], StreamError> {
    if bytes.is_empty() {
        return Ok(bytes);
    }
    let room = usize::try_from(stream.check_write()?).unwrap_or(usize::MAX);
    let (now, later) = bytes.split_at(room.min(bytes.len()));
    if !now.is_empty() {
        stream.write(now)?;
    }
    Ok(later)
}

fn write_all(stream: &OutputStream, mut rest: &[u8]) -> Result<(), StreamError> {
    while !rest.is_empty() {
        stream.subscribe().block();
        rest = write_some(stream, rest)?;
    }
    Ok(())
}

fn announced_bytes(request: &IncomingRequest) -> Option<usize> {
    let values = request.headers().get("content-length");
    std::str::from_utf8(values.first()?).ok()?.parse().ok()
}
