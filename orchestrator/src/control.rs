//! What people do to runs that are there: stop one, or make one go on.

use serde::Deserialize;
use workflow::Happening;

use crate::api::Orchestrator;
use crate::driver::new_lease;
use crate::error::ApiError;
use crate::host::Host;
use crate::index;
use crate::journal::{Journal, Saved};
use crate::project;
use crate::run::Status;
use crate::start::{Started, new_seed};
use crate::turn;

/// How often a change is tried against others' writes of the same run.
const MAX_CHANGE_TRIES: usize = 16;
/// Most characters of the error name and of the cause that somebody gives, as of AWS's `StopExecution`.
const MAX_ERROR_CHARS: usize = 256;
const MAX_CAUSE_CHARS: usize = 32_768;

/// Why a run is stopped.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    /// Error name, for programs.
    pub error: Option<String>,
    /// What happened, for people.
    pub cause: Option<String>,
}

/// Stops a run. What it has under way ends unheard.
pub fn cancel<H: Host>(app: &Orchestrator<H>, id: &str, stop: &Stop) -> Result<(), ApiError> {
    check_text("error", stop.error.as_deref(), MAX_ERROR_CHARS)?;
    check_text("cause", stop.cause.as_deref(), MAX_CAUSE_CHARS)?;
    let store = app.host.store();
    for _ in 0..MAX_CHANGE_TRIES {
        let mut journal = Journal::open(store, id)?;
        let (error, cause) = (stop.error.clone(), stop.cause.clone());
        match journal.run().status {
            Status::Queued => journal.drop_out(app.host.now_ms(), error, cause),
            Status::Running => {
                journal.apply(app.host.now_ms(), Happening::Cancelled { error, cause }, None)?;
            }
            _ => return Err(ApiError::new(409, "run-finished", format!("run `{id}` is at its end"))),
        }
        // A tick looks after what follows from the end, if this host doesn't live to.
        index::wake(store, journal.run(), app.host.now_ms())?;
        if journal.save(store)? == Saved::Yes {
            return turn::end(app, journal.run());
        }
    }
    Err(contention(id))
}

/// Makes a run that failed, timed out or was cancelled go on from the states that didn't end well.
pub fn redrive<H: Host>(app: &Orchestrator<H>, id: &str) -> Result<Started, ApiError> {
    let store = app.host.store();
    for _ in 0..MAX_CHANGE_TRIES {
        let mut journal = Journal::open(store, id)?;
        match journal.run().status {
            Status::Failed | Status::TimedOut | Status::Cancelled => {}
            Status::Queued | Status::Running => {
                return Err(ApiError::new(409, "run-unfinished", format!("run `{id}` is not at its end")));
            }
            Status::Succeeded => {
                return Err(ApiError::new(409, "run-succeeded", format!("run `{id}` ended well"))
                    .hint(format!("`ropewalk runs rerun {id}` runs it once more")));
            }
        }
        let project = project::load(store, &journal.run().project)?;
        journal.reopen(turn::gates(app, &project))?;
        let mut begun = None;
        if journal.run().gates.is_empty() {
            let lease = new_lease(&app.host);
            begun = Some(lease.owner.clone());
            journal.begin(app.host.now_ms(), new_seed(&app.host), lease)?;
        }
        index::open(store, journal.run(), None)?;
        if journal.save(store)? == Saved::Yes {
            return Ok(match begun {
                Some(owner) => Started::begun(project, journal, owner),
                None => Started::queued(id),
            });
        }
    }
    Err(contention(id))
}

fn check_text(member: &str, text: Option<&str>, max_chars: usize) -> Result<(), ApiError> {
    if text.is_some_and(|text| text.chars().count() > max_chars) {
        return Err(ApiError::bad_request(
            "text-too-long",
            format!("`{member}` has more than {max_chars} characters"),
        ));
    }
    Ok(())
}

fn contention(id: &str) -> ApiError {
    ApiError::new(503, "contention", format!("run `{id}` changes all the time")).hint("repeat the request")
}
