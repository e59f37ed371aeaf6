//! What the `ropewalk` command is made of: composition of components, the embedded host, and the commands themselves.

pub mod app;
pub mod client;
mod commands;
pub mod compose;
pub mod demo;
mod files;
mod follow;
pub mod git_host;
pub mod host;
mod launch;
pub mod manifest;
mod pack;
mod printer;
#[cfg(target_os = "linux")]
mod runner;
mod solo;

pub use commands::main;
