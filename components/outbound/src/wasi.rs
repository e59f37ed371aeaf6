//! Sending over `wasi:http`.

mod bindings;
mod error;
mod exchange;
mod prepare;
mod together;

use bindings::exports::ropewalk::pipeline::outbound::{Error, Guest, Request, Response};
use bindings::wasi::clocks::monotonic_clock;

struct Outbound;

impl Guest for Outbound {
    fn send(request: Request) -> Result<Response, Error> {
        let none = || Err(Error::Other("the request was not sent".to_owned()));
        together::send(&[request]).pop().unwrap_or_else(none)
    }

    fn send_all(requests: Vec<Request>) -> Vec<Result<Response, Error>> {
        together::send(&requests)
    }

    fn pause(duration_ms: u32) {
        monotonic_clock::subscribe_duration(u64::from(duration_ms) * 1_000_000).block();
    }
}
