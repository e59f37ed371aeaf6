//! Sending over `wasi:http`.

mod bindings;
mod error;
mod exchange;
mod wait;

use bindings::exports::ropewalk::pipeline::outbound::{Error, Guest, Request, Response};

use crate::request;

struct Outbound;

impl Guest for Outbound {
    fn send(request: Request) -> Result<Response, Error> {
        let headers = request.headers.iter().map(|one| (one.name.as_str(), one.value.as_slice()));
        let checked = request::Request::new(&request.method, &request.url, headers, &request.body)
            .map_err(|malformed| Error::Invalid(malformed.to_string()))?;
        if request.timeout_ms == 0 {
            return Err(Error::Invalid("timeout of 0 ms".to_owned()));
        }
        exchange::run(&checked, &request)
    }
}
