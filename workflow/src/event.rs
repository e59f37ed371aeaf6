//! What happened: the history of a run, as it is stored.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::data::Data;

/// One thing that happened to a run, and when. The list of them, applied in order, is the whole state of the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Milliseconds since 1970-01-01T00:00:00Z. Never less than that of the event before.
    #[serde(rename = "t")]
    pub at_ms: u64,
    /// What happened.
    #[serde(rename = "e")]
    pub what: Happening,
}

/// The kinds of [`Event`]. `entry` and `attempt` are those of the command that it answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happening {
    /// The run began. Always the first event, and only that.
    Started {
        /// The source of all randomness in the run: jitter, `States.UUID`, task tokens.
        seed: Seed,
    },
    /// Someone began to work on a task. Optional, except that an activity's `TimeoutSeconds` counts from it.
    TaskStarted {
        /// The state entry.
        entry: u64,
        /// The attempt, from 1.
        attempt: u32,
        /// Who works on it, where that has a name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        worker: Option<String>,
    },
    /// A `.sync` or `.waitForTaskToken` integration accepted the request; the task goes on.
    TaskSubmitted {
        /// The state entry.
        entry: u64,
        /// The attempt, from 1.
        attempt: u32,
        /// What the service answered.
        output: Data,
    },
    /// The worker is alive: `HeartbeatSeconds` counts from here.
    TaskHeartbeat {
        /// The state entry.
        entry: u64,
        /// The attempt, from 1.
        attempt: u32,
    },
    /// A task ended well. Also answers `WriteResults`.
    TaskSucceeded {
        /// The state entry.
        entry: u64,
        /// The attempt, from 1.
        attempt: u32,
        /// Its result.
        output: Data,
    },
    /// A task failed. Also answers `ReadItems` and `WriteResults`.
    TaskFailed {
        /// The state entry.
        entry: u64,
        /// The attempt, from 1.
        attempt: u32,
        /// The error name that `Retry` and `Catch` look for; empty where the worker gave none.
        error: String,
        /// What went wrong, for people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<String>,
    },
    /// The answer to `ReadItems`.
    ItemsRead {
        /// The state entry.
        entry: u64,
        /// The attempt, from 1.
        attempt: u32,
        /// What was read.
        content: Content,
    },
    /// A timer's moment came.
    TimerFired {
        /// The timer.
        timer: u64,
    },
    /// Someone stopped the run.
    Cancelled {
        /// The error name that they gave.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
        /// The reason that they gave.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<String>,
    },
    /// A failed, timed-out or cancelled run goes on from the states that didn't end well.
    Redriven,
}

/// What an `ItemReader` found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// The text of a file; the reader's `InputType` says how to read it.
    Text(String),
    /// Items as they are, such as the listing of a folder.
    Items(Vec<Data>),
}

/// 256 bits from a good source of randomness, drawn once a run. Keep it secret where task tokens are used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Seed(pub [u8; 32]);

impl fmt::Debug for Seed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Seed(..)")
    }
}

impl Serialize for Seed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Seed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(&text, &mut bytes)
            .map_err(|_| serde::de::Error::custom("a seed is 64 hexadecimal digits"))?;
        Ok(Self(bytes))
    }
}
