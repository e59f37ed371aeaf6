//! Single stories, each with an end that is known.

use std::rc::Rc;

use artifact::Store;
use serde_json::{Value, json};

use super::{Fate, Machine, World};
use crate::control::{self, Stop};
use crate::driver::{Adopt, LEASE_MS, tick};
use crate::journal::Journal;
use crate::project::{self, Registration};
use crate::run::{Loaded, Run, Status};
use crate::start::{StartRun, rerun, start};
use crate::view;
use crate::{index, table};

fn register(world: &World, pipeline: &Value) {
    let registration: Registration = serde_json::from_value(json!({
        "name": "sim", "pipeline": pipeline, "functions": { "work": "stage-work" },
    }))
    .unwrap();
    let settings = world.app(&world.host()).settings;
    let (project, pipeline) = registration.into_project(&settings, 0, || 7).unwrap();
    project::save(&world.durable, &project, &pipeline, true).unwrap();
}

fn begin(world: &World, machine: &Rc<Machine>) -> String {
    let app = world.app(machine);
    let project = project::load(&world.durable, "sim").unwrap();
    let started = start(&app, project, StartRun::default()).unwrap().unwrap();
    let id = started.id.clone();
    started.drive_after_answer(&app);
    id
}

fn run(world: &World, id: &str) -> Run {
    Loaded::load(&world.durable, id).unwrap().run
}

fn chain() -> Value {
    json!({
        "StartAt": "A",
        "States": {
            "A": { "Type": "Task", "Resource": "work", "Next": "Pause" },
            "Pause": { "Type": "Wait", "Seconds": 30, "Next": "B" },
            "B": { "Type": "Task", "Resource": "work", "Parameters": { "fail_first": 1 }, "Next": "C",
                   "Retry": [{ "ErrorEquals": ["Sim.Failed"], "IntervalSeconds": 1, "MaxAttempts": 2 }] },
            "C": { "Type": "Task", "Resource": "work", "Parameters": { "last": true }, "End": true },
        },
    })
}

/// Starts a run on a host that dies at that write; hosts that follow die later and later, until all runs are
/// at their end. Says how many hosts it took.
fn survive(dies_at_write: u64, fate: Fate, adopt: Adopt) -> u64 {
    let world = World::new(dies_at_write);
    register(&world, &chain());
    world.fate.set(fate);
    let mut hosts = 1;
    let mut machine = world.host();
    machine.writes_left.set(Some(dies_at_write));
    let app = world.app(&machine);
    let project = project::load(&world.durable, "sim").unwrap();
    let acknowledged = start(&app, project, StartRun::default()).map(|started| {
        let started = started.unwrap();
        let id = started.id.clone();
        started.drive_after_answer(&app);
        id
    });
    world.run_for(20_000);
    while !index::all_open(&world.durable).unwrap().is_empty() {
        assert!(hosts < 100, "runs don't end");
        machine.die();
        machine = world.host();
        machine.writes_left.set(Some(dies_at_write + hosts));
        world.start_ticking(&machine, adopt);
        world.run_for(60_000);
        hosts += 1;
    }
    let ids = index::newest(&world.durable, "sim", 10).unwrap();
    if let Ok(id) = acknowledged {
        assert_eq!(ids, [id], "an acknowledged run is lost");
    }
    for id in &ids {
        assert_eq!(run(&world, id).status, Status::Succeeded);
        assert_eq!(world.stages.good.borrow().len(), 3);
    }
    assert!(world.stages.done.borrow().values().all(|times| *times == 1), "a call was done twice");
    assert_eq!(world.stages.done.borrow().len(), ids.len() * 4, "A, B twice, C");
    world.end();
    hosts
}

#[test]
fn hosts_may_die_at_every_write() {
    let mut most = 0;
    for adopt in [Adopt::Orphans, Adopt::All] {
        for fate in [Fate::Lost, Fate::Unheard] {
            for write in 3..40 {
                most = most.max(survive(write, fate, adopt));
            }
        }
    }
    assert!(most > 2, "no host died: the test is too long");
}

#[test]
fn a_waiting_run_is_rows_only() {
    let world = World::new(1);
    register(&world, &chain());
    let machine = world.host();
    let app = world.app(&machine);
    let id = begin(&world, &machine);
    world.run_for(20_000);
    let waiting = run(&world, &id);
    assert_eq!((waiting.status, &waiting.lease), (Status::Running, &None), "it is driven while it waits");
    assert!(waiting.wake_at_ms.is_some());
    assert!(tick(&app, Adopt::Orphans).unwrap().is_empty(), "it is woken too early");
    world.run_for(20_000);
    assert_eq!(tick(&app, Adopt::Orphans).unwrap(), *std::slice::from_ref(&id));
    world.run_for(20_000);
    assert_eq!(run(&world, &id).status, Status::Succeeded);
    world.end();
}

#[test]
fn a_run_of_a_removed_project_ends() {
    let world = World::new(1);
    register(&world, &chain());
    let machine = world.host();
    let id = begin(&world, &machine);
    world.run_for(20_000);
    project::remove(&world.durable, "sim").unwrap();
    world.start_ticking(&machine, Adopt::Orphans);
    world.run_for(40_000);
    let ended = run(&world, &id);
    assert_eq!(ended.status, Status::Cancelled);
    assert!(ended.cause.is_some_and(|cause| cause.contains("`sim`")));
    assert!(index::all_open(&world.durable).unwrap().is_empty());
    world.end();
}

#[test]
fn a_driven_run_is_left_alone_and_an_orphan_is_not() {
    let world = World::new(1);
    let slow = json!({ "StartAt": "A", "States": { "A": {
        "Type": "Task", "Resource": "work", "Parameters": { "slow_ms": 14_000 }, "End": true,
    } } });
    register(&world, &slow);
    let (one, other) = (world.host(), world.host());
    let id = begin(&world, &one);
    world.start_ticking(&other, Adopt::Orphans);
    world.run_for(12_000);
    let owner = run(&world, &id).lease.unwrap().owner;
    one.die();
    let died_at_ms = world.now_ms.get();
    while run(&world, &id).lease.is_none_or(|lease| lease.owner == owner) {
        world.run_for(100);
    }
    assert!(world.now_ms.get() - died_at_ms < 2 * LEASE_MS, "it was adopted late");
    world.run_for(30_000);
    assert_eq!(run(&world, &id).status, Status::Succeeded);
    assert_eq!(world.stages.done.borrow().values().sum::<u32>(), 1);
    world.end();
}

#[test]
fn only_what_failed_runs_again() {
    let world = World::new(1);
    register(
        &world,
        &json!({
            "StartAt": "All",
            "States": { "All": { "Type": "Parallel", "Next": "Last", "Branches": [
                { "StartAt": "Good", "States": { "Good": { "Type": "Task", "Resource": "work", "End": true } } },
                { "StartAt": "Wait", "States": {
                    "Wait": { "Type": "Wait", "Seconds": 1, "Next": "Bad" },
                    "Bad": { "Type": "Task", "Resource": "work", "Parameters": { "broken": true }, "End": true },
                } },
            ] }, "Last": { "Type": "Task", "Resource": "work", "End": true } },
        }),
    );
    let machine = world.host();
    let app = world.app(&machine);
    let id = begin(&world, &machine);
    let refused = control::redrive(&app, &id).err().unwrap();
    assert_eq!((refused.status, refused.code), (409, "run-unfinished"));
    world.run_for(10_000);
    assert_eq!(run(&world, &id).error.as_deref(), Some("Sim.Broken"));

    world.stages.mended.set(true);
    control::redrive(&app, &id).unwrap().drive_after_answer(&app);
    world.run_for(10_000);
    let redriven = run(&world, &id);
    assert_eq!((redriven.status, redriven.redrives, &redriven.error), (Status::Succeeded, 1, &None));
    let done = |state: &str| -> u32 {
        let good = world.stages.good.borrow();
        good.iter().filter(|((_, of, _), _)| of == state).map(|(_, times)| times).sum()
    };
    assert_eq!((done("Good"), done("Bad"), done("Last")), (1, 1, 1));
    let refused = control::redrive(&app, &id).err().unwrap();
    assert_eq!((refused.status, refused.code), (409, "run-succeeded"));

    let again = rerun(&app, &id, true).unwrap().unwrap();
    let again_id = again.id.clone();
    again.drive_after_answer(&app);
    world.run_for(10_000);
    let again = run(&world, &again_id);
    assert_eq!((again.status, again.rerun_of.as_ref(), again.no_cache), (Status::Succeeded, Some(&id), true));
    assert_eq!(again.input(&world.durable).unwrap(), redriven.input(&world.durable).unwrap());
    assert_eq!((done("Good"), done("Bad"), done("Last")), (2, 2, 2));
    world.end();
}

#[track_caller]
fn check_stages(world: &World, id: &str, expected: &[(&str, &str, u32, Option<&str>)]) {
    let journal = Journal::open(&world.durable, id).unwrap();
    let stages = view::stages(&world.durable, &journal, world.now_ms.get()).unwrap();
    let found: Vec<(&str, &str, u32, Option<&str>)> = stages
        .iter()
        .map(|stage| {
            assert_eq!(stage.report.component, "stage-work");
            let error = stage.failure.as_ref().map(|(error, _)| error.as_str());
            (stage.state.as_str(), stage.status, stage.attempt, error)
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn a_call_that_timed_out_is_a_stage_as_any_other() {
    let world = World::new(1);
    register(
        &world,
        &json!({
            "StartAt": "Slow",
            "States": {
                "Slow": {
                    "Type": "Task", "Resource": "work", "Parameters": { "slow_ms": 60_000 }, "TimeoutSeconds": 3,
                    "Retry": [{ "ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1, "MaxAttempts": 1 }],
                    "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Beat" }], "End": true,
                },
                "Beat": {
                    "Type": "Task", "Resource": "work", "Parameters": { "slow_ms": 50_000 }, "TimeoutSeconds": 20, "HeartbeatSeconds": 2,
                    "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Then" }], "End": true,
                },
                "Then": { "Type": "Task", "Resource": "work", "Parameters": { "slow_ms": 40_000 }, "End": true },
            },
        }),
    );
    let machine = world.host();
    let id = begin(&world, &machine);
    world.run_for(15_000);
    let mut expected = vec![
        ("Slow", "timed_out", 1, Some("States.Timeout")),
        ("Slow", "timed_out", 2, Some("States.Timeout")),
        ("Beat", "timed_out", 1, Some("States.HeartbeatTimeout")),
        ("Then", "running", 1, None),
    ];
    check_stages(&world, &id, &expected);
    let stop = Stop { error: Some("Ops.Stop".to_owned()), cause: Some("enough".to_owned()) };
    control::cancel(&world.app(&machine), &id, &stop).unwrap();
    expected[3].1 = "cancelled";
    check_stages(&world, &id, &expected);
    let stopped = run(&world, &id);
    assert_eq!((stopped.error.as_deref(), stopped.cause.as_deref()), (Some("Ops.Stop"), Some("enough")));
    world.run_for(100_000);
    assert!(world.stages.done.borrow().is_empty(), "a call went on that nobody wanted");
    world.end();
}

#[test]
fn records_survive_their_limits() {
    let world = World::new(1);
    world.durable.set("broken", b"{").unwrap();
    let read: Result<Option<Vec<String>>, _> = table::read(&world.durable, "broken");
    assert!(read.unwrap_err().message.contains("`broken`"));
}
