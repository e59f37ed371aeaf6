//! Waiting, but not for ever.

use super::bindings::exports::ropewalk::pipeline::outbound::Error;
use super::bindings::wasi::clocks::monotonic_clock::subscribe_duration;
use super::bindings::wasi::io::poll::{Pollable, poll};

/// How long anything may take before something happens.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    ns: u64,
}

impl Patience {
    pub(super) fn new(timeout_ms: u32) -> Self {
        Self { ns: u64::from(timeout_ms) * 1_000_000 }
    }

    /// In nanoseconds.
    pub(super) fn ns(self) -> u64 {
        self.ns
    }

    /// Waits until something is ready.
    pub(super) fn wait(self, ready: &Pollable) -> Result<(), Error> {
        self.wait_for_any(&[ready])
    }

    /// Waits until one of some things is ready.
    pub(super) fn wait_for_any(self, things: &[&Pollable]) -> Result<(), Error> {
        let over = subscribe_duration(self.ns);
        let all: Vec<_> = things.iter().copied().chain([&over]).collect();
        // Whatever is ready counts, though the time may be over by then.
        let is_thing = |at: &u32| (*at as usize) < things.len();
        if poll(&all).iter().any(is_thing) { Ok(()) } else { Err(Error::Timeout) }
    }
}
