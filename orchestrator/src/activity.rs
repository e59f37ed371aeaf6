//! Activities: queues of tasks that workers poll for. A queue only names tasks; that a task is taken is an event of its
//! run, so no two workers get the same one, and a queue that is out of date does no harm.

use artifact::Store;
use serde::{Deserialize, Serialize};
use workflow::{CallTask, Happening};

use crate::api::Orchestrator;
use crate::driver::happen_if;
use crate::error::ApiError;
use crate::host::Host;
use crate::run::{Loaded, Run, Status};
use crate::table;

/// Most tasks that wait in one activity's queue: it is one value of the store.
pub const MAX_QUEUED_TASKS: usize = 4_000;
/// Most activities of one application: their names are one value of the store.
pub const MAX_ACTIVITIES: usize = 1_000;
/// Most characters of an activity's name, as on AWS.
pub const MAX_NAME_CHARS: usize = 80;
/// Most characters of a worker's name, as on AWS.
pub const MAX_WORKER_CHARS: usize = 80;
/// Tasks at the head of a queue that one poll tries to take before it looks again.
const MAX_CLAIMS: usize = 16;
/// Key of the list of all names.
const INDEX_KEY: &str = "activities";

/// A task in a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queued {
    /// Run's id.
    pub run: String,
    /// The task's state entry.
    pub entry: u64,
    /// The task's attempt.
    pub attempt: u32,
    /// Project's name.
    pub project: String,
    /// State's name.
    pub state: String,
    /// Since when it waits, milliseconds since 1970.
    pub since_ms: u64,
}

impl Queued {
    fn same_task(&self, other: &Self) -> bool {
        (&self.run, self.entry, self.attempt) == (&other.run, other.entry, other.attempt)
    }
}

/// A task that a worker has taken.
#[derive(Debug)]
pub struct Taken {
    /// Where it stood.
    pub queued: Queued,
    /// The call.
    pub call: CallTask,
}

/// What came of an attempt to queue a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enqueued {
    /// It is in the queue.
    Yes,
    /// The queue has [`MAX_QUEUED_TASKS`], or there are [`MAX_ACTIVITIES`] queues.
    Full,
}

/// Puts a task into an activity's queue. Doing it again changes nothing.
pub fn enqueue(
    store: &impl Store,
    activity: &str,
    run: &Run,
    call: &CallTask,
    now_ms: u64,
) -> Result<Enqueued, ApiError> {
    if !register(store, activity)? {
        return Ok(Enqueued::Full);
    }
    let task = Queued {
        run: run.id.clone(),
        entry: call.entry,
        attempt: call.attempt,
        project: run.project.clone(),
        state: call.state.to_string(),
        since_ms: now_ms,
    };
    for pruned in [false, true] {
        let mut enqueued = Enqueued::Yes;
        table::update(store, &key(activity), |queue: &mut Vec<Queued>| {
            enqueued = Enqueued::Yes;
            if queue.iter().any(|other| other.same_task(&task)) {
                return Ok(());
            }
            if queue.len() >= MAX_QUEUED_TASKS {
                enqueued = Enqueued::Full;
                return Ok(());
            }
            queue.push(task.clone());
            Ok(())
        })?;
        if enqueued == Enqueued::Yes || pruned {
            return Ok(enqueued);
        }
        prune(store, activity)?;
    }
    Ok(Enqueued::Full)
}

/// Notes that there is such an activity. `false`: there are too many.
fn register(store: &impl Store, activity: &str) -> Result<bool, ApiError> {
    if names(store)?.iter().any(|name| name == activity) {
        return Ok(true);
    }
    let mut fits = true;
    table::update(store, INDEX_KEY, |names: &mut Vec<String>| {
        fits = true;
        if let Err(place) = names.binary_search_by(|name| name.as_str().cmp(activity)) {
            fits = names.len() < MAX_ACTIVITIES;
            if fits {
                names.insert(place, activity.to_owned());
            }
        }
        Ok(())
    })?;
    Ok(fits)
}

/// Takes the tasks of runs that have ended out of a queue.
fn prune(store: &impl Store, activity: &str) -> Result<(), ApiError> {
    let mut ids: Vec<String> = queue(store, activity)?.into_iter().map(|task| task.run).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut running = Vec::new();
    for ids in ids.chunks(256) {
        let runs = Loaded::load_many(store, ids)?;
        running.extend(runs.into_iter().filter(|run| run.status == Status::Running).map(|run| run.id));
    }
    table::update(store, &key(activity), |queue: &mut Vec<Queued>| {
        // What came meanwhile is left alone.
        queue.retain(|task| running.contains(&task.run) || !ids.contains(&task.run));
        Ok(())
    })
}

/// Gives a worker the task that has waited longest. `None`: none waits.
pub fn take<H: Host>(
    app: &Orchestrator<H>,
    activity: &str,
    worker: Option<&str>,
) -> Result<Option<Taken>, ApiError> {
    let store = app.host.store();
    let mut seen = Vec::new();
    let mut taken = None;
    for queued in queue(store, activity)?.into_iter().take(MAX_CLAIMS) {
        let claimed = claim(app, &queued, worker)?;
        seen.push(queued.clone());
        if let Some(call) = claimed {
            taken = Some(Taken { queued, call });
            break;
        }
    }
    if !seen.is_empty() {
        // After the event in the run: whoever dies between them leaves a task that the next one passes over.
        table::update(store, &key(activity), |queue: &mut Vec<Queued>| {
            queue.retain(|task| !seen.iter().any(|other| other.same_task(task)));
            Ok(())
        })?;
    }
    Ok(taken)
}

/// Makes a task the worker's. `None`: it is another's, or nobody waits for it any longer.
fn claim<H: Host>(
    app: &Orchestrator<H>,
    task: &Queued,
    worker: Option<&str>,
) -> Result<Option<CallTask>, ApiError> {
    let started = |call: &CallTask| Happening::TaskStarted {
        entry: call.entry,
        attempt: call.attempt,
        worker: worker.map(str::to_owned),
    };
    let claimed = happen_if(app, &task.run, (task.entry, task.attempt), |call, handed| {
        handed.is_none().then(|| started(call))
    });
    match claimed {
        Err(error) if error.status == 404 => Ok(None),
        claimed => claimed,
    }
}

/// Tasks that wait, the oldest first. Some may have ended since.
pub fn queue(store: &impl Store, activity: &str) -> Result<Vec<Queued>, ApiError> {
    Ok(table::read(store, &key(activity))?.unwrap_or_default())
}

/// All activities that ever had a task, sorted.
pub fn names(store: &impl Store) -> Result<Vec<String>, ApiError> {
    Ok(table::read(store, INDEX_KEY)?.unwrap_or_default())
}

/// Demands a name that an activity may have.
pub fn check_name(name: &str) -> Result<(), ApiError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if name.is_empty() || name.len() > MAX_NAME_CHARS || !name.chars().all(plain) {
        return Err(ApiError::bad_request("invalid-name", format!("`{name}` cannot name an activity"))
            .hint(format!("use 1 to {MAX_NAME_CHARS} letters, digits, `-` and `_`")));
    }
    Ok(())
}

fn key(activity: &str) -> String {
    format!("activity/{activity}")
}
