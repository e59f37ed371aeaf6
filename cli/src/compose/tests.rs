//! Composition of real WebAssembly: compiled here once, for all tests of this module.

mod graph;
mod harness;
mod network;
mod sandbox;
mod testsuite;
