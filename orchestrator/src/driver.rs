//! Drives runs: carries out the commands of the workflow, and stores what happened before acting on it.
//!
//! A drive holds a lease on its run, renewed by each write. It ends when the run does; when nothing is left
//! to do until some later moment (the run is parked, and costs nothing); when its slice of time is over (it
//! hands over by calling the orchestrator again); or when it lost the lease. Whatever kills it, the run goes
//! on from its record: a call that is made again carries the same idempotency key.

mod checkout;
mod drive;
mod drives;
mod outside;
mod tasks;
mod tick;

use crate::api::Orchestrator;
use crate::error::ApiError;
use crate::host::{ComponentCall, Host};
use crate::journal::Journal;
use crate::run::Run;
use crate::{auth, index, retention, turn};

pub use drive::{Drive, new_lease};
pub use drives::Drives;
pub use outside::{Heard, Left, happen, happen_if, happen_leaving, waiting};
pub use tasks::{MAX_DEPTH, is_served, settle};
pub use tick::{Adopt, Ticked, may_be_forgotten, tick};

/// A driver that doesn't write for so long has lost its run to whoever takes it, in milliseconds.
pub const LEASE_MS: u64 = 10_000;
/// How often a driver that waits for calls renews its lease, and sees what others did to the run, in
/// milliseconds.
pub const RENEW_MS: u64 = 3_000;
/// After so long a drive makes no new calls, but hands over, in milliseconds: platforms end a request at 30 s.
pub const SLICE_MS: u64 = 15_000;
/// A run that has nothing to do for longer than this is parked, in milliseconds.
pub const PARK_MS: u64 = 5_000;
/// A run that waits for somebody outside is looked at this often, in milliseconds, should everything else have failed:
/// whoever brings news wakes it.
pub const MAX_PARK_MS: u64 = 24 * 60 * 60 * 1_000;
/// Calls that one run has under way at once.
pub const MAX_CALLS_IN_FLIGHT: usize = 16;

/// Why a drive ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The run is at its end.
    Finished,
    /// Nothing is to be done before that moment, milliseconds since 1970; `tick` goes on with it.
    Parked {
        /// Milliseconds since 1970.
        wake_at_ms: u64,
    },
    /// The slice is over; somebody else must go on.
    SliceOver,
    /// Somebody else drives it.
    NotOurs,
}

/// Drives a run until the drive ends, and sees to what follows from that. Gives the run if it came to its
/// end.
pub async fn drive<H: Host>(app: &Orchestrator<H>, id: &str) -> Option<Journal> {
    match Drive::begin(app, id) {
        Ok(drive) => go_on(app, id, drive?).await,
        Err(error) => {
            waits_for_tick(app, id, &error);
            None
        }
    }
}

/// Drives a run whose lease is held until the drive ends, and sees to what follows from that. Gives the run if it came to
/// its end.
pub async fn go_on<H: Host>(app: &Orchestrator<H>, id: &str, drive: Drive<'_, H>) -> Option<Journal> {
    let store = app.host.store();
    let woken_at_ms = drive.woken_at_ms();
    let (ended, journal) = match drive.run().await {
        Ok(ended) => ended,
        Err(error) => {
            waits_for_tick(app, id, &error);
            return None;
        }
    };
    let followed = match ended {
        Ended::Finished => after_end(app, journal.run()),
        Ended::Parked { wake_at_ms } => index::park(store, journal.run(), wake_at_ms, woken_at_ms),
        Ended::SliceOver => {
            hand_over(app, id).await;
            Ok(())
        }
        Ended::NotOurs => Ok(()),
    };
    if let Err(error) = followed {
        waits_for_tick(app, id, &error);
    }
    (ended == Ended::Finished).then_some(journal)
}

fn after_end<H: Host>(app: &Orchestrator<H>, run: &Run) -> Result<(), ApiError> {
    turn::leave(app, run)?;
    if !run.gates.is_empty() || run.has_kin() {
        return index::settle(app.host.store(), std::slice::from_ref(run));
    }
    if index::ended(app.host.store(), run)? {
        retention::tidy_project(app, &run.project)?;
    }
    Ok(())
}

fn waits_for_tick<H: Host>(app: &Orchestrator<H>, id: &str, error: &ApiError) {
    app.host.log(&format!("run `{id}` waits for the next tick: {error}"));
}

/// Drives a run once the present request is answered.
pub fn drive_after_answer<H: Host>(app: &Orchestrator<H>, id: &str) {
    let (app, id) = (app.clone(), id.to_owned());
    let one_more = app.drives.one_more();
    app.host.clone().spawn(async move {
        let _one_more = one_more;
        // The store's calls don't yield on Spin: without this the answer would wait for the whole drive.
        app.host.sleep(1).await;
        drive(&app, &id).await;
    });
}

/// Lets a fresh request go on. If that fails, a tick will.
async fn hand_over<H: Host>(app: &Orchestrator<H>, id: &str) {
    let token = match auth::internal_token(&app.settings) {
        Ok(token) => token,
        Err(error) => {
            waits_for_tick(app, id, &error);
            return;
        }
    };
    let call = ComponentCall {
        component: "orchestrator".to_owned(),
        method: "POST",
        path: format!("/api/internal/drive/{id}"),
        bearer: Some(token),
        body: Vec::new(),
    };
    match app.host.call(call).await {
        Ok(answer) if answer.status == 202 => {}
        Ok(answer) => app.host.log(&format!("run `{id}` was not handed over: {}", answer.status)),
        Err(error) => app.host.log(&format!("run `{id}` was not handed over: {error:?}")),
    }
}
