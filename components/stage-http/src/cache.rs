//! Results of hermetic and of pinned stages, by what they depend on.
//!
//! The key `cache/<digest>` holds the answer that serves every equal call, or, while the first of them
//! runs, its claim; since it is one key, an answer cannot slip in between looking for it and claiming.
//! Other calls wait for the answer, and take a claim over that is past.

pub mod made_of;

use artifact::{Digest, Store, StoreError};
use serde::{Deserialize, Serialize};

use crate::answer::Record;
use crate::host::Clock;
use crate::mount::Mount;

/// How long a claim stands, and how long a call waits for others, in milliseconds. A stage that takes
/// longer may be run by two equal calls at once, to the same end. It is less than the time limit of a
/// request on any platform, so that one who waits can still run the stage.
pub const CLAIM_MS: u64 = 20_000;
/// The first pause before looking again, in milliseconds; doubled each time.
const FIRST_PAUSE_MS: u64 = 10;
/// The longest pause, in milliseconds.
const MAX_PAUSE_MS: u64 = 100;

/// What the answer of a call depends on, wherever it is kept.
pub fn key(identity_digest: &str, parameters: &str, mounts: &[Mount]) -> Digest {
    let mut parts = vec!["ropewalk result 1".to_owned(), identity_digest.to_owned(), parameters.to_owned()];
    for mount in mounts {
        parts.push(mount.input.name.clone());
        parts.push(mount.input.path.clone());
        parts.push(mount.digest.to_string());
    }
    framed(&parts)
}

/// Who is answered by a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope<'a> {
    /// The calls of this project; `None`: those of all projects that share their results.
    pub project: Option<&'a str>,
    /// Only those of this fork.
    pub fork: Option<&'a str>,
}

impl Scope<'_> {
    /// Where a result is kept in this scope.
    pub fn record_key(self, key: &Digest) -> String {
        let mut parts = vec!["ropewalk scope 1".to_owned(), key.hex()];
        parts.extend(self.project.map(|project| format!("project {project}")));
        parts.extend(self.fork.map(|fork| format!("fork {fork}")));
        format!("cache/{}", framed(&parts).hex())
    }
}

/// Each part is preceded by its length, so that no two lists of parts read the same.
fn framed(parts: &[String]) -> Digest {
    let framed: Vec<_> = parts.iter().map(|part| format!("{} {part}\n", part.len())).collect();
    Digest::of_parts(framed.iter().map(String::as_bytes))
}

/// Who runs the stage for an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The idempotency key of the call.
    pub by: String,
    /// Its state entry: a later attempt need not wait for an earlier one, which is over.
    pub entry: String,
    /// Until when, in milliseconds since 1970.
    pub until_ms: u64,
}

#[derive(Serialize, Deserialize)]
struct Claimed {
    claim: Claim,
}

impl Claim {
    /// The value that stands for it.
    pub fn to_value(&self) -> Vec<u8> {
        serde_json::to_vec(&Claimed { claim: self.clone() }).unwrap_or_default()
    }

    /// A claim that anyone may take over.
    pub fn released() -> Vec<u8> {
        Self { by: String::new(), entry: String::new(), until_ms: 0 }.to_value()
    }

    fn is_free_for(&self, other: &Self, now_ms: u64) -> bool {
        self.until_ms <= now_ms || self.by == other.by || self.entry == other.entry
    }
}

/// What a key of the cache holds.
#[derive(Debug, PartialEq)]
enum Slot {
    Answer(Box<Record>),
    Claim(Claim),
    /// Nothing, or a value of some other version.
    Free,
}

impl Slot {
    fn read(value: Option<&[u8]>) -> Self {
        let Some(value) = value else {
            return Self::Free;
        };
        if let Ok(record) = serde_json::from_slice(value) {
            return Self::Answer(Box::new(record));
        }
        match serde_json::from_slice(value) {
            Ok(Claimed { claim }) => Self::Claim(claim),
            Err(_) => Self::Free,
        }
    }
}

/// The answer in a value of the cache, if it is one.
pub fn answer_in(value: Option<&[u8]>) -> Option<Record> {
    match Slot::read(value) {
        Slot::Answer(record) => Some(*record),
        Slot::Claim(_) | Slot::Free => None,
    }
}

/// What came of a call's claim.
#[derive(Debug, PartialEq)]
pub enum Acquired {
    /// Somebody else has run the stage.
    Answer(Box<Record>),
    /// This call runs it, and the others wait until this time.
    Claimed {
        /// In milliseconds since 1970.
        until_ms: u64,
    },
    /// This call runs it though others may: it has waited for so long as it can.
    Unclaimed,
}

/// Claims the stage for a call, or waits for the answer of an equal one. `value` is what the key held
/// a moment ago.
pub fn acquire(
    store: &impl Store,
    clock: &impl Clock,
    key: &str,
    (by, entry): (&str, &str),
    mut value: Option<Vec<u8>>,
) -> Result<Acquired, StoreError> {
    let give_up_ms = clock.wall_ms() + CLAIM_MS;
    let mut pause_ms = FIRST_PAUSE_MS;
    loop {
        let now_ms = clock.wall_ms();
        let mine = Claim { by: by.to_owned(), entry: entry.to_owned(), until_ms: now_ms + CLAIM_MS };
        let is_free = match Slot::read(value.as_deref()) {
            Slot::Answer(record) => return Ok(Acquired::Answer(record)),
            Slot::Claim(claim) => claim.is_free_for(&mine, now_ms),
            Slot::Free => true,
        };
        if is_free && store.swap(key, value.as_deref(), &mine.to_value())? {
            let claimed = Acquired::Claimed { until_ms: mine.until_ms };
            if value.is_some() {
                return Ok(claimed);
            }
            // On Spin several calls that found nothing may all have written: the last has it.
            value = store.get(key)?;
            if Slot::read(value.as_deref()) == Slot::Claim(mine) {
                return Ok(claimed);
            }
            continue;
        }
        if now_ms >= give_up_ms {
            return Ok(Acquired::Unclaimed);
        }
        if !is_free {
            clock.sleep_ms(pause_ms);
            pause_ms = (pause_ms * 2).min(MAX_PAUSE_MS);
        }
        value = store.get(key)?;
    }
}
