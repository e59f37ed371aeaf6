//! `states:startExecution`.

use super::*;

fn parent(pattern: &str, arguments: &Value) -> Value {
    json!({ "name": "parent", "pipeline": { "StartAt": "Child", "States": { "Child": {
        "Type": "Task", "Resource": format!("arn:aws:states:::states:startExecution{pattern}"),
        "Parameters": arguments, "ResultPath": "$.child", "End": true,
    } } } })
}

fn child() -> Value {
    json!({ "name": "child", "pipeline": { "StartAt": "Work", "States": {
        "Work": { "Type": "Task", "Resource": "work", "ResultPath": "$.work", "Next": "Pause" },
        "Pause": { "Type": "Wait", "Seconds": 20, "End": true },
    } } })
}

fn failing() -> Value {
    json!({ "name": "child", "pipeline": { "StartAt": "Bad", "States": {
        "Bad": { "Type": "Fail", "Error": "Sad", "Cause": "as asked" },
    } } })
}

#[test]
fn a_child_runs_once_and_its_parent_waits() {
    let projects = [parent(".sync:2", &json!({ "StateMachineArn": "child", "Input": { "n": 1 } })), child()];
    at_every_write(50, |write, fate| {
        let (world, parents) = survive(&projects, write, fate, |_, _| {});
        let children = runs(&world, "child");
        assert_eq!(children.len(), parents.len(), "one child a parent");
        for run in &parents {
            let told = succeeded(run)["child"].clone();
            assert_eq!(told["Status"], "SUCCEEDED");
            assert_eq!(told["Input"], json!({ "n": 1 }));
            assert_eq!(told["Output"], json!({ "n": 1, "work": { "on": { "n": 1 }, "ran": "Work" } }));
            assert_eq!(events(&world, run, "task_succeeded"), 1);
        }
        assert!(world.stages.done.borrow().values().all(|times| *times == 1));
    });
}

/// Runs the parent to its end, and gives it with its children.
fn run_parent(projects: &[Value]) -> (Run, Vec<Run>) {
    let world = world(projects);
    let host = host(&world);
    let id = begin(&world, &host, "parent", json!({}));
    pass(&world, &host, 40);
    (load(&world, &id), runs(&world, "child"))
}

#[test]
fn outputs_are_shaped_as_on_aws() {
    let arn = "arn:aws:states:region:account-id:stateMachine:child";
    let (run, children) =
        run_parent(&[parent(".sync", &json!({ "StateMachineArn": arn, "Input": "{\"n\":1}" })), child()]);
    let told = &succeeded(&run)["child"];
    assert_eq!(told["Output"], json!("{\"n\":1,\"work\":{\"ran\":\"Work\",\"on\":{\"n\":1}}}"));
    assert_eq!(told["Input"], json!("{\"n\":1}"));
    assert_eq!(told["Name"], json!(children[0].id));
    assert_eq!(told["StateMachineArn"], json!(arn));
    let (run, children) =
        run_parent(&[parent("", &json!({ "StateMachineArn": arn, "Name": "one" })), child()]);
    let told = &succeeded(&run)["child"];
    assert_eq!(told["ExecutionArn"], json!("arn:aws:states:region:account-id:execution:child:one"));
    assert!(told["StartDate"].is_string());
    // Without `Input`, the child begins with what a run of its project begins with.
    assert_eq!(children[0].input.as_ref().unwrap()["project"], "child");
}

#[track_caller]
fn check_error(projects: &[Value], error: &str, cause: &str) {
    let (run, _) = run_parent(projects);
    assert_eq!((run.status, run.error.as_deref()), (Status::Failed, Some(error)), "{run:#?}");
    assert!(run.cause.as_ref().is_some_and(|found| found.contains(cause)), "{run:#?}");
}

#[test]
fn errors_are_named_as_on_aws() {
    let start = json!({ "StateMachineArn": "child" });
    check_error(&[parent(".sync", &start), failing()], "States.TaskFailed", "\"Error\":\"Sad\"");
    check_error(&[parent("", &start)], "StepFunctions.StateMachineDoesNotExistException", "`child`");
    let named = |name: &str| json!({ "StateMachineArn": "child", "Name": name });
    check_error(&[parent("", &named("a b")), child()], "StepFunctions.InvalidNameException", "`a b`");
    let bad = json!({ "StateMachineArn": "child", "Input": "{" });
    check_error(&[parent("", &bad), child()], "StepFunctions.ValidationException", "`Input`");
}

#[test]
fn a_name_is_used_once() {
    let named = json!({ "StateMachineArn": "child", "Name": "release-7", "Input": {} });
    let world = world(&[parent(".sync", &named), child()]);
    let host = host(&world);
    let one = begin(&world, &host, "parent", json!({}));
    let two = begin(&world, &host, "parent", json!({}));
    pass(&world, &host, 40);
    assert_eq!(succeeded(&load(&world, &one))["child"]["Name"], "release-7");
    assert_eq!(load(&world, &two).error.as_deref(), Some("StepFunctions.ExecutionAlreadyExistsException"));
    assert_eq!(runs(&world, "child").len(), 1);
}

#[test]
fn a_start_that_is_repeated_by_name_gives_the_run_that_there_is() {
    let named = json!({ "StateMachineArn": "child", "Name": "release-7", "Input": {} });
    let world = world(&[parent("", &named), child()]);
    let host = host(&world);
    let one = begin(&world, &host, "parent", json!({}));
    let two = begin(&world, &host, "parent", json!({}));
    pass(&world, &host, 2);
    let arn = |id: &str| succeeded(&load(&world, id))["child"]["ExecutionArn"].clone();
    assert_eq!(arn(&one), arn(&two));
    assert_eq!(runs(&world, "child").len(), 1);
}

#[test]
fn a_child_ends_with_its_parent() {
    let projects = [parent(".sync", &json!({ "StateMachineArn": "child" })), child()];
    at_every_write(50, |write, fate| {
        let mut asked = 0;
        let (world, parents) = survive(&projects, write, fate, |world, host| {
            asked += 1;
            for run in runs(world, "parent").iter().filter(|run| run.status == Status::Running && asked > 2) {
                let _ = ask(host, "POST", &format!("/api/runs/{}/cancel", run.id), &json!({}));
            }
        });
        for run in parents.iter().chain(&runs(&world, "child")) {
            assert_ne!(run.status, Status::Running);
        }
        for child in runs(&world, "child") {
            let parent = load(&world, &child.parent.as_ref().unwrap().run);
            assert_eq!(parent.status, child.status, "{child:#?}");
        }
    });
}

#[test]
fn a_child_ends_when_nobody_waits_for_it_any_longer() {
    let mut parent = parent(".sync", &json!({ "StateMachineArn": "child" }));
    parent["pipeline"]["States"]["Child"]["TimeoutSeconds"] = json!(5);
    parent["pipeline"]["States"]["Child"]["Catch"] =
        json!([{ "ErrorEquals": ["States.Timeout"], "Next": "Rest" }]);
    parent["pipeline"]["States"]["Rest"] = json!({ "Type": "Wait", "Seconds": 60, "End": true });
    let world = world(&[parent, child()]);
    let host = host(&world);
    let id = begin(&world, &host, "parent", json!({}));
    pass(&world, &host, 10);
    assert_eq!(load(&world, &id).status, Status::Running);
    assert_eq!(runs(&world, "child")[0].status, Status::Cancelled);
}

#[test]
fn runs_are_nested_so_deep_and_no_deeper() {
    let endless = parent(".sync", &json!({ "StateMachineArn": "parent", "Input": {} }));
    let world = world(&[endless]);
    let host = host(&world);
    let id = begin(&world, &host, "parent", json!({}));
    let began_ms = world.now_ms.get();
    while load(&world, &id).status == Status::Running && world.now_ms.get() < began_ms + 600_000 {
        pass(&world, &host, 1);
    }
    let run = load(&world, &id);
    assert_eq!(run.error.as_deref(), Some("States.TaskFailed"));
    // Each level tells of the one below, as far as there is room.
    let cause = run.cause.unwrap();
    assert!(cause.len() <= 32_768 && serde_json::from_str::<Value>(&cause).is_ok(), "{cause}");
    let deepest = runs(&world, "parent").into_iter().max_by_key(|run| run.parent.as_ref().map(|p| p.depth));
    assert_eq!(deepest.unwrap().error.as_deref(), Some("StepFunctions.ExecutionLimitExceededException"));
    assert_eq!(runs(&world, "parent").len(), 1 + crate::driver::MAX_DEPTH as usize);
}

#[test]
fn a_child_may_answer_for_its_parent() {
    let parent = parent(
        ".waitForTaskToken",
        &json!({ "StateMachineArn": "child", "Input": { "token.$": "$$.Task.Token" } }),
    );
    let child = json!({ "name": "child", "pipeline": { "StartAt": "Work", "States": {
        "Work": { "Type": "Task", "Resource": "work", "End": true },
    } } });
    let world = world(&[parent, child]);
    let host = host(&world);
    let id = begin(&world, &host, "parent", json!({}));
    pass(&world, &host, 5);
    assert_eq!(load(&world, &id).status, Status::Running, "the child's end is not the answer");
    let token = world.stages.sent.borrow()[0]["input"]["token"].as_str().unwrap().to_owned();
    ask_openly(&host, "POST", &format!("/api/tasks/{token}/success"), &json!({ "output": 7 })).unwrap();
    pass(&world, &host, 2);
    assert_eq!(succeeded(&load(&world, &id))["child"], 7);
}

#[test]
fn a_child_does_not_wait_for_a_place_that_its_parent_holds() {
    let shared = json!({ "max_runs": 1, "group": "one" });
    let mut projects =
        [parent(".sync:2", &json!({ "StateMachineArn": "child", "Input": { "n": 1 } })), child()];
    for project in &mut projects {
        project["concurrency"] = shared.clone();
    }
    for max_runs in [None, Some(1)] {
        let world = world(&projects);
        world.max_runs.set(max_runs);
        let host = host(&world);
        let ids: Vec<String> = (0..2).map(|_| begin(&world, &host, "parent", json!({}))).collect();
        pass(&world, &host, 80);
        for id in &ids {
            assert_eq!(succeeded(&load(&world, id))["child"]["Status"], "SUCCEEDED");
        }
        // One after the other, each with its child.
        let (one, two) = (load(&world, &ids[0]), load(&world, &ids[1]));
        assert!(
            one.finished_at_ms.unwrap() <= two.started_at_ms
                || two.finished_at_ms.unwrap() <= one.started_at_ms
        );
    }
}
