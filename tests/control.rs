//! What people do to runs: redrive, run again, let them wait for each other.

use serde_json::{Value, json};

use crate::support::{App, eventually, on_spin, probe, probe_state};

/// Two branches, of which one calls a component that isn't there, until the project names another.
fn half_broken() -> Value {
    let mut broken = probe_state(&json!({ "do": "echo", "text": "mended" }), None);
    broken["Resource"] = json!("work");
    json!({
        "StartAt": "Both",
        "States": { "Both": { "Type": "Parallel", "End": true, "Branches": [
            { "StartAt": "Good", "States": { "Good": probe_state(&json!({ "do": "echo", "text": "good" }), None) } },
            { "StartAt": "Wait", "States": {
                "Wait": { "Type": "Wait", "Seconds": 1, "Next": "Bad" },
                "Bad": broken,
            } },
        ] } },
    })
}

fn states(run: &Value) -> Vec<(String, String)> {
    let text = |stage: &Value, member: &str| stage[member].as_str().unwrap().to_owned();
    run["stages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stage| (text(stage, "state"), text(stage, "status")))
        .collect()
}

#[test]
fn a_redrive_repeats_only_what_failed() {
    let app = App::start();
    app.put_project("half", &json!({ "pipeline": half_broken() }));
    let failed = app.run("half", &json!({}));
    assert_eq!(failed["status"], "failed", "{failed:#}");
    let id = failed["id"].as_str().unwrap();

    app.put_project("half", &json!({ "pipeline": half_broken(), "functions": { "work": "stage-probe" } }));
    let redriven = app.ropewalk(&["runs", "redrive", id, "--json"]);
    assert_eq!(redriven.status.code(), Some(0), "{}", String::from_utf8_lossy(&redriven.stderr));
    let run: Value = serde_json::from_slice(&redriven.stdout).unwrap();
    let expected = [("Good", "succeeded"), ("Bad", "failed"), ("Bad", "succeeded")];
    assert_eq!(states(&run), expected.map(|(state, status)| (state.to_owned(), status.to_owned())));
    assert_eq!((&run["status"], &run["redrives"]), (&json!("succeeded"), &json!(1)));
    let again = app.ropewalk(&["runs", "redrive", id]);
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&again.stderr).contains("ended well"));

    let rerun = app.ropewalk(&["runs", "rerun", id, "--no-cache", "--json"]);
    let rerun: Value = serde_json::from_slice(&rerun.stdout).unwrap();
    assert_eq!((&rerun["status"], &rerun["rerun_of"]), (&json!("succeeded"), &json!(id)));
    assert!(rerun["stages"].as_array().unwrap().iter().all(|stage| stage["cached"] == false), "{rerun:#}");
    let cached = app.ropewalk(&["runs", "rerun", id, "--json"]);
    let cached: Value = serde_json::from_slice(&cached.stdout).unwrap();
    assert!(cached["stages"].as_array().unwrap().iter().all(|stage| stage["cached"] == true), "{cached:#}");
}

#[test]
fn runs_wait_for_their_turn() {
    let app = App::start();
    let pipeline = json!({
        "StartAt": "Pause",
        "States": {
            "Pause": { "Type": "Wait", "Seconds": 2, "Next": "Probe" },
            "Probe": probe(&json!({ "do": "nothing" }))["States"]["Probe"],
        },
    });
    for (mode, expected) in
        [("queued", ["succeeded"; 3]), ("superseded", ["succeeded", "cancelled", "succeeded"])]
    {
        app.put_project(mode, &json!({ "pipeline": pipeline, "concurrency": { "mode": mode } }));
        let first = app.start_run(mode, &json!({}));
        let status =
            |id: &str| app.client.json("GET", &format!("/api/runs/{id}"), None).unwrap()["status"].clone();
        eventually("the first run begins", || (status(&first) == "running").then_some(()));
        let second = app.start_run(mode, &json!({}));
        assert_eq!(status(&second), "queued");
        std::thread::sleep(std::time::Duration::from_millis(100));
        let third = app.start_run(mode, &json!({}));
        let ended = [&first, &second, &third].map(|id| app.finished(id));
        assert_eq!(ended.each_ref().map(|run| run["status"].as_str().unwrap()), expected, "{mode}");
        let began = ended.each_ref().map(|run| run["started_at_ms"].as_u64().unwrap());
        assert!(began[2] >= ended[0]["finished_at_ms"].as_u64().unwrap(), "{mode}: they ran at once");
    }
}

#[test]
fn a_run_that_waits_for_its_turn_survives_a_kill() {
    if on_spin().is_some() {
        return;
    }
    let mut app = App::start();
    let pipeline =
        json!({ "StartAt": "W", "States": { "W": { "Type": "Wait", "Seconds": 1, "End": true } } });
    app.put_project("lined-up", &json!({ "pipeline": pipeline, "concurrency": { "mode": "queued" } }));
    let ids: Vec<String> = (0..3).map(|_| app.start_run("lined-up", &json!({}))).collect();
    app.restart();
    for id in &ids {
        assert_eq!(app.finished(id)["status"], "succeeded");
    }
}
