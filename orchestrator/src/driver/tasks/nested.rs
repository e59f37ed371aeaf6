//! Nested executions: a task starts a run of another project, and may wait for its end.
//!
//! The child's id follows from the task's run, entry and attempt, so a start that is repeated after a crash finds the
//! child that there is. The child knows its parent; when it ends, it tells the parent, before it leaves the list of open
//! runs: whoever dies in between tells it again.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use ulid::Ulid;
use workflow::integration::{Ended, StartExecution, started_output};
use workflow::{CallTask, Data, Happening, Pattern, Resource};

use super::{Called, called, failed, stage};
use crate::api::Orchestrator;
use crate::call::Outcome;
use crate::control::{self, Stop};
use crate::driver::{Heard, happen};
use crate::error::ApiError;
use crate::host::Host;
use crate::journal::{CallId, Journal};
use crate::run::{CallReport, Loaded, Parent, Run, Status, name_key};
use crate::start::{Nested, start_nested};
use crate::{project, table};

/// Most runs that may stand above one another.
pub const MAX_DEPTH: u32 = 16;
/// Most characters of a run's name, as on AWS.
const MAX_NAME_CHARS: usize = 80;
/// A run that was given a name is kept within this time, in milliseconds, or another one may have the name.
const CLAIM_MS: u64 = 60_000;
/// Most bytes of a failed child's description, of which AWS takes as many characters.
const MAX_CAUSE_BYTES: usize = 32_768;

/// Why no child is started.
enum Refusal {
    /// An error for Retry and Catch.
    Failed(&'static str, String),
    /// The store failed: it is tried again.
    Store(ApiError),
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self::Store(error)
    }
}

/// Starts the child, if that wasn't done before.
pub(super) fn start<H: Host>(app: &Orchestrator<H>, run: &Run, task: &CallTask) -> Called {
    let child = match find_or_start(app, run, task) {
        Ok(child) => child,
        Err(Refusal::Failed(error, cause)) => return failed(app, task, error, cause),
        Err(Refusal::Store(error)) => {
            app.host.log(&format!("run `{}` starts no child yet: {error}", run.id));
            return Called::nothing(task.entry, task.attempt);
        }
    };
    let output = started_output(&child.execution_arn(), child.started_at_ms);
    let mut report = CallReport::new(&task.state, &task.resource.to_string(), child.started_at_ms);
    report.result = json!({ "project": child.project, "run": child.id });
    match pattern(task) {
        Pattern::RequestResponse => called(task, Outcome::Succeeded(output), report),
        Pattern::Sync | Pattern::Sync2 | Pattern::WaitForTaskToken => stage::submitted(task, output, report),
    }
}

fn pattern(task: &CallTask) -> Pattern {
    match &*task.resource {
        Resource::Service { pattern, .. } => *pattern,
        _ => Pattern::RequestResponse,
    }
}

fn find_or_start<H: Host>(app: &Orchestrator<H>, run: &Run, task: &CallTask) -> Result<Run, Refusal> {
    let store = app.host.store();
    let start = StartExecution::from_input(&task.input)
        .map_err(|cause| Refusal::Failed("StepFunctions.ValidationException", cause))?;
    let id = child_of(run, (task.entry, task.attempt));
    if let Some(child) = find(store, &id)? {
        return Ok(child);
    }
    let depth = run.parent.as_ref().map_or(0, |parent| parent.depth) + 1;
    if depth > MAX_DEPTH {
        let cause = format!("runs are nested {MAX_DEPTH} deep at most");
        return Err(Refusal::Failed("StepFunctions.ExecutionLimitExceededException", cause));
    }
    let project = match project::load(store, &start.state_machine) {
        Err(error) if matches!(error.status, 400 | 404) => {
            return Err(Refusal::Failed("StepFunctions.StateMachineDoesNotExistException", error.message));
        }
        project => project?,
    };
    let waits = matches!(pattern(task), Pattern::Sync | Pattern::Sync2);
    if let Some(name) = &start.name {
        check_name(name)?;
        if let Some(other) = claim_name(app, &project.name, name, &id)? {
            let same_input = start.input.as_deref() == Some(&other.input(store)?);
            if !waits && !other.status.is_final() && same_input {
                return Ok(other);
            }
            let cause = format!("project `{}` has a run of the name `{name}`: `{}`", project.name, other.id);
            return Err(Refusal::Failed("StepFunctions.ExecutionAlreadyExistsException", cause));
        }
    }
    let nested = Nested {
        id: id.clone(),
        name: start.name,
        parent: Parent { run: run.id.clone(), entry: task.entry, attempt: task.attempt, waits, depth },
        input: start.input.map(Data::into_value),
        no_cache: run.no_cache,
        fork: run.fork.clone(),
    };
    if let Some(started) = start_nested(app, project, nested)? {
        started.drive_after_answer(app);
    }
    Ok(Loaded::load(store, &id)?.run)
}

/// The id of the child that a task starts. Children sort beside their parent.
pub(in crate::driver) fn child_of(run: &Run, (entry, attempt): CallId) -> String {
    let hash = Sha256::digest(format!("child of {}/{entry}/{attempt}", run.id));
    let mut bits = [0; 16];
    bits.copy_from_slice(&hash[..16]);
    Ulid::from_parts(run.started_at_ms, u128::from_be_bytes(bits)).to_string().to_lowercase()
}

fn find(store: &impl artifact::Store, id: &str) -> Result<Option<Run>, ApiError> {
    Ok(Loaded::load_many(store, &[id.to_owned()])?.pop())
}

fn check_name(name: &str) -> Result<(), Refusal> {
    let special = |c: char| c.is_whitespace() || c.is_control() || "<>{}[]?*\"#%\\^|~`$&,;:/".contains(c);
    if name.is_empty() || name.chars().count() > MAX_NAME_CHARS || name.chars().any(special) {
        let cause = format!("`{name}` cannot name a run: use 1 to {MAX_NAME_CHARS} plain characters");
        return Err(Refusal::Failed("StepFunctions.InvalidNameException", cause));
    }
    Ok(())
}

/// Which run has a name.
#[derive(Default, Serialize, Deserialize)]
struct Named {
    run: String,
    /// Since when, milliseconds since 1970.
    #[serde(default)]
    since_ms: u64,
}

/// Makes a name that run's. Gives the run that has it already, if it is another one. An error where it was given to one
/// just now that is not kept yet.
fn claim_name<H: Host>(
    app: &Orchestrator<H>,
    project: &str,
    name: &str,
    id: &str,
) -> Result<Option<Run>, ApiError> {
    let store = app.host.store();
    let key = name_key(project, name);
    let now_ms = app.host.now_ms();
    let mut other = None;
    table::update(store, &key, |named: &mut Named| {
        other = if named.run.is_empty() || named.run == id { None } else { find(store, &named.run)? };
        if other.is_some() {
            return Ok(());
        }
        if !named.run.is_empty() && named.run != id && now_ms < named.since_ms + CLAIM_MS {
            let message = format!("name `{name}` was given to run `{}`, which is not kept yet", named.run);
            return Err(ApiError::new(503, "name-claimed", message));
        }
        *named = Named { run: id.to_owned(), since_ms: now_ms };
        Ok(())
    })?;
    Ok(other)
}

/// Sees to what a run's end means to its kin: its children that wait in vain are stopped, and its parent is told.
/// Repeating it changes nothing.
pub fn settle<H: Host>(app: &Orchestrator<H>, run: &Run) -> Result<(), ApiError> {
    if run.has_children {
        let journal = Journal::open(app.host.store(), &run.id)?;
        for (id, _) in journal.handed().iter().filter(|(_, handed)| handed.nested) {
            stop_child(app, run, *id)?;
        }
    }
    match &run.parent {
        Some(parent) if parent.waits => tell_parent(app, run, parent),
        _ => Ok(()),
    }
}

fn tell_parent<H: Host>(app: &Orchestrator<H>, run: &Run, parent: &Parent) -> Result<(), ApiError> {
    let Some(outcome) = run.outcome(app.host.store())? else { return Ok(()) };
    let input = run.input(app.host.store())?;
    let (execution_arn, state_machine_arn) = (run.execution_arn(), run.machine_arn());
    let ended = Ended {
        execution_arn: &execution_arn,
        name: run.execution_name(),
        state_machine_arn: &state_machine_arn,
        input: &input,
        started_at_ms: run.started_at_ms,
        stopped_at_ms: run.finished_at_ms.unwrap_or(run.started_at_ms),
        outcome: &outcome,
    };
    let what = |call: &CallTask| {
        let (entry, attempt) = (call.entry, call.attempt);
        let told = ended.describe(pattern(call) == Pattern::Sync2);
        if run.status == Status::Succeeded {
            return Happening::TaskSucceeded { entry, attempt, output: Data::from(told) };
        }
        let error = "States.TaskFailed".to_owned();
        Happening::TaskFailed { entry, attempt, error, cause: Some(failure_cause(told)) }
    };
    match happen(app, &parent.run, (parent.entry, parent.attempt), what) {
        Ok(Heard::Yes | Heard::Closed) => Ok(()),
        // It is no longer kept.
        Err(error) if error.status == 404 => Ok(()),
        Err(error) => Err(error),
    }
}

/// What is told of a run that failed, as the text that a cause is. The causes of nested runs stand in one another, and each
/// level escapes the ones below, so what is too long is left out.
fn failure_cause(mut told: Value) -> String {
    let text = told.to_string();
    if text.len() <= MAX_CAUSE_BYTES {
        return text;
    }
    if let Some(members) = told.as_object_mut() {
        members.remove("Input");
    }
    told["InputDetails"] = json!({ "Included": false });
    let whole = told["Cause"].as_str().unwrap_or_default().to_owned();
    let mut chars = MAX_CAUSE_BYTES;
    loop {
        let text = told.to_string();
        if text.len() <= MAX_CAUSE_BYTES || chars == 0 {
            return text;
        }
        chars /= 2;
        let kept: String = whole.chars().take(chars).collect();
        told["Cause"] = format!("{kept}…").into();
    }
}

/// Stops the child of a task that no longer waits for it, unless the child has ended.
pub(in crate::driver) fn stop_child<H: Host>(
    app: &Orchestrator<H>,
    run: &Run,
    id: CallId,
) -> Result<(), ApiError> {
    let child = child_of(run, id);
    let waits = |found: &Run| found.parent.as_ref().is_some_and(|parent| parent.waits);
    match find(app.host.store(), &child)? {
        Some(found) if waits(&found) && !found.status.is_final() => {}
        _ => return Ok(()),
    }
    let cause = format!("run `{}`, which started this one, no longer waits for it", run.id);
    match control::cancel(app, &child, &Stop { error: None, cause: Some(cause) }) {
        // It has ended meanwhile.
        Err(error) if error.status == 409 => Ok(()),
        stopped => stopped,
    }
}
