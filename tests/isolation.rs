//! What a stage does to itself stays with itself.

use serde_json::{Value, json};

use crate::support::{App, on_spin, probe};

/// Runs these probes at once, each as a project of its own, and gives their runs in order.
#[track_caller]
fn run_all(app: &App, probes: &[Value]) -> Vec<Value> {
    for (number, parameters) in probes.iter().enumerate() {
        app.project(&format!("p{number}"), &probe(parameters));
    }
    let request = json!({ "no_cache": true });
    let ids: Vec<String> =
        (0..probes.len()).map(|number| app.start_run(&format!("p{number}"), &request)).collect();
    ids.iter().map(|id| app.finished(id)).collect()
}

#[test]
fn concurrent_calls_never_see_each_other() {
    let app = App::start();
    let probes: Vec<Value> =
        (0..60).map(|number| json!({ "do": "count-static", "text": format!("mine {number}") })).collect();
    for (number, run) in run_all(&app, &probes).iter().enumerate() {
        assert_eq!(run["status"], "succeeded", "{run:#}");
        let result = &run["output"]["result"];
        assert_eq!(result["count"], 1, "a static survived: {run:#}");
        assert_eq!(result["text"], format!("mine {number}"), "{run:#}");
        assert_eq!(result["files"], 1, "another's files are seen: {run:#}");
    }
}

#[test]
fn a_crash_is_its_own_requests_alone() {
    let app = App::start();
    let bad = [
        json!({ "do": "abort" }),
        json!({ "do": "panic" }),
        json!({ "do": "allocate" }),
        json!({ "do": "overflow" }),
        json!({ "do": "loop" }),
    ];
    let mut probes = Vec::new();
    for number in 0..20 {
        probes.push(json!({ "do": "echo", "text": number.to_string() }));
        if number % 4 == 0 && (on_spin().is_none() || number / 4 != 4) {
            probes.push(bad[number / 4].clone());
        }
    }
    for (parameters, run) in probes.iter().zip(run_all(&app, &probes)) {
        let (status, error, cause) = match parameters["do"].as_str().unwrap() {
            "echo" => ("succeeded", Value::Null, ""),
            "loop" => ("failed", json!("States.Timeout"), "time limit of 3 s exceeded"),
            "allocate" => ("failed", json!("States.TaskFailed"), "memory limit of 64 MiB exceeded"),
            "panic" => ("failed", json!("Stage.Exited"), "exited with code 1"),
            _ => ("failed", json!("States.TaskFailed"), ""),
        };
        assert_eq!(run["status"], status, "{parameters}: {run:#}");
        assert_eq!(run["error"], error, "{parameters}: {run:#}");
        if on_spin().is_none() {
            let told = run["cause"].as_str().unwrap_or_default();
            assert!(told.contains(cause), "{parameters}: {told}");
        }
    }
}

#[test]
fn a_stage_sees_nothing_of_the_host() {
    let app = App::start();
    let run = app.run_pipeline(&probe(&json!({ "do": "environment" })));
    assert_eq!(run["status"], "succeeded", "{run:#}");
    let result = &run["output"]["result"];
    assert_eq!(result["environment"], json!({}), "{result:#}");
    assert!(!result.to_string().contains("SPIN_VARIABLE"), "{result:#}");
    let again = {
        app.project("test", &probe(&json!({ "do": "environment" })));
        app.run("test", &json!({ "no_cache": true }))
    };
    assert_eq!(again["output"]["result"], *result, "clock or randomness are the host's");
}

#[test]
fn limits_of_the_sandbox_have_names() {
    let app = App::start();
    let run = app.run_pipeline(&probe(&json!({ "do": "write-files", "count": 200_000, "bytes": 0 })));
    assert_eq!(run["status"], "failed", "{run:#}");
    let log = |run: &Value| {
        let id = run["id"].as_str().unwrap();
        app.client.send("GET", &format!("/api/runs/{id}/log"), b"").unwrap().text()
    };
    assert!(log(&run).contains("the limit of 200000 files and folders is reached"), "{}", log(&run));
    let run = app.run_pipeline(&probe(&json!({ "do": "open", "count": 100_000 })));
    assert_eq!(run["error"], "Probe.Io", "{run:#}");
    assert!(log(&run).contains("the limit of 4096 open descriptors is reached"), "{}", log(&run));
    let run = app.run_pipeline(&probe(&json!({ "do": "print", "bytes": 20 << 20 })));
    assert_eq!(run["status"], "succeeded", "{run:#}");
    assert!(log(&run).contains("further bytes are dropped"), "the log is cut without a word");
}

#[test]
fn names_and_links_that_cannot_be_stored_are_told() {
    let app = App::start();
    let run = app.run_pipeline(&probe(&json!({ "do": "odd-name" })));
    assert_eq!(run["error"], "Probe.Io", "{run:#}");
    assert!(run["cause"].as_str().unwrap().contains("Illegal byte sequence"), "{run:#}");
    let link = |target: &str| probe(&json!({ "do": "link", "path": "out/links/link.txt", "text": target }));
    let run = app.run_pipeline(&link("../../target.txt"));
    assert_eq!(run["status"], "succeeded", "{run:#}");
    let digest = run["output"]["artifacts"]["links"].as_str().unwrap();
    let stored = app.client.send("GET", &format!("/api/artifacts/{digest}/files/link.txt"), b"").unwrap();
    assert_eq!(stored.text(), "target");
    let run = app.run_pipeline(&link("nothing"));
    let cause = "file `out/links/link.txt` cannot be read: `out/links/link.txt`: nothing is there";
    assert!(run["cause"].as_str().unwrap().contains(cause), "{run:#}");
}
