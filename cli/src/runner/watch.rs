//! Watches a command: it ends by itself, or because it passed a limit, or because nobody waits for it any longer.

use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::confine::Isolation;
use super::limits::{Cgroup, Exceeded, Limits};
use super::log::Log;
use super::signals::Signals;
use super::tree;

/// How often a command is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// How often its processes are counted, where no control group does.
const COUNT: Duration = Duration::from_millis(100);

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// By itself, with this code; by a signal: 128 and its number.
    Exited(i32),
    /// It passed a limit.
    Limit(Exceeded),
    /// The runner was told to stop at once.
    Stopped,
    /// Nobody waits for it any longer.
    Over,
}

/// What decides about the end of a command.
pub(super) struct Watch<'a> {
    pub(super) limits: &'a Limits,
    pub(super) cgroup: Option<&'a Cgroup>,
    pub(super) isolation: Isolation,
    pub(super) log: &'a Log<'a>,
    pub(super) signals: &'a Signals,
    pub(super) over: &'a AtomicBool,
}

impl Watch<'_> {
    /// Waits for the end, or brings it about.
    pub(super) fn wait(&self, child: &mut Child) -> std::io::Result<Ended> {
        let began = Instant::now();
        let mut counted = Instant::now();
        loop {
            let status = child.try_wait()?;
            if status.is_none() && self.cgroup.is_none() && counted.elapsed() >= COUNT {
                counted = Instant::now();
                if let Some(exceeded) = self.count(child) {
                    self.kill(child)?;
                    return Ok(Ended::Limit(exceeded));
                }
            }
            // Before the exit code: a command that the kernel ended for its memory has one, too.
            let why = self.cgroup.and_then(Cgroup::exceeded).map(Ended::Limit);
            let why = why.or_else(|| self.log.is_flooded().then_some(Ended::Limit(Exceeded::Output)));
            if let (Some(status), None) = (status, why) {
                self.kill(child)?;
                return Ok(Ended::Exited(code(status)));
            }
            let why = why.or_else(|| self.outside(began));
            if let Some(why) = why {
                self.kill(child)?;
                return Ok(why);
            }
            thread::sleep(LOOK);
        }
    }

    fn outside(&self, began: Instant) -> Option<Ended> {
        if self.over.load(Ordering::SeqCst) {
            return Some(Ended::Over);
        }
        if self.signals.stops() {
            return Some(Ended::Stopped);
        }
        (began.elapsed() >= self.limits.time).then_some(Ended::Limit(Exceeded::Time))
    }

    fn count(&self, child: &Child) -> Option<Exceeded> {
        let taken = tree::taken(pid(child));
        if taken.memory_bytes > self.limits.memory_bytes {
            return Some(Exceeded::Memory);
        }
        // The command runs below helpers.
        let helpers = self.isolation.helpers();
        (taken.processes > self.limits.processes + helpers).then_some(Exceeded::Processes)
    }

    /// Ends the command with all that it started.
    fn kill(&self, child: &mut Child) -> std::io::Result<()> {
        if let Some(cgroup) = self.cgroup {
            cgroup.kill();
        }
        if child.try_wait()?.is_none() {
            if self.isolation == Isolation::None {
                tree::kill_below(pid(child));
            }
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }
}

fn pid(child: &Child) -> i32 {
    i32::try_from(child.id()).unwrap_or(i32::MAX)
}

fn code(status: std::process::ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}
