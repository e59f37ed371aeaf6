//! `.waitForTaskToken`.

use super::*;

fn project(more: &Value) -> Value {
    let mut ask = json!({
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": { "FunctionName": "ask", "Payload": { "token.$": "$$.Task.Token" } },
        "ResultPath": "$.answer", "Next": "Deploy",
    });
    for (name, value) in more.as_object().unwrap() {
        ask[name] = value.clone();
    }
    json!({ "name": "sim", "pipeline": { "StartAt": "Ask", "States": {
        "Ask": ask,
        "Deploy": { "Type": "Task", "Resource": "deploy", "ResultPath": "$.deployed", "End": true },
    } } })
}

/// The tokens that the stage was given, the newest last.
fn tokens(world: &World) -> Vec<String> {
    let sent = world.stages.sent.borrow();
    sent.iter().filter_map(|envelope| envelope["input"]["token"].as_str().map(str::to_owned)).collect()
}

fn answer(host: &Running, token: &str, verb: &str, body: &Value) -> Result<Value, u16> {
    ask_openly(host, "POST", &format!("/api/tasks/{token}/{verb}"), body).map_err(|error| error.status)
}

#[test]
fn one_answer_counts() {
    at_every_write(40, |write, fate| {
        let mut acknowledged = Vec::new();
        let mut number = 0;
        let (world, runs) = survive(&[project(&json!({}))], write, fate, |world, host| {
            for token in tokens(world) {
                number += 1;
                match answer(host, &token, "success", &json!({ "output": number })) {
                    Ok(_) => acknowledged.push(json!(number)),
                    // The host is dead, or it has been answered already.
                    Err(status) => assert!([410, 503].contains(&status), "{status}"),
                }
            }
        });
        assert!(acknowledged.len() <= runs.len(), "{acknowledged:?}");
        let answers: Vec<Value> = runs.iter().map(|run| succeeded(run)["answer"].clone()).collect();
        for one in &acknowledged {
            assert!(answers.contains(one), "an acknowledged answer is lost: {one} of {answers:?}");
        }
        for run in &runs {
            assert_eq!(events(&world, run, "task_succeeded"), 2, "the answer, and the deployment");
        }
        assert!(world.stages.done.borrow().values().all(|times| *times == 1));
    });
}

#[test]
fn a_run_that_waits_is_rows_only() {
    let world = world(&[project(&json!({}))]);
    let host = host(&world);
    let id = begin(&world, &host, "sim", json!({}));
    let run = load(&world, &id);
    assert_eq!((run.status, &run.lease), (Status::Running, &None), "it is driven while it waits");
    for _ in 0..600 {
        assert!(tick(&host.app, Adopt::Orphans).unwrap().runs.is_empty(), "it is woken in vain");
        world.now_ms.set(world.now_ms.get() + 1_000);
    }
    assert_eq!(answer(&host, &tokens(&world)[0], "success", &json!({ "output": null })), Ok(json!({})));
    world.run_for(1_000);
    assert_eq!(succeeded(&load(&world, &id))["answer"], Value::Null);
}

#[track_caller]
fn check_answer(verb: &str, body: &Value, expected: Result<(), u16>) {
    let world = world(&[project(&json!({}))]);
    let host = host(&world);
    begin(&world, &host, "sim", json!({}));
    let found = answer(&host, &tokens(&world)[0], verb, body).map(drop);
    assert_eq!(found, expected, "{verb} {body}");
}

#[test]
fn answers_are_checked() {
    check_answer("success", &json!({ "output": { "a": [1] } }), Ok(()));
    check_answer("success", &json!({ "output": null }), Ok(()));
    check_answer("success", &json!({}), Err(400));
    check_answer("success", &json!({ "output": 1, "more": 2 }), Err(400));
    check_answer("failure", &json!({}), Ok(()));
    check_answer("failure", &json!({ "error": "x".repeat(257) }), Err(400));
    check_answer("failure", &json!({ "cause": "x".repeat(32_769) }), Err(400));
    check_answer("failure", &json!({ "error": "E", "cause": "x".repeat(32_768) }), Ok(()));
    check_answer("heartbeat", &json!({}), Ok(()));
    check_answer("heartbeat", &json!({ "a": 1 }), Err(400));
    check_answer("other", &json!({}), Err(404));
}

#[test]
fn a_failure_is_the_tasks() {
    let world = world(&[project(&json!({}))]);
    let host = host(&world);
    let id = begin(&world, &host, "sim", json!({}));
    let token = tokens(&world)[0].clone();
    answer(&host, &token, "failure", &json!({ "error": "Refused", "cause": "not today" })).unwrap();
    world.run_for(1_000);
    let run = load(&world, &id);
    assert_eq!((run.status, run.error.as_deref()), (Status::Failed, Some("Refused")));
    assert_eq!(run.cause.as_deref(), Some("not today"));
    assert_eq!(answer(&host, &token, "success", &json!({ "output": 1 })), Err(410));
    assert_eq!(answer(&host, &token, "heartbeat", &json!({})), Err(410));
}

#[test]
fn a_failure_needs_no_name() {
    let world = world(&[project(&json!({}))]);
    let host = host(&world);
    let id = begin(&world, &host, "sim", json!({}));
    answer(&host, &tokens(&world)[0], "failure", &json!({})).unwrap();
    world.run_for(1_000);
    let run = load(&world, &id);
    assert_eq!((run.status, run.error, run.cause), (Status::Failed, None, None));
}

#[test]
fn no_other_token_is_taken() {
    let world = world(&[project(&json!({}))]);
    let host = host(&world);
    let id = begin(&world, &host, "sim", json!({}));
    let token = tokens(&world)[0].clone();
    let body = json!({ "output": 1 });
    for forged in [
        "x".to_owned(),
        id.clone(),
        token.replace(".1.1.", ".2.1."),
        token.replace(&id, "01aaaaaaaaaaaaaaaaaaaaaaaa"),
        token[..token.len() - 2].to_owned(),
        format!("{token}00"),
    ] {
        assert_eq!(answer(&host, &forged, "success", &body), Err(401), "{forged}");
    }
    assert_eq!(load(&world, &id).status, Status::Running);
    let shown = ask(&host, "GET", &format!("/api/runs/{id}/events"), &json!({})).unwrap();
    assert!(!shown.to_string().contains("token_key"));
    assert_eq!(answer(&host, &token, "success", &body), Ok(json!({})));
}

#[test]
fn clocks_hold_across_crashes() {
    for (more, beats_s, expected) in [
        (json!({ "TimeoutSeconds": 20 }), 0, "States.Timeout"),
        (json!({ "HeartbeatSeconds": 10, "TimeoutSeconds": 600 }), 0, "States.HeartbeatTimeout"),
        (json!({ "HeartbeatSeconds": 10, "TimeoutSeconds": 60 }), 4, "States.Timeout"),
    ] {
        at_every_write(16, |write, fate| {
            let (_, runs) = survive(&[project(&more)], write, fate, |world, host| {
                if beats_s > 0 && world.now_ms.get() / 1_000 % beats_s == 0 {
                    for token in tokens(world) {
                        let _ = answer(host, &token, "heartbeat", &json!({}));
                    }
                }
            });
            for run in runs {
                // A dead host's heartbeats are not heard.
                let died = beats_s > 0 && run.error.as_deref() == Some("States.HeartbeatTimeout");
                let lived = write < u64::MAX / 2;
                assert!(run.error.as_deref() == Some(expected) || died && lived, "{run:#?}");
            }
        });
    }
}

#[test]
fn heartbeats_take_no_room() {
    let world = world(&[project(&json!({ "HeartbeatSeconds": 10 }))]);
    let host = host(&world);
    let id = begin(&world, &host, "sim", json!({}));
    let token = tokens(&world)[0].clone();
    for _ in 0..100 {
        answer(&host, &token, "heartbeat", &json!({})).unwrap();
        pass(&world, &host, 3);
    }
    let run = load(&world, &id);
    assert_eq!(run.status, Status::Running);
    assert!(run.events() < 100, "{} events", run.events());
}

#[test]
fn a_token_holds_when_the_master_key_changes_within_the_run() {
    let world = world(&[project(&json!({}))]);
    let mut host = host(&world);
    let id = begin(&world, &host, "sim", json!({}));
    let token = tokens(&world)[0].clone();
    host.app.settings.master_key = "n".repeat(32);
    // It is no longer taken, but the run replays as it was.
    assert_eq!(answer(&host, &token, "success", &json!({ "output": 1 })), Err(401));
    let journal = Journal::open(&world.durable, &id).unwrap();
    assert_eq!(journal.waiting((1, 1)).unwrap().token, Some(token));
}
