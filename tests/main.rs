//! End to end: a running application is driven over HTTP, with real parts around it. The same tests run on the
//! embedded host and, with `ROPEWALK_SPIN=/path/to/spin`, on real Spin.

mod access;
mod asl;
mod cache;
mod commands;
mod control;
mod crash;
mod dashboard;
mod demo;
mod disk;
mod ends;
mod hosts;
mod isolation;
mod kills;
mod languages;
mod outside;
mod pipeline;
mod provenance;
mod push;
mod readme;
mod resources;
mod runner;
mod support;
mod templates;
mod tools;
