//! A component on WASI 0.2 that does what a test asks, mischief included. The path is the command, the query its
//! argument, and the answer is text.

#[allow(missing_docs, unsafe_code, clippy::pedantic)] // Generated.
mod bindings {
    wit_bindgen::generate!({
        inline: r#"
            package test:fresh;

            world fresh {
                import wasi:clocks/monotonic-clock@0.2.6;
                import wasi:io/poll@0.2.6;
                import wasi:io/streams@0.2.6;
                import wasi:http/types@0.2.6;
                import wasi:http/outgoing-handler@0.2.6;
                import wasi:keyvalue/store@0.2.0-draft2;
                import wasi:keyvalue/batch@0.2.0-draft2;
                import wasi:keyvalue/atomics@0.2.0-draft2;
                import fermyon:spin/variables@2.0.0;
                import fermyon:spin/key-value@2.0.0;
                export wasi:http/incoming-handler@0.2.6;
            }
        "#,
        path: [
            "../../wit/deps/io",
            "../../wit/deps/clocks",
            "../../wit/deps/random",
            "../../wit/deps/filesystem",
            "../../wit/deps/sockets",
            "../../wit/deps/cli",
            "../../wit/deps/http",
            "../../wit/deps/keyvalue",
            "../../cli/wit/fermyon-spin",
        ],
        world: "test:fresh/fresh",
        generate_all,
    });
}

mod command;
mod http;

use std::sync::atomic::{AtomicU32, Ordering};

use bindings::exports::wasi::http::incoming_handler::Guest;
use bindings::wasi::http::types::{IncomingRequest, ResponseOutparam};

/// How many requests this instance has seen. It must never be more than one.
static REQUESTS: AtomicU32 = AtomicU32::new(0);

struct Handler;

impl Guest for Handler {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        REQUESTS.fetch_add(1, Ordering::SeqCst);
        let path = request.path_with_query().unwrap_or_default();
        let (path, query) = path.split_once('?').unwrap_or((&path, ""));
        if path == "/answer-then-trap" {
            http::answer(out, 200, b"answered");
            panic!("after the answer");
        }
        match command::run(path, query, request) {
            Ok(text) => http::answer(out, 200, &text),
            Err(text) => http::answer(out, 400, text.as_bytes()),
        }
    }
}

#[allow(unsafe_code)] // Generated.
mod export {
    use super::{Handler, bindings};
    bindings::export!(Handler with_types_in bindings);
}
