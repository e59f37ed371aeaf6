//! Runs: one record each, changed by compare-and-swap alone. The record holds what a list shows, the lease
//! of its driver, and the newest events of its history; older events are packed into chunks beside it.

mod history;
mod payload;
mod written;

use artifact::{Digest, Store};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use workflow::{Data, MAX_DATA_BYTES, Outcome, TokenKey};

use crate::error::ApiError;
use crate::table;

pub(crate) use history::kept;
use payload::put_aside;

pub use history::{CallReport, Entry, Stop, Stopped, history};
pub use payload::Payload;
pub use written::Written;

/// Most events of one run, as of AWS Step Functions' standard workflows.
pub const MAX_EVENTS: usize = 25_000;
/// A larger input stands beside the record, so that it isn't written again with each event, in bytes of JSON.
const MAX_INLINE_INPUT_BYTES: usize = 8 * 1024;

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It waits for its turn, because its project lets only so many run at once.
    Queued,
    /// It is under way.
    Running,
    /// Its workflow reached a state that ends well.
    Succeeded,
    /// Its workflow failed.
    Failed,
    /// Somebody stopped it.
    Cancelled,
    /// Its workflow's `TimeoutSeconds` passed.
    TimedOut,
}

impl Status {
    /// Whether nothing happens to the run any more, unless somebody redrives it.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

/// Who drives a run, until when. Others leave it alone until then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Name of the drive, unique.
    pub owner: String,
    /// Milliseconds since 1970.
    pub until_ms: u64,
}

/// The task that started a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// Id of the run whose task it is.
    pub run: String,
    /// The task's state entry.
    pub entry: u64,
    /// The task's attempt.
    pub attempt: u32,
    /// Whether the task waits for this run's end (`.sync`), and this run ends with it.
    pub waits: bool,
    /// How many runs stand above this one.
    pub depth: u32,
}

/// A run, as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Run {
    /// Its id: sorts by time of creation.
    pub id: String,
    /// Its project's name.
    pub project: String,
    /// Digest of the pipeline as it was when the run began.
    pub definition: Digest,
    /// How far it is.
    pub status: Status,
    /// Milliseconds since 1970.
    pub started_at_ms: u64,
    /// Milliseconds since 1970.
    pub finished_at_ms: Option<u64>,
    /// Branch or tag, where known.
    pub branch: Option<String>,
    /// Commit, where known.
    pub commit: Option<String>,
    /// What the workflow began with; `None` where it is large and stands beside the record.
    pub input: Option<Value>,
    /// Where a large input stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub large_input: Option<Payload>,
    /// The output, once it succeeded; `None` where it is large and stands beside the record.
    pub output: Option<Value>,
    /// Where a large output stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub large_output: Option<Payload>,
    /// Most bytes of a document of its workflow, as it was when the run began.
    #[serde(default = "default_data_bytes")]
    pub data_bytes: usize,
    /// Error name, once it failed.
    pub error: Option<String>,
    /// The error's cause.
    pub cause: Option<String>,
    /// Results of earlier calls are not used.
    pub no_cache: bool,
    /// A working directory's tree, with which checkout is answered.
    pub source: Option<Digest>,
    /// The run whose input this one began with again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rerun_of: Option<String>,
    /// How often it was redriven.
    #[serde(default)]
    pub redrives: u32,
    /// Key of the record that says which run a delivery started, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<String>,
    /// The name that whoever started it gave it, `$$.Execution.Name`; its id unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The task of another run that started it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
    /// Whether its tasks started other runs, for whose end they wait.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_children: bool,
    /// Key of its task tokens. Kept, so that a replay gives the same tokens when the master key has changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_key: Option<TokenKey>,
    /// The fork whose code it runs: its results are for itself alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fork: Option<String>,
    /// The gates through which it goes, in order, and which it holds until its end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<String>,
    /// Who drives it.
    pub lease: Option<Lease>,
    /// When a run that nobody drives goes on, milliseconds since 1970.
    pub wake_at_ms: Option<u64>,
    /// Names of the chunks before `tail`, in order.
    pub chunks: Vec<String>,
    /// Number of events in those chunks.
    pub chunked_events: usize,
    /// The newest events. They go last: [`encode`] adds them as they were encoded before.
    #[serde(skip_serializing)]
    pub tail: Vec<Written>,
}

/// What decides whether a run is of interest; the rest of its record, its newest events above all, isn't read.
#[derive(Debug, Clone, Deserialize)]
pub struct Brief {
    /// How far it is.
    pub status: Status,
    /// Who drives it.
    pub lease: Option<Lease>,
    /// When a run that nobody drives goes on.
    pub wake_at_ms: Option<u64>,
}

impl Brief {
    /// Whether somebody drives it now.
    pub fn is_driven(&self, now_ms: u64) -> bool {
        self.lease.as_ref().is_some_and(|lease| lease.until_ms > now_ms)
    }
}

/// What was found of some runs.
#[derive(Debug, Default)]
pub struct Found {
    /// Those of interest.
    pub runs: Vec<Run>,
    /// Ids of those that aren't there.
    pub missing: Vec<String>,
}

/// A run, and its record as it stands in the store, without which it can't be changed.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The run, with what is not stored yet.
    pub run: Run,
    bytes: Vec<u8>,
}

impl Run {
    /// A run that waits to begin.
    pub fn new(id: String, project: String, definition: Digest, now_ms: u64) -> Self {
        Self {
            id,
            project,
            definition,
            status: Status::Queued,
            started_at_ms: now_ms,
            finished_at_ms: None,
            branch: None,
            commit: None,
            input: None,
            large_input: None,
            output: None,
            large_output: None,
            data_bytes: MAX_DATA_BYTES,
            error: None,
            cause: None,
            no_cache: false,
            source: None,
            rerun_of: None,
            redrives: 0,
            delivery: None,
            name: None,
            parent: None,
            has_children: false,
            token_key: None,
            fork: None,
            gates: Vec::new(),
            lease: None,
            wake_at_ms: None,
            chunks: Vec::new(),
            chunked_events: 0,
            tail: Vec::new(),
        }
    }

    /// What the workflow began with.
    pub fn input(&self, store: &impl Store) -> Result<Value, ApiError> {
        if let Some(input) = &self.input {
            return Ok(input.clone());
        }
        match &self.large_input {
            Some(large) => large.read_json(store, &self.id),
            None => Err(ApiError::corrupt(&key(&self.id), "it has no input")),
        }
    }

    /// What its workflow gave; `null` unless it succeeded.
    pub fn output(&self, store: &impl Store) -> Result<Value, ApiError> {
        match &self.large_output {
            Some(large) => large.read_json(store, &self.id),
            None => Ok(self.output.clone().unwrap_or_default()),
        }
    }

    /// `$$.Execution.Name`.
    pub fn execution_name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }

    /// `$$.Execution.Id`.
    pub fn execution_arn(&self) -> String {
        format!("arn:aws:states:region:account-id:execution:{}:{}", self.project, self.execution_name())
    }

    /// `$$.StateMachine.Id`.
    pub fn machine_arn(&self) -> String {
        format!("arn:aws:states:region:account-id:stateMachine:{}", self.project)
    }

    /// How it ended; `None` before its end.
    pub fn outcome(&self, store: &impl Store) -> Result<Option<Outcome>, ApiError> {
        let (error, cause) = (self.error.clone(), self.cause.clone());
        Ok(match self.status {
            Status::Queued | Status::Running => None,
            Status::Succeeded => Some(Outcome::Succeeded { output: Data::from(self.output(store)?) }),
            Status::Failed => Some(Outcome::Failed { error, cause }),
            Status::TimedOut => Some(Outcome::TimedOut { error, cause }),
            Status::Cancelled => Some(Outcome::Cancelled { error, cause }),
        })
    }

    /// Whether its end concerns other runs: the one whose task waits for it, or those that it waits for.
    pub fn has_kin(&self) -> bool {
        self.has_children || self.parent.as_ref().is_some_and(|parent| parent.waits)
    }

    /// Keys of what only this run holds, but for its record and its calls' answers. `history` is the history as it
    /// is [`kept`]; what it alone names comes first, so that it isn't removed before what it names.
    pub(crate) fn own_keys(&self, history: &[Entry]) -> Vec<String> {
        let large = history.iter().filter_map(|entry| entry.large.as_ref());
        let large = large.chain(&self.large_input).chain(&self.large_output);
        let mut keys: Vec<String> = large.flat_map(|data| data.keys(&self.id)).collect();
        keys.extend(self.chunks.iter().map(|name| chunk_key(&self.id, name)));
        keys.extend(self.name.as_ref().map(|name| name_key(&self.project, name)));
        keys.extend(self.delivery.clone());
        keys
    }

    /// Number of events so far.
    pub fn events(&self) -> usize {
        self.chunked_events + self.tail.len()
    }

    /// Whether somebody drives it now.
    pub fn is_driven(&self, now_ms: u64) -> bool {
        self.lease.as_ref().is_some_and(|lease| lease.until_ms > now_ms)
    }
}

impl Loaded {
    /// Reads a run.
    pub fn load(store: &impl Store, id: &str) -> Result<Self, ApiError> {
        let unknown = || {
            ApiError::unknown("unknown-run", format!("there is no run `{id}`"))
                .hint("`ropewalk runs` lists them")
        };
        if !is_id(id) {
            return Err(unknown());
        }
        let key = key(id);
        let bytes = store.get(&key)?.ok_or_else(unknown)?;
        Ok(Self { run: table::decode(&key, &bytes)?, bytes })
    }

    /// Whether there is such a run.
    pub fn is_kept(store: &impl Store, id: &str) -> Result<bool, ApiError> {
        Ok(is_id(id) && store.exists(&key(id))?)
    }

    /// Reads several runs; those that aren't there are left out.
    pub fn load_many(store: &impl Store, ids: &[String]) -> Result<Vec<Run>, ApiError> {
        let keys: Vec<String> = ids.iter().map(|id| key(id)).collect();
        let found = store.get_many(&keys)?;
        keys.iter()
            .zip(found)
            .filter_map(|(key, bytes)| bytes.map(|bytes| table::decode(key, &bytes)))
            .collect()
    }

    /// Reads those of several runs that are of interest.
    pub fn load_where(
        store: &impl Store,
        ids: &[String],
        is_wanted: impl Fn(&Brief) -> bool,
    ) -> Result<Found, ApiError> {
        let keys: Vec<String> = ids.iter().map(|id| key(id)).collect();
        let mut found = Found::default();
        for ((key, id), bytes) in keys.iter().zip(ids).zip(store.get_many(&keys)?) {
            match bytes {
                None => found.missing.push(id.clone()),
                Some(bytes) if is_wanted(&table::decode(key, &bytes)?) => {
                    found.runs.push(table::decode(key, &bytes)?);
                }
                Some(_) => {}
            }
        }
        Ok(found)
    }

    /// A run that is not kept yet.
    pub fn unsaved(run: Run) -> Self {
        Self { run, bytes: Vec::new() }
    }

    /// Keeps a run that is not kept yet. `Ok(false)`: one of this id is.
    pub fn create(&mut self, store: &impl Store) -> Result<bool, ApiError> {
        let run = &mut self.run;
        run.large_input = put_aside(store, &run.id, &mut run.input, MAX_INLINE_INPUT_BYTES)?;
        history::spill(store, run)?;
        self.bytes = encode(run)?;
        Ok(store.swap(&key(&run.id), None, &self.bytes)?)
    }

    /// Keeps the run as it is now, if nobody else has changed its record since it was read. `Ok(false)`: somebody has.
    pub fn save(&mut self, store: &impl Store) -> Result<bool, ApiError> {
        let run = &mut self.run;
        if run.output.is_some() {
            run.large_output = put_aside(store, &run.id, &mut run.output, payload::MAX_INLINE_BYTES)?;
        }
        history::spill(store, run)?;
        let bytes = encode(run)?;
        let written = store.swap(&key(&run.id), Some(&self.bytes), &bytes)?;
        if written {
            self.bytes = bytes;
        }
        Ok(written)
    }

    /// The whole history.
    pub fn history(&self, store: &impl Store) -> Result<Vec<Entry>, ApiError> {
        history(store, &self.run)
    }
}

fn encode(run: &Run) -> Result<Vec<u8>, ApiError> {
    let mut bytes = serde_json::to_vec(run).map_err(|error| ApiError::corrupt(&key(&run.id), error))?;
    // The record's own closing brace.
    bytes.pop();
    bytes.extend_from_slice(br#","tail":["#);
    for (index, entry) in run.tail.iter().enumerate() {
        if index > 0 {
            bytes.push(b',');
        }
        bytes.extend_from_slice(entry.json().as_bytes());
    }
    bytes.extend_from_slice(b"]}");
    Ok(bytes)
}

fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

/// Key of a run's record.
pub(crate) fn key(id: &str) -> String {
    format!("run/{id}")
}

/// Key of the record that says which run of a project has a name.
pub(crate) fn name_key(project: &str, name: &str) -> String {
    format!("execution/{project}/{}", &Digest::of(name.as_bytes()).hex()[..32])
}

fn default_data_bytes() -> usize {
    MAX_DATA_BYTES
}

fn chunk_key(id: &str, name: &str) -> String {
    format!("run/{id}/{name}")
}
