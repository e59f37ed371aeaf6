//! Each test gives the files of a project and what the stage says of them.

#[path = "stage/frameworks.rs"]
mod frameworks;
#[path = "stage/reports.rs"]
mod reports;
#[path = "stage/wasm.rs"]
mod wasm;

use std::path::Path;

use stage_test::{Limits, Parameters, run};

fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, contents) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, contents).unwrap();
    }
    folder
}

/// Error and cause, or `tests/passed/failed/skipped/todo`; and the log.
fn outcome(root: &Path, parameters: &Parameters) -> (String, String) {
    let mut log = Vec::new();
    let outcome = match run(root, parameters, &mut log) {
        Ok(summary) => format!(
            "{}/{}/{}/{}/{}",
            summary.tests, summary.passed, summary.failed, summary.skipped, summary.todo
        ),
        Err(failure) => failure.to_string(),
    };
    (outcome, String::from_utf8(log).unwrap())
}

#[track_caller]
fn check(files: &[(&str, &str)], expected: &str) {
    check_with(files, &Parameters::default(), expected);
}

#[track_caller]
fn check_with(files: &[(&str, &str)], parameters: &Parameters, expected: &str) {
    let folder = project(files);
    let (outcome, log) = outcome(folder.path(), parameters);
    assert_eq!(outcome, expected, "{log}");
}

/// The log of these files has each of these lines, whatever stands around them.
#[track_caller]
fn check_log(files: &[(&str, &str)], parameters: &Parameters, expected: &[&str]) {
    let folder = project(files);
    let (outcome, log) = outcome(folder.path(), parameters);
    for line in expected {
        assert!(log.lines().any(|have| have.trim() == *line), "no line `{line}` in:\n{log}\n{outcome}");
    }
}

fn parameters(json: &str) -> Parameters {
    serde_json::from_str(json).unwrap()
}

const HEAD: &str = "const test = require('node:test'); const assert = require('node:assert');\n";

#[test]
fn failures_have_file_and_line() {
    check(
        &[("a.test.js", &format!("{HEAD}\ntest('adds', () => {{\n  assert.strictEqual(1 + 1, 3);\n}});\n"))],
        "Test.Failed: 1 of 1 tests failed; first: a.test.js:4 adds: Expected values to be strictly equal:",
    );
    check(
        &[
            ("src/sum.js", "\nexports.sum = () => { throw new TypeError('no sum'); };\n"),
            (
                "a.test.js",
                &format!(
                    "{HEAD}const {{ sum }} = require('./src/sum');\ntest('sums', () => {{\n  sum();\n}});\n"
                ),
            ),
        ],
        "Test.Failed: 1 of 1 tests failed; first: a.test.js:4 sums: TypeError: no sum",
    );
    check(
        &[(
            "b/c.test.mjs",
            "import test from 'node:test';\ntest('x', async () => {\n  await null;\n  null.y;\n});\n",
        )],
        "Test.Failed: 1 of 1 tests failed; first: b/c.test.mjs:4 x: TypeError: cannot convert 'null' or 'undefined' to object",
    );
    check(
        &[("a.test.js", "const a = 1;\nlet b = ;\n")],
        "Test.Failed: 1 of 1 tests failed; first: a.test.js:2 a.test.js: SyntaxError: Unexpected token",
    );
}

#[test]
fn stacks_have_columns_of_the_source() {
    let files = [("a.test.js", "require('node:test')('x', () => { throw new Error('first line'); });\n")];
    check_log(&files, &Parameters::default(), &["at <main> (/a.test.js:1:41)"]);
}

#[test]
fn typescript() {
    let text = "import test, { type TestContext } from 'node:test';\nimport assert from 'node:assert';\n\
        import { Color, Point, type Shape } from './shapes.js';\nimport { extra } from './extra';\n\n\
        interface Unused {\n  a: string;\n}\n\n\
        test('types are gone', (t: TestContext) => {\n  const shape: Shape = { color: Color.Green } as Shape;\n\
        assert.strictEqual(shape.color, 1);\n  assert.strictEqual(new Point(3, 4).length(), 5);\n\
        assert.strictEqual(extra!<string>('x'), 'x');\n});\n\
        test('lines are those of the source', () => {\n  throw new Error('in line 17');\n});\n";
    let files = [
        ("a.test.ts", text),
        (
            "shapes.ts",
            "export enum Color { Red, Green }\nexport interface Shape { color: Color }\nexport class Point {\n  constructor(private readonly x: number, public y: number) {}\n  length(): number { return Math.hypot(this.x, this.y); }\n}\n",
        ),
        ("extra.ts", "export function extra<T>(value: T): T { return value satisfies T; }\n"),
        (
            "b.test.cts",
            "const test = require('node:test');\nconst assert: typeof import('node:assert') = require('node:assert');\ntest('commonjs', (): void => { assert.ok(__filename as string); });\n",
        ),
        ("d.test.d.ts", "declare const a: string;\n"),
    ];
    check(
        &files,
        "Test.Failed: 1 of 3 tests failed; first: a.test.ts:17 lines are those of the source: in line 17",
    );
    check(
        &[("a.test.ts", "const a: = 1;\n")],
        "Test.Failed: 1 of 1 tests failed; first: a.test.ts:1 a.test.ts: SyntaxError: Unexpected token",
    );
}

#[test]
fn what_never_ends_fails_by_itself() {
    let limited = Parameters {
        limits: Limits { loop_iterations: 10_000, callbacks: 20_000, ..Limits::default() },
        ..Parameters::default()
    };
    let loops =
        "stopped: the loops of one call had more than 10000 iterations, hint: `limits.loop_iterations`";
    let depth =
        "Maximum call stack size exceeded: more than 400 calls within one another, hint: `limits.call_depth`";
    for (body, message) in [
        ("() => { for (;;); }", loops),
        ("() => { try { while (true); } catch {} }", loops),
        ("() => { function f() { return f() + 1; } f(); }", depth),
        ("() => { const f = () => [1].map(f); f(); }", depth),
        ("() => { const o = { get a() { return this.a; } }; o.a; }", depth),
        ("() => { const f = () => [2, 1].sort(f); f(); }", depth),
        ("() => { const p = new Proxy({}, { get: (t, k, r) => r[k] }); p.a; }", depth),
        ("() => { const f = () => 'a'.replace(/a/, f); f(); }", depth),
        ("() => { const o = { toJSON() { return JSON.stringify(o); } }; JSON.stringify(o); }", depth),
        ("() => { class A { constructor() { new A(); } } new A(); }", depth),
        ("() => { const f = () => Reflect.apply(f, null, []); f(); }", depth),
    ] {
        let script = format!(
            "{HEAD}test('before', () => {{}});\ntest('endless', {body});\ntest('after', () => {{}});\n"
        );
        let expected =
            format!("Test.Failed: 1 of 3 tests failed; first: a.test.js:3 endless: RangeError: {message}");
        let folder = project(&[("a.test.js", &script)]);
        assert_eq!(outcome(folder.path(), &limited).0, expected, "{body}");
    }
}

#[test]
fn tests_after_one_that_waits_for_ever_run() {
    let never = "Promise resolution is still pending but the event loop has already resolved, hint: what it waits for never \
        comes, or what ran after an `await` was stopped at `limits.loop_iterations` or `limits.call_depth`";
    let limited = Parameters {
        limits: Limits { loop_iterations: 10_000, ..Limits::default() },
        ..Parameters::default()
    };
    for body in [
        "async () => { await null; for (;;); }",
        "() => new Promise(() => {})",
        "async (t) => { await t.test('x', () => new Promise(() => {})); }",
        "(t, done) => {}",
    ] {
        let script = format!(
            "{HEAD}test('before', () => {{}});\ntest('endless', {body});\ntest('after', () => {{}});\n"
        );
        let folder = project(&[("a.test.js", &script)]);
        let (outcome, log) = outcome(folder.path(), &limited);
        assert!(outcome.starts_with("Test.Failed: ") && outcome.ends_with(never), "{outcome}");
        assert!(log.contains("✔ before") && log.contains("✔ after"), "{log}");
    }
}

#[test]
fn callbacks_that_never_end_end_their_file() {
    let limited = Parameters {
        limits: Limits { callbacks: 20_000, virtual_seconds: 60, ..Limits::default() },
        ..Parameters::default()
    };
    let many = "stopped: more than 20000 callbacks ran, hint: `limits.callbacks`";
    let long = "stopped: timers still ran after 60 s of virtual time, hint: an interval that is not cleared, or `limits.virtual_seconds`";
    for (body, message) in [
        ("async () => { for (;;) await null; }", many),
        ("() => new Promise(() => { const f = () => process.nextTick(f); f(); })", many),
        ("() => new Promise(() => { const f = () => setImmediate(f); f(); })", many),
        ("() => { setInterval(() => {}, 100); }", long),
        ("() => new Promise((resolve) => setTimeout(resolve, 100_000))", long),
    ] {
        let script = format!("{HEAD}test('before', () => {{}});\ntest('endless', {body});\n");
        let other = format!("{HEAD}test('other file', () => {{}});\n");
        let folder = project(&[("a.test.js", &script), ("b.test.js", &other)]);
        let (outcome, log) = outcome(folder.path(), &limited);
        assert!(outcome.starts_with("Test.Failed: "), "{outcome}");
        assert!(log.contains("✔ before") && log.contains("✔ other file") && log.contains(message), "{log}");
    }
}

#[test]
fn errors_that_nothing_catches() {
    let empty = "test('a', () => {});\n";
    check(
        &[("a.test.js", &format!("{HEAD}setTimeout(() => {{ throw new Error('late'); }}, 5);\n{empty}"))],
        "Test.Failed: 1 of 2 tests failed; first: a.test.js:2 a.test.js: uncaught error: late",
    );
    check(
        &[("a.test.js", &format!("{HEAD}Promise.reject(new Error('lost'));\n{empty}"))],
        "Test.Failed: 1 of 2 tests failed; first: a.test.js:2 a.test.js: unhandled rejection: lost",
    );
    check(
        &[("a.test.js", &format!("{HEAD}test('ends', () => {{ setTimeout(() => {{ throw 7; }}, 5); }});\n"))],
        "Test.Failed: 1 of 2 tests failed; first: a.test.js a.test.js: uncaught error: 7",
    );
    check(
        &[("a.test.js", &format!("{HEAD}const p = Promise.reject(1);\np.catch(() => {{}});\n{empty}"))],
        "1/1/0/0/0",
    );
    check(
        &[(
            "a.test.js",
            &format!(
                "{HEAD}process.on('uncaughtException', () => {{}});\nsetTimeout(() => {{ throw 1; }}, 1);\n{empty}"
            ),
        )],
        "1/1/0/0/0",
    );
    check(
        &[("a.test.mjs", "await new Promise(() => {});\n")],
        "Test.Failed: 1 of 1 tests failed; first: a.test.mjs a.test.mjs: unsettled top-level await: the file waits for what never comes",
    );
}

#[test]
fn exits() {
    check(
        &[("a.test.js", &format!("{HEAD}test('a', () => process.exit(3));\ntest('b', () => {{}});\n"))],
        "Test.Failed: 1 of 1 tests failed; first: a.test.js a.test.js: process.exit(3) was called before the tests ended",
    );
    check(&[("a.test.js", "process.exit(0);\n")], "1/1/0/0/0");
    check(
        &[("a.test.js", "try { process.exit(1); } catch {} finally { console.log('never'); }\n")],
        "Test.Failed: 1 of 1 tests failed; first: a.test.js a.test.js: process.exit(1) was called",
    );
}

#[test]
fn choosing() {
    let script = format!(
        "{HEAD}const {{ describe, it }} = test;\ntest('alpha', () => {{}});\ntest('beta', {{ only: true }}, () => {{}});\n\
         describe('suite', () => {{ it('gamma', () => {{}}); it.only('delta', () => {{}}); }});\n"
    );
    let files: [(&str, &str); 1] = [("a.test.js", &script)];
    check(&files, "4/4/0/0/0");
    check_with(&files, &parameters(r#"{"only": true}"#), "4/2/0/2/0");
    check_with(&files, &parameters(r#"{"name": "^(alpha|gam)"}"#), "4/2/0/2/0");
    check_with(&files, &parameters(r#"{"name": "suite"}"#), "4/2/0/2/0");
    check_with(
        &files,
        &parameters(r#"{"files": ["**/*.spec.js"]}"#),
        "Test.NoTests: no test file was found, hint: name them by `files`, or set `allow_empty`",
    );
    check_with(&files, &parameters(r#"{"exclude": ["a.*"], "allow_empty": true}"#), "0/0/0/0/0");
    check_with(&files, &parameters(r#"{"files": ["a.*"], "env": {"X": "y"}}"#), "4/4/0/0/0");
}

#[test]
fn parameters_are_checked() {
    let files = [("a.test.js", "")];
    let refused = |json: &str| {
        let folder = project(&files);
        outcome(folder.path(), &parameters(json)).0
    };
    assert!(serde_json::from_str::<Parameters>(r#"{"fils": []}"#).is_err());
    assert!(serde_json::from_str::<Parameters>(r#"{"limits": {"loops": 1}}"#).is_err());
    assert!(refused(r#"{"files": ["a{"]}"#).starts_with("Test.InvalidParameters: `a{` is no glob: "));
    assert!(
        refused(r#"{"name": "("}"#).starts_with("Test.InvalidParameters: `name` is no regular expression: ")
    );
    assert_eq!(
        refused(r#"{"limits": {"call_depth": 5000}}"#),
        "Test.InvalidParameters: `limits.call_depth` is 5000, and can't be more than 400"
    );
    assert_eq!(
        refused(r#"{"limits": {"callbacks": 0}}"#),
        "Test.InvalidParameters: a limit of 0 would stop every test"
    );
}

#[test]
fn files_see_nothing_of_each_other() {
    let first = format!(
        "{HEAD}globalThis.leak = 1; Array.prototype.leak = 2; process.env.LEAK = '3'; test('a', () => {{}});\n"
    );
    let second = format!(
        "{HEAD}test('b', () => assert.deepEqual([globalThis.leak, [].leak, process.env.LEAK], [undefined, undefined, undefined]));\n"
    );
    check(&[("a.test.js", &first), ("b.test.js", &second)], "2/2/0/0/0");
}

#[test]
fn files_stay_within_the_project() {
    let script = format!(
        "{HEAD}const fs = require('fs');\ntest('a', () => {{\n  assert.ok(!fs.existsSync('../../../../etc/passwd'));\n\
         assert.deepEqual(fs.readdirSync('/').sort(), ['a.test.js']);\n  assert.deepEqual(process.env, {{}});\n}});\n"
    );
    check(&[("a.test.js", &script)], "1/1/0/0/0");
}

#[test]
fn broken_files() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.test.js"), b"\xff\xfe\x00binary").unwrap();
    std::fs::write(folder.path().join("b.test.js"), vec![b' '; 9 << 20]).unwrap();
    std::fs::write(folder.path().join("c.test.js"), "f(".repeat(3)).unwrap();
    std::fs::write(folder.path().join("package.json"), "{").unwrap();
    let (outcome, log) = outcome(folder.path(), &Parameters::default());
    assert!(outcome.starts_with("Test.Failed: 3 of 3 tests failed; first: a.test.js"), "{outcome}\n{log}");
    assert!(log.contains("'/package.json' is no valid package.json"), "{log}");
}

#[test]
fn deep_nesting_is_refused() {
    let deep = format!("{}1{}", "(".repeat(500), ")".repeat(500));
    let message = "expressions or blocks nest deeper than the test stage can parse";
    for (file, script) in
        [("a.test.js", deep.clone()), ("a.test.mjs", format!("export {{}};\n{deep}")), ("a.test.ts", deep)]
    {
        let folder = project(&[(file, &script)]);
        let outcome = outcome(folder.path(), &Parameters::default()).0;
        assert!(
            outcome.starts_with("Test.Failed: 1 of 1 tests failed") && outcome.ends_with(message),
            "{outcome}"
        );
    }
    let dynamic = "const deep = `${'('.repeat(500)}1${')'.repeat(500)}`;\n\
        test('eval', () => assert.throws(() => eval(deep), RangeError));\n\
        test('Function', () => assert.throws(() => new Function(deep), RangeError));\n";
    check(&[("a.test.js", &format!("{HEAD}{dynamic}"))], "2/2/0/0/0");
}

#[test]
fn the_log_is_limited() {
    let script = format!(
        "{HEAD}test('a', () => {{ const line = 'x'.repeat(1000); for (let i = 0; i < 5000; i++) console.log(line); }});\n"
    );
    let folder = project(&[("a.test.js", &script)]);
    let (outcome, log) = outcome(folder.path(), &Parameters::default());
    assert_eq!(outcome, "1/1/0/0/0");
    assert!(log.len() < 1_100_000 && log.contains("… the log of this file is cut at 1 MiB"));
}

#[test]
fn the_log_reads_well() {
    let script = format!(
        "{HEAD}const {{ describe, it }} = test;\ndescribe('math', () => {{\n  it('adds', () => console.log('1 + 1 = %d', 2));\n\
         it('divides', () => assert.deepStrictEqual({{ a: 1 }}, {{ a: 2 }}));\n  it.skip('later');\n  it.todo('someday');\n}});\n"
    );
    let expected = "\
        a.test.js\n1 + 1 = 2\n✔ math > adds\n✖ math > divides\n﹣ math > later # skipped\n⚠ math > someday # todo\n✖ math\n\
        ✖ math > divides\na.test.js:5\nExpected values to be strictly deep-equal:\n+ actual - expected\n+   a: 1\n-   a: 2\n\
        4 tests in 1 files: 1 passed, 1 failed, 1 skipped, 1 to do";
    check_log(&[("a.test.js", &script)], &Parameters::default(), &expected.lines().collect::<Vec<_>>());
}

#[test]
fn junit() {
    let script = format!(
        "{HEAD}const {{ describe, it }} = test;\ndescribe('a & b', () => {{\n  it('<ok>', () => {{}});\n\
         it('fails', () => {{ throw new TypeError('\\u0001 \"quoted\" <x>'); }});\n  it.skip('not now');\n}});\n"
    );
    let folder = project(&[("x/a.test.js", &script)]);
    outcome(folder.path(), &Parameters::default());
    let xml = std::fs::read_to_string(folder.path().join("out/report/junit.xml")).unwrap();
    for part in [
        "<testsuites name=\"ropewalk test\" tests=\"3\" failures=\"1\" errors=\"0\" time=\"0.",
        "<testsuite name=\"x/a.test.js\" file=\"x/a.test.js\" tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\" time=\"0.",
        "<testcase classname=\"x/a.test.js &gt; a &amp; b\" name=\"&lt;ok&gt;\" time=\"0.",
        "<failure message=\"TypeError: \u{fffd} &quot;quoted&quot; &lt;x&gt;\" type=\"TypeError\">",
        "<skipped message=\"\"/>",
    ] {
        assert!(xml.contains(part), "no {part} in:\n{xml}");
    }
}
