//! Time that passes only when someone waits for it.

/// What the monotonic clock shows first, in nanoseconds: a day, so that a program can reckon back
/// from it.
const START_NS: u64 = 24 * 60 * 60 * 1_000_000_000;

/// By how much every reading of the monotonic clock moves it on, in nanoseconds. A loop that reads it
/// until some time has passed ends that way.
const STEP_NS: u64 = 1_000;

/// A monotonic clock that depends on the calls made and on nothing else.
#[derive(Debug)]
pub struct Clock {
    now_ns: u64,
}

impl Default for Clock {
    fn default() -> Self {
        Self { now_ns: START_NS }
    }
}

impl Clock {
    /// What the clock shows, in nanoseconds. Later the next time.
    pub fn read(&mut self) -> u64 {
        self.now_ns = self.now_ns.saturating_add(STEP_NS);
        self.now_ns
    }

    /// The moment at which some time from now has passed.
    pub fn after(&self, duration_ns: u64) -> u64 {
        self.now_ns.saturating_add(duration_ns)
    }

    /// Whether a moment has come.
    pub fn has_reached(&self, moment_ns: u64) -> bool {
        self.now_ns >= moment_ns
    }

    /// Waits until a moment: the clock shows it at once.
    pub fn wait_until(&mut self, moment_ns: u64) {
        self.now_ns = self.now_ns.max(moment_ns);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_takes_no_time_but_the_clock_s() {
        let mut clock = Clock::default();
        let start = clock.read();
        let end = clock.after(5_000_000_000);
        assert!(!clock.has_reached(end));
        clock.wait_until(end);
        assert!(clock.has_reached(end));
        assert_eq!(clock.read() - start, 5_000_000_000 + STEP_NS);
        clock.wait_until(start);
        assert!(clock.has_reached(end), "the clock never goes back");
    }
}
