//! Single stories, each with an end that is known.

use std::rc::Rc;

use artifact::Store;
use serde_json::{Value, json};
use workflow::Happening;

use super::{Fate, Machine, World};
use crate::control::{self, Stop};
use crate::driver::{Adopt, LEASE_MS, tick};
use crate::journal::{Journal, Saved};
use crate::project::{self, Registration};
use crate::run::{Loaded, MAX_EVENTS, Run, Status};
use crate::start::{Delivered, StartRun, rerun, start, start_delivered};
use crate::{index, table, turn, view};

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
    while !world.is_settled() {
        assert!(hosts < 100, "runs don't end");
        machine.die();
        machine = world.host();
        machine.writes_left.set(Some(dies_at_write + hosts));
        world.start_ticking(&machine, adopt);
        world.run_for(60_000);
        hosts += 1;
    }
    let ids = index::newest(&world.durable, &["sim".to_owned()], 10).unwrap();
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
    assert!(tick(&app, Adopt::Orphans).unwrap().runs.is_empty(), "it is woken too early");
    world.run_for(20_000);
    assert_eq!(tick(&app, Adopt::Orphans).unwrap().runs, *std::slice::from_ref(&id));
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
    assert!(world.is_settled());
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
fn a_run_takes_few_durable_writes() {
    let world = World::new(1);
    let mut states = serde_json::Map::new();
    for number in 1..=6 {
        let mut state = json!({ "Type": "Task", "Resource": "work", "Parameters": { "n": number } });
        if number == 6 {
            state["End"] = json!(true);
        } else {
            state["Next"] = json!(format!("S{}", number + 1));
        }
        states.insert(format!("S{number}"), state);
    }
    register(&world, &json!({ "StartAt": "S1", "States": states }));
    let machine = world.host();
    let runs: u64 = 64;
    let before = world.durable.writes();
    for _ in 0..runs {
        let id = begin(&world, &machine);
        world.run_for(1_000);
        assert_eq!(run(&world, &id).status, Status::Succeeded);
    }
    // One to note it, one to begin it, and one for the end of each stage. What is struck off by and by takes
    // two writes for many runs.
    let writes = world.durable.writes() - before;
    assert!((8 * runs..8 * runs + runs / 2).contains(&writes), "{runs} runs took {writes} writes");
    world.end();
}

#[test]
fn what_is_no_longer_kept_goes_with_all_that_it_alone_holds() {
    let world = World::new(1);
    let text = "x".repeat(5_000);
    let registration = json!({
        "name": "sim", "functions": { "work": "stage-work" }, "retention": { "runs": 3, "days": 2 },
        "pipeline": { "StartAt": "A", "States": {
            "A": { "Type": "Task", "Resource": "work", "Parameters": { "slow_ms": 60_000 }, "TimeoutSeconds": 1,
                   "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "B" }], "Next": "B" },
            "B": { "Type": "Pass", "Result": (0..12).map(|n| format!("{n}{text}")).collect::<Vec<_>>(), "Next": "C" },
            "C": { "Type": "Map", "End": true, "ItemProcessor": { "StartAt": "D", "States": {
                "D": { "Type": "Task", "Resource": "work", "Parameters": { "of.$": "$" }, "End": true } } } },
        } },
    });
    let settings = world.app(&world.host()).settings;
    let registration: Registration = serde_json::from_value(registration).unwrap();
    let (project, pipeline) = registration.into_project(&settings, 0, || 7).unwrap();
    project::save(&world.durable, &project, &pipeline, true).unwrap();
    let machine = world.host();
    world.start_ticking(&machine, Adopt::Orphans);
    world.durable.set("cache/shared", b"{}").unwrap();
    world.durable.set("tree/shared", b"{}").unwrap();
    let held = |id: &str| -> usize { world.durable.keys().iter().filter(|key| key.contains(id)).count() };
    let mut ids = Vec::new();
    for number in 0..5 {
        let request = StartRun {
            input: json!({ "large": "y".repeat(10_000) }).as_object().cloned(),
            ..StartRun::default()
        };
        let app = world.app(&machine);
        let project = project::load(&world.durable, "sim").unwrap();
        let started = start_delivered(&app, project, request, format!("delivery/{number}")).unwrap();
        let Delivered::Begun(started) = started else { panic!("it was begun before") };
        ids.push(started.id.clone());
        // A is the first state entry, and D the fourth to the fifteenth.
        for call in [1].into_iter().chain(4..=15) {
            world.durable.set(&format!("call/{}-{call}-1", started.id), b"{}").unwrap();
        }
        started.drive_after_answer(&app);
        world.run_for(20_000);
        let ended = run(&world, &ids[number]);
        assert_eq!(ended.status, Status::Succeeded);
        assert!(!ended.chunks.is_empty() && ended.input.is_none(), "the test is too small");
        assert!(held(&ids[number]) > 13);
    }
    let left = |ids: &[String]| -> Vec<bool> { ids.iter().map(|id| held(id) > 0).collect() };
    assert_eq!(left(&ids), [false, false, true, true, true]);
    assert_eq!(index::newest(&world.durable, &["sim".to_owned()], 9).unwrap().len(), 3);
    let deliveries =
        |world: &World| world.durable.keys().iter().filter(|key| key.starts_with("delivery/")).count();
    assert_eq!(deliveries(&world), 3);
    world.now_ms.set(world.now_ms.get() + 2 * 24 * 3_600_000);
    world.run_for(5_000);
    assert_eq!(left(&ids), [false; 5]);
    assert_eq!(deliveries(&world), 0);
    assert!(world.durable.exists("cache/shared").unwrap() && world.durable.exists("tree/shared").unwrap());
    world.end();
}

#[test]
fn the_limit_of_events_has_a_name() {
    let world = World::new(1);
    register(&world, &chain());
    let machine = world.host();
    let app = world.app(&machine);
    let id = begin(&world, &machine);
    world.run_for(10_000);
    // As if much had happened: a timer that has fired before changes nothing.
    let mut journal = Journal::open(&world.durable, &id).unwrap();
    let fired = |journal: &mut Journal| {
        let what = Happening::TimerFired { timer: 1 };
        journal.apply(world.now_ms.get(), what, None).unwrap();
    };
    while journal.run().events() < MAX_EVENTS {
        fired(&mut journal);
    }
    assert_eq!(journal.run().status, Status::Running);
    fired(&mut journal);
    assert_eq!(journal.save(&world.durable).unwrap(), Saved::Yes);
    let ended = run(&world, &id);
    assert_eq!((ended.status, ended.error.as_deref()), (Status::Failed, Some("States.Runtime")));
    assert!(ended.cause.unwrap().contains("25000 events"));
    let refused = control::redrive(&app, &id).err().unwrap();
    assert_eq!((refused.status, refused.code), (409, "run-too-long"));
    world.end();
}

/// Starts runs one after the other; how each of them ended, once all have.
#[track_caller]
fn check_queue(concurrency: &Value, expected: &[Option<&str>]) {
    let world = World::new(1);
    let registration: Registration = serde_json::from_value(json!({
        "name": "sim", "functions": { "work": "stage-work" }, "concurrency": concurrency,
        "pipeline": { "StartAt": "A", "States": {
            "A": { "Type": "Task", "Resource": "work", "Parameters": { "slow_ms": 5_000 }, "End": true } } },
    }))
    .unwrap();
    let settings = world.app(&world.host()).settings;
    let (project, pipeline) = registration.into_project(&settings, 0, || 7).unwrap();
    project::save(&world.durable, &project, &pipeline, true).unwrap();
    let machine = world.host();
    let ids: Vec<String> = expected
        .iter()
        .map(|_| {
            let id = begin(&world, &machine);
            world.run_for(1_000);
            id
        })
        .collect();
    // Nobody ticks: who is done tells who is next.
    world.run_for(60_000);
    let errors: Vec<Option<String>> = ids.iter().map(|id| run(&world, id).error).collect();
    assert_eq!(errors.iter().map(Option::as_deref).collect::<Vec<_>>(), expected);
    let ended: Vec<u64> = ids.iter().map(|id| run(&world, id).finished_at_ms.unwrap()).collect();
    assert!(ended.is_sorted() || expected.contains(&Some(turn::SUPERSEDED)), "out of order: {ended:?}");
    world.end();
}

#[test]
fn runs_wait_for_each_other_as_their_project_says() {
    const SUPERSEDED: Option<&str> = Some(turn::SUPERSEDED);
    check_queue(&json!({}), &[None, None, None]);
    check_queue(&json!({ "mode": "queued" }), &[None, None, None, None]);
    check_queue(&json!({ "max_runs": 2, "group": "x" }), &[None, None, None, None]);
    // The first is under way, the second waits until the third comes, the third until the fourth.
    check_queue(&json!({ "mode": "superseded" }), &[None, SUPERSEDED, SUPERSEDED, None]);
    let cancel = json!({ "mode": "superseded", "cancel_running": true });
    check_queue(&cancel, &[SUPERSEDED, SUPERSEDED, SUPERSEDED, None]);
}

#[test]
fn records_survive_their_limits() {
    let world = World::new(1);
    world.durable.set("broken", b"{").unwrap();
    let read: Result<Option<Vec<String>>, _> = table::read(&world.durable, "broken");
    assert!(read.unwrap_err().message.contains("`broken`"));
}
