use super::bindings::wasi::clocks::{monotonic_clock, wall_clock};
use crate::host::Clock;

/// The host's clocks.
pub(super) struct Host;

impl Clock for Host {
    fn wall_ms(&self) -> u64 {
        let now = wall_clock::now();
        now.seconds * 1000 + u64::from(now.nanoseconds) / 1_000_000
    }

    fn monotonic_ns(&self) -> u64 {
        monotonic_clock::now()
    }

    fn sleep_ms(&self, duration_ms: u64) {
        monotonic_clock::subscribe_duration(duration_ms * 1_000_000).block();
    }
}
