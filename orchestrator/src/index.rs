//! Lists of runs: all that aren't known to be at their end, and of each project those that are.
//!
//! A run is noted before its record is kept, so that nothing is lost; and it is struck off some time after its
//! end, many at once, so that the end of a run needs no write of its own.

mod history;

use artifact::Store;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;
use crate::run::{Loaded, Run};
use crate::table;

pub use history::{add, oldest, strike_oldest};

/// The list of unfinished runs is spread over so many keys, so that writers seldom meet.
const OPEN_SHARDS: u32 = 32;
/// Most unfinished runs in one of them: it is one value of the store.
const MAX_OPEN_PER_SHARD: usize = 6_000;
/// In place of a moment: the run waits for its turn.
pub const WAITS: u64 = u64::MAX;
/// Of so many runs that end, one strikes off all of its key that have ended.
const SETTLE_EVERY: u32 = 16;

/// A run that is not at its end, or wasn't when somebody looked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// The run's id.
    pub id: String,
    /// Its project.
    pub project: String,
    /// How often it was redriven. A driver that comes late speaks of an earlier time.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub redrives: u32,
    /// When it goes on, milliseconds since 1970. `None`: somebody drives it, or did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wake_at_ms: Option<u64>,
    /// The gates at which it waits for its turn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Notes that a run is not at its end, and when it goes on.
pub fn open(store: &impl Store, run: &Run, wake_at_ms: Option<u64>) -> Result<(), ApiError> {
    let key = shard_key(shard(&run.id));
    let noted = Open {
        id: run.id.clone(),
        project: run.project.clone(),
        redrives: run.redrives,
        wake_at_ms,
        gates: if wake_at_ms == Some(WAITS) { run.gates.clone() } else { Vec::new() },
    };
    table::update(store, &key, |runs: &mut Vec<Open>| {
        if let Some(before) = runs.iter_mut().find(|other| other.id == noted.id) {
            if before.redrives <= noted.redrives {
                *before = noted.clone();
            }
        } else if runs.len() >= MAX_OPEN_PER_SHARD {
            return Err(ApiError::new(
                429,
                "too-many-open-runs",
                format!(
                    "more than {MAX_OPEN_PER_SHARD} unfinished runs share key `{key}` (MAX_OPEN_PER_SHARD)"
                ),
            )
            .hint("wait for runs to end, or cancel some"));
        } else {
            runs.push(noted.clone());
        }
        Ok(())
    })
}

/// A run without gates has come to its end. Now and then this strikes off what has ended, and says so.
pub fn ended(store: &impl Store, run: &Run) -> Result<bool, ApiError> {
    let is_turn = (hash(&run.id) / OPEN_SHARDS).is_multiple_of(SETTLE_EVERY);
    if is_turn {
        settle_shard(store, shard(&run.id))?;
    }
    Ok(is_turn)
}

fn settle_shard(store: &impl Store, shard: u32) -> Result<(), ApiError> {
    let runs: Vec<Open> = table::read(store, &shard_key(shard))?.unwrap_or_default();
    let ids: Vec<String> =
        runs.into_iter().filter(|run| run.wake_at_ms.is_none()).map(|run| run.id).collect();
    let mut ended = Loaded::load_where(store, &ids, |run| run.status.is_final())?.runs;
    ended.retain(|run| run.gates.is_empty() && !run.has_kin());
    settle(store, &ended)
}

/// Strikes off runs that are at their end, and adds them to their projects' lists.
pub fn settle(store: &impl Store, ended: &[Run]) -> Result<(), ApiError> {
    let mut projects: Vec<&str> = ended.iter().map(|run| run.project.as_str()).collect();
    projects.sort_unstable();
    projects.dedup();
    for project in projects {
        let of_project = ended.iter().filter(|run| run.project == project);
        let mut ids: Vec<&str> = of_project.map(|run| run.id.as_str()).collect();
        ids.sort_unstable();
        add(store, project, &ids)?;
    }
    let settled: Vec<(&str, u32)> = ended.iter().map(|run| (run.id.as_str(), run.redrives)).collect();
    strike(store, &settled)
}

/// Strikes off what turned out not to be a run.
pub fn forget(store: &impl Store, ids: &[&str]) -> Result<(), ApiError> {
    let ids: Vec<(&str, u32)> = ids.iter().map(|id| (*id, 0)).collect();
    strike(store, &ids)
}

fn strike(store: &impl Store, gone: &[(&str, u32)]) -> Result<(), ApiError> {
    let mut shards: Vec<u32> = gone.iter().map(|(id, _)| shard(id)).collect();
    shards.sort_unstable();
    shards.dedup();
    for shard in shards {
        table::update(store, &shard_key(shard), |runs: &mut Vec<Open>| {
            runs.retain(|run| !gone.iter().any(|(id, redrives)| *id == run.id && run.redrives <= *redrives));
            Ok(())
        })?;
    }
    Ok(())
}

/// All runs that aren't known to be at their end.
pub fn all_open(store: &impl Store) -> Result<Vec<Open>, ApiError> {
    let keys: Vec<String> = (0..OPEN_SHARDS).map(shard_key).collect();
    let mut runs = Vec::new();
    for (key, bytes) in keys.iter().zip(store.get_many(&keys)?) {
        if let Some(bytes) = bytes {
            runs.extend(table::decode::<Vec<Open>>(key, &bytes)?);
        }
    }
    Ok(runs)
}

/// The newest runs of these projects, newest first.
pub fn newest(store: &impl Store, projects: &[String], limit: usize) -> Result<Vec<String>, ApiError> {
    let mut ids: Vec<String> = all_open(store)?
        .into_iter()
        .filter(|open| projects.contains(&open.project))
        .map(|open| open.id)
        .collect();
    for project in projects {
        ids.extend(history::newest(store, project, limit)?);
    }
    // Ids begin with the time.
    ids.sort_unstable_by(|a, b| b.cmp(a));
    ids.dedup();
    ids.truncate(limit);
    Ok(ids)
}

fn hash(id: &str) -> u32 {
    id.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()))
}

fn shard(id: &str) -> u32 {
    hash(id) % OPEN_SHARDS
}

fn shard_key(shard: u32) -> String {
    format!("open/{shard}")
}

#[cfg(test)]
mod tests;
