//! The same stage on the same input runs once.

use serde_json::{Value, json};

use crate::support::{App, probe};

fn stage(run: &Value) -> &Value {
    &run["stages"][0]
}

#[test]
fn an_equal_call_is_answered_from_the_cache() {
    let app = App::start();
    app.project("one", &probe(&json!({ "do": "echo", "text": "a" })));
    app.project("two", &probe(&json!({ "do": "echo", "text": "a" })));
    app.project("other", &probe(&json!({ "do": "echo", "text": "b" })));
    let first = app.run("one", &json!({}));
    assert_eq!(stage(&first)["cached"], false, "{first:#}");
    let second = app.run("two", &json!({}));
    assert_eq!(stage(&second)["cached"], true, "{second:#}");
    assert_eq!(stage(&second)["from_run"], first["id"]);
    assert_eq!(second["output"]["result"], first["output"]["result"]);
    let other = app.run("other", &json!({}));
    assert_eq!(stage(&other)["cached"], false, "{other:#}");
    let fresh = app.run("one", &json!({ "no_cache": true }));
    assert_eq!(stage(&fresh)["cached"], false, "{fresh:#}");
}

#[test]
fn inputs_decide_after_the_filter() {
    let app = App::start();
    let mut pipeline = probe(&json!({ "do": "read-files" }));
    pipeline["States"]["Probe"]["Parameters"]["inputs"] =
        json!({ "source": { "artifact.$": "$.tree", "include": ["*.txt"] } });
    app.project("test", &pipeline);
    let before = app.upload(&[("a.txt", b"a"), ("b.md", b"1")]);
    let other_page = app.upload(&[("a.txt", b"a"), ("b.md", b"2")]);
    let other_text = app.upload(&[("a.txt", b"b"), ("b.md", b"1")]);
    let cached = |tree: &str| {
        let run = app.run("test", &json!({ "input": { "tree": tree } }));
        assert_eq!(run["status"], "succeeded", "{run:#}");
        stage(&run)["cached"].as_bool().unwrap()
    };
    assert!(!cached(&before));
    assert!(cached(&other_page), "a file that the stage doesn't read decides");
    assert!(!cached(&other_text));
}

#[test]
fn a_failure_is_not_cached() {
    let app = App::start();
    app.project("test", &probe(&json!({ "do": "fail", "error": "Probe.Sad", "cause": "x" })));
    for _ in 0..2 {
        let run = app.run("test", &json!({}));
        assert_eq!(stage(&run)["cached"], false, "{run:#}");
    }
}

#[test]
fn concurrent_equal_calls_run_once() {
    let app = App::start();
    for number in 0..8 {
        app.project(&format!("p{number}"), &probe(&json!({ "do": "work", "text": "equal" })));
    }
    let ids: Vec<String> = (0..8).map(|number| app.start_run(&format!("p{number}"), &json!({}))).collect();
    let runs: Vec<Value> = ids.iter().map(|id| app.finished(id)).collect();
    let fresh = runs.iter().filter(|run| stage(run)["cached"] == false).count();
    assert_eq!(fresh, 1, "{runs:#?}");
}
