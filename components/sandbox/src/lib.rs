#![doc = include_str!("../README.md")]
//!
//! # How it is made
//!
//! [`fs`], [`log`], [`clock`] and [`random`] are plain Rust without WASI and know nothing of each
//! other; the bindings join them, and are compiled for WebAssembly only.

pub mod clock;
pub mod fs;
pub mod log;
pub mod random;

#[cfg(target_arch = "wasm32")]
mod wasi;
