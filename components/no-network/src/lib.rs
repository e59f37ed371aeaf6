//! The network that a stage doesn't have. `wasi:sockets` and `wasi:http` are there, for programs that import them
//! whether or not they ever use them, and whatever is asked of them is refused: with `access-denied` and
//! `HTTP-request-denied`, and a line in the log that says why.
//!
//! It is composed into stages alone whose program imports one of the two, so that no other pays for it. Its own
//! imports are the sandbox's: it has no more of a network than the program.

#[cfg(target_arch = "wasm32")]
mod bindings;
#[cfg(target_arch = "wasm32")]
mod http;
#[cfg(target_arch = "wasm32")]
mod notes;
#[cfg(target_arch = "wasm32")]
mod sockets;

/// What all exports are implemented on.
#[cfg(target_arch = "wasm32")]
struct NoNetwork;

/// A resource that there never is: nobody is given one.
#[cfg(target_arch = "wasm32")]
enum Never {}
