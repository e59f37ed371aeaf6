//! What the caller may set, and comments that ignore.

use super::{check, diagnostics, project, unindent};
use crate::{FailOn, Level, Parameters, lint, run};

fn parameters(json: &str) -> Result<Parameters, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

#[test]
fn parameters_are_checked() {
    let parsed = parameters(
        r#"{"fail_on": "warning", "include": ["**/*.js"], "rules": {"eqeqeq": "off", "no-empty": "info"}}"#,
    )
    .unwrap();
    assert_eq!(parsed.fail_on, Some(FailOn::Warning));
    assert_eq!(parsed.rules["no-empty"], Level::Note);
    assert!(parameters(r#"{"fail": "never"}"#).unwrap_err().contains("unknown field `fail`"));
    assert!(parameters(r#"{"rules": {"eqeqeq": 2}}"#).is_err());
    let folder = project(&[]);
    let refused = |json| lint(folder.path(), &parameters(json).unwrap()).unwrap_err();
    assert_eq!(
        refused(r#"{"rules": {"no-emty": "off"}}"#),
        "no rule is named `no-emty`, hint: did you mean `no-empty`?"
    );
    assert_eq!(refused(r#"{"rules": {"zzz": "off"}}"#), "no rule is named `zzz`");
    assert!(refused(r#"{"include": ["a{"]}"#).starts_with("`a{` is no glob: "));
}

#[test]
fn include_and_exclude() {
    let bad: &[u8] = b"{";
    let folder = project(&[
        ("a.json", bad),
        ("b/c.json", bad),
        ("b/d.css", b"a {"),
        ("node_modules/e.json", bad),
        ("out/f.json", bad),
        (".git/g.json", bad),
        ("h.min.js", b"("),
    ]);
    let files = |json: &str| {
        let findings = lint(folder.path(), &parameters(json).unwrap()).unwrap();
        findings.diagnostics.iter().map(|diagnostic| diagnostic.path.clone()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(files("{}"), "a.json b/c.json b/d.css");
    assert_eq!(files(r#"{"include": ["*.json"]}"#), "a.json");
    assert_eq!(files(r#"{"include": ["**/*.json"], "exclude": ["b/**"]}"#), "a.json node_modules/e.json");
    assert_eq!(files(r#"{"exclude": []}"#), "a.json b/c.json b/d.css h.min.js node_modules/e.json");
}

#[test]
fn severities() {
    let folder = project(&[("a.js", b"var a; if (a == 1) {}\na = 2;\n")]);
    let parameters = parameters(r#"{"rules": {"eqeqeq": "error", "no-empty": "off"}}"#).unwrap();
    assert_eq!(
        diagnostics(folder.path(), &parameters),
        unindent("a.js:1:12 error eqeqeq `==` converts its operands: write `===`")
    );
}

#[test]
fn failing() {
    let outcome = |files: &[(&str, &[u8])], fail_on| {
        let folder = project(files);
        let parameters = Parameters { fail_on: Some(fail_on), ..Parameters::default() };
        let mut log = Vec::new();
        let outcome = run(folder.path(), &parameters, &mut log).map_err(|failure| failure.to_string());
        assert!(folder.path().join("out/report/lint.sarif").exists());
        outcome.map(|summary| (summary.files, summary.errors, summary.warnings, summary.notes))
    };
    let warning: &[(&str, &[u8])] = &[("a.css", b"@foo;"), ("b.css", b"")];
    assert_eq!(outcome(warning, FailOn::Error), Ok((2, 0, 1, 0)));
    assert_eq!(
        outcome(warning, FailOn::Warning),
        Err("Lint.Failed: 0 errors and 1 warning; first: a.css:1:1 warning css-unknown-at-rule unknown at rule: @foo".to_owned())
    );
    let error: &[(&str, &[u8])] = &[("a.css", b"@foo;"), ("b.json", b"["), ("c.json", b"[")];
    assert_eq!(
        outcome(error, FailOn::Error),
        Err("Lint.Failed: 2 errors and 1 warning; first: b.json:1:2 error json-syntax the end of the file where a value must be".to_owned())
    );
    assert_eq!(outcome(error, FailOn::Never), Ok((3, 2, 1, 0)));
    assert_eq!(outcome(&[], FailOn::Warning), Ok((0, 0, 0, 0)));
}

#[test]
fn comments_that_ignore() {
    check(
        &[("a.js", "debugger; // ropewalk-ignore no-debugger -- on purpose\ndebugger;\n")],
        "a.js:2:1 error no-debugger `debugger` stops every browser",
    );
    check(
        &[(
            "a.js",
            "// ropewalk-ignore no-debugger\ndebugger;\n/* ropewalk-ignore */ debugger;\n// ropewalk-ignore\ndebugger;\n",
        )],
        "",
    );
    check(
        &[
            ("a.md", "<!-- ropewalk-ignore markdown-broken-link -->\n[a](b)\n"),
            ("c.css", "/* ropewalk-ignore-file */\n@foo;\n"),
        ],
        "",
    );
    check(
        &[
            ("a.yaml", "a: 1\na: 2 # ropewalk-ignore yaml-duplicate-key\n"),
            ("b.toml", "# ropewalk-ignore-file toml-syntax\na =\n"),
        ],
        "",
    );
    check(
        &[("a.js", "debugger; // ropewalk-ignore no-debuger\n")],
        "a.js:1:1 error no-debugger `debugger` stops every browser
         a.js:1:30 warning unknown-rule no rule is named `no-debuger`, hint: did you mean `no-debugger`?",
    );
}

#[test]
fn comments_of_eslint() {
    let text = "/* eslint-disable no-debugger, no-empty */\ndebugger;\n/* eslint-enable no-debugger, no-empty */\n\
        debugger; // eslint-disable-line\n// eslint-disable-next-line no-debugger\ndebugger;\n\
        // eslint-disable-next-line some-plugin/rule\ndebugger;\n/* eslint-disable */\ndebugger;\n";
    check(&[("a.js", text)], "a.js:8:1 error no-debugger `debugger` stops every browser");
}
