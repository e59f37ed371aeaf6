//! Goes on with runs that nobody drives: timers that are due, and drives that ended with their host.

use crate::api::Orchestrator;
use crate::error::ApiError;
use crate::host::Host;
use crate::index;
use crate::journal::Journal;
use crate::journal::Saved;
use crate::run::Loaded;

/// Runs that one tick goes on with; the next takes the others.
pub(crate) const MAX_RUNS_PER_TICK: usize = 64;

/// Whose runs are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adopt {
    /// Those whose lease is over.
    Orphans,
    /// All: the caller is the only host of this store, and has just started.
    All,
}

/// Goes on with runs that are due. Says with which.
pub fn tick<H: Host>(app: &Orchestrator<H>, adopt: Adopt) -> Result<Vec<String>, ApiError> {
    let store = app.host.store();
    let now_ms = app.host.now_ms();
    let due: Vec<String> = index::all_open(store)?
        .into_iter()
        .filter(|open| open.wake_at_ms.is_none_or(|at_ms| at_ms <= now_ms))
        .map(|open| open.id)
        .collect();
    let found = Loaded::load_many(store, &due)?;
    for id in due.iter().filter(|id| found.iter().all(|run| run.id != **id)) {
        // The host ended between the two writes that begin a run; nobody was told of it.
        index::close(store, id)?;
    }
    let mut taken = Vec::new();
    for run in found {
        if taken.len() >= MAX_RUNS_PER_TICK && adopt == Adopt::Orphans {
            break;
        }
        if run.is_driven(now_ms) {
            if adopt == Adopt::Orphans {
                continue;
            }
            void_lease(app, &run.id)?;
        }
        index::add(store, &run.project, &run.id)?;
        taken.push(run.id);
    }
    for id in &taken {
        super::drive_after_answer(app, id);
    }
    Ok(taken)
}

fn void_lease<H: Host>(app: &Orchestrator<H>, id: &str) -> Result<(), ApiError> {
    let mut journal = Journal::open(app.host.store(), id)?;
    journal.run_mut().lease = None;
    match journal.save(app.host.store())? {
        Saved::Yes => Ok(()),
        // Whoever changed it drives it.
        Saved::Conflict => Ok(()),
    }
}
