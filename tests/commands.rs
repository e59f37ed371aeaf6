//! The command line, as people and scripts use it: exit code, standard output, standard error.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::{App, eventually, on_spin, probe};

#[track_caller]
fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[track_caller]
fn ok_json(output: &Output) -> Value {
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn projects_are_managed() {
    let app = App::start();
    let folder = tempfile::tempdir().unwrap();
    let pipeline = folder.path().join("p.json");
    std::fs::write(&pipeline, probe(&json!({ "do": "nothing" })).to_string()).unwrap();
    let pipeline = pipeline.to_str().unwrap();
    let added = ok_json(&app.ropewalk(&["project", "add", "docs", "--pipeline", pipeline, "--json"]));
    assert_eq!(added["name"], "docs");
    assert!(added["webhook_secret"].as_str().is_some_and(|secret| secret.len() == 64));
    let twice = app.ropewalk(&["project", "add", "docs", "--pipeline", pipeline]);
    assert_eq!(twice.status.code(), Some(2));
    assert!(text(&twice.stderr).contains("exists already"), "{}", text(&twice.stderr));
    let listed = ok_json(&app.ropewalk(&["project", "list", "--json"]));
    assert_eq!(listed["projects"][0]["name"], "docs");
    let shown = ok_json(&app.ropewalk(&["project", "show", "docs", "--json"]));
    assert_eq!(shown["pipeline"]["StartAt"], "Probe");
    ok_json(&app.ropewalk(&["project", "remove", "docs", "--json"]));
    let gone = app.ropewalk(&["project", "show", "docs"]);
    assert_eq!(gone.status.code(), Some(2));
}

#[test]
fn a_broken_pipeline_is_refused_with_every_problem() {
    let app = App::start();
    let folder = tempfile::tempdir().unwrap();
    let pipeline = folder.path().join("p.json");
    std::fs::write(&pipeline, r#"{"StartAt":"A","States":{"B":{"Type":"Task"}}}"#).unwrap();
    let output = app.ropewalk(&["project", "add", "docs", "--pipeline", pipeline.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let told = text(&output.stderr);
    for part in ["`/StartAt`", "`/States/B"] {
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn runs_logs_and_artifacts_are_shown() {
    let app = App::start();
    app.project("docs", &probe(&json!({ "do": "write-files", "count": 2, "bytes": 5 })));
    let started = app.ropewalk(&["runs", "start", "docs", "--json"]);
    let run = ok_json(&started);
    assert_eq!(run["status"], "succeeded");
    assert!(text(&started.stderr).contains("✓ succeeded"), "{}", text(&started.stderr));
    let id = run["id"].as_str().unwrap();
    let listed = app.ropewalk(&["runs"]);
    assert!(text(&listed.stdout).starts_with(id), "{}", text(&listed.stdout));
    let shown = app.ropewalk(&["runs", "show", id]);
    assert!(text(&shown.stdout).contains("Probe"));
    assert_eq!(app.ropewalk(&["logs", id]).status.code(), Some(0));
    let name = run["stages"][0]["artifacts"].as_object().unwrap().keys().next().unwrap().clone();
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("got");
    let artifact = format!("{id}/Probe/{name}");
    let got = app.ropewalk(&["artifact", "get", &artifact, "--output", output.to_str().unwrap()]);
    assert_eq!(got.status.code(), Some(0), "{}", text(&got.stderr));
    assert_eq!(std::fs::read_dir(&output).unwrap().count(), 2);
    app.project("docs", &probe(&json!({ "do": "fail", "error": "Probe.Sad", "cause": "x" })));
    assert_eq!(app.ropewalk(&["runs", "start", "docs"]).status.code(), Some(1));
}

#[test]
fn a_working_directory_is_run_without_a_git_host() {
    if on_spin().is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("site");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let copied = Command::new("cp").arg("-r").arg(root.join("examples/site")).arg(&site).status();
    assert!(copied.unwrap().success());
    let state = folder.path().join("state");
    let run = || {
        Command::new(env!("CARGO_BIN_EXE_ropewalk"))
            .arg("run")
            .arg(&site)
            .arg("--state")
            .arg(&state)
            .output()
            .unwrap()
    };
    let passed = run();
    assert_eq!(passed.status.code(), Some(0), "{}", text(&passed.stderr));
    assert!(text(&passed.stderr).contains("Deploy"), "{}", text(&passed.stderr));
    std::fs::write(site.join("broken.json"), "{").unwrap();
    let failed = run();
    assert_eq!(failed.status.code(), Some(1), "{}", text(&failed.stderr));
    assert!(text(&failed.stderr).contains("broken.json"), "{}", text(&failed.stderr));
    std::fs::remove_file(site.join("pipeline.asl.json")).unwrap();
    assert_eq!(run().status.code(), Some(2));
}

#[test]
fn the_embedded_host_makes_a_token_once_and_keeps_it() {
    if on_spin().is_some() {
        return;
    }
    let app = App::start_with(crate::support::Options { unconfigured: true, ..Default::default() });
    let line = "API token, shown once: ";
    // It answers a moment before it says so.
    let token = eventually("a token is shown", || {
        app.log().lines().find_map(|text| text.strip_prefix(line)).map(str::to_owned)
    });
    assert_eq!(token.len(), 64);
    let listed = Command::new(env!("CARGO_BIN_EXE_ropewalk"))
        .args(["project", "list", "--json", "--url", app.client.url(), "--state"])
        .arg(app.state())
        .output()
        .unwrap();
    assert_eq!(ok_json(&listed), json!({ "projects": [] }));
    let mut app = app;
    app.restart();
    assert_eq!(app.log().matches(line).count(), 1);
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(app.state().join("secrets.toml")).unwrap().permissions(),
    );
    assert_eq!(mode & 0o077, 0, "others can read the token");
}

#[test]
fn a_port_in_use_is_named() {
    if on_spin().is_some() {
        return;
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_ropewalk"))
        .args(["up", "--listen", &address, "--state"])
        .arg(folder.path().join("state"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let told = text(&output.stderr);
    assert!(told.contains(&address) && told.contains("in use"), "{told}");
}
