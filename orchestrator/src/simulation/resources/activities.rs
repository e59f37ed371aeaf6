//! Activities.

use super::*;

fn project(name: &str, more: &Value) -> Value {
    let mut build = json!({
        "Type": "Task", "Resource": "arn:aws:states:region:account-id:activity:build",
        "ResultPath": "$.built", "End": true,
    });
    for (name, value) in more.as_object().unwrap() {
        build[name] = value.clone();
    }
    json!({ "name": name, "pipeline": { "StartAt": "Build", "States": { "Build": build } } })
}

fn poll(host: &Running, worker: &str) -> Result<Value, ApiError> {
    ask(host, "POST", "/api/activities/build/poll?wait=0", &json!({ "worker": worker }))
}

fn end(host: &Running, task: &Value, output: &Value) -> Result<Value, ApiError> {
    let token = task["token"].as_str().unwrap();
    ask_openly(host, "POST", &format!("/api/tasks/{token}/success"), &json!({ "output": output }))
}

#[test]
fn a_lost_workers_task_goes_to_another_once() {
    let retry = json!([{ "ErrorEquals": ["States.HeartbeatTimeout"], "MaxAttempts": 50, "IntervalSeconds": 1, "BackoffRate": 1.0 }]);
    let project = project("sim", &json!({ "HeartbeatSeconds": 8, "TimeoutSeconds": 600, "Retry": retry }));
    at_every_write(40, |write, fate| {
        let mut taken: Vec<Value> = Vec::new();
        let mut lost = false;
        let mut working: Option<Value> = None;
        let (world, runs) = survive(std::slice::from_ref(&project), write, fate, |_, host| {
            if let Some(task) = &working {
                match end(host, task, &json!("done")) {
                    Err(error) if error.status == 503 => {}
                    Ok(_) | Err(_) => working = None,
                }
                return;
            }
            let Ok(task) = poll(host, "w") else { return };
            if task["token"].is_null() {
                return;
            }
            assert!(taken.iter().all(|other| other["token"] != task["token"]), "two workers have {task}");
            taken.push(task.clone());
            // The first worker is killed with its task.
            if lost {
                working = Some(task);
            }
            lost = true;
        });
        for run in &runs {
            assert_eq!(succeeded(run)["built"], "done");
            assert_eq!(events(&world, run, "task_succeeded"), 1);
        }
    });
}

#[test]
fn a_worker_gets_what_it_needs() {
    let world = world(&[project("sim", &json!({ "HeartbeatSeconds": 30, "TimeoutSeconds": 60 }))]);
    let host = host(&world);
    let digest = "sha256:".to_owned() + &"0".repeat(64);
    let id = begin(&world, &host, "sim", json!({ "artifacts": { "source": digest } }));
    let listed = ask(&host, "GET", "/api/activities", &json!({})).unwrap();
    assert_eq!(listed, json!({ "activities": [{ "name": "build", "waiting": 1 }] }));
    let waiting = ask(&host, "GET", "/api/activities/build", &json!({})).unwrap();
    assert_eq!(waiting["waiting"][0]["run"], json!(id));
    let task = poll(&host, "w1").unwrap();
    let expected = json!({
        "activity": "build", "project": "sim", "run": id, "state": "Build", "entry": 1, "attempt": 1,
        "artifacts": { "source": digest }, "timeout_seconds": 60, "heartbeat_seconds": 30,
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&task[name], value, "{name}");
    }
    assert_eq!(task["input"]["project"], "sim");
    assert_eq!(poll(&host, "w2").unwrap(), json!({ "token": null }));
    assert!(ask_openly(&host, "POST", "/api/activities/build/poll", &json!({})).is_err());
    assert_eq!(ask(&host, "GET", "/api/activities/none", &json!({})).unwrap_err().status, 404);
    let shown = ask(&host, "GET", &format!("/api/runs/{id}"), &json!({})).unwrap();
    assert_eq!(
        (&shown["stages"][0]["status"], &shown["stages"][0]["worker"]),
        (&json!("running"), &json!("w1"))
    );
    end(&host, &task, &json!({ "a": 1 })).unwrap();
    world.run_for(1_000);
    let shown = ask(&host, "GET", &format!("/api/runs/{id}"), &json!({})).unwrap();
    assert_eq!(
        (&shown["output"]["built"], &shown["stages"][0]["status"]),
        (&json!({ "a": 1 }), &json!("succeeded"))
    );
}

#[test]
fn the_oldest_comes_first_and_what_has_ended_is_passed_over() {
    let world = world(&[project("sim", &json!({}))]);
    let host = host(&world);
    let ids: Vec<String> = (0..4).map(|_| begin(&world, &host, "sim", json!({}))).collect();
    ask(&host, "POST", &format!("/api/runs/{}/cancel", ids[1]), &json!({})).unwrap();
    let taken: Vec<Value> = (0..4).map(|_| poll(&host, "w").unwrap()["run"].clone()).collect();
    assert_eq!(taken, [json!(ids[0]), json!(ids[2]), json!(ids[3]), Value::Null]);
}

#[test]
fn a_queue_that_was_lost_fills_again() {
    let world = world(&[project("sim", &json!({}))]);
    let host = host(&world);
    let id = begin(&world, &host, "sim", json!({}));
    artifact::Store::delete(&world.durable, "activity/build").unwrap();
    assert_eq!(poll(&host, "w").unwrap()["token"], Value::Null);
    world.run_for(crate::driver::MAX_PARK_MS);
    pass(&world, &host, 2);
    assert_eq!(poll(&host, "w").unwrap()["run"], json!(id));
}

#[test]
fn a_full_queue_fails_the_task_by_name() {
    let world = world(&[project("sim", &json!({}))]);
    let host = host(&world);
    let waiting = begin(&world, &host, "sim", json!({}));
    let queued = |number: usize| json!({ "run": waiting, "entry": number, "attempt": 1, "project": "sim", "state": "Build", "since_ms": 0 });
    let full: Vec<Value> = (1..=crate::activity::MAX_QUEUED_TASKS).map(queued).collect();
    let full = serde_json::to_vec(&full).unwrap();
    assert!(full.len() < artifact::MAX_VALUE_BYTES);
    artifact::Store::set(&world.durable, "activity/build", &full).unwrap();
    let id = begin(&world, &host, "sim", json!({}));
    assert_eq!(load(&world, &id).error.as_deref(), Some("Activity.QueueFull"));
    // What waits for runs that have ended makes room.
    ask(&host, "POST", &format!("/api/runs/{waiting}/cancel"), &json!({})).unwrap();
    let id = begin(&world, &host, "sim", json!({}));
    assert_eq!(load(&world, &id).status, Status::Running);
    assert_eq!(poll(&host, "w").unwrap()["run"], json!(id));
}

#[test]
fn what_a_worker_prints_is_seen_while_it_works_and_after() {
    let world = world(&[project("sim", &json!({ "HeartbeatSeconds": 30, "TimeoutSeconds": 60 }))]);
    let host = host(&world);
    let id = begin(&world, &host, "sim", json!({}));
    let task = poll(&host, "w").unwrap();
    let token = task["token"].as_str().unwrap();
    let print = |offset: usize, text: &str| {
        let path = format!("/api/tasks/{token}/log?offset={offset}");
        let head = Head::new("POST", &path, Vec::new());
        api::admit(&host.app, &head).unwrap();
        futures::executor::block_on(api::dispatch(&host.app, &head, text.as_bytes().to_vec()))
            .map(|answer| answer.status)
            .map_err(|error| error.status)
    };
    assert_eq!(print(0, "one\n"), Ok(200));
    assert_eq!(print(0, "one\n"), Ok(200), "it is sent again when no answer came");
    assert_eq!(print(4, "two\n"), Ok(200));
    assert_eq!(print(9, "three\n"), Err(409));
    let log = || {
        let path = format!("/api/runs/{id}/log?format=json");
        ask(&host, "GET", &path, &json!({})).unwrap()["stages"][0].clone()
    };
    assert_eq!(
        (log()["log"].clone(), log()["status"].clone(), log()["entry"].clone()),
        (json!("one\ntwo\n"), json!("running"), json!(1))
    );
    let digest = "sha256:".to_owned() + &"0".repeat(64);
    let left =
        json!({ "output": 1, "left": { "artifacts": { "program": digest }, "result": { "exit_code": 0 } } });
    ask_openly(&host, "POST", &format!("/api/tasks/{token}/success"), &left).unwrap();
    assert_eq!(print(8, "late"), Err(410));
    assert_eq!((log()["log"].clone(), log()["status"].clone()), (json!("one\ntwo\n"), json!("succeeded")));
    let shown = ask(&host, "GET", &format!("/api/runs/{id}"), &json!({})).unwrap();
    assert_eq!(shown["stages"][0]["artifacts"], json!({ "program": digest }));
    assert_eq!(shown["stages"][0]["result"], json!({ "exit_code": 0 }));
    let record = crate::task_log::record(&id, (1, 1));
    assert!(crate::task_log::read(&world.durable, &record).unwrap().contains("two"));
    world.now_ms.set(world.now_ms.get() + 401 * 24 * 3_600_000);
    pass(&world, &host, 2);
    assert!(Loaded::load(&world.durable, &id).is_err(), "the run is kept");
    assert_eq!(crate::task_log::read(&world.durable, &record).unwrap(), "", "a log outlives its run");
}

#[test]
fn a_late_result_counts_nothing() {
    let retry = json!([{ "ErrorEquals": ["States.HeartbeatTimeout"], "IntervalSeconds": 1 }]);
    let project = project("sim", &json!({ "HeartbeatSeconds": 8, "TimeoutSeconds": 600, "Retry": retry }));
    let world = world(&[project]);
    let host = host(&world);
    let id = begin(&world, &host, "sim", json!({}));
    let first = poll(&host, "first").unwrap();
    pass(&world, &host, 15);
    let second = poll(&host, "second").unwrap();
    assert_eq!((&second["run"], &second["attempt"]), (&json!(id), &json!(2)));
    assert_eq!(end(&host, &first, &json!("late")).unwrap_err().status, 410);
    end(&host, &second, &json!("done")).unwrap();
    world.run_for(1_000);
    assert_eq!(end(&host, &first, &json!("later")).unwrap_err().status, 410);
    assert_eq!(succeeded(&load(&world, &id))["built"], "done");
}

#[test]
fn a_worker_gets_its_inputs_and_secrets_and_no_others() {
    let more = json!({ "Parameters": { "inputs": { "a.$": "$.tree" }, "secrets": ["key"] } });
    let mut registration = project("sim", &more);
    registration["secrets"] = json!({ "key": "s3cret", "other": "not asked for" });
    let world = world(&[registration]);
    let host = host(&world);
    let put = |text: &str| {
        let file =
            artifact::File { path: "f".to_owned(), contents: text.as_bytes().to_vec(), executable: false };
        artifact::Artifacts::new(&world.durable).put(vec![file], &[]).unwrap().to_string()
    };
    let (mine, foreign) = (put("mine"), put("foreign"));
    let id = begin(&world, &host, "sim", json!({ "tree": mine }));
    let token =
        ask(&host, "POST", "/api/runners", &json!({ "activities": ["build"] })).unwrap()["token"].clone();
    let bearer = vec![("authorization".to_owned(), format!("Bearer {}", token.as_str().unwrap()))];
    let with = |method: &str, path: &str| {
        send(&host, method, path, bearer.clone(), &json!({})).map_err(|error| error.status)
    };
    for (method, path) in [
        ("GET", "/api/runs".to_owned()),
        ("GET", format!("/api/artifacts/{foreign}")),
        ("POST", "/api/runners".to_owned()),
        ("GET", "/api/activities/build".to_owned()),
    ] {
        assert_eq!(with(method, &path).unwrap_err(), 401, "{path}");
    }
    assert_eq!(with("POST", "/api/activities/other/poll?wait=0").unwrap_err(), 403);
    let task = read(&with("POST", "/api/activities/build/poll?wait=0").unwrap()).unwrap();
    assert_eq!(task["secrets"], json!([{ "name": "key", "value": "s3cret" }]));
    assert!(task["input"].get("secrets").is_none(), "{task:#}");
    let get = |digest: &str| {
        let path = format!("/api/tasks/{}/artifacts/{digest}", task["token"].as_str().unwrap());
        send(&host, "GET", &path, Vec::new(), &json!({})).map(|got| got.status).map_err(|error| error.status)
    };
    assert_eq!((get(&mine), get(&foreign)), (Ok(200), Err(403)));
    end(&host, &task, &json!(1)).unwrap();
    assert_eq!(get(&mine), Err(410));
    world.run_for(1_000);
    let events = ask(&host, "GET", &format!("/api/runs/{id}/events"), &json!({})).unwrap();
    assert!(!events.to_string().contains("s3cret"));
}

#[test]
fn a_secret_that_is_not_there_fails_the_task() {
    for (asked, cause) in [(json!(["none"]), "has no secret `none`"), (json!("key"), "no list of names")] {
        let world = world(&[project("sim", &json!({ "Parameters": { "secrets": asked } }))]);
        let host = host(&world);
        let id = begin(&world, &host, "sim", json!({}));
        assert_eq!(poll(&host, "w").unwrap(), json!({ "token": null }));
        world.run_for(1_000);
        let run = load(&world, &id);
        assert_eq!(run.error.as_deref(), Some("States.Runtime"));
        assert!(run.cause.as_deref().unwrap().contains(cause), "{:?}", run.cause);
    }
}
