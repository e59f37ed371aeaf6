//! Starts runs: of a project, or of an earlier run again.

use artifact::{Digest, Store};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use ulid::Ulid;
use workflow::Seed;

use crate::api::Orchestrator;
use crate::definitions;
use crate::delivery;
use crate::driver::{self, Drive, new_lease};
use crate::error::ApiError;
use crate::gate;
use crate::host::Host;
use crate::index;
use crate::journal::Journal;
use crate::project::{self, Project};
use crate::run::{Loaded, Parent, Run, Status};
use crate::{token, turn};

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
    /// The fork whose code runs. Found by itself where the reference is a pull request's, or the repository is not the
    /// project's.
    pub fork: Option<String>,
    /// The record that says which run a delivery started, and the id that it gives this one.
    #[serde(skip)]
    pub(crate) delivery: Option<(String, String)>,
}

/// A run that is driven by whoever holds this.
pub struct Started {
    /// Its id.
    pub id: String,
    /// `None`: it waits for its turn.
    begun: Option<Begun>,
}

struct Begun {
    project: Project,
    journal: Journal,
    owner: String,
}

/// Begins a run, durably. It is driven by [`Started::drive_after_answer`], or by a tick. `Ok(None)`: the
/// request's delivery has started its run already.
pub fn start<H: Host>(
    app: &Orchestrator<H>,
    project: Project,
    request: StartRun,
) -> Result<Option<Started>, ApiError> {
    let input = input(&project, &request);
    let fork = fork(&project, &request, &input)?;
    let (delivery, id) = request.delivery.unzip();
    let run = Run {
        branch: request.branch.or(request.reference),
        commit: request.commit,
        no_cache: request.no_cache,
        source: request.source,
        fork,
        delivery,
        ..new_run(app, &project, id, input)
    };
    create(app, project, run)
}

/// What became of a delivery.
pub enum Delivered {
    /// It started this run.
    Begun(Box<Started>),
    /// It came before: the id of the run that it started then.
    Before(String),
}

/// Begins the run of a webhook's delivery, once, however often it comes. `key` is the delivery's record.
pub fn start_delivered<H: Host>(
    app: &Orchestrator<H>,
    project: Project,
    mut request: StartRun,
    key: String,
) -> Result<Delivered, ApiError> {
    let store = app.host.store();
    let id = delivery::claim(store, &key, new_id(&app.host))?;
    if Loaded::is_kept(store, &id)? {
        let run = Loaded::load(store, &id)?.run;
        if !run.status.is_final() {
            // Whoever kept it may have ended before anybody knew of it.
            index::wake(store, &run, app.host.now_ms())?;
        }
        return Ok(Delivered::Before(id));
    }
    // New, or a host ended between the claim and the run's record.
    request.delivery = Some((key, id.clone()));
    Ok(match start(app, project, request)? {
        Some(started) => Delivered::Begun(Box::new(started)),
        None => Delivered::Before(id),
    })
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
    /// Results of earlier calls are not used.
    pub no_cache: bool,
    /// The fork whose code its parent runs.
    pub fork: Option<String>,
}

/// Begins a run that a task of another one starts. `None`: it has begun already.
pub fn start_nested<H: Host>(
    app: &Orchestrator<H>,
    project: Project,
    nested: Nested,
) -> Result<Option<Started>, ApiError> {
    let Nested { id, name, parent, input: given, no_cache, fork } = nested;
    let input = given.unwrap_or_else(|| input(&project, &StartRun::default()));
    let mut run =
        Run { name, parent: Some(parent), no_cache, fork, ..new_run(app, &project, Some(id), input) };
    pass_gates_of_ancestors(app.host.store(), &mut run)?;
    create(app, project, run)
}

/// A run for whose end another one waits goes through the gates that the other one holds: it would wait for ever for
/// the other one to leave them.
fn pass_gates_of_ancestors(store: &impl Store, run: &mut Run) -> Result<(), ApiError> {
    let mut parent = run.parent.clone().filter(|parent| parent.waits);
    while let Some(above) = parent.filter(|_| !run.gates.is_empty()) {
        let above = Loaded::load(store, &above.run)?.run;
        run.gates.retain(|gate| !above.gates.contains(gate));
        parent = above.parent.filter(|parent| parent.waits);
    }
    Ok(())
}

/// Runs once more what a run began with: the same pipeline, commit and input.
pub fn rerun<H: Host>(app: &Orchestrator<H>, id: &str, no_cache: bool) -> Result<Option<Started>, ApiError> {
    let store = app.host.store();
    let before = Loaded::load(store, id)?.run;
    let project = project::load(store, &before.project)?;
    let input = before.input(store)?;
    let run = Run {
        definition: before.definition,
        branch: before.branch,
        commit: before.commit,
        no_cache,
        source: before.source,
        fork: before.fork,
        rerun_of: Some(before.id),
        ..new_run(app, &project, None, input)
    };
    create(app, project, run)
}

fn new_run<H: Host>(app: &Orchestrator<H>, project: &Project, id: Option<String>, input: Value) -> Run {
    let id = id.unwrap_or_else(|| new_id(&app.host));
    Run {
        input: Some(input),
        gates: turn::gates(app, project),
        ..Run::new(id, project.name.clone(), project.definition, app.host.now_ms())
    }
}

fn create<H: Host>(
    app: &Orchestrator<H>,
    project: Project,
    mut run: Run,
) -> Result<Option<Started>, ApiError> {
    let store = app.host.store();
    run.data_bytes = app.settings.data_bytes()?;
    let bytes = run.input.as_ref().map_or(0, |input| input.to_string().len());
    if bytes > run.data_bytes {
        let message = format!("the input has {bytes} bytes: {} are taken at most", run.data_bytes);
        return Err(ApiError::new(413, "input-too-large", message)
            .hint("pass files as an artifact, and name its digest in the input"));
    }
    run.token_key = Some(token::key(&app.settings, &run.id)?);
    let definition = definitions::load(store, &run.definition)?;
    let id = run.id.clone();
    run.gates.iter().try_for_each(|gate| gate::demand_room(store, gate))?;
    index::open(store, &run, None)?;
    let begun = if run.gates.is_empty() {
        let lease = new_lease(&app.host);
        let owner = lease.owner.clone();
        let journal = Journal::create(store, run.clone(), definition, new_seed(&app.host), lease)?;
        journal.map(|journal| Some(Begun { project, journal, owner }))
    } else {
        Loaded::unsaved(run.clone()).create(store)?.then_some(None)
    };
    if driver::may_be_forgotten(&id, app.host.now_ms()) {
        // This took so long that a tick may have taken the run for one that was never kept.
        index::open(store, &run, None)?;
    }
    Ok(begun.map(|begun| Started { id, begun }))
}

impl Started {
    /// A run whose lease is held under that name.
    pub(crate) fn begun(project: Project, journal: Journal, owner: String) -> Self {
        Self { id: journal.run().id.clone(), begun: Some(Begun { project, journal, owner }) }
    }

    /// A run that asks for its turn as soon as it is driven.
    pub(crate) fn queued(id: &str) -> Self {
        Self { id: id.to_owned(), begun: None }
    }

    /// How far it is now.
    pub fn status(&self) -> Status {
        if self.begun.is_some() { Status::Running } else { Status::Queued }
    }

    /// Drives the run once the present request is answered.
    pub fn drive_after_answer<H: Host>(self, app: &Orchestrator<H>) {
        let app = app.clone();
        app.host.clone().spawn(async move {
            app.host.sleep(1).await;
            self.drive(&app).await;
        });
    }

    /// Drives the run until the drive ends. Gives the run if it is at its end.
    pub async fn drive<H: Host>(self, app: &Orchestrator<H>) -> Option<Journal> {
        match self.begun {
            Some(Begun { project, journal, owner }) => {
                driver::go_on(app, &self.id, Drive::of(app, project, journal, owner)).await
            }
            None => driver::drive(app, &self.id).await,
        }
    }
}

/// References under which git hosts keep what others propose: GitHub's, Gitea's and Forgejo's, GitLab's, Bitbucket's and
/// Gerrit's. Who may propose may not write.
const PROPOSALS: [&str; 4] = ["refs/pull/", "refs/merge-requests/", "refs/pull-requests/", "refs/changes/"];
/// Most bytes of a fork's name.
const MAX_FORK_BYTES: usize = 512;

/// The fork whose code a run has, unless it is the project's own.
fn fork(project: &Project, request: &StartRun, input: &Value) -> Result<Option<String>, ApiError> {
    let given = request.fork.clone().filter(|fork| !fork.is_empty());
    let reference = input["ref"].as_str().unwrap_or_default();
    let proposed = || {
        let is_proposal = PROPOSALS.iter().any(|prefix| reference.starts_with(prefix));
        is_proposal.then(|| reference.rsplit_once('/').map_or(reference, |(number, _)| number).to_owned())
    };
    let elsewhere = || {
        let repository = input["repository"].as_str()?;
        let own = project.repository.as_deref()?;
        (repository != own).then(|| repository.to_owned())
    };
    let fork = given.or_else(proposed).or_else(elsewhere);
    match fork {
        Some(fork) if fork.len() > MAX_FORK_BYTES => Err(ApiError::bad_request(
            "invalid-fork",
            format!("the fork's name has {} bytes: the limit is {MAX_FORK_BYTES}", fork.len()),
        )),
        fork => Ok(fork),
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

/// An id for a run: sorts by time.
pub fn new_id(host: &impl Host) -> String {
    Ulid::from_parts(host.now_ms(), host.random()).to_string().to_lowercase()
}

/// Randomness for a run.
pub fn new_seed(host: &impl Host) -> Seed {
    let mut seed = [0; 32];
    seed[..16].copy_from_slice(&host.random().to_le_bytes());
    seed[16..].copy_from_slice(&host.random().to_le_bytes());
    Seed(seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(repository: Option<&str>, request: &Value, expected: Option<&str>) {
        let registration = json!({
            "name": "p", "repository": repository,
            "pipeline": { "StartAt": "A", "States": { "A": { "Type": "Succeed" } } },
        });
        let registration: project::Registration = serde_json::from_value(registration).unwrap();
        let settings = crate::settings::Settings { master_key: "k".repeat(32), ..Default::default() };
        let (project, _) = registration.into_project(&settings, 0, || 7).unwrap();
        let request: StartRun = serde_json::from_value(request.clone()).unwrap();
        let found = fork(&project, &request, &input(&project, &request)).unwrap();
        assert_eq!(found.as_deref(), expected);
    }

    #[test]
    fn forks_are_told_from_a_project_s_own_branches() {
        let own = Some("https://git.example/a");
        check(own, &json!({}), None);
        check(own, &json!({ "ref": "refs/heads/pull/7" }), None);
        check(own, &json!({ "ref": "refs/pull/7/head" }), Some("refs/pull/7"));
        check(own, &json!({ "ref": "refs/merge-requests/7/merge" }), Some("refs/merge-requests/7"));
        check(own, &json!({ "input": { "ref": "refs/pull/8/head" } }), Some("refs/pull/8"));
        check(own, &json!({ "fork": "somebody/a" }), Some("somebody/a"));
        check(
            own,
            &json!({ "input": { "repository": "https://git.example/b" } }),
            Some("https://git.example/b"),
        );
        check(own, &json!({ "input": { "repository": "https://git.example/a" } }), None);
        check(None, &json!({ "input": { "repository": "https://git.example/b" } }), None);
    }
}
