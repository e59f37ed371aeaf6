//! The way out of the sandbox: HTTP for stages with effects, over the host's `wasi:http`.
//!
//! Requests go out one at a time, or some at once. Nothing is repeated, no redirect is followed, and an
//! answer is taken whole or not at all. Where requests may go is the host's matter, by the component's
//! `allowed_outbound_hosts`.

pub mod request;

#[cfg(target_arch = "wasm32")]
mod wasi;
