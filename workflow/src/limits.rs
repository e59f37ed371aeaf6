//! The limits of one run, each with its name.

use serde::{Deserialize, Serialize};

/// Bytes of JSON that a state's input, result or output may have, as on AWS: 256 KiB.
pub const MAX_DATA_BYTES: usize = 256 * 1024;

/// History events that one run may have, as on AWS.
pub const MAX_HISTORY_EVENTS: u64 = 25_000;

/// Iterations of a distributed Map that run at once where `MaxConcurrency` is 0 or absent.
pub const MAX_DISTRIBUTED_CONCURRENCY: usize = 1_000;

/// Iterations of an inline Map that run at once where `MaxConcurrency` is 0 or absent, as on AWS.
pub const MAX_INLINE_CONCURRENCY: usize = 40;

/// Items that one Map may have.
pub const MAX_MAP_ITEMS: usize = 100_000;

/// Bytes of JSON that one variable may have, as on AWS.
pub const MAX_VARIABLE_BYTES: usize = 256 * 1024;

/// Bytes of JSON that the variables of one `Assign` may have together, as on AWS.
pub const MAX_ASSIGN_BYTES: usize = 256 * 1024;

/// Bytes of JSON that all variables of a run may have together, as on AWS: 10 MiB.
pub const MAX_STORED_VARIABLES_BYTES: usize = 10 * 1024 * 1024;

/// Transitions that one call of [`crate::Execution::apply`] makes before the run is taken for an endless loop.
pub const MAX_TRANSITIONS_PER_EVENT: u64 = 1_000_000;

/// Strands (branches and iterations, nested ones included) that one run may have open at once.
pub const MAX_OPEN_STRANDS: usize = 200_000;

/// The limits that the one who starts a run can set. Past one of them the run fails; it is never cut short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// See [`MAX_DATA_BYTES`].
    pub data_bytes: usize,
    /// See [`MAX_HISTORY_EVENTS`].
    pub history_events: u64,
    /// See [`MAX_MAP_ITEMS`].
    pub map_items: usize,
    /// See [`MAX_DISTRIBUTED_CONCURRENCY`].
    pub distributed_concurrency: usize,
    /// See [`MAX_INLINE_CONCURRENCY`].
    pub inline_concurrency: usize,
    /// See [`MAX_TRANSITIONS_PER_EVENT`].
    pub transitions_per_event: u64,
    /// Steps that one JSONata expression may take.
    pub expression_steps: u64,
}

/// Steps that one JSONata expression may take: some tenths of a second of work.
pub const MAX_EXPRESSION_STEPS: u64 = 1_000_000;

impl Default for Limits {
    fn default() -> Self {
        Self {
            data_bytes: MAX_DATA_BYTES,
            history_events: MAX_HISTORY_EVENTS,
            map_items: MAX_MAP_ITEMS,
            distributed_concurrency: MAX_DISTRIBUTED_CONCURRENCY,
            inline_concurrency: MAX_INLINE_CONCURRENCY,
            transitions_per_event: MAX_TRANSITIONS_PER_EVENT,
            expression_steps: MAX_EXPRESSION_STEPS,
        }
    }
}
