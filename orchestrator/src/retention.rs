//! How long runs are kept. What is removed is what a run alone holds: its record, its events, its input, and
//! the answers of its own calls. Artifacts and cached results may be others', too: the [`crate::collector`] sees to them.

use std::collections::BTreeSet;

use artifact::Store;
use serde::{Deserialize, Serialize};
use workflow::Happening;

use crate::api::Orchestrator;
use crate::collector;
use crate::error::ApiError;
use crate::host::Host;
use crate::index;
use crate::project;
use crate::run::{self, Entry, Loaded, Run};
use crate::task_log;
use crate::view::log_of;

/// Runs that a project keeps, unless it says otherwise.
pub const KEPT_RUNS: usize = 10_000;
/// Days for which a project keeps its runs, unless it says otherwise.
pub const KEPT_DAYS: u64 = 400;
/// Most that a project may ask for.
pub const MAX_KEPT_RUNS: usize = 1_000_000;
/// Most days that a project may ask for: ten years.
pub const MAX_KEPT_DAYS: u64 = 3_650;
/// Runs that are removed at once; the next tick takes the others.
const MAX_REMOVED_AT_ONCE: usize = 64;
/// Projects that are looked at in one tick besides those whose runs have ended.
const PROJECTS_PER_TICK: usize = 4;

const DAY_MS: u64 = 24 * 3_600_000;

/// What a project says of its runs that are at their end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// So many of the newest are kept; [`KEPT_RUNS`] unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs: Option<usize>,
    /// Each is kept for so many days after its end; [`KEPT_DAYS`] unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<u64>,
}

impl Retention {
    /// Checks what somebody wrote.
    pub fn check(&self) -> Result<(), ApiError> {
        let invalid = |member: &str, max: u64| {
            let message = format!("`retention.{member}` is not between 1 and {max}");
            Err(ApiError::bad_request("invalid-retention", message))
        };
        if self.runs.is_some_and(|runs| !(1..=MAX_KEPT_RUNS).contains(&runs)) {
            return invalid("runs", MAX_KEPT_RUNS as u64);
        }
        if self.days.is_some_and(|days| !(1..=MAX_KEPT_DAYS).contains(&days)) {
            return invalid("days", MAX_KEPT_DAYS);
        }
        Ok(())
    }

    fn is_over(&self, run: &Run, now_ms: u64) -> bool {
        let days = self.days.unwrap_or(KEPT_DAYS);
        run.finished_at_ms.is_some_and(|at_ms| at_ms + days * DAY_MS <= now_ms)
    }
}

/// Removes what is no longer kept, of these projects and of some others, in turn.
pub fn tidy<H: Host>(app: &Orchestrator<H>, projects: Vec<&str>) -> Result<(), ApiError> {
    let names = project::names(app.host.store())?;
    let turn = app.host.now_ms() / 1_000 * PROJECTS_PER_TICK as u64 % names.len().max(1) as u64;
    let from = usize::try_from(turn).unwrap_or(0);
    let in_turn = names.iter().cycle().skip(from).take(PROJECTS_PER_TICK.min(names.len()));
    let projects: BTreeSet<&str> = projects.into_iter().chain(in_turn.map(String::as_str)).collect();
    projects.into_iter().try_for_each(|name| tidy_project(app, name))
}

/// Removes what is no longer kept of one project; not all at once.
pub fn tidy_project<H: Host>(app: &Orchestrator<H>, name: &str) -> Result<(), ApiError> {
    let store = app.host.store();
    let (count, oldest) = index::oldest(store, name)?;
    if count == 0 {
        return Ok(());
    }
    let retention = match project::load(store, name) {
        Err(error) if error.status == 404 => Retention::default(),
        project => project?.retention,
    };
    let excess = count.saturating_sub(retention.runs.unwrap_or(KEPT_RUNS));
    let looked_at = &oldest[..oldest.len().min(MAX_REMOVED_AT_ONCE)];
    if excess == 0 && !is_first_over(store, &retention, looked_at, app.host.now_ms())? {
        return Ok(());
    }
    if !collector::lets_remove(app)? {
        return Ok(());
    }
    let found = Loaded::load_many(store, looked_at)?;
    let mut gone = Vec::new();
    for (place, id) in looked_at.iter().enumerate() {
        match found.iter().find(|run| run.id == *id) {
            // Removed before, by a host that didn't live to strike it off.
            None => {}
            Some(run) if !run.status.is_final() => continue,
            Some(run) if place < excess || retention.is_over(run, app.host.now_ms()) => remove(store, run)?,
            Some(_) => continue,
        }
        gone.push(id.clone());
    }
    if gone.is_empty() { Ok(()) } else { index::strike_oldest(store, name, &gone) }
}

/// One read, so that a tick which finds nothing to do costs little.
fn is_first_over(
    store: &impl Store,
    retention: &Retention,
    oldest: &[String],
    now_ms: u64,
) -> Result<bool, ApiError> {
    let first = Loaded::load_many(store, &oldest[..1])?;
    Ok(first.first().is_none_or(|run| !run.status.is_final() || retention.is_over(run, now_ms)))
}

/// Removes a run, its record last: what else it holds is found by that.
fn remove(store: &impl Store, run: &Run) -> Result<(), ApiError> {
    let mut keys = Vec::new();
    match run::kept(store, run) {
        Ok(history) => {
            keys.extend(run.own_keys(&history));
            for entry in &history {
                if let Happening::TaskSucceeded { entry, attempt, .. }
                | Happening::TaskFailed { entry, attempt, .. } = &entry.event.what
                {
                    keys.push(call_key(run, *entry, *attempt));
                }
                keys.extend(entry.stopped.iter().map(|call| call_key(run, call.entry, call.attempt)));
                keys.extend(log_keys(run, entry));
            }
        }
        // A host that ended in the middle of this has removed some of it.
        Err(error) if error.code == "corrupt-record" => keys.extend(run.own_keys(&[])),
        Err(error) => return Err(error),
    }
    store.delete_many(&keys)?;
    Ok(store.delete(&run::key(&run.id))?)
}

/// Keys of what workers printed at the tasks that an event ended.
fn log_keys(run: &Run, entry: &Entry) -> Vec<String> {
    let ended = entry.call.as_ref().and_then(|call| call.record.clone());
    let stopped = entry.stopped.iter();
    let stopped = stopped.filter_map(|call| log_of(&run.id, &call.resource, (call.entry, call.attempt)));
    let logs = ended.into_iter().filter(|record| task_log::is_record(record)).chain(stopped);
    logs.flat_map(|record| task_log::keys(&record)).collect()
}

fn call_key(run: &Run, entry: u64, attempt: u32) -> String {
    format!("call/{}", crate::call::key(&run.id, entry, attempt))
}

#[cfg(test)]
mod tests;
