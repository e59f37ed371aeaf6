//! One call, from its envelope to its answer.

mod run;

use artifact::{Artifacts, Digest, Store, StoreError};

use crate::answer::{Answer, INVALID_RESULT, Outcome, Record, Refusal, STORE_FAILED};
use crate::cache::made_of::MadeOf;
use crate::cache::{self, Acquired, Claim, Scope};
use crate::envelope::Envelope;
use crate::host::{Clock, Ended, Identity, Request, Stage};
use crate::mask::Masker;
use crate::outputs::Outputs;
use run::Prepared;
pub use run::{MAX_WORKSPACE_BYTES, MAX_WORKSPACE_FILES};

/// What the clock of a hermetic stage shows, in seconds since 1970: the beginning of 1980, the earliest
/// time that every format of files can express.
pub const HERMETIC_NOW_S: u64 = 315_532_800;

/// What the program of a stage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It has parameters and a result of its own.
    Stage,
    /// It has arguments and an exit code.
    Command,
}

/// What comes of the beginning of a call.
pub enum Begun<'a, S, T, C> {
    /// There is an answer already, or the call is refused: the stage must not run.
    Answered(Answer),
    /// The stage is to be run with this request.
    Running(Box<Running<'a, S, T, C>>, Request),
}

/// Begins the call of an envelope, as far as the workspace in which the stage is to run.
pub fn begin<'a, S: Store, T: Stage, C: Clock>(
    kind: Kind,
    body: &[u8],
    store: Result<S, StoreError>,
    stage: &'a T,
    clock: &'a C,
) -> Begun<'a, S, T, C> {
    let envelope = match Envelope::parse(body) {
        Ok(envelope) => envelope,
        Err(refusal) => return Begun::Answered(Answer::refused(refusal)),
    };
    let masker = Masker::new(&envelope.secrets);
    let store = match store {
        Ok(store) => store,
        Err(error) => return Begun::Answered(masked(&masker, error.into())),
    };
    let call = Call { kind, envelope, masker, store, stage, clock, identity: stage.identity() };
    match call.start() {
        Ok(Started::Answered(answer)) => Begun::Answered(*answer),
        Ok(Started::Ready(ready)) => {
            let Ready { prepared, request, keeping } = *ready;
            let started_ns = clock.monotonic_ns();
            Begun::Running(Box::new(Running { call, prepared, keeping, started_ns }), request)
        }
        Err(refusal) => Begun::Answered(masked(&call.masker, refusal)),
    }
}

fn masked(masker: &Masker, refusal: Refusal) -> Answer {
    Answer::refused(Refusal { cause: masker.text(refusal.cause), ..refusal })
}

/// A call whose stage runs.
pub struct Running<'a, S, T, C> {
    call: Call<'a, S, T, C>,
    prepared: Prepared,
    keeping: Keeping,
    started_ns: u64,
}

impl<S: Store, T: Stage, C: Clock> Running<'_, S, T, C> {
    /// Stores what came of the stage, and says what to answer.
    pub fn end(self, ended: Ended) -> Answer {
        let Self { call, prepared, keeping, started_ns } = self;
        let duration_ns = call.clock.monotonic_ns().saturating_sub(started_ns);
        let collected = call.collect(&prepared, ended, duration_ns);
        let kept = match keeping {
            Keeping::Call { kept_at } => collected.and_then(|(record, outputs)| {
                call.keep(&kept_at, &record, outputs)?;
                Ok(call.answer_of(record, &kept_at))
            }),
            Keeping::Cached { cached_at, claim, unclaimed } => match collected {
                Ok((mut record, outputs)) => {
                    let Prepared { parameters, mounts, .. } = &prepared;
                    let made_of =
                        MadeOf::new(&call.envelope, &call.identity, &call.masker, parameters, mounts);
                    record.made_of = Some(made_of);
                    call.finish_cached(record, outputs, &cached_at, claim)
                        .map(|answer| Answer { unclaimed, ..answer })
                }
                Err(refusal) => {
                    call.release(&cached_at, claim);
                    Err(refusal)
                }
            },
        };
        kept.unwrap_or_else(|refusal| masked(&call.masker, refusal))
    }
}

/// All that a call needs.
struct Call<'a, S, T, C> {
    kind: Kind,
    envelope: Envelope,
    masker: Masker,
    store: S,
    stage: &'a T,
    clock: &'a C,
    identity: Identity,
}

/// How far a call gets without its stage.
enum Started {
    Answered(Box<Answer>),
    Ready(Box<Ready>),
}

/// A call whose stage is to run.
struct Ready {
    prepared: Prepared,
    request: Request,
    keeping: Keeping,
}

impl Started {
    fn ready(prepared: Prepared, request: Request, keeping: Keeping) -> Self {
        Self::Ready(Box::new(Ready { prepared, request, keeping }))
    }

    fn answered(answer: Answer) -> Self {
        Self::Answered(Box::new(answer))
    }
}

/// Where the answer will be kept.
enum Keeping {
    /// Under the key of the call alone.
    Call { kept_at: String },
    /// Where equal calls find it.
    Cached {
        cached_at: String,
        /// Until when, in milliseconds since 1970, nobody else runs the stage.
        claim: Option<u64>,
        /// Why somebody may, if the store cannot tell.
        unclaimed: Option<String>,
    },
}

impl<S: Store, T: Stage, C: Clock> Call<'_, S, T, C> {
    fn start(&self) -> Result<Started, Refusal> {
        if self.is_cached() { self.start_cached() } else { self.start_with_effects() }
    }

    /// Whether the result depends on parameters and inputs alone.
    fn is_cached(&self) -> bool {
        self.identity.description.hermetic || self.identity.description.pinned
    }

    /// Who is answered by its result. What a pinned stage's secrets opened is never for another project.
    fn scope(&self) -> Scope<'_> {
        let is_shared = self.envelope.shares_cache && self.identity.description.hermetic;
        let project = (!is_shared).then_some(self.envelope.project.as_str());
        Scope { project, fork: self.envelope.fork.as_deref() }
    }

    fn start_with_effects(&self) -> Result<Started, Refusal> {
        let kept_at = self.envelope.record_key();
        // Before anything else: what was done once must not be done again.
        if let Some(value) = self.store.get(&kept_at)? {
            return self.repeat(&kept_at, &value).map(Started::answered);
        }
        let prepared = self.prepare()?;
        let seed = Digest::of_parts([
            self.envelope.key.as_bytes(),
            self.envelope.grant.as_bytes(),
            &self.clock.wall_ms().to_le_bytes(),
            &self.clock.monotonic_ns().to_le_bytes(),
        ]);
        let request = self.open(&prepared, &seed, self.clock.wall_ms() / 1000)?;
        Ok(Started::ready(prepared, request, Keeping::Call { kept_at }))
    }

    fn start_cached(&self) -> Result<Started, Refusal> {
        let prepared = self.prepare()?;
        let key = cache::key(&self.identity.digest, &prepared.parameters, &prepared.mounts);
        let scope = self.scope();
        let cached_at = scope.record_key(&key);
        let kept_at = self.envelope.record_key();
        let mut keys = vec![cached_at.clone(), kept_at.clone()];
        // A fork reads what the project's own branches read.
        keys.extend(scope.fork.map(|_| Scope { fork: None, ..scope }.record_key(&key)));
        let mut found = self.store.get_many(&keys)?.into_iter();
        let (cached, kept) = (found.next().flatten(), found.next().flatten());
        let of_project = found.next().flatten().filter(|_| !self.envelope.no_cache);
        if let Some(value) = kept {
            return self.repeat(&kept_at, &value).map(Started::answered);
        }
        if let Some(record) = cache::answer_in(of_project.as_deref()) {
            return Ok(Started::answered(self.answer_from_cache(record, &keys[2])));
        }
        let (claim, unclaimed) = if self.envelope.no_cache {
            // A call that is repeated after a crash has still run once.
            match cache::answer_in(cached.as_deref()).filter(|record| self.is_mine(record)) {
                Some(record) => return Ok(Started::answered(self.answer_of(record, &cached_at))),
                None => (None, None),
            }
        } else {
            let me = (self.envelope.key.as_str(), &*self.envelope.entry_id());
            match cache::acquire(&self.store, self.clock, &cached_at, me, cached) {
                Ok(Acquired::Answer(record)) => {
                    return Ok(Started::answered(self.answer_from_cache(*record, &cached_at)));
                }
                Ok(Acquired::Claimed { until_ms }) => (Some(until_ms), None),
                Ok(Acquired::Unclaimed) => (None, None),
                // The claim saves work and no more: some platforms have no compare-and-swap.
                Err(error) => (None, Some(error.to_string())),
            }
        };
        match self.open(&prepared, &key, HERMETIC_NOW_S) {
            Ok(request) => {
                let keeping = Keeping::Cached { cached_at, claim, unclaimed };
                Ok(Started::ready(prepared, request, keeping))
            }
            Err(refusal) => {
                self.release(&cached_at, claim);
                Err(refusal)
            }
        }
    }

    /// Keeps a success where equal calls find it, and a failure where only a repetition does.
    fn finish_cached(
        &self,
        record: Record,
        mut outputs: Outputs,
        cached_at: &str,
        claim: Option<u64>,
    ) -> Result<Answer, Refusal> {
        if record.outcome == Outcome::Succeeded {
            self.keep(cached_at, &record, outputs)?;
            return Ok(self.answer_of(record, cached_at));
        }
        let kept_at = self.envelope.record_key();
        if self.still_holds(claim) {
            outputs.writes.push((cached_at.to_owned(), Claim::released()));
        }
        self.keep(&kept_at, &record, outputs)?;
        Ok(self.answer_of(record, &kept_at))
    }

    /// Lets others run what this call could not.
    fn release(&self, cached_at: &str, claim: Option<u64>) {
        if self.still_holds(claim) {
            // The call's own error is worth telling; a claim that stays ends by itself.
            let _ = self.store.delete(cached_at);
        }
    }

    /// Whether nobody can have taken the claim over.
    fn still_holds(&self, claim: Option<u64>) -> bool {
        claim.is_some_and(|until_ms| self.clock.wall_ms() < until_ms)
    }

    /// The answer of this very call, given before.
    fn repeat(&self, kept_at: &str, value: &[u8]) -> Result<Answer, Refusal> {
        let record = serde_json::from_slice(value).map_err(|error| Refusal {
            error: STORE_FAILED,
            cause: format!("record `{kept_at}` cannot be read: {error}"),
        })?;
        Ok(self.answer_of(record, kept_at))
    }

    fn answer_from_cache(&self, record: Record, cached_at: &str) -> Answer {
        let from_run = (!self.is_mine(&record)).then(|| record.run.clone());
        let answer = self.answer_of(record, cached_at);
        match from_run {
            Some(run) => answer.from_cache(run),
            None => answer,
        }
    }

    fn answer_of(&self, record: Record, kept_at: &str) -> Answer {
        Answer::of(record, kept_at, self.envelope.input.clone())
    }

    fn is_mine(&self, record: &Record) -> bool {
        record.run == self.envelope.run && record.key == self.envelope.key
    }

    fn keep(&self, kept_at: &str, record: &Record, mut outputs: Outputs) -> Result<(), Refusal> {
        let value = serde_json::to_vec(record).map_err(|error| Refusal {
            error: INVALID_RESULT,
            cause: format!("the answer is not JSON: {error}"),
        })?;
        outputs.writes.push((kept_at.to_owned(), value));
        Artifacts::new(&self.store).write(&outputs.writes)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
