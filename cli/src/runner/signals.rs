//! Signals: the first lets tasks end, the second ends them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;

use anyhow::{Context, Result};
use tokio::signal::unix::{SignalKind, signal};

/// How far the runner was told to stop.
#[derive(Clone, Default)]
pub(crate) struct Signals(Arc<AtomicU8>);

impl Signals {
    /// Listens to `SIGTERM` and `SIGINT`.
    pub(crate) fn listen() -> Result<Self> {
        let signals = Self::default();
        let heard = signals.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let within = runtime.enter();
        let mut terminate = signal(SignalKind::terminate()).context("failed to listen to SIGTERM")?;
        let mut interrupt = signal(SignalKind::interrupt()).context("failed to listen to SIGINT")?;
        drop(within);
        thread::spawn(move || {
            runtime.block_on(async {
                loop {
                    tokio::select! {
                        _ = terminate.recv() => {}
                        _ = interrupt.recv() => {}
                    }
                    heard.0.fetch_add(1, Ordering::SeqCst);
                }
            });
        });
        Ok(signals)
    }

    /// Whether no further task is to be taken.
    pub(crate) fn drains(&self) -> bool {
        self.0.load(Ordering::SeqCst) >= 1
    }

    /// Whether tasks under way are to be given up.
    pub(crate) fn stops(&self) -> bool {
        self.0.load(Ordering::SeqCst) >= 2
    }

    /// Takes no further task.
    pub(crate) fn drain(&self) {
        self.0.fetch_max(1, Ordering::SeqCst);
    }
}
