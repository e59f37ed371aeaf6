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
