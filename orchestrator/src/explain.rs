//! Why a stage was not answered from the cache: what of its call differs from the nearest earlier one.

mod changes;

use artifact::Store;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::api::Orchestrator;
use crate::error::ApiError;
use crate::host::Host;
use crate::index;
use crate::journal::Journal;
use crate::run::{self, CallReport, Loaded, Run};
use crate::view;
use changes::{Change, changes};

/// So many earlier runs of the project are looked at.
const LOOKED_AT: usize = 32;
/// So many changes are named.
const MAX_CHANGES: usize = 100;

/// What is read of a kept answer.
#[derive(Deserialize)]
struct Answer {
    outcome: String,
    made_of: Option<MadeOf>,
}

/// What a result was made of, as the stage's adapter keeps it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct MadeOf {
    pub(crate) stage: String,
    pub(crate) parameters: Map<String, Value>,
    pub(crate) inputs: Vec<Input>,
}

/// An input of a result. Digests are hexadecimal digits in capitals.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) mounted: String,
    pub(crate) artifact: String,
    pub(crate) include: Vec<String>,
    pub(crate) exclude: Vec<String>,
}

/// An earlier call of the same state.
struct Earlier {
    run: String,
    fork: Option<String>,
    succeeded: bool,
    changes: Vec<Change>,
}

/// Says of the last call of a state whether the cache answered it, and why not.
pub fn explain<H: Host>(app: &Orchestrator<H>, id: &str, state: &str) -> Result<Value, ApiError> {
    let store = app.host.store();
    let journal = Journal::open(store, id)?;
    let run = journal.run();
    let stages = view::stages(store, &journal, app.host.now_ms())?;
    let stage = stages.iter().rev().find(|stage| stage.state == state).ok_or_else(|| {
        ApiError::unknown("unknown-state", format!("run `{id}` has called no stage in state `{state}`"))
    })?;
    let mut shown = json!({
        "run": id, "state": state, "component": stage.report.component, "cached": stage.report.cached,
        "from_run": stage.report.from_run, "changes": [],
    });
    shown["reason"] = json!(reason(store, run, &stage.report, &mut shown)?);
    Ok(shown)
}

fn reason(store: &impl Store, run: &Run, report: &CallReport, shown: &mut Value) -> Result<String, ApiError> {
    if report.cached {
        let from = report.from_run.as_deref().unwrap_or("an earlier run");
        return Ok(format!("the result is that of run {from}"));
    }
    let Some(answer) = answer(store, report)? else {
        return Ok("there is no answer of the stage, or it is no longer kept".to_owned());
    };
    let Some(made_of) = answer.made_of else {
        return Ok("the stage has effects, so its results are not cached".to_owned());
    };
    if run.no_cache {
        return Ok("the run was told not to use earlier results".to_owned());
    }
    let Some(nearest) = nearest(store, run, report, &made_of)? else {
        return Ok(format!("none of the {LOOKED_AT} runs before it called the stage in this state"));
    };
    shown["compared_with"] = json!(nearest.run);
    if !nearest.changes.is_empty() {
        let named: Vec<String> = nearest.changes.iter().take(3).map(Change::to_string).collect();
        let more = nearest.changes.len().saturating_sub(named.len());
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        shown["changes"] = nearest.changes.iter().take(MAX_CHANGES).map(Change::json).collect();
        return Ok(format!("since run {}: {}{more}", nearest.run, named.join(", ")));
    }
    let earlier = &nearest.run;
    Ok(if !nearest.succeeded {
        format!("run {earlier} made the same call, and it failed: only successes are cached")
    } else if nearest.fork.is_some() && nearest.fork != run.fork {
        format!("run {earlier} made the same call, but for a fork, whose results are for itself alone")
    } else {
        format!("run {earlier} made the same call, and its result was evicted or cleared, or came too late")
    })
}

/// The earlier call that differs least; of several such the newest.
fn nearest(
    store: &impl Store,
    run: &Run,
    report: &CallReport,
    made_of: &MadeOf,
) -> Result<Option<Earlier>, ApiError> {
    let projects = [run.project.clone()];
    let ids = index::newest(store, &projects, LOOKED_AT * 4)?;
    let ids: Vec<String> = ids.into_iter().filter(|id| *id < run.id).take(LOOKED_AT).collect();
    let mut runs = Loaded::load_many(store, &ids)?;
    runs.sort_unstable_by(|a, b| b.id.cmp(&a.id));
    let mut nearest: Option<Earlier> = None;
    for other in runs {
        let Some((succeeded, before)) = made_of_in(store, &other, report)? else { continue };
        let changes = changes(store, &before, made_of)?;
        let is_nearer = nearest.as_ref().is_none_or(|nearest| {
            let rank = |changes: &[Change], succeeded: bool| (changes.len(), !succeeded);
            rank(&changes, succeeded) < rank(&nearest.changes, nearest.succeeded)
        });
        if is_nearer {
            nearest = Some(Earlier { run: other.id, fork: other.fork, succeeded, changes });
        }
    }
    Ok(nearest)
}

/// What the last call of that state was made of in another run.
fn made_of_in(
    store: &impl Store,
    run: &Run,
    report: &CallReport,
) -> Result<Option<(bool, MadeOf)>, ApiError> {
    let history = run::kept(store, run)?;
    let is_same = |other: &&CallReport| other.state == report.state && other.component == report.component;
    let calls = history.iter().rev().filter_map(|entry| entry.call.as_ref());
    let Some(call) = calls.into_iter().find(is_same) else { return Ok(None) };
    let answer = answer(store, call)?;
    Ok(answer.and_then(|answer| Some((answer.outcome == "succeeded", answer.made_of?))))
}

fn answer(store: &impl Store, report: &CallReport) -> Result<Option<Answer>, ApiError> {
    let Some(key) = &report.record else { return Ok(None) };
    // A value that isn't an answer is a claim: the answer is no longer kept.
    Ok(store.get(key)?.and_then(|value| serde_json::from_slice(&value).ok()))
}
