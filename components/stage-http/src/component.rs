//! The component: this crate's traits over what `wit/` gives. It is the lower half of the adapter: the program
//! stands upon it, and the upper half (which is made when a stage is composed) upon the program.

mod clock;
mod http;
mod stage;

use std::cell::RefCell;

use artifact::KeyValue;
use bindings::wasi::http::types::{IncomingRequest, Method, ResponseOutparam};

use crate::answer::{Answer, STORE_FAILED};
use crate::call::{self, Begun, Kind};
use crate::envelope;
use crate::host::{Ended, Failure, Request};

/// What this half of the adapter gives to the program beneath which it stands, and to the other half.
mod exports {
    pub(super) use super::bindings::exports::ropewalk::pipeline::call;
    pub(super) use super::bindings::exports::wasi::cli::exit;
}

#[allow(unsafe_code, missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]
mod bindings {
    wit_bindgen::generate!({
        world: "adapter",
        path: "../../wit",
        generate_all,
        features: ["cli-exit-with-code"],
    });
}

/// The label of the store, as spin.toml grants it.
const STORE: &str = "default";

type Running = call::Running<'static, KeyValue, stage::Composed, clock::Host>;

/// A call whose program runs, and how it is answered.
struct Pending {
    running: Box<Running>,
    out: ResponseOutparam,
}

thread_local! {
    static PENDING: RefCell<Option<Pending>> = const { RefCell::new(None) };
}

struct Component;

#[allow(unsafe_code, reason = "generated")]
mod export {
    use super::{Component, bindings};

    bindings::export!(Component with_types_in bindings);
}

impl exports::call::Guest for Component {
    fn begin(request: IncomingRequest, out: ResponseOutparam) -> Option<exports::call::Request> {
        begin(request, out, Kind::Stage).map(exports::call::Request::from)
    }

    fn end(ended: Result<exports::call::Response, exports::call::Failure>) {
        let ended = ended.map(|response| response.result);
        finish(Ended::Returned(
            ended.map_err(|failure| Failure { error: failure.error, cause: failure.cause }),
        ));
    }

    fn begin_command(request: IncomingRequest, out: ResponseOutparam) -> bool {
        begin(request, out, Kind::Command).is_some()
    }

    fn end_command(status: Result<(), ()>) {
        finish(Ended::Exited(code_of(status)));
    }
}

fn begin(request: IncomingRequest, out: ResponseOutparam, kind: Kind) -> Option<Request> {
    if !matches!(request.method(), Method::Post) {
        let body = br#"{"error":"method_not_allowed","message":"a stage is called by POST"}"#;
        http::respond(out, 405, &[("allow", "POST")], body);
        return None;
    }
    let begun = match http::read_body(&request, envelope::MAX_ENVELOPE_BYTES) {
        Ok(body) => call::begin(kind, &body, KeyValue::open(STORE), &stage::Composed, &clock::Host),
        Err(http::BodyError::TooLarge) => Begun::Answered(Answer::refused(envelope::too_large())),
        // Nobody is left to read an answer, or the host is at fault: the caller asks again.
        Err(http::BodyError::Broken(why)) => {
            http::respond(out, 400, &[("content-type", "text/plain")], why.as_bytes());
            return None;
        }
    };
    match begun {
        Begun::Answered(answer) => {
            respond(out, &answer);
            None
        }
        Begun::Running(running, request) => {
            PENDING.set(Some(Pending { running, out }));
            Some(request)
        }
    }
}

impl exports::exit::Guest for Component {
    fn exit(status: Result<(), ()>) {
        finish_and_end(code_of(status))
    }

    fn exit_with_code(status_code: u8) {
        finish_and_end(status_code)
    }
}

/// All that WASI 0.2 says of most programs' ends.
fn code_of(status: Result<(), ()>) -> u8 {
    u8::from(status.is_err())
}

/// Ends the call that the program leaves, and the instance with it. The answer, once given, is delivered all
/// the same.
fn finish_and_end(code: u8) -> ! {
    finish(Ended::Exited(code));
    // The host's `exit`: a trap would do as well, but reads like a mistake in the host's log.
    std::process::exit(0)
}

/// Answers the call whose program ended so. Without one there is nobody to answer.
fn finish(ended: Ended) {
    if let Some(Pending { running, out }) = PENDING.take() {
        respond(out, &running.end(ended));
    }
}

fn respond(out: ResponseOutparam, answer: &Answer) {
    // A store that fails is no fault of the stage: the caller asks again, and only in the end takes this answer.
    let status = if answer.error.as_deref() == Some(STORE_FAILED) { 503 } else { 200 };
    match serde_json::to_vec(answer) {
        Ok(body) => http::respond(out, status, &[("content-type", "application/json")], &body),
        Err(error) => {
            let body = error.to_string();
            http::respond(out, 500, &[("content-type", "text/plain")], body.as_bytes());
        }
    }
}
