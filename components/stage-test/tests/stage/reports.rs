//! What is left for other stages and other tools.

use crate::{HEAD, check_with, outcome, parameters, project};

fn read(folder: &std::path::Path, file: &str) -> String {
    std::fs::read_to_string(folder.join(file)).unwrap()
}

#[test]
fn what_passes_with_another_seed_is_flaky() {
    let script = format!(
        "{HEAD}const {{ describe, it }} = test;\ndescribe('s', () => {{ it('luck', () => assert.ok(Math.random() > 0.5)); it('none', () => assert.ok(false)); }});\n"
    );
    let files: [(&str, &str); 1] = [("a.test.js", &script)];
    let seed = (0..20_u64).find(|seed| {
        let first = format!(r#"{{"seed": {seed}, "name": "luck"}}"#);
        outcome(project(&files).path(), &parameters(&first)).0.contains("luck")
    });
    let seed = seed.expect("half of the seeds fail");
    check_with(
        &files,
        &parameters(&format!(r#"{{"seed": {seed}, "name": "luck", "retries": 5}}"#)),
        "2/1/0/1/0",
    );
    let folder = project(&files);
    let (outcome, log) = outcome(folder.path(), &parameters(&format!(r#"{{"seed": {seed}, "retries": 5}}"#)));
    assert!(outcome.starts_with("Test.Failed: 1 of 2 tests failed; first: a.test.js"), "{outcome}");
    assert!(
        log.contains("flaky: failed at first, and passed when they ran again\n  a.test.js > s > luck: "),
        "{log}"
    );
    let xml = read(folder.path(), "out/report/junit.xml");
    assert!(xml.contains("<flakyFailure message=") && xml.matches("<failure ").count() == 1, "{xml}");
}

#[test]
fn randomness_follows_from_the_seed() {
    let script = format!(
        "{HEAD}const crypto = require('node:crypto');\ntest('x', () => {{ console.log(Math.random(), crypto.randomUUID(), crypto.randomBytes(4).toString('hex'), crypto.getRandomValues(new Uint8Array(2)).join()); }});\n"
    );
    let files: [(&str, &str); 1] = [("a.test.js", &script)];
    let log = |json: &str| outcome(project(&files).path(), &parameters(json)).1;
    assert_eq!(log("{}"), log("{}"));
    assert_ne!(log("{}"), log(r#"{"seed": 1}"#));
}

#[test]
fn shards_are_merged() {
    let passing = format!("{HEAD}test('ok', () => {{}});\n");
    let failing = format!("{HEAD}test('bad', () => {{ throw new Error('no'); }});\n");
    let files: [(&str, &str); 3] =
        [("a.test.js", &passing), ("b.test.js", &failing), ("c.test.js", &passing)];
    let merged = tempfile::tempdir().unwrap();
    for (index, expected) in [(1, "2/2/0/0/0"), (2, "1/0/1/0/0")] {
        let folder = project(&files);
        let shard = format!(r#"{{"shard": {{"index": {index}, "total": 2}}, "report_only": true}}"#);
        assert_eq!(outcome(folder.path(), &parameters(&shard)).0, expected);
        let part = merged.path().join(format!("parts/{index}"));
        std::fs::create_dir_all(&part).unwrap();
        std::fs::copy(folder.path().join("out/report/report.json"), part.join("report.json")).unwrap();
    }
    let (result, log) = outcome(merged.path(), &parameters(r#"{"merge": true}"#));
    assert_eq!(result, "Test.Failed: 1 of 3 tests failed; first: b.test.js:2 bad: no", "{log}");
    let xml = read(merged.path(), "out/report/junit.xml");
    assert!(xml.contains("tests=\"3\" failures=\"1\"") && xml.contains("name=\"c.test.js\""), "{xml}");
    std::fs::remove_dir_all(merged.path().join("out")).unwrap();
    std::fs::remove_file(merged.path().join("parts/1/report.json")).unwrap();
    let (result, _) = outcome(merged.path(), &parameters(r#"{"merge": true}"#));
    assert_eq!(result, "Test.InvalidReport: no report of shard 1 of 2");
    std::fs::write(merged.path().join("parts/1/report.json"), "{}").unwrap();
    let (result, _) = outcome(merged.path(), &parameters(r#"{"merge": true}"#));
    assert!(result.starts_with("Test.InvalidReport: `parts/1/report.json`: not a test report: "), "{result}");
}

#[test]
fn times_are_counted_and_the_slowest_named() {
    let tests =
        (0..25).map(|at| format!("test('t{at}', () => {{ for (let i = 0; i < {at} * 1000; i++); }});\n"));
    let script = format!(
        "{HEAD}{}test('waits', () => new Promise((resolve) => setTimeout(resolve, 3000)));\n",
        tests.collect::<String>()
    );
    let folder = project(&[("a.test.js", &script)]);
    let mut log = Vec::new();
    let summary = stage_test::run(folder.path(), &parameters("{}"), &mut log).unwrap();
    let names: Vec<&str> = summary.slowest.iter().map(|slow| slow.name.as_str()).collect();
    assert_eq!(names[..3], ["waits", "t24", "t23"]);
    assert_eq!(names.len(), 10);
    assert!(summary.slowest[0].time_ms >= 3_000.0 && summary.time_ms > summary.slowest[0].time_ms);
    let log = String::from_utf8(log).unwrap();
    assert!(log.contains("\nslowest:\n     300"), "{log}");
    let again =
        stage_test::run(project(&[("a.test.js", &script)]).path(), &parameters("{}"), &mut Vec::new());
    assert_eq!(again.unwrap(), summary, "times are the same at each run");
}

#[test]
fn a_test_that_uses_up_the_instructions_fails_alone() {
    let script = format!(
        "{HEAD}const {{ describe, it }} = test;\ntest('before', () => {{}});\ndescribe('s', () => {{\n  it('endless', async () => {{ for (;;) {{ await null; f(0); }} function f(n) {{ if (n < 50) {{ f(n + 1); f(n + 1); }} }} }});\n  it('within', () => {{}});\n}});\ntest('after', () => {{}});\n"
    );
    let files: [(&str, &str); 1] = [("a.test.js", &script)];
    check_with(
        &files,
        &parameters(r#"{"limits": {"instructions": 3000000}}"#),
        "Test.Failed: 1 of 4 tests failed; first: a.test.js:5 s > endless: stopped: more than 3000000 instructions ran, hint: `limits.instructions`",
    );
    check_with(
        &[("a.test.js", "function f(n) { if (n < 50) { f(n + 1); f(n + 1); } }\nf(0);\n")],
        &parameters(r#"{"limits": {"instructions": 3000000}}"#),
        "Test.Failed: 1 of 1 tests failed; first: a.test.js a.test.js: stopped: more than 3000000 instructions ran, hint: `limits.instructions`",
    );
}

#[test]
fn ten_thousand_tests() {
    let script = format!(
        "{HEAD}for (let i = 0; i < 10_000; i++) test(`t${{i}}`, () => {{ assert.strictEqual(i % 7, i % 7); }});\n"
    );
    check_with(&[("a.test.js", &script)], &parameters("{}"), "10000/10000/0/0/0");
}

#[test]
fn parameters_that_cannot_be() {
    let refused = |json: &str| outcome(project(&[("a.test.js", "")]).path(), &parameters(json)).0;
    assert_eq!(
        refused(r#"{"limits": {"instructions": 5000000000}}"#),
        "Test.InvalidParameters: `limits.instructions` is 5000000000, and can't be more than 4294967295"
    );
    assert_eq!(
        refused(r#"{"retries": 9}"#),
        "Test.InvalidParameters: `retries` is 9, and can't be more than 5"
    );
    assert_eq!(
        refused(r#"{"shard": {"index": 3, "total": 2}}"#),
        "Test.InvalidParameters: `shard.index` is 3, and must be 1 to `shard.total`, 2"
    );
    assert_eq!(
        refused(r#"{"merge": true, "shard": {"index": 1, "total": 2}}"#),
        "Test.InvalidParameters: `merge` runs no tests, so there is no `shard` of them"
    );
    assert!(refused(r#"{"merge": true}"#).starts_with("Test.InvalidReport: there is no report to merge"));
}

/// `BLESS=1` writes the file anew.
#[test]
fn the_result_has_its_schema() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("result.schema.json");
    let schema = serde_json::to_value(schemars::schema_for!(test_report::Summary)).unwrap();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, serde_json::to_string_pretty(&schema).unwrap() + "\n").unwrap();
    }
    let kept: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(kept, schema);
}
