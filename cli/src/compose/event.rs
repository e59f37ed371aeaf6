//! How far a build is.

use std::path::Path;

/// Something that a build did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// rustup fetches the standard library of a target.
    AddingTarget {
        /// `wasm32-wasip2`.
        target: &'a str,
    },
    /// Cargo is compiling.
    Compiling {
        /// For which target.
        target: &'a str,
        /// Crates that are compiled.
        done: u32,
        /// Crates in all.
        total: u32,
        /// What is being compiled, `, ` between names.
        names: &'a str,
    },
    /// Another tool makes the program of a stage.
    Making {
        /// The stage's id in spin.toml.
        id: &'a str,
        /// What is run.
        command: &'a str,
    },
    /// A component is ready.
    Ready {
        /// Its id in spin.toml.
        id: &'a str,
        /// Where it is.
        path: &'a Path,
        /// Its size.
        bytes: u64,
        /// Whether it was written now; it wasn't if everything it is made of is as before.
        is_new: bool,
    },
}

/// Who is told of events.
pub trait Reporter {
    /// Something was done.
    fn event(&self, event: &Event<'_>);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Reporter for Silent {
    fn event(&self, _: &Event<'_>) {}
}
