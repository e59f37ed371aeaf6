//! Why an instance ended without an answer.

use std::fmt;
use std::time::Duration;

use wasmtime::Trap;
use wasmtime_wasi::I32Exit;

/// The header of an answer that stands for one that an instance did not give.
pub const ENDED_HEADER: &str = "ropewalk-ended";
/// A reason longer than this is cut: it travels in a header.
const MAX_REASON_CHARS: usize = 300;

/// Why an instance ended before it answered. As an error it goes through the engine unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Its memories together would have been larger than so many MiB.
    Memory(usize),
    /// It took longer.
    Time(Duration),
    /// It called `exit` with this code.
    Exited(i32),
    /// Anything else, in the engine's words.
    Trapped(String),
    /// No room for one more instance.
    Busy,
}

impl Ended {
    /// Reads the error of a call. `denied`: it was refused memory before, and these MiB are the limit.
    pub(super) fn from_error(error: &wasmtime::Error, denied: Option<usize>) -> Self {
        if let Some(ended) = error.downcast_ref::<Self>() {
            return ended.clone();
        }
        if error.is::<wasmtime::PoolConcurrencyLimitError>() {
            return Self::Busy;
        }
        if let Some(I32Exit(code)) = error.downcast_ref() {
            return Self::Exited(*code);
        }
        if let Some(limit_mib) = denied {
            return Self::Memory(limit_mib);
        }
        let text = match error.downcast_ref::<Trap>() {
            Some(trap) => trap.to_string(),
            None => error.root_cause().to_string(),
        };
        let text = text.strip_prefix("wasm trap: ").unwrap_or(&text);
        let line = text.lines().next().unwrap_or_default();
        let visible = line.chars().filter(|c| !c.is_control()).take(MAX_REASON_CHARS);
        Self::Trapped(visible.collect())
    }

    /// Why an instance ended without an answer, if it said nothing of it.
    pub(super) fn or_silent(ended: Option<Self>) -> Self {
        ended.unwrap_or_else(|| Self::Trapped("ended without an answer".to_owned()))
    }

    /// Whether the time was over, which has a status of its own.
    pub(super) fn is_time(&self) -> bool {
        matches!(self, Self::Time(_))
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory(limit_mib) => write!(f, "memory limit of {limit_mib} MiB exceeded"),
            Self::Time(limit) => write!(f, "time limit of {} s exceeded", limit.as_secs()),
            Self::Exited(code) => write!(f, "exited with code {code}"),
            Self::Trapped(reason) => write!(f, "trapped: {reason}"),
            Self::Busy => f.write_str("no room for one more instance"),
        }
    }
}

impl std::error::Error for Ended {}
