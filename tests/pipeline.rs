//! Runs of pipelines, told by what their users see.

use serde_json::{Value, json};

use crate::support::{App, probe, probe_chain};

#[track_caller]
fn stage_names(run: &Value) -> Vec<String> {
    run["stages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stage| stage["state"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_chain_runs_in_order() {
    let app = App::start();
    let steps: Vec<Value> = (0..6).map(|n| json!({ "do": "echo", "text": n.to_string() })).collect();
    let run = app.run_pipeline(&probe_chain(&steps));
    assert_eq!(run["status"], "succeeded", "{run:#}");
    assert_eq!(stage_names(&run), ["S0", "S1", "S2", "S3", "S4", "S5"]);
    assert_eq!(run["output"]["result"]["text"], "5");
}

#[test]
fn a_failing_stage_fails_the_run_with_its_own_words() {
    let app = App::start();
    let run = app.run_pipeline(&probe(&json!({ "do": "fail", "error": "Probe.Sad", "cause": "as asked" })));
    assert_eq!(run["status"], "failed");
    assert_eq!(run["error"], "Probe.Sad");
    assert_eq!(run["cause"], "as asked");
    assert_eq!(run["stages"][0]["error"], "Probe.Sad");
}

#[test]
fn retry_and_catch_act_on_failures() {
    let app = App::start();
    let mut pipeline = probe(&json!({ "do": "fail", "error": "Probe.Sad", "cause": "as asked" }));
    pipeline["States"]["Probe"]["Retry"] =
        json!([{ "ErrorEquals": ["Probe.Sad"], "IntervalSeconds": 1, "MaxAttempts": 1, "BackoffRate": 1 }]);
    pipeline["States"]["Probe"]["Catch"] =
        json!([{ "ErrorEquals": ["States.ALL"], "ResultPath": "$.caught", "Next": "Rescue" }]);
    pipeline["States"]["Rescue"] = json!({ "Type": "Pass", "End": true });
    let run = app.run_pipeline(&pipeline);
    assert_eq!(run["status"], "succeeded", "{run:#}");
    assert_eq!(run["output"]["caught"]["Error"], "Probe.Sad");
    let attempts: Vec<&Value> =
        run["stages"].as_array().unwrap().iter().map(|stage| &stage["attempt"]).collect();
    assert_eq!(attempts, [1, 2]);
}

#[test]
fn choices_and_waits_work_between_stages() {
    let app = App::start();
    let pipeline = json!({
        "StartAt": "Which",
        "States": {
            "Which": { "Type": "Choice", "Default": "No",
                "Choices": [{ "Variable": "$.branch", "StringEquals": "main", "Next": "Pause" }] },
            "Pause": { "Type": "Wait", "Seconds": 3, "Next": "Yes" },
            "Yes": { "Type": "Pass", "Result": "main", "ResultPath": "$.was", "End": true },
            "No": { "Type": "Fail", "Error": "NotMain", "Cause": "another branch" },
        },
    });
    app.project("test", &pipeline);
    let run = app.run("test", &json!({ "branch": "main" }));
    assert_eq!(run["status"], "succeeded", "{run:#}");
    assert_eq!(run["output"]["was"], "main");
    let took = run["finished_at_ms"].as_u64().unwrap() - run["started_at_ms"].as_u64().unwrap();
    assert!(took >= 3_000, "{took} ms");
    let run = app.run("test", &json!({ "branch": "other" }));
    assert_eq!((&run["status"], &run["error"]), (&json!("failed"), &json!("NotMain")));
}

#[test]
fn a_task_that_takes_too_long_times_out() {
    let app = App::start();
    let mut pipeline = probe(&json!({ "do": "loop" }));
    pipeline["States"]["Probe"]["TimeoutSeconds"] = json!(1);
    let run = app.run_pipeline(&pipeline);
    assert_eq!(run["status"], "failed", "{run:#}");
    assert_eq!(run["error"], "States.Timeout");
}

#[test]
fn an_unknown_component_is_named() {
    let app = App::start();
    let mut pipeline = probe(&json!({ "do": "nothing" }));
    pipeline["States"]["Probe"]["Resource"] =
        json!("arn:aws:lambda:region:account-id:function:nowhere-function");
    let run = app.run_pipeline(&pipeline);
    assert_eq!(run["error"], "States.TaskFailed", "{run:#}");
    assert!(run["cause"].as_str().unwrap().contains("`stage-nowhere`"), "{run:#}");
}

#[test]
fn functions_are_found_by_table_and_by_name() {
    let app = App::start();
    let mut pipeline = probe(&json!({ "do": "echo", "text": "here" }));
    for (resource, functions) in [
        ("arn:aws:lambda:region:account-id:function:probe-function", json!({})),
        ("arn:aws:lambda:region:account-id:function:other", json!({ "other": "stage-probe" })),
        ("probe", json!({})),
    ] {
        pipeline["States"]["Probe"]["Resource"] = json!(resource);
        app.put_project("test", &json!({ "pipeline": pipeline, "functions": functions }));
        let run = app.run("test", &json!({}));
        assert_eq!(run["status"], "succeeded", "{resource}: {run:#}");
    }
}

#[test]
fn a_run_can_be_cancelled() {
    let app = App::start();
    app.project(
        "test",
        &json!({
            "StartAt": "Pause",
            "States": { "Pause": { "Type": "Wait", "Seconds": 600, "End": true } },
        }),
    );
    let id = app.start_run("test", &json!({}));
    let path = format!("/api/runs/{id}/cancel");
    let run = app.client.json("POST", &path, Some(&json!({ "cause": "not wanted" }))).unwrap();
    assert_eq!((&run["status"], &run["cause"]), (&json!("cancelled"), &json!("not wanted")));
    let again = app.client.send("POST", &path, b"{}").unwrap();
    assert_eq!(again.status, 409);
}

#[test]
fn parameters_are_checked_with_all_that_is_wrong() {
    let app = App::start();
    let run = app.run_pipeline(&probe(&json!({ "do": "nothing", "extra": 1 })));
    assert_eq!(run["status"], "failed");
    assert!(run["cause"].as_str().unwrap().contains("extra"), "{run:#}");
}

#[test]
fn logs_and_artifacts_of_a_run_can_be_read() {
    let app = App::start();
    let run = app.run_pipeline(&probe(&json!({ "do": "write-files", "count": 3, "bytes": 10 })));
    assert_eq!(run["status"], "succeeded", "{run:#}");
    let artifacts = run["stages"][0]["artifacts"].as_object().unwrap();
    let digest = artifacts.values().next().unwrap().as_str().unwrap();
    let tar = app.client.send("GET", &format!("/api/artifacts/{digest}"), b"").unwrap().ok().unwrap();
    let mut archive = tar::Archive::new(tar.body.as_slice());
    assert_eq!(archive.entries().unwrap().count(), 3);
    let run = app.run_pipeline(&probe(&json!({ "do": "print", "text": "a line for the log" })));
    let id = run["id"].as_str().unwrap();
    let log = app.client.send("GET", &format!("/api/runs/{id}/log?state=Probe"), b"").unwrap();
    assert!(log.text().contains("a line for the log"), "{}", log.text());
    let events = app.client.json("GET", &format!("/api/runs/{id}/events"), None).unwrap();
    assert!(events["events"].as_array().unwrap().len() >= 2);
    assert!(!events.to_string().contains("seed"));
}

#[test]
fn a_list_shows_the_newest_first() {
    let app = App::start();
    app.project("one", &probe(&json!({ "do": "nothing" })));
    app.project("two", &probe(&json!({ "do": "nothing" })));
    let ids: Vec<String> =
        (0..5).map(|n| app.start_run(if n % 2 == 0 { "one" } else { "two" }, &json!({}))).collect();
    for id in &ids {
        app.finished(id);
    }
    let listed = app.client.json("GET", "/api/runs", None).unwrap();
    let found: Vec<&str> =
        listed["runs"].as_array().unwrap().iter().map(|run| run["id"].as_str().unwrap()).collect();
    let mut newest_first: Vec<&str> = ids.iter().map(String::as_str).collect();
    newest_first.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(found, newest_first);
    let listed = app.client.json("GET", "/api/runs?project=two&limit=1", None).unwrap();
    assert_eq!(listed["runs"].as_array().unwrap().len(), 1);
    assert_eq!(listed["runs"][0]["project"], "two");
}
