//! How a program may end, and what is left of it.

use serde_json::{Value, json};

use crate::support::{App, on_spin, probe};

/// Runs the probe, and compares error, cause, log and whether its artifact is kept.
#[track_caller]
fn check(app: &App, parameters: &Value, (error, cause): (&str, &str), log: &str, is_kept: bool) {
    let run = app.run_pipeline(&probe(parameters));
    assert_eq!((&run["status"], &run["error"]), (&json!("failed"), &json!(error)), "{parameters}: {run:#}");
    // On Spin a trap has no name.
    if on_spin().is_none() || error == "Stage.Exited" {
        let told = run["cause"].as_str().unwrap_or_default();
        assert!(told.contains(cause), "{parameters}: {told}");
    }
    let path = format!("/api/runs/{}/log?state=Probe", run["id"].as_str().unwrap());
    let told = app.client.send("GET", &path, b"").unwrap().text();
    assert!(told.contains(log), "{parameters}: {told}");
    let artifacts = &run["stages"][0]["artifacts"];
    assert_eq!(artifacts.get("report").is_some(), is_kept, "{parameters}: {run:#}");
}

#[test]
fn a_stage_may_end_as_it_likes() {
    let app = App::start();
    let exit = |code: u8| json!({ "do": "exit", "code": code, "text": "printed before" });
    let exited = |cause| ("Stage.Exited", cause);
    check(
        &app,
        &exit(0),
        exited("stage `probe` exited with code 0 instead of giving"),
        "printed before",
        true,
    );
    // Of a code, Rust's std tells WASI 0.2 whether it is 0, and no more.
    check(
        &app,
        &exit(3),
        exited("stage `probe` exited with code 1 instead of giving"),
        "printed before",
        true,
    );
    let panic = json!({ "do": "panic", "text": "printed before" });
    check(&app, &panic, exited("exited with code 1"), "printed before", false);
    check(&app, &panic, exited("exited with code 1"), "as asked", false);
    // No component can catch a trap: all that a stage did goes with it.
    let trap = ("States.TaskFailed", "`unreachable`");
    check(&app, &json!({ "do": "abort", "text": "x" }), trap, "", false);
    check(&app, &json!({ "do": "overflow" }), ("States.TaskFailed", "trapped: "), "", false);
}
