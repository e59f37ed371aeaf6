//! The clock that interrupts computing components.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::HostError;
use super::engines::Engines;

/// How long a component computes before others get a turn.
pub(super) const TICK: Duration = Duration::from_millis(5);
/// How often idle instances are looked after: they should compute nothing, but may.
const IDLE_TICK: Duration = Duration::from_millis(250);
/// So many ticks without work pass before the clock slows down: waking it costs a call more than ticking on.
const TICKS_AWAKE: u32 = 40;

/// Interrupts computing components every [`TICK`], so that time limits hold and others get a turn. It is slow while all
/// instances are idle, and sleeps while there is none.
pub(super) struct Ticker {
    shared: Arc<Shared>,
}

struct Shared {
    instances: AtomicUsize,
    working: AtomicUsize,
    /// Whether it ticks every [`TICK`].
    awake: AtomicBool,
    ended: Mutex<bool>,
    wake: Condvar,
}

/// An instance that lives.
pub(super) struct Living(Arc<Shared>);

/// An instance that works.
pub(super) struct Working(Arc<Shared>);

impl Ticker {
    pub(super) fn start(engines: Arc<Engines>) -> Result<Self, HostError> {
        let shared = Arc::new(Shared {
            instances: AtomicUsize::new(0),
            working: AtomicUsize::new(0),
            awake: AtomicBool::new(false),
            ended: Mutex::new(false),
            wake: Condvar::new(),
        });
        let inner = shared.clone();
        std::thread::Builder::new()
            .name("ticker".to_owned())
            .spawn(move || inner.run(&engines))
            .map_err(|error| HostError::Engine(format!("failed to start a thread: {error}")))?;
        Ok(Self { shared })
    }

    /// Counts an instance in for as long as it lives.
    pub(super) fn living(&self) -> Living {
        self.shared.count_in(&self.shared.instances);
        Living(self.shared.clone())
    }

    /// Counts an instance in for as long as it works.
    pub(super) fn working(&self) -> Working {
        self.shared.count_in(&self.shared.working);
        Working(self.shared.clone())
    }

    /// How many instances work.
    pub(super) fn count_working(&self) -> usize {
        self.shared.working.load(Ordering::SeqCst)
    }
}

impl Drop for Living {
    fn drop(&mut self) {
        self.0.instances.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.0.working.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        *self.shared.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.shared.wake.notify_all();
    }
}

impl Shared {
    /// Whoever finds the ticker slow or asleep wakes it.
    fn count_in(&self, count: &AtomicUsize) {
        count.fetch_add(1, Ordering::SeqCst);
        if !self.awake.load(Ordering::SeqCst) {
            // The lock orders this with the ticker's decision to sleep.
            drop(self.ended.lock().unwrap_or_else(PoisonError::into_inner));
            self.wake.notify_all();
        }
    }

    fn run(&self, engines: &Engines) {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let mut ticks_idle = TICKS_AWAKE;
        while !*ended {
            // First, so that work which comes later wakes the ticker, and work which came before is counted below.
            self.awake.store(ticks_idle < TICKS_AWAKE, Ordering::SeqCst);
            if self.working.load(Ordering::SeqCst) > 0 {
                self.awake.store(true, Ordering::SeqCst);
                ticks_idle = 0;
            }
            let tick = if ticks_idle < TICKS_AWAKE {
                TICK
            } else if self.instances.load(Ordering::SeqCst) > 0 {
                IDLE_TICK
            } else {
                ended = self.wake.wait(ended).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let (guard, waited) = self.wake.wait_timeout(ended, tick).unwrap_or_else(PoisonError::into_inner);
            ended = guard;
            if waited.timed_out() {
                ticks_idle = ticks_idle.saturating_add(1);
                engines.interrupt();
            }
        }
    }
}
