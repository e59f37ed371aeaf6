//! Chains the stages of a pipeline over HTTP and keeps its runs. What a workflow means is `workflow`'s; what
//! stands here is how its commands are carried out, and how nothing of it is lost.
//!
//! Everything but [`component`](self) is plain Rust over the [`host::Host`] trait.

pub mod activity;
pub mod allowed;
pub mod api;
pub mod auth;
pub mod call;
pub mod collector;
pub mod concurrency;
pub mod control;
mod definitions;
pub mod delivery;
pub mod driver;
pub mod error;
pub mod explain;
pub mod gate;
pub mod host;
pub mod http;
pub mod index;
pub mod journal;
pub mod project;
pub mod retention;
pub mod run;
pub mod runner;
pub mod secrets;
pub mod settings;
#[cfg(test)]
mod simulation;
pub mod start;
mod table;
pub mod tags;
pub mod task_log;
pub mod token;
pub mod turn;
pub mod ui;
pub mod view;

#[cfg(target_arch = "wasm32")]
mod component;
