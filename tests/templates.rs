//! The pipelines of `examples/pipelines`, each on its example, as `ropewalk init` writes it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::{App, files};

/// One template, and what its run shows.
struct Case {
    template: &'static str,
    example: &'static str,
    states: &'static [&'static str],
    /// Files that the state `Package` leaves.
    packages: &'static [&'static str],
    deployed: bool,
}

const CASES: &[Case] = &[
    Case {
        template: "site",
        example: "site",
        states: &["Checkout", "Lint", "Build", "Deploy"],
        packages: &[],
        deployed: true,
    },
    Case {
        template: "documents",
        example: "documents",
        states: &["Checkout", "Lint", "Build", "Package", "Deploy"],
        packages: &["documents-draft.zip"],
        deployed: true,
    },
    Case {
        template: "npm",
        example: "npm-library",
        states: &["Checkout", "Lint", "Install", "Test", "Package"],
        packages: &["rope-lay-1.0.0.tar.gz", "rope-lay-1.0.0.cdx.json"],
        deployed: false,
    },
    Case {
        template: "rust",
        example: "rust-service",
        states: &["Checkout", "Lint", "Test", "Build", "Package"],
        packages: &["rope-bell-0.1.0.tar.gz", "rope-bell-0.1.0.cdx.json"],
        deployed: false,
    },
];

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("examples").join(name)
}

fn ropewalk(args: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ropewalk")).args(args).arg(folder).output().unwrap()
}

/// Does what a worker of the activity `rust` does, until the run is at its end: answers that a program came out.
fn work(app: &App, run: &str) -> Value {
    let program = app.upload(&[("bin/rope-bell", b"\x7fELF not really")]);
    loop {
        let shown = app.client.json("GET", &format!("/api/runs/{run}"), None).unwrap();
        if !matches!(shown["status"].as_str(), Some("running" | "queued")) {
            return shown;
        }
        let task = app.client.json("POST", "/api/activities/rust/poll?wait=1", Some(&json!({}))).unwrap();
        let Some(token) = task["token"].as_str() else { continue };
        assert_eq!(task["input"]["command"][0], "cargo");
        assert!(task["input"]["inputs"]["source"].as_str().unwrap().starts_with("sha256:"));
        let output =
            json!({ "output": { "artifacts": { "program": program }, "result": { "exit_code": 0 } } });
        app.client.json("POST", &format!("/api/tasks/{token}/success"), Some(&output)).unwrap();
    }
}

#[track_caller]
fn check(app: &App, case: &Case) {
    let folder = tempfile::tempdir().unwrap();
    let written = ropewalk(&["init", "--template", case.template], folder.path());
    assert_eq!(written.status.code(), Some(0), "{}", String::from_utf8_lossy(&written.stderr));
    let pipeline = std::fs::read_to_string(folder.path().join("pipeline.asl.json")).unwrap();
    app.project(case.example, &serde_json::from_str(&pipeline).unwrap());
    let files = files(&example(case.example));
    let files: Vec<(&str, &[u8])> =
        files.iter().map(|(path, text)| (path.as_str(), text.as_slice())).collect();
    let id = app.start_run(case.example, &json!({ "source": app.upload(&files) }));
    let run = if case.template == "rust" { work(app, &id) } else { app.finished(&id) };
    assert_eq!(run["status"], "succeeded", "{}: {run:#}", case.template);
    let stages = run["stages"].as_array().unwrap();
    let states: Vec<&str> = stages.iter().map(|stage| stage["state"].as_str().unwrap()).collect();
    assert_eq!(states, case.states, "{}", case.template);
    assert_eq!(run["url"].is_string(), case.deployed, "{run:#}");
    for file in case.packages {
        let package = stages.iter().find(|stage| stage["state"] == "Package").unwrap();
        let digest = package["artifacts"]["package"].as_str().unwrap();
        let got = app.client.send("GET", &format!("/api/artifacts/{digest}/files/{file}"), b"").unwrap();
        assert_eq!(got.status, 200, "{file}");
        if file.ends_with(".json") {
            assert_eq!(got.json().unwrap()["specVersion"], "1.6");
        }
    }
}

#[test]
fn every_template_runs_on_its_example() {
    let app = App::start();
    for case in CASES {
        check(&app, case);
    }
}

#[test]
fn init_finds_out_what_a_project_is_and_overwrites_nothing() {
    let init = |example_name: &str, expected: &str| {
        let folder = tempfile::tempdir().unwrap();
        for (path, contents) in files(&example(example_name)) {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, contents).unwrap();
        }
        let _ = std::fs::remove_file(folder.path().join("pipeline.asl.json"));
        let written = ropewalk(&["init", "--json"], folder.path());
        assert_eq!(written.status.code(), Some(0), "{}", String::from_utf8_lossy(&written.stderr));
        let told: Value = serde_json::from_slice(&written.stdout).unwrap();
        assert_eq!(told["template"], expected);
        let before = std::fs::read(folder.path().join("pipeline.asl.json")).unwrap();
        let again = ropewalk(&["init", "--template", "site"], folder.path());
        assert_eq!(again.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&again.stderr).contains("exists already"));
        assert_eq!(std::fs::read(folder.path().join("pipeline.asl.json")).unwrap(), before);
    };
    for case in CASES.iter().filter(|case| case.template != "site") {
        init(case.example, case.template);
    }
    // A book, though its pages are a site.
    init("site", "documents");
    let empty = tempfile::tempdir().unwrap();
    let refused = ropewalk(&["init"], empty.path());
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--template NAME"));
    let unknown = ropewalk(&["init", "--template", "cobol"], empty.path());
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("there is no template `cobol`"));
    let listed = Command::new(env!("CARGO_BIN_EXE_ropewalk")).args(["init", "--list"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&listed.stdout).lines().count(), CASES.len());
}
