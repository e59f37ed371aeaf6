//! Virtual time.

use std::cell::Cell;
use std::time::{SystemTime, UNIX_EPOCH};

use boa_engine::context::Clock;
use boa_engine::context::time::JsInstant;

/// A clock that moves when the event loop waits, and a little each time it is read, so that a loop that waits for
/// time to pass comes to its end.
#[derive(Debug)]
pub(crate) struct VirtualClock {
    /// The wall clock's time at the beginning, in milliseconds since 1970.
    start_ms: i64,
    /// What has passed since.
    passed_us: Cell<u64>,
}

/// How far time moves when it is read.
const READ_US: u64 = 10;

impl VirtualClock {
    /// A clock that begins with what the sandbox's shows.
    pub(crate) fn new() -> Self {
        let start = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { start_ms: i64::try_from(start.as_millis()).unwrap_or(0), passed_us: Cell::new(0) }
    }

    /// Microseconds since the beginning.
    pub(crate) fn passed_us(&self) -> u64 {
        self.passed_us.get()
    }

    /// Moves to a time since the beginning, unless it is over.
    pub(crate) fn advance_to(&self, passed_us: u64) {
        self.passed_us.set(self.passed_us.get().max(passed_us));
    }

    /// Milliseconds since 1970, with fractions.
    pub(crate) fn read_ms(&self) -> f64 {
        self.passed_us.set(self.passed_us.get() + READ_US);
        #[allow(clippy::cast_precision_loss)] // Exact for some 200 years.
        let passed = (self.start_ms as f64) + (self.passed_us.get() as f64) / 1_000.0;
        passed
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> JsInstant {
        let us = self.passed_us.get();
        JsInstant::new(us / 1_000_000, u32::try_from(us % 1_000_000).unwrap_or(0) * 1_000)
    }

    fn system_time_millis(&self) -> i64 {
        self.passed_us.set(self.passed_us.get() + READ_US);
        self.start_ms + i64::try_from(self.passed_us.get() / 1_000).unwrap_or(0)
    }
}
