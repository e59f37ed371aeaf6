mod fake;

use artifact::File;
use serde_json::json;

use super::*;
use crate::answer::MAX_RESULT_BYTES;
use crate::cache::CLAIM_MS;
use crate::host::{Failure, Request};
use crate::outputs;
use fake::{FakeStage, Scene};

const CACHED: &str = "cache/";

fn failure(error: &str, cause: &str) -> Failure {
    Failure {
        error: error.to_owned(),
        cause: cause.to_owned(),
    }
}

fn file(path: &str, contents: &str) -> File {
    File {
        path: path.to_owned(),
        contents: contents.into(),
        executable: false,
    }
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
fn a_warm_call_without_effects_needs_three_round_trips() {
    let scene = Scene::new();
    let stage = FakeStage::hermetic(|_, _| Ok("null".to_owned()));
    scene.call(&stage, &json!({}));
    // The fake store counts the swap's comparison as a read.
    assert_eq!((scene.store.reads(), scene.store.writes()), (2, 2));
    scene.call(&FakeStage::unused(), &json!({ "key": "other" }));
    assert_eq!((scene.store.reads(), scene.store.writes()), (3, 2));
}

#[test]
fn an_equal_call_is_answered_from_the_cache() {
    let scene = Scene::new();
    let stage = FakeStage::hermetic(|stage, _| {
        stage.print("once\n");
        Ok("1".to_owned())
    });
    let first = scene.call(&stage, &json!({ "run": "r1", "key": "r1/1/1" }));
    assert!(!first.cached);
    let again = scene.call(
        &FakeStage::unused(),
        &json!({ "run": "r1", "key": "r1/1/1" }),
    );
    assert_eq!(again, first, "a repetition is no cache hit");
    let input = json!({ "other": "member" });
    let equal = scene.call(
        &FakeStage::unused(),
        &json!({ "run": "r2", "key": "r2/1/1", "input": input }),
    );
    assert!(equal.cached);
    assert_eq!(equal.from_run.as_deref(), Some("r1"));
    assert_eq!(equal.log, "once\n");
    assert_eq!(equal.output.unwrap()["other"], "member");
    assert_eq!(equal.record, first.record);
}

#[track_caller]
fn check_distinct(change: impl Fn(&Scene) -> (FakeStage, serde_json::Value)) {
    let scene = Scene::new();
    let first = scene.call(
        &FakeStage::hermetic(|_, _| Ok("1".to_owned())),
        &json!({ "key": "a" }),
    );
    let (stage, envelope) = change(&scene);
    let mut envelope = envelope;
    envelope["key"] = "b".into();
    let second = scene.call(&stage, &envelope);
    assert!(!second.cached);
    assert_ne!(second.record, first.record);
}

#[test]
fn what_the_result_depends_on_is_told_apart() {
    let stage = || FakeStage::hermetic(|_, _| Ok("1".to_owned()));
    check_distinct(|_| (stage(), json!({ "input": { "level": 1 } })));
    check_distinct(|_| (stage().with_digest("sha256:other"), json!({})));
    check_distinct(|scene| {
        let source = scene.put(&[file("a.md", "")]);
        (
            stage(),
            json!({ "input": { "inputs": { "source": source } } }),
        )
    });
}

#[test]
fn files_that_are_not_mounted_and_members_that_are_not_asked_for_do_not_count() {
    let scene = Scene::new();
    let call = |key: &str, files: &[File], commit: &str| {
        let source = scene.put(files);
        let input = json!({ "commit": commit, "artifacts": { "source": source } });
        let stage =
            FakeStage::hermetic(|_, request| Ok(json!(request.inputs[0].digest).to_string()));
        scene.call(&stage, &json!({ "key": key, "input": input }))
    };
    let first = call("a", &[file("a.md", "1"), file("b.txt", "1")], "c1");
    let second = call("b", &[file("a.md", "1"), file("b.txt", "2")], "c2");
    assert!(second.cached);
    assert_eq!(
        first.result, second.result,
        "the stage is told the digest of what it was given"
    );
    assert!(!call("c", &[file("a.md", "2"), file("b.txt", "2")], "c2").cached);
}

#[test]
fn no_cache_runs_again_but_not_when_repeated() {
    let scene = Scene::new();
    let count = |key: &str, no_cache: bool| {
        let stage = FakeStage::hermetic(|_, _| Ok("1".to_owned()));
        let answer = scene.call(&stage, &json!({ "key": key, "no_cache": no_cache }));
        assert_eq!(answer.outcome, Outcome::Succeeded);
        (stage.runs(), answer.cached)
    };
    assert_eq!(count("a", false), (1, false));
    assert_eq!(count("b", true), (1, false));
    assert_eq!(count("b", true), (0, false));
    assert_eq!(count("c", false), (0, true));
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
    assert_eq!(
        scene.clock.slept_ms(),
        0,
        "a failure must release its claim"
    );
}

#[test]
fn effects_happen_once() {
    let scene = Scene::new();
    let call = |key: &str| {
        let stage = FakeStage::with_effects(|_, request| {
            let caller = request.caller.clone().unwrap();
            Ok(json!([
                caller.run,
                caller.idempotency_key,
                caller.grant,
                caller.secrets[0].value
            ])
            .to_string())
        });
        let secrets = json!([{ "name": "T", "value": "t" }]);
        let answer = scene.call(
            &stage,
            &json!({ "key": key, "grant": "g", "secrets": secrets }),
        );
        (
            answer,
            stage.runs(),
            stage.options().map(|options| options.now_s),
        )
    };
    let (first, runs, now_s) = call("a");
    assert_eq!(runs, 1);
    assert_eq!(
        now_s,
        Some(fake::START_MS / 1000),
        "a stage with effects sees the real time"
    );
    assert_eq!(first.result, Some(json!(["r1", "a", "g", "***"])));
    let (again, runs, _) = call("a");
    assert_eq!((again, runs), (first, 0));
    assert_eq!(call("b").1, 1);
    assert!(
        scene
            .store
            .keys()
            .iter()
            .all(|key| key.starts_with("call/"))
    );
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
fn others_wait_for_the_answer() {
    let scene = Scene::new();
    let record = {
        let other = Scene::new();
        let stage = FakeStage::hermetic(|_, _| Ok("7".to_owned()));
        let key = other
            .call(&stage, &json!({ "run": "r0", "key": "r0" }))
            .record
            .unwrap();
        let value = other.store.get(&key).unwrap().unwrap();
        (key, value)
    };
    let claim = Claim {
        by: "r0".into(),
        entry: "r0/1".into(),
        until_ms: fake::START_MS + 5000,
    };
    scene.store.set(&record.0, &claim.to_value()).unwrap();
    let stage = FakeStage::unused();
    let answer = scene.call_while(&stage, &json!({ "key": "b" }), move |store, slept_ms| {
        if slept_ms >= 300 {
            store.set(&record.0, &record.1).unwrap();
        }
    });
    assert_eq!((answer.result, answer.cached), (Some(json!(7)), true));
    assert_eq!(answer.from_run.as_deref(), Some("r0"));
    assert_eq!(scene.clock.pauses_ms(), [10, 20, 40, 80, 100, 100]);
}

#[track_caller]
fn check_taken_over(claim: &[u8], envelope: &serde_json::Value, expected_ms: std::ops::Range<u64>) {
    let scene = Scene::new();
    let stage = FakeStage::hermetic(|_, _| Ok("1".to_owned()));
    let key = Scene::new().call(&stage, envelope).record.unwrap();
    scene.store.set(&key, claim).unwrap();
    let stage = FakeStage::hermetic(|_, _| Ok("1".to_owned()));
    let answer = scene.call(&stage, envelope);
    assert_eq!(
        (answer.outcome, answer.cached, stage.runs()),
        (Outcome::Succeeded, false, 1)
    );
    let slept_ms = scene.clock.slept_ms();
    assert!(expected_ms.contains(&slept_ms), "{slept_ms} ms");
}

#[test]
fn claims_of_the_dead_are_taken_over() {
    let claim = |by: &str, entry: &str, for_ms: u64| {
        Claim {
            by: by.into(),
            entry: entry.into(),
            until_ms: fake::START_MS + for_ms,
        }
        .to_value()
    };
    let me = json!({ "run": "r1", "key": "me", "entry": 7 });
    check_taken_over(&claim("x", "x/1", 2000), &me, 2000..2101);
    check_taken_over(&claim("me", "x/1", 2000), &me, 0..1);
    check_taken_over(&claim("earlier attempt", "r1/7", 2000), &me, 0..1);
    check_taken_over(b"of another version", &me, 0..1);
    // Nobody waits longer than a claim stands.
    check_taken_over(
        &claim("x", "x/1", 99_000_000),
        &me,
        CLAIM_MS..CLAIM_MS + 101,
    );
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
        assert_eq!(
            answer.error.as_deref(),
            Some("Stage.StoreFailed"),
            "{answer:?}"
        );
        let cause = answer.cause.unwrap();
        assert!(
            cause.starts_with("the key-value store failed: write "),
            "{cause}"
        );
        assert!(
            scene.store.keys().iter().all(|key| key.starts_with(CACHED)),
            "a claim at most"
        );
        scene.store.heal();
        let stage = FakeStage::hermetic(|_, _| Ok("1".to_owned()));
        assert_eq!(scene.call(&stage, &json!({})).outcome, Outcome::Succeeded);
    }
}

#[test]
fn without_compare_and_swap_it_still_runs() {
    let scene = Scene::without_swap();
    let stage = FakeStage::hermetic(|_, _| Ok("1".to_owned()));
    let answer = scene.call(&stage, &json!({}));
    assert_eq!(answer.outcome, Outcome::Succeeded);
    assert_eq!(
        answer.unclaimed.as_deref(),
        Some("the key-value store failed: no atomics here")
    );
    assert!(
        scene
            .call(&FakeStage::unused(), &json!({ "key": "b" }))
            .cached
    );
}

#[track_caller]
fn check_refused(stage: &FakeStage, envelope: &serde_json::Value, error: &str, cause: &str) {
    let scene = Scene::new();
    let answer = scene.call(stage, envelope);
    assert_eq!(answer.error.as_deref(), Some(error), "{answer:?}");
    assert_eq!(answer.cause.as_deref(), Some(cause));
    assert_eq!(
        (answer.outcome, answer.cached, answer.record),
        (Outcome::Failed, false, None)
    );
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
        &FakeStage::unused().composed_with_effects(),
        &json!({}),
        "Stage.Misdescribed",
        "stage `fake` says that it is hermetic, but component `stage-fake` was composed as one with \
         effects: hint: a stage has effects if it uses `outbound`, and must say so",
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
        members.insert(
            (*name).to_owned(),
            json!({ "artifact": artifact, "path": path, "include": ["**"] }),
        );
    }
    let stage = FakeStage::hermetic(|_, _| Ok("1".to_owned()));
    let answer = scene.call(&stage, &json!({ "input": { "inputs": members } }));
    assert_eq!(answer.error.as_deref(), Some(error), "{answer:?}");
    assert_eq!(answer.cause.as_deref(), Some(cause));
    assert_eq!(stage.runs(), 0);
    assert!(
        !scene.store.keys().iter().any(|key| key.starts_with(CACHED)),
        "a claim stays"
    );
}

#[test]
fn inputs_that_cannot_stand_together_are_refused() {
    check_inputs_refused(
        &[("a", &[file("x/y", "")], "."), ("b", &[file("y", "")], "x")],
        "Stage.InvalidInput",
        "inputs `a` and `b` both have a file `x/y`",
    );
    check_inputs_refused(
        &[
            ("a", &[file("x/y/z", "")], "."),
            ("b", &[file("y", "")], "x"),
        ],
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
    assert!(
        answer
            .cause
            .unwrap()
            .starts_with("input `a`: glob `{a` is malformed: ")
    );
}

#[track_caller]
fn check_failed(
    run: fn(&FakeStage, &Request) -> Result<String, Failure>,
    error: &str,
    cause: &str,
) {
    let scene = Scene::new();
    let stage = FakeStage::hermetic(run);
    let answer = scene.call(
        &stage,
        &json!({ "secrets": [{ "name": "S", "value": "hunter22" }] }),
    );
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

#[test]
fn secrets_are_masked_everywhere() {
    let scene = Scene::new();
    let stage = FakeStage::with_effects(|stage, request| {
        let secret = &request.caller.as_ref().unwrap().secrets[0].value;
        stage.print(&format!("{secret} aHVudGVyMjI= 68756e7465723232\n"));
        Ok(json!({ "token": secret, secret: [secret] }).to_string())
    });
    let answer = scene.call(
        &stage,
        &json!({ "secrets": [{ "name": "S", "value": "hunter22" }] }),
    );
    assert!(answer.log.starts_with("*** ***"), "{}", answer.log);
    assert_eq!(
        answer.result,
        Some(json!({ "token": "***", "***": ["***"] }))
    );
    let record = scene.store.get(&answer.record.unwrap()).unwrap().unwrap();
    let record = String::from_utf8(record).unwrap();
    assert!(
        !record.contains("hunter") && !record.contains("68756e74"),
        "{record}"
    );
}

#[test]
fn only_what_is_the_stage_s_own_becomes_an_artifact() {
    let scene = Scene::new();
    let source = scene.put(&[
        file("out/old/a", "1"),
        file("out/stray", "2"),
        file("out/mixed/b", "3"),
    ]);
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
    assert_eq!(
        scene.files(&answer.artifacts["mixed"]),
        [file("b", "3"), changed]
    );
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
