//! Whose turn it is: which gates a run goes through, and what follows from its end.

use crate::api::Orchestrator;
use crate::concurrency::Mode;
use crate::control::{self, Stop};
use crate::driver;
use crate::error::ApiError;
use crate::gate::{self, Member};
use crate::host::Host;
use crate::index;
use crate::journal::{Journal, Saved};
use crate::project::Project;
use crate::run::{Run, Status};

/// The gate of the whole application. No project and no group can have this name.
const EVERYTHING: &str = "*";
/// Error name of a run whose place another one took.
pub const SUPERSEDED: &str = "Run.Superseded";

/// The gates of a project's runs, in order: that of its group, and that of the application.
pub fn gates<H: Host>(app: &Orchestrator<H>, project: &Project) -> Vec<String> {
    let group = project.concurrency.group.as_ref().unwrap_or(&project.name);
    let of_group = project.concurrency.limit().map(|_| group.clone());
    let of_all = app.settings.max_runs.map(|_| EVERYTHING.to_owned());
    of_group.into_iter().chain(of_all).collect()
}

/// A run that waits asks whether it may begin; asking again changes nothing.
pub fn ask<H: Host>(app: &Orchestrator<H>, project: &Project, run: &Run) -> Result<bool, ApiError> {
    let store = app.host.store();
    let member = Member::of(run);
    for name in &run.gates {
        let is_for_all = name == EVERYTHING;
        // What the limit was when the run was started may be no longer said: then there is none.
        let limit = if is_for_all { app.settings.max_runs } else { project.concurrency.limit() };
        let change = gate::enter(store, name, &member, limit.unwrap_or(usize::MAX))?;
        tell(app, &change.promoted);
        if !change.is_through {
            if !is_for_all && project.concurrency.mode == Mode::Superseded {
                supersede(app, name, run, project.concurrency.cancel_running)?;
            }
            return Ok(false);
        }
    }
    Ok(true)
}

/// A run that waits takes the place of the older ones that do, or a younger one takes its place.
fn supersede<H: Host>(
    app: &Orchestrator<H>,
    name: &str,
    run: &Run,
    cancel_running: bool,
) -> Result<(), ApiError> {
    let gate = gate::read(app.host.store(), name)?;
    for id in gate.waiting_before(&run.id) {
        drop_waiting(app, id, &run.id)?;
    }
    if let Some(younger) = gate.youngest_waiting().filter(|id| *id > run.id.as_str()) {
        return drop_waiting(app, &run.id, younger);
    }
    if cancel_running {
        let cause = Some(format!("run `{}` took its place", run.id));
        let stop = Stop { error: Some(SUPERSEDED.to_owned()), cause };
        for id in gate.active_before(&run.id) {
            match control::cancel(app, id, &stop) {
                Err(error) if error.status != 409 && error.status != 404 => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

/// Ends a run that waits, unless it has begun meanwhile.
fn drop_waiting<H: Host>(app: &Orchestrator<H>, id: &str, by: &str) -> Result<(), ApiError> {
    let store = app.host.store();
    let mut journal = match Journal::open(store, id) {
        Err(error) if error.status == 404 => return Ok(()),
        journal => journal?,
    };
    if journal.run().status == Status::Queued {
        let cause = format!("run `{by}` took its place");
        journal.drop_out(app.host.now_ms(), Some(SUPERSEDED.to_owned()), Some(cause));
        index::wake(store, journal.run(), app.host.now_ms())?;
        if journal.save(store)? == Saved::Conflict {
            // Somebody else changed it: it has begun, or is at its end.
            return Ok(());
        }
    }
    if journal.is_finished() { end(app, journal.run()) } else { Ok(()) }
}

/// A run is at its end: others may begin, and it is struck off the list of those that aren't.
pub fn end<H: Host>(app: &Orchestrator<H>, run: &Run) -> Result<(), ApiError> {
    leave(app, run)?;
    index::settle(app.host.store(), std::slice::from_ref(run))
}

/// A run is at its end: its kin hear of it, and others may begin.
pub fn leave<H: Host>(app: &Orchestrator<H>, run: &Run) -> Result<(), ApiError> {
    driver::settle(app, run)?;
    for name in &run.gates {
        let promoted = gate::leave(app.host.store(), name, &Member::of(run))?;
        tell(app, &promoted);
    }
    Ok(())
}

/// Goes on with runs whose turn has come.
pub fn tell<H: Host>(app: &Orchestrator<H>, promoted: &[String]) {
    for id in promoted {
        driver::drive_after_answer(app, id);
    }
}
