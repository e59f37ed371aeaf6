//! `/api/runs`: start, list, show, follow, cancel.

use std::sync::Arc;

use artifact::Digest;
use futures::channel::oneshot;
use futures::future::select;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use ulid::Ulid;
use workflow::{Definition, Happening, Seed};

use super::Orchestrator;
use crate::driver::{self, Adopt, Drive, new_lease};
use crate::error::ApiError;
use crate::host::Host;
use crate::http::{Head, Response, parse_json};
use crate::index;
use crate::journal::{Journal, Saved};
use crate::project::{self, Project, check_pipeline, load_pipeline};
use crate::run::{Loaded, Parent, Run, Status};
use crate::{token, view};

/// Longest time that a request waits for a run, in seconds: platforms end a request at 30 s.
pub(crate) const MAX_WAIT_S: u64 = 25;
/// Most runs of one list.
pub(crate) const MAX_LISTED_RUNS: u64 = 1_000;
/// Runs of a list unless the client says how many.
const DEFAULT_LISTED_RUNS: u64 = 50;
/// How often a cancellation is tried against a driver's writes.
const MAX_CANCEL_TRIES: usize = 16;

/// What starts a run.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartRun {
    /// Full name of a ref, or a short one: `refs/heads/main`, `main`.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// Branch or tag, for people.
    pub branch: Option<String>,
    /// Commit id.
    pub commit: Option<String>,
    /// Members to add to the workflow's input.
    pub input: Option<Map<String, Value>>,
    /// Tree of a working directory: checkout is answered with it.
    pub source: Option<Digest>,
    /// Results of earlier calls are not used.
    #[serde(default)]
    pub no_cache: bool,
}

/// A run that has begun.
pub struct Started {
    /// Its id.
    pub id: String,
    project: Project,
    journal: Journal,
    owner: String,
}

/// Where a run comes from that a task of another run starts.
#[derive(Debug, Clone)]
pub struct Nested {
    /// Its id, which follows from the task's, so that a repeated start finds it.
    pub id: String,
    /// Its name, where one is wanted.
    pub name: Option<String>,
    /// The task.
    pub parent: Parent,
    /// What it begins with, exactly; without it, what a run of its project begins with.
    pub input: Option<Value>,
}

/// Begins a run, durably. It is driven by [`Started::drive_after_answer`], or by a tick.
pub fn start<H: Host>(
    app: &Orchestrator<H>,
    project: Project,
    request: StartRun,
) -> Result<Started, ApiError> {
    let id = Ulid::from_parts(app.host.now_ms(), app.host.random()).to_string().to_lowercase();
    let input = input(&project, &request);
    begin(app, project, request, Identity { id: id.clone(), name: None, parent: None, input })?
        .ok_or_else(|| ApiError::new(500, "run-exists", format!("there is a run `{id}` already")))
}

/// Begins a run that a task of another one starts. `None`: it has begun already.
pub fn start_nested<H: Host>(
    app: &Orchestrator<H>,
    project: Project,
    no_cache: bool,
    nested: Nested,
) -> Result<Option<Started>, ApiError> {
    let request = StartRun { no_cache, ..StartRun::default() };
    let Nested { id, name, parent, input: given } = nested;
    let input = given.unwrap_or_else(|| input(&project, &request));
    begin(app, project, request, Identity { id, name, parent: Some(parent), input })
}

struct Identity {
    id: String,
    name: Option<String>,
    parent: Option<Parent>,
    input: Value,
}

fn begin<H: Host>(
    app: &Orchestrator<H>,
    project: Project,
    request: StartRun,
    identity: Identity,
) -> Result<Option<Started>, ApiError> {
    let store = app.host.store();
    let now_ms = app.host.now_ms();
    let pipeline = load_pipeline(store, &project.definition)?;
    let definition: Arc<Definition> = Arc::new(check_pipeline(&pipeline)?);
    let Identity { id, name, parent, input } = identity;
    let token_key = token::key(&app.settings, &id)?;
    let lease = new_lease(&app.host);
    let owner = lease.owner.clone();
    let run = Run {
        id: id.clone(),
        project: project.name.clone(),
        definition: project.definition,
        status: Status::Running,
        started_at_ms: now_ms,
        finished_at_ms: None,
        branch: request.branch.clone().or_else(|| request.reference.clone()),
        commit: request.commit.clone(),
        input: Some(input),
        output: None,
        error: None,
        cause: None,
        no_cache: request.no_cache,
        source: request.source,
        name,
        parent,
        token_key: Some(token_key),
        lease: Some(lease),
        wake_at_ms: None,
        chunks: Vec::new(),
        chunked_events: 0,
        tail: Vec::new(),
    };
    index::open(store, &id, None)?;
    let seed = seed(&app.host);
    let journal = Journal::create(store, run, definition, seed)?;
    Ok(journal.map(|journal| Started { id, project, journal, owner }))
}

impl Started {
    /// Drives the run once the present request is answered.
    pub fn drive_after_answer<H: Host>(self, app: &Orchestrator<H>) {
        let app = app.clone();
        app.host.clone().spawn(async move {
            app.host.sleep(1).await;
            self.drive(&app).await;
        });
    }

    async fn drive<H: Host>(self, app: &Orchestrator<H>) {
        let Self { id, project, journal, owner } = self;
        if let Err(error) = index::add(app.host.store(), &project.name, &id) {
            app.host.log(&format!("run `{id}` is not listed before the next tick: {error}"));
        }
        driver::go_on(app, &id, Drive::of(app, project, journal, owner)).await;
    }
}

/// What the workflow begins with.
fn input(project: &Project, request: &StartRun) -> Value {
    let mut input = Map::new();
    input.insert("project".to_owned(), json!(project.name));
    for (name, value) in [
        ("repository", &project.repository),
        ("ref", &request.reference),
        ("branch", &request.branch),
        ("commit", &request.commit),
    ] {
        if let Some(value) = value {
            input.insert(name.to_owned(), json!(value));
        }
    }
    input.insert("site".to_owned(), json!(project.site));
    input.insert("environment".to_owned(), json!(project.environment));
    input.extend(request.input.clone().unwrap_or_default());
    Value::Object(input)
}

fn seed(host: &impl Host) -> Seed {
    let mut seed = [0; 32];
    seed[..16].copy_from_slice(&host.random().to_le_bytes());
    seed[16..].copy_from_slice(&host.random().to_le_bytes());
    Seed(seed)
}

/// `POST /api/projects/{name}/runs[?wait=SECONDS]`
pub(super) async fn post<H: Host>(
    app: &Orchestrator<H>,
    name: &str,
    head: &Head,
    body: &[u8],
) -> Result<Response, ApiError> {
    let request: StartRun = parse_json(body)?;
    let project = project::load(app.host.store(), name)?;
    let wait_s = head.query_number("wait")?;
    let started = start(app, project, request)?;
    let id = started.id.clone();
    let Some(wait_s) = wait_s else {
        started.drive_after_answer(app);
        return Ok(Response::json(202, &json!({ "id": id, "status": "running" })));
    };
    let (done, is_done) = oneshot::channel();
    let background = app.clone();
    app.host.spawn(async move {
        started.drive(&background).await;
        // Nobody listens if the request has waited long enough.
        let _ = done.send(());
    });
    let limit = std::pin::pin!(app.host.sleep(wait_s.min(MAX_WAIT_S) * 1000));
    select(is_done, limit).await;
    respond_with(app, &id)
}

/// `GET /api/runs/{id}[?wait=SECONDS]`: with `wait`, answers when the run is at its end, or after that time.
pub(super) async fn show<H: Host>(
    app: &Orchestrator<H>,
    id: &str,
    head: &Head,
) -> Result<Response, ApiError> {
    const POLL_MS: u64 = 50;
    let wait_ms = head.query_number("wait")?.unwrap_or(0).min(MAX_WAIT_S) * 1000;
    let until_ms = app.host.now_ms() + wait_ms;
    while wait_ms > 0
        && app.host.now_ms() < until_ms
        && Loaded::load(app.host.store(), id)?.run.status == Status::Running
    {
        app.host.sleep(POLL_MS).await;
    }
    respond_with(app, id)
}

fn respond_with<H: Host>(app: &Orchestrator<H>, id: &str) -> Result<Response, ApiError> {
    let journal = Journal::open(app.host.store(), id)?;
    let run = view::run(app, &journal)?;
    Ok(Response::json(200, &run))
}

/// `GET /api/runs[?project=NAME&limit=N]`
pub(super) fn list<H: Host>(app: &Orchestrator<H>, head: &Head) -> Result<Response, ApiError> {
    let limit = head.query_number("limit")?.unwrap_or(DEFAULT_LISTED_RUNS).min(MAX_LISTED_RUNS);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let runs = newest(app, head.query("project"), limit)?;
    let shown: Vec<Value> = runs.iter().map(view::summary).collect();
    Ok(Response::json(200, &json!({ "runs": shown })))
}

/// The newest runs, of one project or all.
pub fn newest<H: Host>(
    app: &Orchestrator<H>,
    project: Option<&str>,
    limit: usize,
) -> Result<Vec<Run>, ApiError> {
    let store = app.host.store();
    let names = match project {
        Some(name) => vec![project::load(store, name)?.name],
        None => project::names(store)?,
    };
    let mut ids = Vec::new();
    for name in names {
        ids.extend(index::newest(store, &name, limit)?);
    }
    // Ids begin with the time.
    ids.sort_unstable_by(|a, b| b.cmp(a));
    ids.truncate(limit);
    Loaded::load_many(store, &ids)
}

/// `GET /api/runs/{id}/events`
pub(super) fn events<H: Host>(app: &Orchestrator<H>, id: &str) -> Result<Response, ApiError> {
    let loaded = Loaded::load(app.host.store(), id)?;
    let events = view::events(app.host.store(), &loaded)?;
    Ok(Response::json(200, &json!({ "events": events })))
}

/// `GET /api/runs/{id}/log[?state=NAME]`
pub(super) fn log<H: Host>(app: &Orchestrator<H>, id: &str, head: &Head) -> Result<Response, ApiError> {
    let journal = Journal::open(app.host.store(), id)?;
    let log = view::log(app.host.store(), &journal, head.query("state"), app.host.now_ms())?;
    Ok(Response::text(200, log))
}

/// `POST /api/runs/{id}/cancel`
pub(super) fn cancel<H: Host>(app: &Orchestrator<H>, id: &str, body: &[u8]) -> Result<Response, ApiError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Cancel {
        cause: Option<String>,
    }
    let Cancel { cause } = parse_json(body)?;
    let store = app.host.store();
    for _ in 0..MAX_CANCEL_TRIES {
        let mut journal = Journal::open(store, id)?;
        if journal.is_finished() {
            return Err(ApiError::new(409, "run-finished", format!("run `{id}` is at its end")));
        }
        let what = Happening::Cancelled { error: None, cause: cause.clone() };
        journal.apply(app.host.now_ms(), what, None)?;
        if journal.save(store)? == Saved::Yes {
            driver::settle(app, &journal)?;
            index::close(store, id)?;
            return respond_with(app, id);
        }
    }
    Err(ApiError::new(503, "contention", format!("run `{id}` changes all the time"))
        .hint("repeat the request"))
}

/// `POST /api/tick`
pub(super) fn tick<H: Host>(app: &Orchestrator<H>, body: &[u8]) -> Result<Response, ApiError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Tick {
        adopt: Option<String>,
    }
    let Tick { adopt } = parse_json(body)?;
    let adopt = match adopt.as_deref() {
        None => Adopt::Orphans,
        Some("all") => Adopt::All,
        Some(other) => {
            return Err(ApiError::bad_request(
                "invalid-tick",
                format!("`adopt` is `{other}`: only `all` is known"),
            ));
        }
    };
    let runs = driver::tick(app, adopt)?;
    Ok(Response::json(200, &json!({ "runs": runs })))
}
