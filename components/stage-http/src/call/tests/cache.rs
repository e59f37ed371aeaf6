//! Equal calls.

use artifact::{File, Store};
use serde_json::json;

use super::fake::{self, FakeStage, Scene};
use super::file;
use crate::answer::Outcome;
use crate::cache::{CLAIM_MS, Claim};

#[test]
fn a_call_without_inputs_needs_four_round_trips() {
    let scene = Scene::new();
    let stage = FakeStage::hermetic(|_, _| Ok("null".to_owned()));
    scene.call(&stage, &json!({}));
    // Look up, swap (of which the fake store counts a read and a write), confirm, store.
    assert_eq!((scene.store.reads(), scene.store.writes()), (3, 2));
    scene.call(&FakeStage::unused(), &json!({ "key": "other" }));
    assert_eq!((scene.store.reads(), scene.store.writes()), (4, 2));
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
    let again = scene.call(&FakeStage::unused(), &json!({ "run": "r1", "key": "r1/1/1" }));
    assert_eq!(again, first, "a repetition is no cache hit");
    let input = json!({ "other": "member" });
    let equal = scene.call(&FakeStage::unused(), &json!({ "run": "r2", "key": "r2/1/1", "input": input }));
    assert!(equal.cached);
    assert_eq!(equal.from_run.as_deref(), Some("r1"));
    assert_eq!(equal.log, "once\n");
    assert_eq!(equal.output.unwrap()["other"], "member");
    assert_eq!(equal.record, first.record);
}

#[test]
fn a_pinned_stage_is_answered_from_its_own_project_s_cache() {
    let scene = Scene::new();
    let stage = || FakeStage::pinned(|_, request| Ok(json!(request.caller.is_some()).to_string()));
    let call = |project: &str, key: &str| {
        let stage = stage();
        let answer = scene.call(&stage, &json!({ "project": project, "run": key, "key": key }));
        (stage.runs(), answer.cached, answer.result)
    };
    assert_eq!(call("docs", "a"), (1, false, Some(json!(true))));
    assert_eq!(call("docs", "b"), (0, true, Some(json!(true))));
    assert_eq!(call("other", "c"), (1, false, Some(json!(true))));
    for key in ["d", "e"] {
        let failing = FakeStage::pinned(|_, _| Err(super::failure("Fake.Sad", "x")));
        let input = json!({ "level": 1 });
        let answer = scene.call(&failing, &json!({ "key": key, "run": key, "input": input }));
        assert_eq!((answer.outcome, answer.cached, failing.runs()), (Outcome::Failed, false, 1));
    }
}

#[test]
fn projects_share_results_of_hermetic_stages_only_if_both_say_so() {
    #[track_caller]
    fn check(first: &serde_json::Value, second: &serde_json::Value, expected: bool) {
        let scene = Scene::new();
        let stage = || FakeStage::hermetic(|_, _| Ok("1".to_owned()));
        let call = |more: &serde_json::Value, key: &str| {
            let mut envelope = more.clone();
            envelope["key"] = key.into();
            envelope["run"] = key.into();
            scene.call(&stage(), &envelope)
        };
        assert!(!call(first, "a").cached);
        assert_eq!(call(second, "b").cached, expected, "{first} {second}");
    }
    let of = |project: &str, shares: bool| json!({ "project": project, "shares_cache": shares });
    check(&of("docs", false), &of("docs", false), true);
    check(&of("docs", false), &of("other", false), false);
    check(&of("docs", true), &of("other", false), false);
    check(&of("docs", false), &of("other", true), false);
    check(&of("docs", true), &of("other", true), true);
    let fork = |name: &str| json!({ "project": "docs", "fork": name });
    // A fork reads what the project wrote; nobody reads what it wrote but itself.
    check(&of("docs", false), &fork("7"), true);
    check(&fork("7"), &of("docs", false), false);
    check(&fork("7"), &fork("8"), false);
    check(&fork("7"), &fork("7"), true);
}

#[test]
fn a_result_says_what_it_was_made_of() {
    let scene = Scene::new();
    let source = scene.put(&[file("a.md", "1"), file("b.txt", "1")]);
    let stage = FakeStage::hermetic(|_, _| Ok("1".to_owned()));
    let input = json!({ "parameters": { "level": "x".repeat(300) }, "artifacts": { "source": source } });
    let answer = scene.call(&stage, &json!({ "input": input }));
    let value = scene.store.get(&answer.record.unwrap()).unwrap().unwrap();
    let text = String::from_utf8(value.clone()).unwrap();
    assert!(!text.contains(&source.hex()), "the input is kept as long as the result: {text}");
    let made_of = crate::cache::answer_in(Some(&value)).unwrap().made_of.unwrap();
    assert_eq!((made_of.state.as_str(), made_of.stage.as_str()), ("Fake", "sha256:program"));
    assert_eq!(made_of.inputs[0].artifact, source.hex().to_uppercase());
    assert_ne!(made_of.inputs[0].mounted, made_of.inputs[0].artifact);
    assert_eq!(made_of.inputs[0].include, ["**/*.md"]);
    assert_eq!(made_of.parameters["level"]["sha256"].as_str().unwrap().len(), 64);
}

#[test]
fn a_result_of_null_stays_one() {
    let scene = Scene::new();
    let first = scene.call(&FakeStage::hermetic(|_, _| Ok("null".to_owned())), &json!({}));
    let second = scene.call(&FakeStage::unused(), &json!({ "key": "b" }));
    assert_eq!((&first.result, first.cached), (&Some(json!(null)), false));
    assert_eq!((&second.result, second.cached), (&Some(json!(null)), true));
}

#[track_caller]
fn check_distinct(change: impl Fn(&Scene) -> (FakeStage, serde_json::Value)) {
    let scene = Scene::new();
    let first = scene.call(&FakeStage::hermetic(|_, _| Ok("1".to_owned())), &json!({ "key": "a" }));
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
        (stage(), json!({ "input": { "inputs": { "source": source } } }))
    });
}

#[test]
fn files_that_are_not_mounted_and_members_that_are_not_asked_for_do_not_count() {
    let scene = Scene::new();
    let call = |key: &str, files: &[File], commit: &str| {
        let source = scene.put(files);
        let input = json!({ "commit": commit, "artifacts": { "source": source } });
        let stage = FakeStage::hermetic(|_, request| Ok(json!(request.inputs[0].digest).to_string()));
        scene.call(&stage, &json!({ "key": key, "input": input }))
    };
    let first = call("a", &[file("a.md", "1"), file("b.txt", "1")], "c1");
    let second = call("b", &[file("a.md", "1"), file("b.txt", "2")], "c2");
    assert!(second.cached);
    assert_eq!(first.result, second.result, "the stage is told the digest of what it was given");
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
fn others_wait_for_the_answer() {
    let scene = Scene::new();
    let record = {
        let other = Scene::new();
        let stage = FakeStage::hermetic(|_, _| Ok("7".to_owned()));
        let key = other.call(&stage, &json!({ "run": "r0", "key": "r0" })).record.unwrap();
        let value = other.store.get(&key).unwrap().unwrap();
        (key, value)
    };
    let claim = Claim { by: "r0".into(), entry: "r0/1".into(), until_ms: fake::START_MS + 5000 };
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
    assert_eq!((answer.outcome, answer.cached, stage.runs()), (Outcome::Succeeded, false, 1));
    let slept_ms = scene.clock.slept_ms();
    assert!(expected_ms.contains(&slept_ms), "{slept_ms} ms");
}

#[test]
fn claims_of_the_dead_are_taken_over() {
    let claim = |by: &str, entry: &str, for_ms: u64| {
        Claim { by: by.into(), entry: entry.into(), until_ms: fake::START_MS + for_ms }.to_value()
    };
    let me = json!({ "run": "r1", "key": "me", "entry": 7 });
    check_taken_over(&claim("x", "x/1", 2000), &me, 2000..2101);
    check_taken_over(&claim("me", "x/1", 2000), &me, 0..1);
    check_taken_over(&claim("earlier attempt", "r1/7", 2000), &me, 0..1);
    check_taken_over(b"of another version", &me, 0..1);
    // Nobody waits longer than a claim stands.
    check_taken_over(&claim("x", "x/1", 99_000_000), &me, CLAIM_MS..CLAIM_MS + 101);
}

#[test]
fn without_compare_and_swap_it_still_runs() {
    let scene = Scene::without_swap();
    let stage = FakeStage::hermetic(|_, _| Ok("1".to_owned()));
    let answer = scene.call(&stage, &json!({}));
    assert_eq!(answer.outcome, Outcome::Succeeded);
    assert_eq!(answer.unclaimed.as_deref(), Some("the key-value store failed: no atomics here"));
    assert!(scene.call(&FakeStage::unused(), &json!({ "key": "b" })).cached);
}

#[test]
fn of_two_that_found_nothing_the_later_one_runs() {
    let claim = Claim { by: "x".into(), entry: "x/1".into(), until_ms: fake::START_MS + 500 };
    let scene = Scene::stolen_by(claim.to_value());
    let stage = FakeStage::hermetic(|_, _| Ok("1".to_owned()));
    let answer = scene.call(&stage, &json!({}));
    assert_eq!((answer.outcome, stage.runs()), (Outcome::Succeeded, 1));
    let slept_ms = scene.clock.slept_ms();
    assert!((500..601).contains(&slept_ms), "{slept_ms} ms");
}
