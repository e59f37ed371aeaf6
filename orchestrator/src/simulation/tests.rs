//! Hosts die at every write: no event is lost, no finished call is made again, and every run ends.

use std::collections::BTreeSet;

use artifact::Store;
use serde_json::{Value, json};

use super::{Fate, World};
use crate::api::{StartRun, start};
use crate::driver::{Adopt, tick};
use crate::journal::Journal;
use crate::project::{self, Registration};
use crate::run::{Loaded, Run, Status};
use crate::{index, table};

/// How long one host lives in a simulation, in milliseconds, unless it dies before.
const LIFE_MS: u64 = 300_000;
/// Hosts that one simulation may need.
const MAX_HOSTS: usize = 200;

fn pipeline() -> Value {
    json!({
        "StartAt": "A",
        "States": {
            "A": { "Type": "Task", "Resource": "a", "Next": "Pause" },
            "Pause": { "Type": "Wait", "Seconds": 30, "Next": "B" },
            "B": { "Type": "Task", "Resource": "b", "Parameters": { "fail": 1 }, "ResultPath": "$.b", "Next": "C",
                   "Retry": [{ "ErrorEquals": ["Sim.Failed"], "IntervalSeconds": 1, "MaxAttempts": 2 }] },
            "C": { "Type": "Task", "Resource": "c", "End": true },
        },
    })
}

fn register(world: &World) {
    let registration: Registration =
        serde_json::from_value(json!({ "name": "sim", "pipeline": pipeline() })).unwrap();
    let running = world.host(u64::MAX, Fate::Lost);
    let (project, pipeline) = registration.into_project(&running.app.settings, 0, || 7).unwrap();
    project::save(&*world.durable, &project, &pipeline, true).unwrap();
}

fn runs(world: &World) -> Vec<Run> {
    let ids = index::newest(&*world.durable, "sim", 1_000).unwrap();
    Loaded::load_many(&*world.durable, &ids).unwrap()
}

/// Starts a run on a host that dies at that write; then hosts follow that die at later and later writes, until
/// all runs are at their end. Gives how many hosts it took.
#[track_caller]
fn survive(dies_at_write: u64, fate: Fate, exclusive: bool) -> usize {
    let world = World::default();
    world.now_ms.set(1_700_000_000_000);
    register(&world);
    let mut host = world.host(dies_at_write, fate);
    let project = project::load(&*world.durable, "sim").unwrap();
    let acknowledged = start(&host.app, project, StartRun::default()).map(|started| {
        let id = started.id.clone();
        started.drive_after_answer(&host.app);
        id
    });
    host.run(world.now_ms.get() + LIFE_MS);
    let mut hosts = 1;
    while !index::all_open(&*world.durable).unwrap().is_empty() {
        assert!(hosts < MAX_HOSTS, "runs don't end: {:#?}", runs(&world));
        let mut next = world.host(dies_at_write + hosts as u64 / 8, fate);
        let mut adopt = if exclusive { Adopt::All } else { Adopt::Orphans };
        for _ in 0..90 {
            // A dead host's errors are nobody's to hear.
            let _ = tick(&next.app, adopt);
            adopt = Adopt::Orphans;
            next.run(world.now_ms.get() + 1_000);
            world.now_ms.set(world.now_ms.get() + 1_000);
        }
        hosts += 1;
    }
    check(&world, acknowledged.ok().as_deref());
    hosts
}

#[track_caller]
fn check(world: &World, acknowledged: Option<&str>) {
    let runs = runs(world);
    if let Some(id) = acknowledged {
        assert!(runs.iter().any(|run| run.id == id), "an acknowledged run is lost");
    }
    for run in &runs {
        assert_eq!(run.status, Status::Succeeded, "{run:#?}");
        let journal = Journal::open(&*world.durable, &run.id).unwrap();
        assert!(journal.outstanding().is_empty());
        let history = journal.history(&*world.durable).unwrap();
        let ends = history.iter().filter(|entry| entry.call.is_some()).count();
        assert_eq!(ends, 4, "A, B twice, C: {history:#?}");
    }
    for (key, times) in world.done.borrow().iter() {
        assert_eq!(*times, 1, "call {key} was done more than once");
    }
    assert_eq!(world.done.borrow().len(), runs.len() * 4);
}

#[test]
fn hosts_may_die_at_every_write() {
    let mut hosts = BTreeSet::new();
    for exclusive in [false, true] {
        for fate in [Fate::Lost, Fate::Unheard] {
            for write in 3..60 {
                hosts.insert(survive(write, fate, exclusive));
            }
        }
    }
    // The first host parks the run while it waits; without a death the second one ends it.
    assert!(hosts.contains(&2), "no host lived long enough: the test is too short");
    assert!(hosts.iter().any(|count| *count > 3), "no host died: the test is too long");
}

#[test]
fn a_waiting_run_is_rows_only() {
    let world = World::default();
    world.now_ms.set(1_700_000_000_000);
    register(&world);
    let mut host = world.host(u64::MAX, Fate::Lost);
    let project = project::load(&*world.durable, "sim").unwrap();
    let started = start(&host.app, project, StartRun::default()).unwrap();
    let id = started.id.clone();
    started.drive_after_answer(&host.app);
    host.run(world.now_ms.get() + 20_000);
    let run = Loaded::load(&*world.durable, &id).unwrap().run;
    assert_eq!((run.status, &run.lease), (Status::Running, &None), "it is driven while it waits");
    assert!(run.wake_at_ms.is_some());
    assert!(tick(&host.app, Adopt::Orphans).unwrap().is_empty(), "it is woken too early");
    world.now_ms.set(world.now_ms.get() + 30_000);
    assert_eq!(tick(&host.app, Adopt::Orphans).unwrap(), *std::slice::from_ref(&id));
    host.run(world.now_ms.get() + 20_000);
    assert_eq!(Loaded::load(&*world.durable, &id).unwrap().run.status, Status::Succeeded);
}

#[test]
fn a_run_of_a_removed_project_ends() {
    let world = World::default();
    world.now_ms.set(1_700_000_000_000);
    register(&world);
    let mut host = world.host(u64::MAX, Fate::Lost);
    let project = project::load(&*world.durable, "sim").unwrap();
    let started = start(&host.app, project, StartRun::default()).unwrap();
    let id = started.id.clone();
    started.drive_after_answer(&host.app);
    host.run(world.now_ms.get() + 20_000);
    project::remove(&*world.durable, "sim").unwrap();
    world.now_ms.set(world.now_ms.get() + 30_000);
    tick(&host.app, Adopt::Orphans).unwrap();
    host.run(world.now_ms.get() + 20_000);
    let run = Loaded::load(&*world.durable, &id).unwrap().run;
    assert_eq!(run.status, Status::Cancelled);
    assert!(run.cause.is_some_and(|cause| cause.contains("`sim`")));
    assert!(index::all_open(&*world.durable).unwrap().is_empty());
}

#[test]
fn a_driven_run_is_left_alone() {
    let world = World::default();
    world.now_ms.set(1_700_000_000_000);
    register(&world);
    let (mut one, mut other) = (world.host(u64::MAX, Fate::Lost), world.host(u64::MAX, Fate::Lost));
    let project = project::load(&*world.durable, "sim").unwrap();
    let started = start(&one.app, project, StartRun::default()).unwrap();
    started.drive_after_answer(&one.app);
    assert!(tick(&other.app, Adopt::Orphans).unwrap().is_empty());
    other.run(world.now_ms.get());
    one.run(world.now_ms.get() + 10_000);
    assert_eq!(world.done.borrow().values().sum::<u32>(), 1);
}

#[test]
fn records_survive_their_limits() {
    let world = World::default();
    let store = &*world.durable;
    store.set("broken", b"{").unwrap();
    let read: Result<Option<Vec<String>>, _> = table::read(store, "broken");
    assert!(read.unwrap_err().message.contains("`broken`"));
}
