//! Lists of runs: all that aren't known to be at their end, and of each project those that are.
//!
//! A run is noted before its record is kept, so that nothing is lost; and it is struck off some time after its
//! end, many at once, so that the end of a run needs no write of its own. A run that waits for a moment that is far goes
//! from this list to the [calendar], and comes back when its moment has come, or somebody else wakes it.

mod calendar;
mod history;

use artifact::Store;
use calendar::Parked;
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
/// A moment that is so far away is far, in milliseconds.
const FAR_MS: u64 = if cfg!(test) { 2_000 } else { 60_000 };
/// So many runs that wait for far moments stay in one of the lists; more are moved to the calendar, many at once. None stay
/// in tests, so that they meet it.
const MAX_STAYING: usize = if cfg!(test) { 0 } else { 32 };

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
    /// Whether its driver parked it until then. Otherwise the moment says since when it is to be looked at.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub parked: bool,
    /// The gates at which it waits for its turn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<String>,
}

impl Open {
    /// A run that goes on then.
    fn at(run: &Run, wake_at_ms: Option<u64>) -> Self {
        Self {
            id: run.id.clone(),
            project: run.project.clone(),
            redrives: run.redrives,
            wake_at_ms,
            parked: false,
            gates: Vec::new(),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Notes that a run is not at its end, and when it goes on, whatever was noted before.
pub fn open(store: &impl Store, run: &Run, wake_at_ms: Option<u64>) -> Result<(), ApiError> {
    let key = shard_key(shard(&run.id));
    let noted = Open {
        gates: if wake_at_ms == Some(WAITS) { run.gates.clone() } else { Vec::new() },
        ..Open::at(run, wake_at_ms)
    };
    table::update(store, &key, |runs: &mut Vec<Open>| {
        if let Some(before) = runs.iter_mut().find(|other| other.id == noted.id) {
            if before.redrives <= noted.redrives {
                *before = noted.clone();
            }
            return Ok(());
        }
        push(runs, noted.clone(), &key)
    })
}

/// Notes that a run is to be looked at, or that somebody has begun to go on with it: before they do, since only a run that
/// is parked may be moved to the calendar. Gives the moment that is noted, by which [`park`] knows whether anything was
/// noted since.
pub fn wake(store: &impl Store, run: &Run, now_ms: u64) -> Result<u64, ApiError> {
    let key = shard_key(shard(&run.id));
    let mut noted_ms = now_ms;
    table::update(store, &key, |runs: &mut Vec<Open>| {
        let Some(open) = runs.iter_mut().find(|open| open.id == run.id) else {
            noted_ms = now_ms;
            return push(runs, Open::at(run, Some(now_ms)), &key);
        };
        noted_ms = if open.wake_at_ms == Some(now_ms) { now_ms + 1 } else { now_ms };
        if open.redrives <= run.redrives {
            *open = Open::at(run, Some(noted_ms));
        }
        Ok(())
    })?;
    Ok(noted_ms)
}

/// Notes when a run goes on that its driver has parked. `woken_at_ms` is what was noted when the driver began. Something
/// else says that somebody drives the run since, or has news of which this driver can't have known: it stays. So does a run
/// that is no longer in the list.
pub fn park(
    store: &impl Store,
    run: &Run,
    wake_at_ms: u64,
    woken_at_ms: Option<u64>,
) -> Result<(), ApiError> {
    table::update(store, &shard_key(shard(&run.id)), |runs: &mut Vec<Open>| {
        for open in runs.iter_mut().filter(|open| open.id == run.id && open.redrives == run.redrives) {
            if open.wake_at_ms == woken_at_ms || open.wake_at_ms == Some(WAITS) {
                open.wake_at_ms = Some(wake_at_ms);
                open.parked = true;
                open.gates = Vec::new();
            }
        }
        Ok(())
    })
}

fn push(runs: &mut Vec<Open>, noted: Open, key: &str) -> Result<(), ApiError> {
    if runs.len() < MAX_OPEN_PER_SHARD {
        runs.push(noted);
        return Ok(());
    }
    let message =
        format!("more than {MAX_OPEN_PER_SHARD} unfinished runs share key `{key}` (MAX_OPEN_PER_SHARD)");
    Err(ApiError::new(429, "too-many-open-runs", message).hint("wait for runs to end, or cancel some"))
}

/// Moves runs that wait for far moments to the calendar, where a list has many of them.
pub fn put_by(store: &impl Store, open: &[Open], now_ms: u64) -> Result<(), ApiError> {
    let is_far = |open: &&Open| open.parked && open.wake_at_ms.is_some_and(|at_ms| at_ms > now_ms + FAR_MS);
    let mut far: Vec<Vec<&Open>> = (0..OPEN_SHARDS).map(|_| Vec::new()).collect();
    for open in open.iter().filter(is_far) {
        far[shard(&open.id) as usize].push(open);
    }
    far.retain(|runs| runs.len() > MAX_STAYING);
    let parked = far.iter().flatten().filter_map(|open| {
        Some(Parked { at_ms: open.wake_at_ms?, id: open.id.clone(), project: open.project.clone() })
    });
    calendar::add(store, parked.collect())?;
    for runs in far {
        table::update(store, &shard_key(shard(&runs[0].id)), |left: &mut Vec<Open>| {
            // Whoever was woken meanwhile stays.
            left.retain(|open| !runs.contains(&open));
            Ok(())
        })?;
    }
    Ok(())
}

/// Fetches runs whose moment has come from the calendar, about so many at most, and gives those that are to be looked at.
pub fn fetch_due(store: &impl Store, now_ms: u64, limit: usize) -> Result<Vec<Open>, ApiError> {
    let due = calendar::due(store, now_ms, limit)?;
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<String> = due.iter().map(|parked| parked.id.clone()).collect();
    // What is not parked is in the lists already, wherever it stands; and what was parked anew is noted anew.
    let found = Loaded::load_where(store, &ids, |run| {
        !run.status.is_final() && run.wake_at_ms.is_none_or(|at_ms| at_ms <= now_ms)
    })?;
    let mut runs: Vec<Run> = found.runs;
    runs.sort_unstable_by_key(|run| shard(&run.id));
    let mut fetched = Vec::new();
    for runs in runs.chunk_by(|a, b| shard(&a.id) == shard(&b.id)) {
        let key = shard_key(shard(&runs[0].id));
        table::update(store, &key, |open: &mut Vec<Open>| {
            for run in runs {
                match open.iter_mut().find(|other| other.id == run.id) {
                    // The moment of an earlier time.
                    Some(other) if other.parked => *other = Open::at(run, Some(now_ms)),
                    Some(_) => {}
                    None => push(open, Open::at(run, Some(now_ms)), &key)?,
                }
            }
            Ok(())
        })?;
        fetched.extend(runs.iter().map(|run| Open::at(run, Some(now_ms))));
    }
    calendar::strike(store, &due)?;
    Ok(fetched)
}

/// A run without gates has come to its end. Now and then this strikes off what has ended, and says so.
pub fn ended(store: &impl Store, run: &Run) -> Result<bool, ApiError> {
    let is_turn = (hash(&run.id) / OPEN_SHARDS).is_multiple_of(SETTLE_EVERY);
    if is_turn {
        settle_shard(store, shard(&run.id), run.finished_at_ms.unwrap_or_default())?;
    }
    Ok(is_turn)
}

fn settle_shard(store: &impl Store, shard: u32, now_ms: u64) -> Result<(), ApiError> {
    let runs: Vec<Open> = table::read(store, &shard_key(shard))?.unwrap_or_default();
    let ids: Vec<String> = runs
        .into_iter()
        .filter(|run| run.wake_at_ms.is_none_or(|at_ms| at_ms <= now_ms))
        .map(|run| run.id)
        .collect();
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

/// All runs that aren't known to be at their end, but for those of the calendar.
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
    ids.extend(calendar::newest(store, projects, limit)?);
    for project in projects {
        ids.extend(history::newest(store, project, limit)?);
    }
    // Ids begin with the time.
    ids.sort_unstable_by(|a, b| b.cmp(a));
    ids.dedup();
    ids.truncate(limit);
    Ok(ids)
}

/// Whether no run is listed that isn't at its end, or as if it weren't.
#[cfg(test)]
pub(crate) fn is_empty(store: &impl Store) -> bool {
    let parked = calendar::due(store, u64::MAX, usize::MAX).unwrap();
    let ids: Vec<String> = parked.into_iter().map(|parked| parked.id).collect();
    // Of those that were woken early, the calendar learns when their moments come.
    let waiting = Loaded::load_where(store, &ids, |run| !run.status.is_final()).unwrap().runs;
    waiting.is_empty() && all_open(store).unwrap().is_empty()
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
