//! What projects have of configuration: `.editorconfig`, eslint's, and our own file.

use super::{check, diagnostics, found_rules, project, unindent};
use crate::{FailOn, Parameters, lint, run};

#[test]
fn editorconfig() {
    let config = "root = true\n[*]\nend_of_line = lf\ninsert_final_newline = true\ntrim_trailing_whitespace = true\n\
        charset = utf-8\n[*.{js,txt}]\nindent_style = space\nindent_size = 2\n[*.md]\ntrim_trailing_whitespace = false\n\
        [Makefile]\nindent_style = tab\n[docs/**.txt]\nmax_line_length = 10\n";
    check(
        &[
            (".editorconfig", config),
            ("a.txt", "a \n\tb\r\nc"),
            ("b.md", "a \nb\n"),
            ("c.bin", "a\0b "),
            ("Makefile", "a:\n        b\n"),
            ("docs/d/e.txt", "0123456789\n01234567890\n"),
        ],
        "Makefile:2:1 warning editorconfig-indent-style the line is indented by spaces, not by tabs
         a.txt:1:2 warning editorconfig-trailing-space white space at the end of the line
         a.txt:2:1 warning editorconfig-indent-style the line is indented by tabs, not by spaces
         a.txt:2:3 warning editorconfig-end-of-line the line doesn't end with LF
         a.txt:3:2 warning editorconfig-final-newline the file doesn't end with a line break
         docs/d/e.txt:2:1 warning editorconfig-line-length the line has 11 columns, and may have 10",
    );
    check(
        &[
            (".editorconfig", "[*]\ninsert_final_newline = true\n"),
            ("a/.editorconfig", "[*.txt]\ninsert_final_newline = unset\n"),
            ("a/b.txt", "b"),
            ("c/.editorconfig", "root = true\n"),
            ("c/d.txt", "d"),
            ("e.txt", "e"),
            ("f.txt", ""),
        ],
        "e.txt:1:2 warning editorconfig-final-newline the file doesn't end with a line break",
    );
    check(
        &[
            (
                ".editorconfig",
                "[*]\nindent_style = tabs\nfoo\n[a{1..9999}]\nother = x\n[{b}.txt]\ncharset=utf-8-bom\n",
            ),
            ("{b}.txt", "b"),
        ],
        ".editorconfig:2:1 error editorconfig-syntax `tabs` is no value of `indent_style`
         .editorconfig:3:1 error editorconfig-syntax this is neither a section, a property nor a comment
         .editorconfig:4:1 error editorconfig-syntax the pattern can't be read: a range of over 100 numbers
         {b}.txt:1:1 warning editorconfig-charset the file doesn't begin with a byte order mark",
    );
    super::check_beginnings(
        &[(".editorconfig", b"[*]\ncharset = utf-8\n"), ("a.txt", b"a\xffb"), ("b.bin", b"a\xff\0")],
        &["a.txt:1:2 warning editorconfig-charset not UTF-8 from byte 1 on: "],
    );
}

#[test]
fn eslint() {
    let config = "{\n  // comments are usual\n  \"root\": true, \"env\": {\"browser\": true, \"es2022\": true},\n  \"globals\": {\"mine\": \"readonly\", \"alert\": \"off\"},\n\
        \"rules\": {\"no-empty\": \"off\", \"eqeqeq\": [\"error\", \"always\"], \"no-debugger\": 1, \"other/rule\": 2},\n\
        \"overrides\": [{\"files\": [\"*.test.js\"], \"excludedFiles\": \"b.test.js\", \"env\": {\"jest\": true}, \"rules\": {\"no-debugger\": 0}}],\n\
        \"ignorePatterns\": [\"dist/\"],\n}\n";
    found_rules(
        &[
            (".eslintrc.json", config),
            ("a.js", "if (window == mine) {}\ndebugger;\nalert(process);\n"),
            ("a.test.js", "test(1);\ndebugger;\n"),
            ("b.test.js", "test(1);\ndebugger;\n"),
            ("dist/c.js", "debugger;\n"),
        ],
        "a.js 1 error eqeqeq, a.js 2 warning no-debugger, a.js 3 error no-undef, a.js 3 error no-undef, \
         b.test.js 1 error no-undef, b.test.js 2 warning no-debugger",
    );
    found_rules(
        &[
            ("package.json", "{\"eslintConfig\": {\"rules\": {\"no-debugger\": \"off\"}}}"),
            ("a/b.js", "debugger;\n"),
        ],
        "",
    );
    found_rules(
        &[(".eslintrc.json", "{\"rules\": []}"), ("a.js", "debugger;\n")],
        ".eslintrc.json 1 warning eslint-config, a.js 1 error no-debugger",
    );
    found_rules(
        &[(
            "a.js",
            "/* global a, b:writable */\n/* eslint-env jquery */\n/* eslint no-debugger: \"off\", no-empty: [1, {}] */\ndebugger;\n$(a, b);\nif (a) {}\nc();\n",
        )],
        "a.js 6 warning no-empty, a.js 7 error no-undef",
    );
    let folder = project(&[("eslint.config.mjs", b"export default [];\n")]);
    let findings = lint(folder.path(), &Parameters::default()).unwrap();
    assert_eq!(
        findings.notes,
        ["`eslint.config.mjs` is not read: a configuration of eslint counts where it is JSON"]
    );
    assert!(crate::report::text(&findings).contains("note: `eslint.config.mjs` is not read"));
}

fn parameters(json: &str) -> Parameters {
    serde_json::from_str(json).unwrap()
}

#[test]
fn a_file_of_the_project() {
    let files: &[(&str, &[u8])] = &[
        ("ropewalk.toml", b"[lint]\nfail_on = \"warning\"\nexclude = [\"b/**\"]\nrules = { no-debugger = \"warn\", css = \"off\", no-empty = \"off\" }\n[other]\nx = 1\n"),
        ("a.js", b"debugger;\nif (1 > Math.random()) {}\n"),
        ("b/c.js", b"debugger;\n"),
        ("d.css", b"a {"),
    ];
    let folder = project(files);
    assert_eq!(
        diagnostics(folder.path(), &Parameters::default()),
        unindent("a.js:1:1 warning no-debugger `debugger` stops every browser")
    );
    let failed = run(folder.path(), &Parameters::default(), &mut Vec::new()).unwrap_err();
    assert_eq!(failed.error, "Lint.Failed");
    // What the caller sets counts more.
    let caller = parameters(r#"{"fail_on": "never", "exclude": [], "rules": {"no-debugger": "off"}}"#);
    assert_eq!(diagnostics(folder.path(), &caller), "");
    assert_eq!(lint(folder.path(), &caller).unwrap().fail_on, FailOn::Never);
    let refused = |text: &str| {
        let folder = project(&[("ropewalk.toml", text.as_bytes())]);
        lint(folder.path(), &Parameters::default()).unwrap_err()
    };
    assert_eq!(
        refused("[lint]\n\nfail = 1\n"),
        "`ropewalk.toml` line 3: unknown field `fail`, expected one of `fail_on`, `include`, `exclude`, `rules`"
    );
    assert_eq!(
        refused("[lint.rules]\nno-emty = 'off'\n"),
        "`ropewalk.toml`: no rule is named `no-emty`, hint: did you mean `no-empty`?"
    );
}

#[test]
fn rules_by_language_and_by_code() {
    let files: &[(&str, &[u8])] =
        &[("a.py", b"import os\n\nx = y\n"), ("b.css", b"@foo;"), ("c.js", b"debugger;\n")];
    let folder = project(files);
    let found = |json: &str| {
        let findings = lint(folder.path(), &parameters(json)).unwrap();
        let shown = findings.diagnostics.iter().map(|found| format!("{} {}", found.severity, found.rule.id));
        shown.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(found("{}"), "warning F401, error F821, warning css-unknown-at-rule, error no-debugger");
    assert_eq!(
        found(r#"{"rules": {"python": "off", "css": "off", "javascript": "note"}}"#),
        "note no-debugger"
    );
    assert_eq!(
        found(r#"{"rules": {"F": "note", "F82": "off", "css": "error", "javascript": "off"}}"#),
        "note F401, error css-unknown-at-rule"
    );
    assert_eq!(lint(folder.path(), &parameters(r#"{"rules": {"python": "off"}}"#)).unwrap().files, 2);
}
