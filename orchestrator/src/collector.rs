//! Removes what nobody needs: artifacts that nothing in the store names, and, where the store's budget is spent, the
//! cached results that were used least lately.
//!
//! A collection looks at every key (`mark`), decides which cached results stay (`evict`), and moves what is needed by
//! nobody to the trash, from which the next collection removes it for good or puts it back (`artifact::Holding`). It writes
//! nothing before it has seen all, so that one which dies is simply begun again. ARCHITECTURE.md says why nothing is lost.

mod entries;
mod evict;
mod mark;
mod mentions;

use std::cell::Cell;

use artifact::{Artifacts, Swept};
use serde::{Deserialize, Serialize};

use crate::api::Orchestrator;
use crate::error::ApiError;
use crate::host::Host;
use crate::table;

pub use entries::{Filter, clear, list};
pub(crate) use mentions::Mentions;

/// Key of what is known of collections.
pub(crate) const KEY: &str = "collector";
/// A collection that shows no sign of life for so long is over, in milliseconds: somebody else may have begun.
const TURN_MS: u64 = 60_000;
/// How often it shows one, in milliseconds.
const RENEW_MS: u64 = 10_000;
/// Nobody begins to remove what names artifacts once a collection has begun; who did before is done after so long, in
/// milliseconds.
const SETTLE_MS: u64 = 5_000;
/// How often one begins by itself, in milliseconds, unless the grace is longer.
const EVERY_MS: u64 = 3_600_000;
/// After so long a collection lets others go on, in milliseconds.
const SLICE_MS: u64 = 20;

/// What is known of collections.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    /// The collection that is under way: nobody else begins one before.
    #[serde(default)]
    until_ms: Option<u64>,
    /// Tells collections apart.
    #[serde(default)]
    turn: u64,
    /// When the last one began, milliseconds since 1970.
    #[serde(default)]
    began_at_ms: u64,
    /// When something was last put into the trash, at the latest, milliseconds since 1970.
    #[serde(default)]
    trashed_at_ms: u64,
    /// What the last one saw and did.
    #[serde(default)]
    last: Option<Report>,
}

/// What a collection saw and did. Bytes are those of the artifacts' packs and records, and of the cache's records.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// When it was done, milliseconds since 1970.
    pub at_ms: u64,
    /// Results in the cache, commits that are checked out among them.
    pub entries: usize,
    /// Those that a run which is kept names, and which are not evicted therefore.
    pub pinned: usize,
    /// Those that were evicted, since the store's budget was spent.
    pub evicted: usize,
    /// Artifacts that something names.
    pub artifacts: usize,
    /// Bytes of what runs, releases and tags name.
    pub held_bytes: u64,
    /// Bytes that only the cache names.
    pub cache_bytes: u64,
    /// The budget, in bytes; `None`: there is none.
    pub limit_bytes: Option<u64>,
    /// Calls of runs that are kept which an earlier result answered.
    pub hits: u64,
    /// Calls of runs that are kept whose stage ran, though their results are cached.
    pub misses: u64,
    /// Trees and packs that were put into the trash.
    pub trashed: usize,
    /// Those that were put back.
    pub restored: usize,
    /// Those that were removed for good.
    pub removed: usize,
}

impl State {
    /// Whether a collection is under way.
    pub fn is_under_way(&self, now_ms: u64) -> bool {
        self.until_ms.is_some_and(|until_ms| until_ms > now_ms)
    }

    /// What the last collection saw and did.
    pub fn last(&self) -> Option<&Report> {
        self.last.as_ref()
    }

    /// When the time of what is in the trash is over: the first collection that begins then removes it.
    pub fn sweeps_at_ms(&self, grace_ms: u64) -> u64 {
        self.trashed_at_ms + grace_ms
    }
}

/// What is known of collections.
pub fn state<H: Host>(app: &Orchestrator<H>) -> Result<State, ApiError> {
    Ok(table::read(app.host.store(), KEY)?.unwrap_or_default())
}

/// Whether what names artifacts may be removed now: not while a collection looks at what names what, since a name that
/// moves from where it hasn't looked yet to where it has would escape it.
pub fn lets_remove<H: Host>(app: &Orchestrator<H>) -> Result<bool, ApiError> {
    Ok(!state(app)?.is_under_way(app.host.now_ms()))
}

/// A collection that is under way must not see names vanish: it comes to nothing, and the next one begins anew. It may
/// move something until now.
pub(crate) fn give_up<H: Host>(app: &Orchestrator<H>) -> Result<(), ApiError> {
    end_turn_of_others(app, u64::max)
}

/// Whoever collected is dead, as everybody is: the caller is the only host of this store, and has just started. Nothing
/// was moved after that.
pub(crate) fn end_of_the_dead<H: Host>(app: &Orchestrator<H>) -> Result<(), ApiError> {
    end_turn_of_others(app, u64::min)
}

/// Ends the collection that is under way, if one is: of the moments until which it may have put something into the trash,
/// its own and the present one, `trashed_at_ms` takes one.
fn end_turn_of_others<H: Host>(
    app: &Orchestrator<H>,
    trashed_at_ms: fn(u64, u64) -> u64,
) -> Result<(), ApiError> {
    if lets_remove(app)? {
        return Ok(());
    }
    let now_ms = app.host.now_ms();
    table::update(app.host.store(), KEY, |state: &mut State| {
        state.turn += 1;
        state.trashed_at_ms = trashed_at_ms(state.trashed_at_ms, now_ms);
        state.until_ms = None;
        Ok(())
    })
}

/// Begins a collection after the present request, if it is time.
pub fn collect_in_time<H: Host>(app: &Orchestrator<H>) -> Result<(), ApiError> {
    let (state, now_ms) = (state(app)?, app.host.now_ms());
    let every_ms = EVERY_MS.max(app.settings.grace_ms()?);
    if state.began_at_ms == 0 {
        // An application that has just begun has no garbage.
        return table::update(app.host.store(), KEY, |state: &mut State| {
            state.began_at_ms = state.began_at_ms.max(now_ms);
            Ok(())
        });
    }
    if !state.is_under_way(now_ms) && state.began_at_ms + every_ms <= now_ms {
        collect_after_answer(app);
    }
    Ok(())
}

/// Begins a collection after the present request.
pub fn collect_after_answer<H: Host>(app: &Orchestrator<H>) {
    let app = app.clone();
    app.host.clone().spawn(async move {
        app.host.sleep(1).await;
        if let Err(error) = collect(&app).await {
            app.host.log(&format!("the store was not collected: {error}"));
        }
    });
}

/// Collects. `Ok(None)`: somebody else is at it, or this took too long.
pub async fn collect<H: Host>(app: &Orchestrator<H>) -> Result<Option<Report>, ApiError> {
    let grace_ms = app.settings.grace_ms()?;
    let Some(turn) = Turn::begin(app, grace_ms)? else { return Ok(None) };
    let collected = turn.collect().await;
    match collected {
        Ok(Some(report)) => turn.end(Some(report)),
        Ok(None) => Ok(None),
        Err(error) => {
            turn.end(None)?;
            Err(error)
        }
    }
}

/// A collection.
struct Turn<'a, H> {
    app: &'a Orchestrator<H>,
    number: u64,
    until_ms: Cell<u64>,
    /// Whether the time of what is in the trash is over.
    sweeps: bool,
}

impl<'a, H: Host> Turn<'a, H> {
    fn begin(app: &'a Orchestrator<H>, grace_ms: u64) -> Result<Option<Self>, ApiError> {
        let now_ms = app.host.now_ms();
        let until_ms = now_ms + TURN_MS;
        let mut begun = None;
        table::update(app.host.store(), KEY, |state: &mut State| {
            begun = None;
            if state.is_under_way(now_ms) {
                return Ok(());
            }
            // One that didn't come to its end may have moved something until its time was over.
            state.turn += 1;
            state.until_ms = Some(until_ms);
            state.began_at_ms = now_ms;
            let sweeps = state.sweeps_at_ms(grace_ms) <= now_ms;
            if sweeps {
                state.trashed_at_ms = until_ms;
            }
            begun = Some((state.turn, sweeps));
            Ok(())
        })?;
        Ok(begun.map(|(number, sweeps)| Self { app, number, until_ms: Cell::new(until_ms), sweeps }))
    }

    /// `Ok(None)`: its time is over.
    async fn collect(&self) -> Result<Option<Report>, ApiError> {
        let app = self.app;
        app.host.sleep(SETTLE_MS).await;
        let mut pace = Pace::new(app);
        let Some(marked) = mark::mark(self, &mut pace).await? else { return Ok(None) };
        if !self.renew()? {
            return Ok(None);
        }
        let mut report = Report { limit_bytes: app.settings.store_limit()?, ..Report::default() };
        (report.hits, report.misses) = (marked.hits, marked.misses);
        let live = evict::evict(app, &marked, &mut report)?;
        let mut sweep = marked.holding.sweep(|tree| live.contains(tree), &marked.packs_of, !self.sweeps);
        let artifacts = Artifacts::new(app.host.store());
        while self.goes_on()? {
            let Some(Swept { restored, removed, trashed }) = artifacts.sweep_some(&mut sweep)? else { break };
            report.restored += restored;
            report.removed += removed;
            report.trashed += trashed;
            pace.rest().await;
        }
        report.at_ms = app.host.now_ms();
        Ok(Some(report))
    }

    /// Whether nobody else has the turn; says now and then that it is still taken.
    fn goes_on(&self) -> Result<bool, ApiError> {
        if self.app.host.now_ms() + TURN_MS < self.until_ms.get() + RENEW_MS {
            Ok(true)
        } else {
            self.renew()
        }
    }

    fn renew(&self) -> Result<bool, ApiError> {
        let now_ms = self.app.host.now_ms();
        let mut is_ours = false;
        table::update(self.app.host.store(), KEY, |state: &mut State| {
            is_ours = state.turn == self.number && state.is_under_way(now_ms);
            if is_ours {
                state.until_ms = Some(now_ms + TURN_MS);
                if self.sweeps {
                    state.trashed_at_ms = now_ms + TURN_MS;
                }
            }
            Ok(())
        })?;
        self.until_ms.set(now_ms + TURN_MS);
        Ok(is_ours)
    }

    fn end(&self, report: Option<Report>) -> Result<Option<Report>, ApiError> {
        let now_ms = self.app.host.now_ms();
        table::update(self.app.host.store(), KEY, |state: &mut State| {
            if state.turn != self.number {
                return Ok(());
            }
            state.until_ms = None;
            if self.sweeps {
                state.trashed_at_ms = match &report {
                    // Nothing waits in the trash since: the next one needn't wait either.
                    Some(report) if report.trashed == 0 => 0,
                    _ => now_ms,
                };
            }
            if report.is_some() {
                state.last.clone_from(&report);
            }
            Ok(())
        })?;
        Ok(report)
    }
}

/// Lets others go on now and then.
struct Pace<'a, H> {
    host: &'a H,
    since_ms: u64,
}

impl<'a, H: Host> Pace<'a, H> {
    fn new(app: &'a Orchestrator<H>) -> Self {
        Self { host: &app.host, since_ms: app.host.now_ms() }
    }

    async fn rest(&mut self) {
        if self.host.now_ms() >= self.since_ms + SLICE_MS {
            self.host.sleep(1).await;
            self.since_ms = self.host.now_ms();
        }
    }
}
