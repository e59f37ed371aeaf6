//! `kill -9` at any instant: each run reaches its end, no finished stage runs twice, no release is half there.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{App, Options, on_spin, probe_chain};

/// Kills of one test.
const KILLS: u32 = 50;
/// States of each run.
const STAGES: usize = 6;

/// A pause that differs from kill to kill, without a clock: a multiplicative sequence over 0..80 ms.
fn pause(kill: u32) -> Duration {
    Duration::from_millis(u64::from(kill.wrapping_mul(2_654_435_761) % 80))
}

#[test]
fn runs_survive_kills() {
    let mut app = App::start();
    let mut ids = Vec::new();
    for kill in 0..KILLS {
        let steps: Vec<Value> =
            (0..STAGES).map(|step| json!({ "do": "echo", "text": format!("{kill} {step}") })).collect();
        let name = format!("p{}", kill % 4);
        app.project(&name, &probe_chain(&steps));
        ids.push(app.start_run(&name, &json!({})));
        std::thread::sleep(pause(kill));
        app.restart();
    }
    for id in &ids {
        let run = app.finished(id);
        assert_eq!(run["status"], "succeeded", "{run:#}");
        let stages = run["stages"].as_array().unwrap();
        assert_eq!(stages.len(), STAGES, "a stage is missing or ran twice: {run:#}");
        let mut ends: BTreeMap<&str, u32> = BTreeMap::new();
        for stage in stages {
            *ends.entry(stage["state"].as_str().unwrap()).or_default() += 1;
            assert_eq!(stage["attempt"], 1, "{run:#}");
            assert_eq!(stage["cached"], false, "a result of its own counts as another's: {run:#}");
        }
        assert!(ends.values().all(|ends| *ends == 1), "{run:#}");
    }
}

#[test]
fn no_release_is_half_published() {
    let mut app = App::start();
    let pipeline = json!({
        "StartAt": "Checkout",
        "States": {
            "Checkout": { "Type": "Task", "Resource": "stage-checkout", "Next": "Build" },
            "Build": { "Type": "Task", "Resource": "stage-build", "ResultPath": "$.build", "Next": "Deploy" },
            "Deploy": { "Type": "Task", "Resource": "stage-deploy", "End": true,
                "Parameters": {
                    "inputs": { "site.$": "$.build.artifacts.site" },
                    "parameters": { "site": "half", "environment": "production" },
                } },
        },
    });
    app.project("half", &pipeline);
    let mut ids = Vec::new();
    for release in 0..KILLS / 2 {
        let page = format!("<!doctype html><title>x</title><p>release {release}.");
        let tree = app.upload(&[("index.html", page.as_bytes()), ("other.html", page.as_bytes())]);
        ids.push(app.start_run("half", &json!({ "source": tree })));
        std::thread::sleep(pause(release));
        app.restart();
        let (one, other) = (app.get("/sites/half/"), app.get("/sites/half/other.html"));
        // A run that goes on may publish between the two: look again at the first.
        if one.text() != other.text() {
            let again = app.get("/sites/half/");
            assert!(again.text() == other.text(), "{} / {}", again.text(), other.text());
        }
    }
    for id in &ids {
        let run = app.finished(id);
        assert_eq!(run["status"], "succeeded", "{run:#}");
    }
    let site = app.client.json("GET", "/api/sites/half", None).unwrap();
    assert!(app.get("/sites/half/other.html").text().contains("release"), "{site:#}");
}

#[test]
fn what_was_acknowledged_is_there_after_a_kill() {
    let mut app = App::start();
    for round in 0..10 {
        let name = format!("project-{round}");
        app.project(&name, &probe_chain(&[json!({ "do": "nothing" })]));
        let digest = app.upload(&[("round", round.to_string().as_bytes())]);
        app.restart();
        app.client.json("GET", &format!("/api/projects/{name}"), None).unwrap();
        let path = format!("/api/artifacts/{digest}/files/round");
        assert_eq!(app.client.send("GET", &path, b"").unwrap().text(), round.to_string());
    }
}

#[test]
fn a_wait_goes_on_after_a_kill() {
    let mut app = App::start();
    app.project(
        "test",
        &json!({
            "StartAt": "Pause",
            "States": { "Pause": { "Type": "Wait", "Seconds": 4, "End": true } },
        }),
    );
    let id = app.start_run("test", &json!({}));
    std::thread::sleep(Duration::from_millis(500));
    app.restart();
    if on_spin().is_some() {
        // Nothing ticks on Spin by itself.
        std::thread::sleep(Duration::from_secs(12));
        app.client.json("POST", "/api/tick", Some(&json!({}))).unwrap();
    }
    assert_eq!(app.finished(&id)["status"], "succeeded");
}

#[test]
fn a_newer_state_folder_is_refused() {
    if on_spin().is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let options = Options { state: Some(state.clone()), ..Options::default() };
    let mut app = App::start_with(options.clone());
    app.kill();
    drop(app);
    let database = std::fs::read_dir(&state)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "db"))
        .expect("the state folder has a database");
    let connection = rusqlite::Connection::open(&database).unwrap();
    connection.pragma_update(None, "user_version", 1_000_000).unwrap();
    drop(connection);
    let refused = std::panic::catch_unwind(|| App::start_with(options));
    let message = *refused.err().expect("it started").downcast::<String>().unwrap();
    assert!(message.contains("newer"), "{message}");
}
