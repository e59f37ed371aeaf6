//! The component: this crate's traits over what `wit/` gives.

mod clock;
mod http;
mod stage;

use artifact::KeyValue;
use bindings::exports::wasi::http::incoming_handler::Guest;
use bindings::wasi::http::types::{IncomingRequest, Method, ResponseOutparam};

use crate::answer::{Answer, STORE_FAILED};
use crate::call;
use crate::envelope;

#[allow(unsafe_code, missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]
mod bindings {
    wit_bindgen::generate!({
        world: "adapter",
        path: "../../wit",
        generate_all,
    });
}

/// The label of the store, as spin.toml grants it.
const STORE: &str = "default";

struct Component;

#[allow(unsafe_code, reason = "generated")]
mod export {
    use super::{Component, bindings};

    bindings::export!(Component with_types_in bindings);
}

impl Guest for Component {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        if !matches!(request.method(), Method::Post) {
            let body = br#"{"error":"method_not_allowed","message":"a stage is called by POST"}"#;
            return http::respond(out, 405, &[("allow", "POST")], body);
        }
        let answer = match http::read_body(&request, envelope::MAX_ENVELOPE_BYTES) {
            Ok(body) => {
                let store = KeyValue::open(STORE);
                call::answer(&body, store.as_ref().map_err(Clone::clone), &stage::Composed, &clock::Host)
            }
            Err(http::BodyError::TooLarge) => Answer::refused(envelope::too_large()),
            // Nobody is left to read an answer, or the host is at fault: the caller asks again.
            Err(http::BodyError::Broken(why)) => {
                return http::respond(out, 400, &[("content-type", "text/plain")], why.as_bytes());
            }
        };
        // A store that fails is no fault of the stage: the caller asks again, and only in the end takes this answer.
        let status = if answer.error.as_deref() == Some(STORE_FAILED) { 503 } else { 200 };
        match serde_json::to_vec(&answer) {
            Ok(body) => http::respond(out, status, &[("content-type", "application/json")], &body),
            Err(error) => {
                let body = error.to_string();
                http::respond(out, 500, &[("content-type", "text/plain")], body.as_bytes());
            }
        }
    }
}
