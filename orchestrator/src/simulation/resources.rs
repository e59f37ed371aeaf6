//! Tasks that end outside of their drive, on hosts that die at every write: each ends once, and every run ends.

mod activities;
mod files;
mod nested;
mod payloads;
mod requests;
mod tokens;

use std::rc::Rc;

use serde_json::{Value, json};

use super::{Fate, Machine, SimHost, World};
use crate::api::{self, Orchestrator};
use crate::driver::{Adopt, tick};
use crate::error::ApiError;
use crate::http::{Head, Response};
use crate::journal::Journal;
use crate::project::{self, Registration};
use crate::run::{Loaded, Run, Status};
use crate::start::{StartRun, start};
use crate::{index, run};

/// Hosts that one simulation may need.
const MAX_HOSTS: usize = 200;
/// How long each host lives, in seconds, unless it dies before.
const LIFE_S: u64 = 90;

/// One host, and the orchestrator on it.
struct Running {
    app: Orchestrator<SimHost>,
    machine: Rc<Machine>,
}

fn world(projects: &[Value]) -> World {
    let world = World::new(1);
    let host = host(&world);
    for project in projects {
        let registration: Registration = serde_json::from_value(project.clone()).unwrap();
        let (project, pipeline) = registration.into_project(&host.app.settings, 0, || 7).unwrap();
        project::save(&world.durable, &project, &pipeline, true).unwrap();
    }
    world
}

/// A host that lives on.
fn host(world: &World) -> Running {
    let machine = world.host();
    Running { app: world.app(&machine), machine }
}

/// A host that dies at that write.
fn mortal(world: &World, dies_at_write: u64) -> Running {
    let host = host(world);
    host.machine.writes_left.set(Some(dies_at_write));
    host
}

fn runs(world: &World, project: &str) -> Vec<Run> {
    let ids = index::newest(&world.durable, &[project.to_owned()], 1_000).unwrap();
    Loaded::load_many(&world.durable, &ids).unwrap()
}

/// Starts a run of a project.
fn begin(world: &World, host: &Running, project: &str, input: Value) -> String {
    let project = project::load(&world.durable, project).unwrap();
    let request = StartRun { input: input.as_object().cloned(), ..StartRun::default() };
    let started = start(&host.app, project, request).unwrap().unwrap();
    let id = started.id.clone();
    started.drive_after_answer(&host.app);
    world.run_for(1_000);
    id
}

fn load(world: &World, id: &str) -> Run {
    Loaded::load(&world.durable, id).unwrap().run
}

/// Lets time pass, second by second, with a tick in each.
fn pass(world: &World, host: &Running, seconds: u64) {
    for _ in 0..seconds {
        // A dead host's errors are nobody's to hear.
        let _ = tick(&host.app, Adopt::Orphans);
        world.run_for(1_000);
    }
}

/// A request as somebody with the API's token sends it.
fn ask(host: &Running, method: &str, path: &str, body: &Value) -> Result<Value, ApiError> {
    let bearer = vec![("authorization".to_owned(), "Bearer token".to_owned())];
    read(&send(host, method, path, bearer, body)?)
}

/// A request as somebody without it sends it.
fn ask_openly(host: &Running, method: &str, path: &str, body: &Value) -> Result<Value, ApiError> {
    read(&send(host, method, path, Vec::new(), body)?)
}

fn send(
    host: &Running,
    method: &str,
    path: &str,
    headers: Vec<(String, String)>,
    body: &Value,
) -> Result<Response, ApiError> {
    let head = Head::new(method, path, headers);
    api::admit(&host.app, &head)?;
    futures::executor::block_on(api::dispatch(&host.app, &head, body.to_string().into_bytes()))
}

fn read(response: &Response) -> Result<Value, ApiError> {
    Ok(serde_json::from_slice(&response.body).unwrap())
}

/// Starts a run of the first project on a host that dies at that write; then hosts follow that die at later and later
/// writes, until all runs have ended. In each second `actor` does what people and workers outside do. Gives the runs of
/// the first project.
#[track_caller]
fn survive(
    projects: &[Value],
    dies_at_write: u64,
    fate: Fate,
    actor: impl FnMut(&World, &Running),
) -> (World, Vec<Run>) {
    let first = projects[0]["name"].as_str().unwrap();
    survive_in(world(projects), first, dies_at_write, fate, actor)
}

/// The same, in a world that is there.
#[track_caller]
fn survive_in(
    world: World,
    first: &str,
    dies_at_write: u64,
    fate: Fate,
    mut actor: impl FnMut(&World, &Running),
) -> (World, Vec<Run>) {
    world.fate.set(fate);
    let mut host = mortal(&world, dies_at_write);
    let project = project::load(&world.durable, first).unwrap();
    let acknowledged = start(&host.app, project, StartRun::default()).map(|started| {
        let started = started.unwrap();
        let id = started.id.clone();
        started.drive_after_answer(&host.app);
        id
    });
    let mut hosts = 1;
    loop {
        for _ in 0..LIFE_S {
            pass(&world, &host, 1);
            actor(&world, &host);
            if host.machine.is_dead() {
                break;
            }
        }
        if index::is_empty(&world.durable) {
            break;
        }
        assert!(hosts < MAX_HOSTS, "runs don't end: {:#?}", runs(&world, first));
        host.machine.die();
        host = mortal(&world, dies_at_write + hosts as u64 / 8);
        hosts += 1;
    }
    let runs = runs(&world, first);
    if let Ok(id) = acknowledged {
        assert!(runs.iter().any(|run| run.id == id), "an acknowledged run is lost");
    }
    for run in &runs {
        let journal = Journal::open(&world.durable, &run.id).unwrap();
        assert!(journal.is_finished() && journal.outstanding().is_empty());
    }
    world.end();
    (world, runs)
}

/// Simulates a death at each of the first writes, before and after it is durable.
#[track_caller]
fn at_every_write(last: u64, mut simulate: impl FnMut(u64, Fate)) {
    for fate in [Fate::Lost, Fate::Unheard] {
        for write in 3..last {
            simulate(write, fate);
        }
    }
    simulate(u64::MAX / 2, Fate::Lost);
}

fn succeeded(run: &Run) -> Value {
    assert_eq!(run.status, Status::Succeeded, "{run:#?}");
    run.output.clone().unwrap()
}

/// How many events of a run's history have this name.
fn events(world: &World, run: &Run, name: &str) -> usize {
    let history = run::history(&world.durable, run).unwrap();
    let named = |entry: &run::Entry| json!(entry.event.what).get(name).is_some();
    history.iter().filter(|entry| named(entry)).count()
}
