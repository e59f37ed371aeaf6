//! Goes on with runs that nobody drives: timers that are due, turns that have come, and drives that ended with
//! their hosts.

use std::collections::{BTreeMap, BTreeSet};

use ulid::Ulid;

use super::drive_after_answer;
use crate::api::Orchestrator;
use crate::error::ApiError;
use crate::gate::{self, Gate, Member};
use crate::host::Host;
use crate::index::{self, Open, WAITS};
use crate::journal::Journal;
use crate::journal::Saved;
use crate::run::{Loaded, Run};
use crate::{collector, retention, turn};

/// Runs that one tick goes on with; the next takes the others.
pub(crate) const MAX_RUNS_PER_TICK: usize = 64;
/// Runs whose records one tick reads; the next takes the others.
const MAX_LOOKED_AT_PER_TICK: usize = 1_024;
/// A tick goes on with no more runs while its instance drives so many: each of them takes memory.
const MAX_DRIVES: usize = 256;
/// A run is noted before it is kept. If it still isn't after so long, it is forgotten, in milliseconds.
const FORGET_AFTER_MS: u64 = 120_000;
/// Whoever keeps a run so late notes it again, in milliseconds: clocks of hosts may differ by the rest.
const NOTE_AGAIN_AFTER_MS: u64 = 60_000;

/// Whose runs are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adopt {
    /// Those whose lease is over.
    Orphans,
    /// All: the caller is the only host of this store, and has just started.
    All,
}

/// What a tick did.
#[derive(Debug, Default)]
pub struct Ticked {
    /// The runs that go on.
    pub runs: Vec<String>,
    /// Whether others may be due, too: the next tick needn't wait.
    pub more: bool,
}

/// Goes on with runs that are due.
pub fn tick<H: Host>(app: &Orchestrator<H>, adopt: Adopt) -> Result<Ticked, ApiError> {
    let store = app.host.store();
    let due = due(app)?;
    let room = match adopt {
        Adopt::All => usize::MAX,
        Adopt::Orphans => MAX_RUNS_PER_TICK.min(MAX_DRIVES.saturating_sub(app.drives.under_way())),
    };
    let mut taken = Vec::new();
    let mut ended = Vec::new();
    for some in due.chunks(MAX_LOOKED_AT_PER_TICK) {
        let (runs, mut over) = look_at(app, some, adopt)?;
        ended.append(&mut over);
        for run in runs {
            if taken.len() < room && take(app, &run)? {
                taken.push(run.id);
            }
        }
        if taken.len() >= room {
            break;
        }
    }
    for run in &ended {
        turn::leave(app, run)?;
    }
    index::settle(store, &ended)?;
    let more = taken.len() >= MAX_RUNS_PER_TICK;
    for id in &taken {
        drive_after_answer(app, id);
    }
    retention::tidy(app, ended.iter().map(|run| run.project.as_str()).collect())?;
    if adopt == Adopt::All {
        collector::end_of_the_dead(app)?;
    }
    collector::collect_in_time(app)?;
    Ok(Ticked { more, runs: taken })
}

/// Runs that may be due, each project's in turn.
fn due<H: Host>(app: &Orchestrator<H>) -> Result<Vec<Open>, ApiError> {
    let store = app.host.store();
    let now_ms = app.host.now_ms();
    let open = index::all_open(store)?;
    index::put_by(store, &open, now_ms)?;
    let called = called_up(app, &open)?;
    let is_due = |open: &Open| match open.wake_at_ms {
        Some(WAITS) => called.contains(&open.id),
        at_ms => at_ms.is_none_or(|at_ms| at_ms <= now_ms),
    };
    let mut due: Vec<Open> = open.into_iter().filter(is_due).collect();
    let room = MAX_LOOKED_AT_PER_TICK.saturating_sub(due.len());
    for fetched in index::fetch_due(store, now_ms, room)? {
        if due.iter().all(|open| open.id != fetched.id) {
            due.push(fetched);
        }
    }
    Ok(fairly(due))
}

/// Of some runs those that nobody drives, and those that are at their end. What was never kept is forgotten.
fn look_at<H: Host>(
    app: &Orchestrator<H>,
    some: &[Open],
    adopt: Adopt,
) -> Result<(Vec<Run>, Vec<Run>), ApiError> {
    let store = app.host.store();
    let now_ms = app.host.now_ms();
    let ids: Vec<String> = some.iter().map(|open| open.id.clone()).collect();
    let found = Loaded::load_where(store, &ids, |run| {
        run.status.is_final() || adopt == Adopt::All || !run.is_driven(now_ms)
    })?;
    let unknown = found.missing.iter().map(String::as_str).filter(|id| is_older(id, FORGET_AFTER_MS, now_ms));
    index::forget(store, &unknown.collect::<Vec<_>>())?;
    Ok(found.runs.into_iter().partition(|run| !run.status.is_final()))
}

/// The runs whose turn has come without anybody telling them: whoever should have has ended.
fn called_up<H: Host>(app: &Orchestrator<H>, open: &[Open]) -> Result<BTreeSet<String>, ApiError> {
    let store = app.host.store();
    let mut gates = BTreeMap::new();
    for name in open.iter().flat_map(|open| &open.gates) {
        if !gates.contains_key(name.as_str()) {
            let mut gate = gate::read(store, name)?;
            let is_left = leave_for_the_dead(app, name, &gate, open)?;
            if is_left || gate.is_stuck() {
                gate::promote(store, name)?;
                gate = gate::read(store, name)?;
            }
            gates.insert(name.as_str(), gate);
        }
    }
    let waits = |open: &Open| open.gates.iter().any(|name| gates[name.as_str()].is_waiting(&open.id));
    let waiting = open.iter().filter(|open| open.wake_at_ms == Some(WAITS));
    Ok(waiting.filter(|open| !waits(open)).map(|open| open.id.clone()).collect())
}

/// Runs that are at their end, and through a gate nevertheless: a host asked for them, and was late.
fn leave_for_the_dead<H: Host>(
    app: &Orchestrator<H>,
    name: &str,
    gate: &Gate,
    open: &[Open],
) -> Result<bool, ApiError> {
    let store = app.host.store();
    let is_open = |member: &Member| open.iter().any(|open| open.id == member.id);
    let unlisted: Vec<&Member> = gate.active().iter().filter(|member| !is_open(member)).collect();
    let ids: Vec<String> = unlisted.iter().map(|member| member.id.clone()).collect();
    let found = if ids.is_empty() { Vec::new() } else { Loaded::load_many(store, &ids)? };
    let mut is_left = false;
    for member in unlisted {
        let run = found.iter().find(|run| run.id == member.id);
        if run.is_none_or(|run| run.status.is_final() && run.redrives == member.redrives) {
            gate::leave(store, name, member)?;
            is_left = true;
        }
    }
    Ok(is_left)
}

/// Puts runs in an order in which each project has its turn, whoever has most of them.
fn fairly(open: Vec<Open>) -> Vec<Open> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut ranked: Vec<(usize, Open)> = open
        .into_iter()
        .map(|open| {
            let count = counts.entry(open.project.clone()).or_default();
            *count += 1;
            (*count, open)
        })
        .collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, open)| open).collect()
}

/// Voids the lease of a run, if somebody has one. `false`: they are at work.
fn take<H: Host>(app: &Orchestrator<H>, run: &Run) -> Result<bool, ApiError> {
    if !run.is_driven(app.host.now_ms()) {
        return Ok(true);
    }
    let mut journal = Journal::open(app.host.store(), &run.id)?;
    journal.run_mut().lease = None;
    Ok(journal.save(app.host.store())? == Saved::Yes)
}

/// Whether a tick may have taken a run of this id, which is kept only now, for one that never will be.
pub fn may_be_forgotten(id: &str, now_ms: u64) -> bool {
    is_older(id, NOTE_AGAIN_AFTER_MS, now_ms)
}

fn is_older(id: &str, age_ms: u64, now_ms: u64) -> bool {
    Ulid::from_string(id).is_ok_and(|id| id.timestamp_ms() + age_ms < now_ms)
}
