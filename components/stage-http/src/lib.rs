//! One stage behind HTTP. Takes an envelope, mounts the inputs, runs the stage, stores what came of it
//! and answers. Results of hermetic stages, and of those that fetch
//! only what their inputs name by digest, are cached by what they depend on.
//!
//! Each request has an instance of its own, stage and file system included. All but the bindings to
//! the host (`component`) is ordinary code over the traits of [`host`].

pub mod answer;
pub mod cache;
pub mod call;
pub mod canonical;
pub mod command;
pub mod envelope;
pub mod host;
pub mod inputs;
pub mod log;
pub mod mask;
pub mod mount;
pub mod outputs;
pub mod parameters;

#[cfg(target_arch = "wasm32")]
mod component;
