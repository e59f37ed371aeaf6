//! One drive of one run.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::{AbortHandle, Abortable, Either, LocalBoxFuture, select};
use futures::stream::{FuturesUnordered, StreamExt};
use workflow::{Command, Happening};

use super::tasks::{self, Called, Work};
use super::{Ended, LEASE_MS, MAX_PARK_MS, PARK_MS, RENEW_MS, SLICE_MS};
use crate::api::Orchestrator;
use crate::error::ApiError;
use crate::host::Host;
use crate::journal::{CallId, Journal, Saved};
use crate::project::{self, Project};
use crate::run::{CallReport, Lease, Loaded, Status};
use crate::start::new_seed;
use crate::{index, turn};

/// How often a change is tried again because somebody else changed the run.
const MAX_CONFLICTS: usize = 16;

/// What a piece of work is known by: its call, and what is to be done for it.
type WorkId = (CallId, u8);

/// What the workflow waits for.
#[derive(Default)]
struct Wanted {
    calls: BTreeMap<WorkId, Work>,
    timers: BTreeMap<u64, u64>,
    /// Whether somebody outside is to tell of a task.
    outside: bool,
}

/// Something that happened and is not stored yet.
struct Pending {
    what: Happening,
    call: Option<CallReport>,
}

/// One drive of one run.
pub struct Drive<'a, H: Host> {
    app: &'a Orchestrator<H>,
    project: Project,
    journal: Journal,
    owner: String,
    /// What the list of open runs says since it began.
    woken_at_ms: Option<u64>,
    slice_ends_ms: u64,
    in_flight: FuturesUnordered<Abortable<LocalBoxFuture<'a, Called>>>,
    /// What was called, and is still wanted.
    called: BTreeMap<WorkId, AbortHandle>,
    /// Tasks that wait in a queue for somebody to take them.
    queued: BTreeSet<CallId>,
    /// Tasks whose children were seen to.
    stopped: BTreeSet<CallId>,
}

impl<'a, H: Host> Drive<'a, H> {
    /// Takes the lease of a run. `None`: the run is at its end, waits for its turn, or is somebody else's.
    pub fn begin(app: &'a Orchestrator<H>, id: &str) -> Result<Option<Self>, ApiError> {
        let store = app.host.store();
        let now_ms = app.host.now_ms();
        let mut journal = Journal::open(store, id)?;
        if journal.is_finished() {
            turn::end(app, journal.run())?;
            return Ok(None);
        }
        if journal.run().is_driven(now_ms) {
            return Ok(None);
        }
        if let Some(why) = orphaned(store, &journal)? {
            give_up(app, &mut journal, why)?;
            return Ok(None);
        }
        let project = match project::load(store, &journal.run().project) {
            Err(error) if error.status == 404 => {
                give_up(app, &mut journal, error.message)?;
                return Ok(None);
            }
            project => project?,
        };
        let lease = new_lease(&app.host);
        let owner = lease.owner.clone();
        let mut woken_at_ms = None;
        if journal.run().status == Status::Queued {
            if !turn::ask(app, &project, journal.run())? {
                index::open(store, journal.run(), Some(index::WAITS))?;
                return Ok(None);
            }
            journal.begin(now_ms, new_seed(&app.host), lease)?;
        } else {
            woken_at_ms = Some(index::wake(store, journal.run(), now_ms)?);
            journal.run_mut().lease = Some(lease);
            journal.run_mut().wake_at_ms = None;
        }
        let saved = journal.save(store)?;
        let drive = || Self { woken_at_ms, ..Self::of(app, project, journal, owner) };
        Ok((saved == Saved::Yes).then(drive))
    }

    /// Drives a run whose lease is held already.
    pub fn of(app: &'a Orchestrator<H>, project: Project, journal: Journal, owner: String) -> Self {
        Self {
            app,
            project,
            journal,
            owner,
            woken_at_ms: None,
            slice_ends_ms: app.host.now_ms() + SLICE_MS,
            in_flight: FuturesUnordered::new(),
            called: BTreeMap::new(),
            queued: BTreeSet::new(),
            stopped: BTreeSet::new(),
        }
    }

    /// What the list of open runs says since it began.
    pub fn woken_at_ms(&self) -> Option<u64> {
        self.woken_at_ms
    }

    /// Drives until the drive ends. Says why that is, and gives the run as it stands then.
    pub async fn run(mut self) -> Result<(Ended, Journal), ApiError> {
        let ended = self.drive().await?;
        Ok((ended, self.journal))
    }

    async fn drive(&mut self) -> Result<Ended, ApiError> {
        loop {
            if self.journal.is_finished() {
                return Ok(Ended::Finished);
            }
            self.stop_children()?;
            let now_ms = self.app.host.now_ms();
            let wanted = self.wanted();
            self.drop_calls(&wanted.calls);
            let slice_over = now_ms >= self.slice_ends_ms;
            if !slice_over {
                self.start_calls(&wanted.calls);
            }
            let mut pending = Self::due(&wanted, now_ms);
            if pending.is_empty() {
                if self.in_flight.is_empty()
                    && let Some(ended) = self.pause(&wanted, now_ms, slice_over)?
                {
                    return Ok(ended);
                }
                pending = self.wait(&wanted, now_ms).await;
                if pending.is_empty() && !self.must_renew() {
                    continue;
                }
            }
            if !self.store(pending)? {
                return Ok(Ended::NotOurs);
            }
        }
    }

    fn wanted(&self) -> Wanted {
        let mut wanted = Wanted::default();
        for command in self.journal.outstanding() {
            if let Command::StartTimer { timer, at_ms } = command {
                wanted.timers.insert(timer, at_ms);
            } else if let Some((id, work)) = Work::of(command) {
                if self.journal.handed().contains_key(&id) || self.queued.contains(&id) {
                    wanted.outside = true;
                } else {
                    wanted.calls.insert((id, work.kind()), work);
                }
            }
        }
        wanted
    }

    /// Stops the children of tasks that were given up: their time was over, or their state failed.
    fn stop_children(&mut self) -> Result<(), ApiError> {
        for (id, handed) in self.journal.handed() {
            if handed.nested && !self.stopped.contains(id) && self.journal.waiting(*id).is_none() {
                tasks::stop_child(self.app, self.journal.run(), *id)?;
                self.stopped.insert(*id);
            }
        }
        Ok(())
    }

    /// Starts what is wanted and not under way. What is no longer wanted is dropped.
    fn start_calls(&mut self, calls: &BTreeMap<WorkId, Work>) {
        for (id, work) in calls {
            if self.in_flight.len() >= self.project.concurrency.calls() {
                return;
            }
            if self.called.contains_key(id) {
                continue;
            }
            let (handle, registration) = AbortHandle::new_pair();
            self.called.insert(*id, handle);
            let run = self.journal.run().clone();
            let call = tasks::perform(self.app, self.project.clone(), run, work.clone());
            self.in_flight.push(Abortable::new(call, registration));
        }
    }

    /// Drops the calls whose answers nobody waits for: time-outs and failures beside them ended them.
    fn drop_calls(&mut self, wanted: &BTreeMap<WorkId, Work>) {
        self.called.retain(|id, handle| {
            let is_wanted = wanted.contains_key(id);
            if !is_wanted {
                handle.abort();
            }
            is_wanted
        });
    }

    /// What has happened already: timers whose moment came.
    fn due(wanted: &Wanted, now_ms: u64) -> Vec<Pending> {
        let due = wanted.timers.iter().filter(|(_, at_ms)| **at_ms <= now_ms);
        due.map(|(timer, _)| Pending { what: Happening::TimerFired { timer: *timer }, call: None }).collect()
    }

    /// Nothing is under way: ends the drive if there is nothing to do soon, or no time left.
    fn pause(&mut self, wanted: &Wanted, now_ms: u64, slice_over: bool) -> Result<Option<Ended>, ApiError> {
        let next_ms = wanted.timers.values().min().copied();
        let idle = wanted.calls.is_empty() && next_ms.is_none_or(|at| at > now_ms + PARK_MS);
        if !idle && !slice_over {
            return Ok(None);
        }
        let look_ms = now_ms + if wanted.outside { MAX_PARK_MS } else { LEASE_MS };
        let wake_at_ms = match next_ms {
            _ if !idle => now_ms,
            Some(next_ms) if wanted.outside => next_ms.min(look_ms),
            next_ms => next_ms.unwrap_or(look_ms),
        };
        let run = self.journal.run_mut();
        run.lease = None;
        run.wake_at_ms = Some(wake_at_ms);
        Ok(Some(match self.journal.save(self.app.host.store())? {
            Saved::Conflict => Ended::NotOurs,
            Saved::Yes if idle => Ended::Parked { wake_at_ms },
            Saved::Yes => Ended::SliceOver,
        }))
    }

    /// Waits for the next answer, timer, or moment to renew the lease.
    async fn wait(&mut self, wanted: &Wanted, now_ms: u64) -> Vec<Pending> {
        let next_ms = wanted.timers.values().min().copied().unwrap_or(u64::MAX);
        let sleep_ms = next_ms.saturating_sub(now_ms).min(RENEW_MS);
        let host = &self.app.host;
        let sleep = std::pin::pin!(host.sleep(sleep_ms));
        let first = if self.in_flight.is_empty() {
            sleep.await;
            None
        } else {
            match select(self.in_flight.next(), sleep).await {
                Either::Left((called, _)) => called.and_then(Result::ok),
                Either::Right(((), _)) => None,
            }
        };
        let mut pending: Vec<Pending> = first.and_then(|called| self.take(called)).into_iter().collect();
        // Whatever else is ready goes into the same write.
        while let Some(Some(called)) = futures::FutureExt::now_or_never(self.in_flight.next()) {
            pending.extend(called.ok().and_then(|called| self.take(called)));
        }
        pending
    }

    /// Notes what came of a command.
    fn take(&mut self, called: Called) -> Option<Pending> {
        if called.queued {
            self.queued.insert(called.id);
        }
        let call = called.report;
        called.what.map(|what| Pending { what, call })
    }

    /// Whether the lease is to be renewed by a write of its own. A run without calls under way goes on with
    /// its next timer long before its lease is over.
    fn must_renew(&self) -> bool {
        let until_ms = self.journal.run().lease.as_ref().map_or(0, |lease| lease.until_ms);
        !self.in_flight.is_empty() && self.app.host.now_ms() + LEASE_MS >= until_ms + RENEW_MS
    }

    /// Stores what happened, and renews the lease. `false`: the run is somebody else's now.
    fn store(&mut self, pending: Vec<Pending>) -> Result<bool, ApiError> {
        for _ in 0..MAX_CONFLICTS {
            let now_ms = self.app.host.now_ms();
            for Pending { what, call } in &pending {
                if self.journal.is_finished() {
                    break;
                }
                if self.journal.is_late(what) {
                    continue;
                }
                self.journal.apply(now_ms, what.clone(), call.clone())?;
            }
            if !self.journal.is_finished() {
                self.take_lease();
            }
            if self.journal.save(self.app.host.store())? == Saved::Yes {
                return Ok(true);
            }
            self.journal = Journal::open(self.app.host.store(), &self.journal.run().id)?;
            if self.journal.is_finished() {
                return Ok(true);
            }
            if self.journal.run().lease.as_ref().is_none_or(|lease| lease.owner != self.owner) {
                return Ok(false);
            }
        }
        Err(ApiError::new(
            503,
            "contention",
            format!("run `{}` was changed by others all the time", self.journal.run().id),
        ))
    }

    fn take_lease(&mut self) {
        let until_ms = self.app.host.now_ms() + LEASE_MS;
        let run = self.journal.run_mut();
        run.lease = Some(Lease { owner: self.owner.clone(), until_ms });
        run.wake_at_ms = None;
    }
}

/// Why a run that another one started is no longer wanted, if so: the other one ended before it knew of it.
fn orphaned(store: &impl artifact::Store, journal: &Journal) -> Result<Option<String>, ApiError> {
    let Some(parent) = journal.run().parent.as_ref().filter(|parent| parent.waits) else { return Ok(None) };
    let found = Loaded::load_where(store, std::slice::from_ref(&parent.run), |run| !run.status.is_final())?;
    Ok(found.runs.is_empty().then(|| format!("run `{}`, which started this one, has ended", parent.run)))
}

/// Ends a run that nobody can go on with.
fn give_up<H: Host>(app: &Orchestrator<H>, journal: &mut Journal, cause: String) -> Result<(), ApiError> {
    if journal.run().status == Status::Queued {
        journal.drop_out(app.host.now_ms(), None, Some(cause));
    } else {
        let what = Happening::Cancelled { error: None, cause: Some(cause) };
        journal.apply(app.host.now_ms(), what, None)?;
    }
    match journal.save(app.host.store())? {
        Saved::Yes => turn::end(app, journal.run()),
        Saved::Conflict => Ok(()),
    }
}

/// A lease for somebody new.
pub fn new_lease(host: &impl Host) -> Lease {
    Lease { owner: format!("{:032x}", host.random()), until_ms: host.now_ms() + LEASE_MS }
}
