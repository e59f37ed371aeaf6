//! How many requests from outside are worked on, and how many may wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::limits::{MAX_REQUESTS_AT_ONCE, MAX_REQUESTS_WAITING, MAX_WAIT};

/// A request's turn, for as long as it is held.
pub(super) type Turn = OwnedSemaphorePermit;

pub(super) struct Admission {
    running: Arc<Semaphore>,
    waiting: AtomicUsize,
}

impl Admission {
    pub(super) fn new() -> Self {
        Self { running: Arc::new(Semaphore::new(MAX_REQUESTS_AT_ONCE)), waiting: AtomicUsize::new(0) }
    }

    /// Waits for a turn. The error says why there is none.
    pub(super) async fn enter(&self) -> Result<Turn, String> {
        if let Ok(permit) = self.running.clone().try_acquire_owned() {
            return Ok(permit);
        }
        let _waiting = Waiting::new(&self.waiting)?;
        match tokio::time::timeout(MAX_WAIT, self.running.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) => Err("the host is stopping".to_owned()),
            Err(_) => Err(format!(
                "{MAX_REQUESTS_AT_ONCE} requests are being worked on, and none ended within {} s",
                MAX_WAIT.as_secs()
            )),
        }
    }
}

struct Waiting<'w>(&'w AtomicUsize);

impl<'w> Waiting<'w> {
    fn new(count: &'w AtomicUsize) -> Result<Self, String> {
        if count.fetch_add(1, Ordering::Relaxed) >= MAX_REQUESTS_WAITING {
            count.fetch_sub(1, Ordering::Relaxed);
            return Err(format!(
                "{MAX_REQUESTS_AT_ONCE} requests are being worked on, and {MAX_REQUESTS_WAITING} wait"
            ));
        }
        Ok(Self(count))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
