mod cache;
mod commands;
mod fake;
mod refusals;

use artifact::File;
use serde_json::json;

use super::*;
use crate::answer::MAX_RESULT_BYTES;
use crate::host::Failure;
use crate::outputs;
use fake::{FakeStage, Scene};

const CACHED: &str = "cache/";

fn failure(error: &str, cause: &str) -> Failure {
    Failure { error: error.to_owned(), cause: cause.to_owned() }
}

fn file(path: &str, contents: &str) -> File {
    File { path: path.to_owned(), contents: contents.into(), executable: false }
}

#[test]
fn a_call_is_answered_as_agreed() {
    let scene = Scene::new();
    let source = scene.put(&[file("a.md", "A"), file("b.txt", "B")]);
    let input = json!({
        "project": "docs", "level": 3,
        "inputs": { "source": { "artifact": source, "path": "src", "include": ["*.md"] } },
    });
    let stage = FakeStage::hermetic(|stage, request| {
        stage.print("linting\n");
        assert_eq!(request.parameters, r#"{"level":3}"#);
        assert_eq!(request.inputs[0].path, "src");
        assert!(request.caller.is_none());
        assert_eq!(stage.paths(), ["src/a.md"]);
        stage.write("out/report/all.json", b"[]", false).unwrap();
        Ok(r#"{ "files": 1 }"#.to_owned())
    });
    let answer = scene.call(&stage, &json!({ "input": input }));
    assert_eq!(answer.outcome, Outcome::Succeeded, "{answer:?}");
    assert_eq!(answer.log, "linting\n");
    let report = answer.artifacts["report"];
    assert_eq!(
        answer.output.unwrap(),
        json!({
            "project": "docs", "level": 3,
            "artifacts": { "report": report }, "result": { "files": 1 },
        })
    );
    assert_eq!(scene.files(&report), [file("all.json", "[]")]);
    assert!((answer.duration_ms - 1.5).abs() < 1e-9);
    assert!(answer.record.unwrap().starts_with(CACHED));
}

#[test]
fn failures_are_kept_for_repetitions_alone() {
    let scene = Scene::new();
    let call = |key: &str| {
        let stage = FakeStage::hermetic(|stage, _| {
            stage.print("oh\n");
            stage.write("out/report/x", b"x", false).unwrap();
            Err(failure("Lint.Failed", "2 problems"))
        });
        (scene.call(&stage, &json!({ "key": key })), stage.runs())
    };
    let (first, runs) = call("a");
    assert_eq!(runs, 1);
    assert_eq!(first.error.as_deref(), Some("Lint.Failed"));
    assert_eq!(first.cause.as_deref(), Some("2 problems"));
    assert_eq!(first.record.as_deref(), Some("call/a"));
    assert!(first.output.is_none());
    assert_eq!(scene.files(&first.artifacts["report"]), [file("x", "x")]);
    assert_eq!(call("a"), (first, 0));
    let (second, runs) = call("b");
    assert_eq!((second.cached, runs), (false, 1));
    assert_eq!(scene.clock.slept_ms(), 0, "a failure must release its claim");
}

#[test]
fn an_exit_is_a_failure_that_keeps_what_was_done() {
    #[track_caller]
    fn check(code: u8, cause: &str) {
        let scene = Scene::new();
        let stage = FakeStage::exiting(code, |stage| {
            stage.print("so far\n");
            stage.write("out/report/x", b"x", false).unwrap();
        });
        let answer = scene.call(&stage, &json!({}));
        assert_eq!(answer.error.as_deref(), Some("Stage.Exited"));
        assert_eq!(answer.cause.as_deref(), Some(cause));
        assert_eq!(answer.log, "so far\n");
        assert_eq!(scene.files(&answer.artifacts["report"]), [file("x", "x")]);
        assert_eq!(answer.record.as_deref(), Some("call/r1/1/1"), "no failure is cached");
        assert_eq!(scene.call(&FakeStage::unused(), &json!({})), answer, "it is not run twice");
    }
    check(0, "stage `fake` exited with code 0 instead of giving a result");
    check(3, "stage `fake` exited with code 3 instead of giving a result");
}

#[test]
fn effects_happen_once() {
    let scene = Scene::new();
    let call = |key: &str| {
        let stage = FakeStage::with_effects(|_, request| {
            let caller = request.caller.clone().unwrap();
            Ok(json!([caller.run, caller.idempotency_key, caller.grant, caller.secrets[0].value]).to_string())
        });
        let secrets = json!([{ "name": "T", "value": "t" }]);
        let answer = scene.call(&stage, &json!({ "key": key, "grant": "g", "secrets": secrets }));
        (answer, stage.runs(), stage.options().map(|options| options.now_s))
    };
    let (first, runs, now_s) = call("a");
    assert_eq!(runs, 1);
    assert_eq!(now_s, Some(fake::START_MS / 1000), "a stage with effects sees the real time");
    assert_eq!(first.result, Some(json!(["r1", "a", "g", "***"])));
    let (again, runs, _) = call("a");
    assert_eq!((again, runs), (first, 0));
    assert_eq!(call("b").1, 1);
    assert!(scene.store.keys().iter().all(|key| key.starts_with("call/")));
}

#[test]
fn a_result_that_depends_on_who_calls_is_for_nobody_else() {
    let scene = Scene::new();
    let call = |key: &str| {
        let stage = FakeStage::with_effects(|_, request| {
            Ok(json!(request.caller.as_ref().unwrap().idempotency_key).to_string())
        });
        scene.call(&stage, &json!({ "key": key }))
    };
    // What depends on who calls is no result for another call.
    for key in ["one", "other"] {
        let answer = call(key);
        assert_eq!(answer.result, Some(json!(key)), "{answer:?}");
        assert!(answer.record.unwrap().starts_with("call/"));
    }
}

#[test]
fn a_hermetic_workspace_depends_on_the_call_alone() {
    let options = |key: &str, input: serde_json::Value| {
        let scene = Scene::new();
        scene.clock.sleep_ms(key.len() as u64 * 1000);
        let stage = FakeStage::hermetic(|_, _| Ok("1".to_owned()));
        scene.call(&stage, &json!({ "key": key, "input": input }));
        stage.options().unwrap()
    };
    let first = options("a", json!({}));
    assert_eq!(first.now_s, HERMETIC_NOW_S);
    assert_eq!(first.arguments, ["fake"]);
    assert_eq!(options("other key", json!({ "unasked": 1 })), first);
    assert_ne!(options("a", json!({ "level": 1 })).seed, first.seed);
}

#[test]
fn a_store_that_fails_keeps_nothing_and_says_so() {
    for write in 1..=2 {
        let scene = Scene::failing_at_write(write);
        let stage = FakeStage::hermetic(|stage, _| {
            stage.write("out/a/x", b"x", false).unwrap();
            Ok("1".to_owned())
        });
        let answer = scene.call(&stage, &json!({}));
        assert_eq!(answer.error.as_deref(), Some("Stage.StoreFailed"), "{answer:?}");
        let cause = answer.cause.unwrap();
        assert!(cause.starts_with("the key-value store failed: write "), "{cause}");
        assert!(scene.store.keys().iter().all(|key| key.starts_with(CACHED)), "a claim at most");
        scene.store.heal();
        let stage = FakeStage::hermetic(|_, _| Ok("1".to_owned()));
        assert_eq!(scene.call(&stage, &json!({})).outcome, Outcome::Succeeded);
    }
}

#[test]
fn secrets_are_masked_everywhere() {
    let scene = Scene::new();
    let stage = FakeStage::with_effects(|stage, request| {
        let secret = &request.caller.as_ref().unwrap().secrets[0].value;
        stage.print(&format!("{secret} aHVudGVyMjI= 68756e7465723232\n"));
        Ok(json!({ "token": secret, secret: [secret] }).to_string())
    });
    let answer = scene.call(&stage, &json!({ "secrets": [{ "name": "S", "value": "hunter22" }] }));
    assert!(answer.log.starts_with("*** ***"), "{}", answer.log);
    assert_eq!(answer.result, Some(json!({ "token": "***", "***": ["***"] })));
    let record = scene.store.get(&answer.record.unwrap()).unwrap().unwrap();
    let record = String::from_utf8(record).unwrap();
    assert!(!record.contains("hunter") && !record.contains("68756e74"), "{record}");
}

#[test]
fn only_what_is_the_stage_s_own_becomes_an_artifact() {
    let scene = Scene::new();
    let source = scene.put(&[file("out/old/a", "1"), file("out/stray", "2"), file("out/mixed/b", "3")]);
    let base = scene.put(&[file("index.html", "4")]);
    let input = json!({ "inputs": {
        "source": { "artifact": source, "include": ["**"] },
        "site": { "artifact": base, "path": "out/site", "include": ["**"] },
    }});
    let stage = FakeStage::hermetic(|stage, _| {
        stage.write("out/mixed/c", b"5", true).unwrap();
        Ok("1".to_owned())
    });
    let answer = scene.call(&stage, &json!({ "input": input }));
    let names: Vec<_> = answer.artifacts.keys().collect();
    assert_eq!(names, ["mixed", "site"], "{answer:?}");
    let mut changed = file("c", "5");
    changed.executable = true;
    assert_eq!(scene.files(&answer.artifacts["mixed"]), [file("b", "3"), changed]);
    assert_eq!(answer.artifacts["site"], base);
}

#[test]
fn the_largest_answer_fits_in_one_value() {
    let scene = Scene::new();
    let stage = FakeStage::hermetic(|stage, _| {
        stage.print(&"\u{1}".repeat(1_000_000));
        for number in 0..outputs::MAX_ARTIFACTS {
            let name = format!("{number}{}", "é".repeat(120));
            stage.write(&format!("out/{name}/x"), b"", false).unwrap();
        }
        Ok(format!("\"{}\"", "x".repeat(MAX_RESULT_BYTES - 2)))
    });
    let answer = scene.call(&stage, &json!({ "run": "r".repeat(512) }));
    assert_eq!(answer.outcome, Outcome::Succeeded, "{:?}", answer.cause);
    let stage = FakeStage::hermetic(|stage, _| {
        stage.print(&"\u{1}".repeat(1_000_000));
        Err(failure("X", &"\u{1}".repeat(100_000)))
    });
    let answer = scene.call(&stage, &json!({ "key": "b", "no_cache": true }));
    assert_eq!(answer.error.as_deref(), Some("X"), "{:?}", answer.cause);
}
