//! The history of a run, as it is kept.

use artifact::{Digest, Store};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use workflow::{Content, Data, Event, Happening};

use super::payload::{self, Payload};
use super::{Run, Written, chunk_key, key};
use crate::error::ApiError;
use crate::table;

/// When the events in the record pass this size, they go to a chunk of their own.
const MAX_TAIL_BYTES: usize = 32 * 1024;
/// Bytes of one chunk, unless a single event is larger. Well below what a value may have.
const MAX_CHUNK_BYTES: usize = 512 * 1024;

/// One event of a run's history.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    /// What the workflow saw.
    pub event: Event,
    /// For the end of a stage call: how it went. Not data of the workflow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallReport>,
    /// Calls that ended by this event without an answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stopped: Vec<Stopped>,
    /// Where the whole entry stands, if it is large: what stands here has no data then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub large: Option<Payload>,
}

impl Entry {
    /// The same without its data, which stands there.
    fn without_data(&self, large: Payload) -> Self {
        let mut entry = Self { large: Some(large), ..self.clone() };
        match &mut entry.event.what {
            Happening::TaskSubmitted { output, .. } | Happening::TaskSucceeded { output, .. } => {
                *output = Data::default();
            }
            Happening::TaskFailed { cause, .. } | Happening::Cancelled { cause, .. } => *cause = None,
            Happening::ItemsRead { content, .. } => *content = Content::Items(Vec::new()),
            _ => {}
        }
        if let Some(call) = &mut entry.call {
            call.result = Value::Null;
            call.artifacts = Value::Null;
        }
        entry
    }
}

/// A call that ended without an answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stopped {
    /// The state entry.
    pub entry: u64,
    /// The attempt, from 1.
    pub attempt: u32,
    /// State's name.
    pub state: String,
    /// What the state calls, as the pipeline names it.
    pub resource: String,
    /// When the call began, milliseconds since 1970.
    pub started_at_ms: u64,
    /// Why it ended.
    pub why: Stop,
}

/// Why a call ended without an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// The state's time-out, or its heartbeat's, passed: the error name says which.
    TimedOut(String),
    /// Nobody wants its answer any more: the run ended, or what the state was part of did.
    Cancelled,
}

/// How a stage call went.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CallReport {
    /// State's name.
    pub state: String,
    /// Component id.
    pub component: String,
    /// The worker that took the task of an activity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<String>,
    /// When the call began, milliseconds since 1970.
    pub started_at_ms: u64,
    /// From call to answer, in milliseconds.
    pub duration_ms: f64,
    /// Whether the result is an earlier call's.
    pub cached: bool,
    /// The run whose result it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_run: Option<String>,
    /// Key of the stage's stored answer, log included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// New artifacts by name.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub artifacts: Value,
    /// The stage's result.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub result: Value,
}

impl CallReport {
    /// A call that has just begun.
    pub fn new(state: &str, component: &str, started_at_ms: u64) -> Self {
        Self {
            state: state.to_owned(),
            component: component.to_owned(),
            worker: None,
            started_at_ms,
            duration_ms: 0.0,
            cached: false,
            from_run: None,
            record: None,
            artifacts: Value::Null,
            result: Value::Null,
        }
    }
}

/// The whole history of a run.
pub fn history(store: &impl Store, run: &Run) -> Result<Vec<Entry>, ApiError> {
    let mut entries = kept(store, run)?;
    for entry in &mut entries {
        if let Some(large) = &entry.large {
            let whole = large.read(store, &run.id)?;
            *entry =
                serde_json::from_slice(&whole).map_err(|error| ApiError::corrupt(&key(&run.id), error))?;
        }
    }
    Ok(entries)
}

/// The history as it stands: large entries without their data.
pub(crate) fn kept(store: &impl Store, run: &Run) -> Result<Vec<Entry>, ApiError> {
    let keys: Vec<String> = run.chunks.iter().map(|name| chunk_key(&run.id, name)).collect();
    let mut entries = Vec::with_capacity(run.events());
    for (key, bytes) in keys.iter().zip(store.get_many(&keys)?) {
        let bytes = bytes.ok_or_else(|| ApiError::corrupt(key, "it is not there"))?;
        let chunk: Vec<Entry> = table::decode(key, &bytes)?;
        entries.extend(chunk);
    }
    entries.extend(run.tail.iter().map(|written| written.entry().clone()));
    Ok(entries)
}

/// Moves the events out of a record that has grown too large, into chunks named by their content: a chunk
/// that was written for a record that lost its swap is never taken for the winner's.
pub(super) fn spill(store: &impl Store, run: &mut Run) -> Result<(), ApiError> {
    let mut writes = Vec::new();
    for entry in &mut run.tail {
        if entry.json().len() > payload::MAX_INLINE_BYTES && entry.large.is_none() {
            let (large, parts) = Payload::new(&run.id, entry.json().as_bytes());
            writes.extend(parts);
            *entry = Written::new(&run.id, entry.without_data(large))?;
        }
    }
    if !writes.is_empty() {
        store.set_many(&writes)?;
    }
    if run.tail.iter().map(|entry| entry.json().len()).sum::<usize>() <= MAX_TAIL_BYTES {
        return Ok(());
    }
    let mut writes = Vec::new();
    let mut chunk = Vec::new();
    for (index, entry) in run.tail.iter().enumerate() {
        chunk.push(if chunk.is_empty() { b'[' } else { b',' });
        chunk.extend_from_slice(entry.json().as_bytes());
        let next = run.tail.get(index + 1).map_or(usize::MAX, |entry| entry.json().len());
        if chunk.len().saturating_add(next) > MAX_CHUNK_BYTES {
            chunk.push(b']');
            let name = Digest::of(&chunk).hex()[..32].to_owned();
            writes.push((chunk_key(&run.id, &name), std::mem::take(&mut chunk)));
            run.chunks.push(name);
        }
    }
    store.set_many(&writes)?;
    run.chunked_events += run.tail.len();
    run.tail.clear();
    Ok(())
}
