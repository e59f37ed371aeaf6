//! Calls that are not carried out, and what a stage may not do.

use artifact::{Digest, File};
use serde_json::json;

use super::fake::{FakeStage, Scene};
use super::{CACHED, failure, file};
use crate::answer::{MAX_RESULT_BYTES, Outcome};
use crate::host::{Failure, Request, Stage};
use crate::outputs;

#[track_caller]
fn check_refused(stage: &FakeStage, envelope: &serde_json::Value, error: &str, cause: &str) {
    let scene = Scene::new();
    let answer = scene.call(stage, envelope);
    assert_eq!(answer.error.as_deref(), Some(error), "{answer:?}");
    assert_eq!(answer.cause.as_deref(), Some(cause));
    assert_eq!((answer.outcome, answer.cached, answer.record), (Outcome::Failed, false, None));
    assert!(scene.store.keys().is_empty(), "a refusal leaves something");
}

#[test]
fn refusals_name_what_is_wrong() {
    let unknown = Digest::of(b"unknown");
    check_refused(
        &FakeStage::unused(),
        &json!({ "input": { "inputs": { "a": unknown } } }),
        "Stage.InvalidInput",
        &format!("artifact `{unknown}` is not in the store"),
    );
    check_refused(
        &FakeStage::unused(),
        &json!({ "input": { "artifacts": [] } }),
        "Stage.InvalidInput",
        "`artifacts` of the input is not an object",
    );
    check_refused(
        &FakeStage::unused(),
        &json!({ "input": { "parameters": { "hunter22": 1 } }, "secrets": [{ "name": "S", "value": "hunter22" }] }),
        "Stage.InvalidParameters",
        "stage `fake` has no parameter `***`: hint: it takes `level`",
    );
    check_refused(
        &FakeStage::unused(),
        &json!({ "attempt": 0 }),
        "Stage.InvalidInput",
        "`attempt` of the envelope is 0: attempts count from 1",
    );
}

#[track_caller]
fn check_inputs_refused(inputs: &[(&str, &[File], &str)], error: &str, cause: &str) {
    let scene = Scene::new();
    let mut members = serde_json::Map::new();
    for (name, files, path) in inputs {
        let artifact = scene.put(files);
        members.insert((*name).to_owned(), json!({ "artifact": artifact, "path": path, "include": ["**"] }));
    }
    let stage = FakeStage::hermetic(|_, _| Ok("1".to_owned()));
    let answer = scene.call(&stage, &json!({ "input": { "inputs": members } }));
    assert_eq!(answer.error.as_deref(), Some(error), "{answer:?}");
    assert_eq!(answer.cause.as_deref(), Some(cause));
    assert_eq!(stage.runs(), 0);
    assert!(!scene.store.keys().iter().any(|key| key.starts_with(CACHED)), "a claim stays");
}

#[test]
fn inputs_that_cannot_stand_together_are_refused() {
    check_inputs_refused(
        &[("a", &[file("x/y", "")], "."), ("b", &[file("y", "")], "x")],
        "Stage.InvalidInput",
        "inputs `a` and `b` both have a file `x/y`",
    );
    check_inputs_refused(
        &[("a", &[file("x/y/z", "")], "."), ("b", &[file("y", "")], "x")],
        "Stage.InvalidInput",
        "input `b` has a file `x/y` where input `a` has a folder",
    );
    check_inputs_refused(
        &[("a", &[file("refused", "")], ".")],
        "Stage.LimitExceeded",
        "input `a` cannot be mounted: `refused`: the limit is reached",
    );
    let scene = Scene::new();
    let source = scene.put(&[file("a", "")]);
    let input = json!({ "inputs": { "a": { "artifact": source, "include": ["{a"] } } });
    let answer = scene.call(&FakeStage::unused(), &json!({ "input": input }));
    assert!(answer.cause.unwrap().starts_with("input `a`: glob `{a` is malformed: "));
}

#[track_caller]
fn check_failed(run: fn(&FakeStage, &Request) -> Result<String, Failure>, error: &str, cause: &str) {
    let scene = Scene::new();
    let stage = FakeStage::hermetic(run);
    let answer = scene.call(&stage, &json!({ "secrets": [{ "name": "S", "value": "hunter22" }] }));
    assert_eq!(answer.error.as_deref(), Some(error), "{answer:?}");
    assert_eq!(answer.cause.as_deref(), Some(cause));
    assert_eq!(answer.record.as_deref(), Some("call/r1/1/1"));
}

#[test]
fn what_a_stage_may_not_do_is_a_failure() {
    check_failed(
        |_, _| Ok("{".to_owned()),
        "Stage.InvalidResult",
        "the result of stage `fake` is not JSON: EOF while parsing an object at line 1 column 1",
    );
    check_failed(
        |_, _| Ok(format!("\"{}\"", "x".repeat(MAX_RESULT_BYTES))),
        "States.DataLimitExceeded",
        "the result of stage `fake` has 262146 bytes: the limit is 262144",
    );
    check_failed(
        |_, _| Ok(format!("[9e15{}]", ",9e15".repeat(50_000))),
        "States.DataLimitExceeded",
        "the result of stage `fake` has 950020 bytes: the limit is 262144",
    );
    check_failed(
        |_, _| Err(failure("States.Timeout", "hunter22")),
        "Stage.InvalidError",
        "the stage failed with an error name of the workflow language, `States.Timeout`: ***",
    );
    check_failed(
        |_, _| Err(failure("", "x")),
        "Stage.InvalidError",
        "the stage failed with no error name, ``: x",
    );
    check_failed(
        |stage, _| {
            stage.write("out/x", b"", false).unwrap();
            Ok("1".to_owned())
        },
        "Stage.InvalidOutput",
        "file `out/x` is in no artifact: hint: write it to a folder, `out/<name of the artifact>/`",
    );
    check_failed(
        |stage, _| {
            stage.write("out/x", b"", false).unwrap();
            Err(failure("Lint.Failed", "bad"))
        },
        "Lint.Failed",
        "bad (its artifacts are not kept: file `out/x` is in no artifact: hint: write it to a folder, \
         `out/<name of the artifact>/`)",
    );
    check_failed(
        |stage, _| {
            for number in 0..=outputs::MAX_ARTIFACTS {
                stage.write(&format!("out/{number}/x"), b"", false).unwrap();
            }
            Ok("1".to_owned())
        },
        "Stage.InvalidOutput",
        "there are 65 folders below `out/`: the limit is 64",
    );
}
