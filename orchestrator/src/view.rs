//! A run as clients see it: its stages, told from its history.

use std::fmt::Write as _;

use artifact::Store;
use serde_json::{Value, json};
use workflow::{Happening, Resource};

use crate::api::Orchestrator;
use crate::error::ApiError;
use crate::host::Host;
use crate::journal::{CallId, Journal};
use crate::project::Project;
use crate::run::{CallReport, Entry, Loaded, Run, Status, Stop, Stopped};
use crate::table;
use crate::task_log;

/// One call of a stage.
#[derive(Debug, Clone)]
pub struct Stage {
    /// State's name.
    pub state: String,
    /// `running`, `succeeded`, `failed`, `timed_out` or `cancelled`.
    pub status: &'static str,
    /// Number of the state entry within the run.
    pub entry: u64,
    /// Counts from 1.
    pub attempt: u32,
    /// Where it was called, and how it went once it ended.
    pub report: CallReport,
    /// Error name and cause, if it failed.
    pub failure: Option<(String, String)>,
}

impl Stage {
    fn json(&self) -> Value {
        let mut shown = json!(self.report);
        if let Some(members) = shown.as_object_mut() {
            members.remove("record");
        }
        shown["status"] = json!(self.status);
        shown["entry"] = json!(self.entry);
        shown["attempt"] = json!(self.attempt);
        if let Some((error, cause)) = &self.failure {
            shown["error"] = json!(error);
            shown["cause"] = json!(cause);
        }
        shown
    }
}

/// What a list shows of a run.
pub fn summary(run: &Run) -> Value {
    let mut shown = json!({
        "id": run.id,
        "project": run.project,
        "status": run.status,
        "started_at_ms": run.started_at_ms,
        "finished_at_ms": run.finished_at_ms,
        "branch": run.branch,
        "commit": run.commit,
        "error": run.error,
        "cause": run.cause,
    });
    if run.status == Status::Queued {
        shown["waits_at"] = json!(run.gates);
    }
    shown
}

/// A run with its stages.
pub fn run<H: Host>(app: &Orchestrator<H>, journal: &Journal) -> Result<Value, ApiError> {
    let store = app.host.store();
    let run = journal.run();
    let stages = stages(store, journal, app.host.now_ms())?;
    let mut shown = summary(run);
    shown["input"] = run.input(store)?;
    shown["output"] = run.output(store)?;
    shown["no_cache"] = json!(run.no_cache);
    shown["redrives"] = json!(run.redrives);
    if let Some(fork) = &run.fork {
        shown["fork"] = json!(fork);
    }
    if let Some(before) = &run.rerun_of {
        shown["rerun_of"] = json!(before);
    }
    if let Some(parent) = &run.parent {
        shown["parent"] = json!({ "run": parent.run, "entry": parent.entry, "attempt": parent.attempt });
        shown["name"] = json!(run.execution_name());
    }
    if let Some(url) = deployed_url(app, &stages) {
        shown["url"] = json!(url);
    }
    shown["stages"] = stages.iter().map(Stage::json).collect();
    Ok(shown)
}

/// Where the site that this run deployed answers.
pub fn deployed_url<H: Host>(app: &Orchestrator<H>, stages: &[Stage]) -> Option<String> {
    let path = stages
        .iter()
        .rev()
        .find_map(|stage| stage.report.result["url"].as_str().filter(|_| stage.status == "succeeded"))?;
    let host = if path.starts_with('/') { app.settings.public_url.as_str() } else { "" };
    Some(format!("{host}{path}"))
}

/// The calls of a run, in the order in which they ended, those under way last.
pub fn stages(store: &impl Store, journal: &Journal, now_ms: u64) -> Result<Vec<Stage>, ApiError> {
    let run = &journal.run().id;
    let project = crate::project::load(store, &journal.run().project).ok();
    let component = |resource: &str| component(resource, project.as_ref());
    let mut stages = Vec::new();
    for entry in &journal.history(store)? {
        stages.extend(ended_stage(entry));
        let at_ms = entry.event.at_ms;
        stages.extend(entry.stopped.iter().map(|call| {
            let mut stage = stopped_stage(call, at_ms, component(&call.resource));
            stage.report.record = log_of(run, &call.resource, (call.entry, call.attempt));
            stage
        }));
    }
    stages.extend(journal.open_calls().map(|open| {
        let handed = journal.handed().get(&(open.call.entry, open.call.attempt));
        let report = handed.and_then(|handed| handed.report.clone()).unwrap_or_else(|| {
            CallReport::new(&open.call.state, &component(&open.call.resource.to_string()), open.since_ms)
        });
        // What a worker prints is there at once; what a stage printed that gave its token away, since it answered.
        let log = log_of(run, &open.call.resource.to_string(), (open.call.entry, open.call.attempt))
            .filter(|_| handed.is_some());
        Stage {
            state: open.call.state.to_string(),
            status: "running",
            entry: open.call.entry,
            attempt: open.call.attempt,
            report: CallReport {
                record: log.or_else(|| report.record.clone()),
                duration_ms: passed_ms(open.since_ms, now_ms),
                worker: handed.and_then(|handed| handed.worker.clone()),
                ..report
            },
            failure: None,
        }
    }));
    Ok(stages)
}

/// Where the log of a call stands whose resource is an activity: it is there before the call ends.
pub(crate) fn log_of(run: &str, resource: &str, id: CallId) -> Option<String> {
    matches!(Resource::parse(resource), Some(Resource::Activity { .. })).then(|| task_log::record(run, id))
}

/// The component that a resource stands for, or the resource itself where it is something else.
fn component(resource: &str, project: Option<&Project>) -> String {
    match (Resource::parse(resource), project) {
        (Some(Resource::Function { name, .. } | Resource::Component { name }), Some(project)) => {
            project.component(&name)
        }
        (Some(Resource::Function { name, .. }), None) => name,
        _ => resource.to_owned(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a duration is far below 2^52 ms")]
fn passed_ms(from_ms: u64, to_ms: u64) -> f64 {
    to_ms.saturating_sub(from_ms) as f64
}

/// A call that ended without an answer, which is an end like any other.
fn stopped_stage(call: &Stopped, at_ms: u64, component: String) -> Stage {
    let (status, failure) = match &call.why {
        Stop::TimedOut(error) => {
            let cause = format!("stage `{component}` gave no sign in time");
            ("timed_out", Some((error.clone(), cause)))
        }
        Stop::Cancelled => ("cancelled", None),
    };
    Stage {
        state: call.state.clone(),
        status,
        entry: call.entry,
        attempt: call.attempt,
        report: CallReport {
            duration_ms: passed_ms(call.started_at_ms, at_ms),
            ..CallReport::new(&call.state, &component, call.started_at_ms)
        },
        failure,
    }
}

fn ended_stage(entry: &Entry) -> Option<Stage> {
    let report = entry.call.clone()?;
    let (entry, attempt, status, failure) = match &entry.event.what {
        Happening::TaskSucceeded { entry, attempt, .. } => (*entry, *attempt, "succeeded", None),
        Happening::TaskFailed { entry, attempt, error, cause } => {
            (*entry, *attempt, "failed", Some((error.clone(), cause.clone().unwrap_or_default())))
        }
        _ => return None,
    };
    Some(Stage { state: report.state.clone(), status, entry, attempt, report, failure })
}

/// The history, event by event.
pub fn events(store: &impl Store, loaded: &Loaded) -> Result<Vec<Value>, ApiError> {
    let history = loaded.history(store)?;
    Ok(history
        .iter()
        .enumerate()
        .map(|(index, entry)| {
            let mut shown = json!({
                "id": index + 1,
                "at_ms": entry.event.at_ms,
                "event": hide_seed(json!(entry.event.what)),
            });
            if let Some(call) = &entry.call {
                shown["call"] = json!(call);
            }
            if !entry.stopped.is_empty() {
                shown["stopped"] = json!(entry.stopped);
            }
            shown
        })
        .collect())
}

/// Task tokens follow from the seed, so it is nobody's to see.
fn hide_seed(mut event: Value) -> Value {
    if let Some(started) = event.get_mut("started").and_then(Value::as_object_mut) {
        started.remove("seed");
    }
    event
}

/// What the stages printed, of one state or all.
pub fn log(
    store: &impl Store,
    journal: &Journal,
    state: Option<&str>,
    now_ms: u64,
) -> Result<String, ApiError> {
    let stages = stages(store, journal, now_ms)?;
    if let Some(state) = state
        && stages.iter().all(|stage| stage.state != state)
    {
        return Err(ApiError::unknown(
            "unknown-state",
            format!("run `{}` has called no stage in state `{state}`", journal.run().id),
        ));
    }
    let mut log = String::new();
    for stage in stages.iter().filter(|stage| state.is_none_or(|state| stage.state == state)) {
        if state.is_none() {
            let _ = writeln!(log, "── {} ({}, attempt {})", stage.state, stage.status, stage.attempt);
        }
        if let (true, Some(from)) = (stage.report.cached, &stage.report.from_run) {
            let _ = writeln!(log, "(from the cache: run {from} printed this)");
        }
        log.push_str(&stage_log(store, stage)?);
        if !log.is_empty() && !log.ends_with('\n') {
            log.push('\n');
        }
        if let Some((error, cause)) = &stage.failure {
            let _ = writeln!(log, "{error}: {cause}");
        }
    }
    Ok(log)
}

/// The same by stages, for whoever follows a run: what is under way comes with what was printed so far.
pub fn logs(store: &impl Store, journal: &Journal, now_ms: u64) -> Result<Value, ApiError> {
    let stages = stages(store, journal, now_ms)?;
    let shown = stages.iter().map(|stage| {
        let (error, cause) = stage.failure.clone().unzip();
        Ok(json!({
            "state": stage.state, "entry": stage.entry, "attempt": stage.attempt, "status": stage.status,
            "error": error, "cause": cause, "log": stage_log(store, stage)?,
        }))
    });
    let shown = shown.collect::<Result<Vec<Value>, ApiError>>()?;
    Ok(json!({ "status": journal.run().status, "stages": shown }))
}

/// What one call printed. Kept by the stage's adapter, under the key that its answer named.
pub fn stage_log(store: &impl Store, stage: &Stage) -> Result<String, ApiError> {
    #[derive(serde::Deserialize)]
    struct Record {
        #[serde(default)]
        log: String,
    }
    let Some(key) = &stage.report.record else { return Ok(String::new()) };
    if task_log::is_record(key) {
        return task_log::read(store, key);
    }
    Ok(table::read::<Record>(store, key)?
        .map_or_else(|| "(the log is no longer kept)\n".to_owned(), |record| record.log))
}
