//! What happens to a run's task outside of its drive: somebody takes it up, gives a sign of life, or ends it. It is
//! stored in the run's record by whoever hears of it, and the driver finds it there.

use std::collections::BTreeMap;

use artifact::Digest;
use serde::Deserialize;
use serde_json::{Value, json};
use workflow::{CallTask, Happening};

use super::drive_after_answer;
use crate::api::Orchestrator;
use crate::error::ApiError;
use crate::host::Host;
use crate::index;
use crate::journal::{CallId, Handed, Journal, Saved};
use crate::run::CallReport;
use crate::view::log_of;

/// How often a change is tried again because somebody else changed the run.
const MAX_TRIES: usize = 16;

/// What a worker says that a call left, for those who look at the run; its output is the workflow's.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Left {
    /// New artifacts by name.
    #[serde(default)]
    pub artifacts: BTreeMap<String, Digest>,
    /// Its result; the whole output unless given.
    pub result: Option<Value>,
}

impl Left {
    fn told_in(&self, mut report: CallReport) -> CallReport {
        if !self.artifacts.is_empty() {
            report.artifacts = json!(self.artifacts);
        }
        if let Some(result) = &self.result {
            report.result = result.clone();
        }
        report
    }
}

/// What became of the news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// It is stored.
    Yes,
    /// Nobody waits for it: the task has ended, or its time is over, or the run has ended.
    Closed,
}

/// Stores what happened to a task, if the run waits for the task, and lets the run go on. It counts once: by
/// compare-and-swap of the run's record.
pub fn happen<H: Host>(
    app: &Orchestrator<H>,
    run: &str,
    id: CallId,
    what: impl Fn(&CallTask) -> Happening,
) -> Result<Heard, ApiError> {
    happen_leaving(app, run, id, what, &Left::default())
}

/// The same, where whoever tells of it says what the call left.
pub fn happen_leaving<H: Host>(
    app: &Orchestrator<H>,
    run: &str,
    id: CallId,
    what: impl Fn(&CallTask) -> Happening,
    left: &Left,
) -> Result<Heard, ApiError> {
    let heard = change(app, run, id, |call, _| Some(what(call)), left)?;
    Ok(if heard.is_some() { Heard::Yes } else { Heard::Closed })
}

/// The same, if `what` finds that it applies. Gives the call that waited.
pub fn happen_if<H: Host>(
    app: &Orchestrator<H>,
    run: &str,
    id: CallId,
    what: impl Fn(&CallTask, Option<&Handed>) -> Option<Happening>,
) -> Result<Option<CallTask>, ApiError> {
    change(app, run, id, what, &Left::default())
}

/// The call, if the run waits for it: whoever has its token may still act for it.
pub fn waiting<H: Host>(app: &Orchestrator<H>, run: &str, id: CallId) -> Result<Option<CallTask>, ApiError> {
    let journal = Journal::open(app.host.store(), run)?;
    Ok(journal.waiting(id).cloned().filter(|_| !journal.is_finished()))
}

fn change<H: Host>(
    app: &Orchestrator<H>,
    run: &str,
    id: CallId,
    what: impl Fn(&CallTask, Option<&Handed>) -> Option<Happening>,
    left: &Left,
) -> Result<Option<CallTask>, ApiError> {
    let store = app.host.store();
    for _ in 0..MAX_TRIES {
        let mut journal = Journal::open(store, run)?;
        let Some(call) = journal.waiting(id).cloned().filter(|_| !journal.is_finished()) else {
            return Ok(None);
        };
        let handed = journal.handed().get(&id).cloned();
        let Some(happening) = what(&call, handed.as_ref()) else { return Ok(None) };
        let now_ms = app.host.now_ms();
        // A heartbeat moves a deadline back: the timer that is set looks at it when it fires.
        let goes_on = !matches!(happening, Happening::TaskHeartbeat { .. });
        if goes_on {
            // Before the event: whoever dies between them has caused one idle look at the run, and lost nothing.
            index::wake(store, journal.run(), now_ms)?;
        }
        let report = report(run, &call, handed, &happening, now_ms).map(|report| left.told_in(report));
        journal.apply(now_ms, happening, report)?;
        if journal.save(store)? == Saved::Yes {
            if goes_on {
                drive_after_answer(app, run);
            }
            return Ok(Some(call));
        }
    }
    Err(ApiError::new(503, "contention", format!("run `{run}` changes all the time"))
        .hint("repeat the request"))
}

/// How the call went, once it has ended.
fn report(
    run: &str,
    call: &CallTask,
    handed: Option<Handed>,
    happening: &Happening,
    now_ms: u64,
) -> Option<CallReport> {
    let result = match happening {
        Happening::TaskSucceeded { output, .. } => (**output).clone(),
        Happening::TaskFailed { .. } => Value::Null,
        _ => return None,
    };
    let at_ms = handed.as_ref().map_or(now_ms, |handed| handed.at_ms);
    let worker = handed.as_ref().and_then(|handed| handed.worker.clone());
    let mut report = handed
        .and_then(|handed| handed.report)
        .unwrap_or_else(|| CallReport::new(&call.state, &call.resource.to_string(), at_ms));
    #[expect(clippy::cast_precision_loss, reason = "a duration is far below 2^52 ms")]
    let duration_ms = now_ms.saturating_sub(report.started_at_ms) as f64;
    report.duration_ms = duration_ms;
    report.result = result;
    report.worker = worker;
    report.record =
        report.record.or_else(|| log_of(run, &call.resource.to_string(), (call.entry, call.attempt)));
    Some(report)
}
