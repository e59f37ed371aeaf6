//! Virtual WASI 0.2: what stands beneath a stage in place of a host.
//!
//! Built for `wasm32-unknown-unknown` and encoded as a component it imports nothing at all, so
//! whatever a program does with it, nothing of the host is reached: files are in memory, the clock
//! stands still, random bytes come from a seed, and what is printed is kept for whoever runs the
//! program, who is served by the interface `workspace`.
//!
//! [`fs`], [`log`], [`clock`] and [`random`] are plain Rust without WASI and know nothing of each
//! other; the bindings join them, and are compiled for WebAssembly only.

pub mod clock;
pub mod fs;
pub mod log;
pub mod random;

#[cfg(target_arch = "wasm32")]
mod wasi;
