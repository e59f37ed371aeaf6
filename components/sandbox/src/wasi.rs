//! The interfaces of WASI and `workspace` over the parts of this crate.

mod bindings;
mod cli;
mod clocks;
mod files;
mod io;
mod random;
mod workspace;

use std::cell::RefCell;

use crate::clock::Clock;
use crate::fs::{FileSystem, Limits};
use crate::log::Log;
use crate::random::Random;

/// Files, folders and streams of files that a program may have open at once.
const MAX_OPEN_DESCRIPTORS: u32 = 4096;

/// What all exports are implemented on.
struct Sandbox;

/// The one world that an instance of this component is.
struct State {
    environment: Vec<(String, String)>,
    arguments: Vec<String>,
    stdin: Vec<u8>,
    /// How much of it is read.
    stdin_read: usize,
    fs: FileSystem,
    log: Log,
    clock: Clock,
    random: Random,
    insecure: Random,
    is_open: bool,
}

impl State {
    /// Before `workspace.open` there is nothing, and nothing can be made.
    fn new() -> Self {
        Self {
            environment: Vec::new(),
            arguments: Vec::new(),
            stdin: Vec::new(),
            stdin_read: 0,
            fs: FileSystem::new(Limits { bytes: 0, files: 0, open: 0 }, 0),
            log: Log::new(0),
            clock: Clock::default(),
            random: Random::new(0),
            insecure: Random::new(0),
            is_open: false,
        }
    }
}

thread_local! {
    static STATE: RefCell<State> = RefCell::new(State::new());
}

/// Runs something on the state. Resources that give something back when they are dropped must not be
/// dropped within.
fn with<T>(run: impl FnOnce(&mut State) -> T) -> T {
    STATE.with_borrow_mut(run)
}
