//! `wasi:clocks`: a wall clock that stands still and a monotonic one that moves when it is waited for.

use super::bindings::exports::wasi::clocks::monotonic_clock::{self, Duration, Instant};
use super::bindings::exports::wasi::clocks::wall_clock::{self, Datetime};
use super::bindings::exports::wasi::io::poll::Pollable;
use super::io::Waiting;
use super::{Sandbox, with};
use crate::fs::Time;

impl wall_clock::Guest for Sandbox {
    fn now() -> Datetime {
        with(|state| state.fs.now()).into()
    }

    fn resolution() -> Datetime {
        Datetime { seconds: 1, nanoseconds: 0 }
    }
}

impl monotonic_clock::Guest for Sandbox {
    fn now() -> Instant {
        with(|state| state.clock.read())
    }

    fn resolution() -> Duration {
        1
    }

    fn subscribe_instant(when: Instant) -> Pollable {
        Pollable::new(Waiting::Until(when))
    }

    fn subscribe_duration(when: Duration) -> Pollable {
        Pollable::new(Waiting::Until(with(|state| state.clock.after(when))))
    }
}

impl From<Time> for Datetime {
    fn from(time: Time) -> Self {
        Self { seconds: time.seconds, nanoseconds: time.nanoseconds }
    }
}

impl From<Datetime> for Time {
    fn from(time: Datetime) -> Self {
        Self { seconds: time.seconds, nanoseconds: time.nanoseconds }
    }
}
