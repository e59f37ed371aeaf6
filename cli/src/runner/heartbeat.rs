//! Signs of life of a task, and what is heard by them: that nobody waits for it any longer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use super::exchange::Exchange;
use super::retry::Tried;

/// How often a task is asked after that demands no signs of life.
const UNASKED: Duration = Duration::from_secs(10);
/// How soon it is tried again when nobody heard.
const AGAIN: Duration = Duration::from_secs(1);

/// Beats until `ended` is dropped. Sets `over` when nobody waits for the task any longer.
pub(super) fn beat(
    exchange: &Exchange,
    token: &str,
    within: Option<Duration>,
    ended: &Receiver<()>,
    over: &AtomicBool,
) {
    let pause = interval(within);
    let mut wait = pause;
    while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
        let path = format!("/api/tasks/{token}/heartbeat");
        wait = match exchange.once("POST", &path, b"{}") {
            Tried::Done(_) => pause,
            Tried::Later(_) => AGAIN.min(pause),
            Tried::Over(_) | Tried::Refused(_) => {
                over.store(true, Ordering::SeqCst);
                return;
            }
        };
    }
}

/// Three signs in the time that is given: two may be lost.
fn interval(within: Option<Duration>) -> Duration {
    within.map_or(UNASKED, |within| (within / 3).min(UNASKED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_come_often_enough() {
        assert_eq!(interval(None), UNASKED);
        assert_eq!(interval(Some(Duration::from_secs(3))), Duration::from_secs(1));
        assert_eq!(interval(Some(Duration::from_mins(10))), UNASKED);
    }
}
