//! JSON, TOML, YAML, and files that can't be read.

use super::{check, check_beginnings};

#[test]
fn json_that_is_right() {
    check(&[("a.json", r#"{"a": [1, -0.5e+3, "\u00e9\ud83d\ude00", true, null, {}], "b": []}"#)], "");
    check(
        &[(
            "tsconfig.json",
            "{\n  // comments and trailing commas\n  \"a\": [1, 2,], /* are usual here */\n}\n",
        )],
        "",
    );
}

#[test]
fn json_syntax() {
    check(
        &[("a.json", "{\"a\": 1,}")],
        "a.json:1:8 error json-syntax a comma after the last element is not JSON",
    );
    check(&[("a.json", "{\"a\" 1}")], "a.json:1:6 error json-syntax `1` where `:` must be");
    check(
        &[("a.json", "{'a': 1}")],
        "a.json:1:2 error json-syntax `'` where a key in double quotes must be"
            .replace("`'`", "`\\'`")
            .as_str(),
    );
    check(
        &[("a.json", "{\n  \"a\": [1, 2\n")],
        "a.json:3:1 error json-syntax the end of the file where `,` or `]` must be",
    );
    check(&[("a.json", "")], "a.json:1:1 error json-syntax the end of the file where a value must be");
    check(&[("a.json", "1 2")], "a.json:1:3 error json-syntax `2` where the end of the file must be");
    check(&[("a.json", "[01]")], "a.json:1:2 error json-syntax `01` is no JSON number");
    check(&[("a.json", "[NaN]")], "a.json:1:2 error json-syntax `NaN` where a value must be");
    check(&[("a.json", "[\"a\nb\"]")], "a.json:1:2 error json-syntax the string is not closed");
    check(&[("a.json", "[\"\\x\"]")], "a.json:1:3 error json-syntax `\\x` is no escape of a JSON string");
    check(&[("a.json", "{} // so")], "a.json:1:4 error json-syntax a comment is not JSON");
    check(
        &[("a.json", "\u{feff}{}")],
        "a.json:1:1 error json-syntax a byte order mark where a value must be",
    );
}

#[test]
fn json_duplicate_keys() {
    check(
        &[("a.json", "{\n  \"a\": 1,\n  \"\u{61}b\": 2,\n  \"\\u0061\": {\"a\": 1}\n}")],
        "a.json:4:3 error json-duplicate-key the object has key \"\\u0061\" twice: it is in line 2, too",
    );
    check(&[("a.json", r#"{"\ud83d\ude00": 1, "\ud83d\ude01": 2}"#)], "");
}

#[test]
fn columns_count_code_points() {
    check(&[("a.json", "{\"é😀\": x}")], "a.json:1:8 error json-syntax `x` where a value must be");
}

#[test]
fn toml() {
    check(&[("a.toml", "[a]\nb = 1\nc = { d = [1, 2] }\n")], "");
    check_beginnings(&[("a.toml", b"a = 1\nb = \nc = 2\nd = \"x\n")], &["a.toml:2:", "a.toml:4:"]);
    check_beginnings(&[("a.toml", b"a = 1\na = 2\n")], &["a.toml:2:1 error toml-syntax duplicate key"]);
}

#[test]
fn yaml() {
    check(&[("a.yaml", "a: &x [1, 2]\nb: *x\n---\nc: |\n  text\n"), ("b.yml", "# nothing\n")], "");
    check_beginnings(&[("a.yaml", b"a: b\n---\nc: [1, 2\nd: e\n")], &["a.yaml:4:"]);
    check_beginnings(&[("a.yaml", b"a: *unknown\n")], &["a.yaml:1:4 error yaml-syntax"]);
    check_beginnings(&[("a.yaml", b"a:\n\t- b\n")], &["a.yaml:2:"]);
}

#[test]
fn yaml_duplicate_keys() {
    check(
        &[("a.yaml", "a:\n  b: 1\n  c: 2\n  b: 3\nd: {e: 1, \"e\": 2}\n---\na: 1\n")],
        "a.yaml:4:3 error yaml-duplicate-key the mapping has this key twice: it is in line 2, too
         a.yaml:5:11 error yaml-duplicate-key the mapping has this key twice: it is in line 5, too",
    );
    check(&[("a.yaml", "1: a\n\"1\": b\n<<: {c: d}\n<<: {e: f}\n? [a, b]\n: c\n? [a, c]\n: d\n")], "");
}

#[test]
fn files_that_are_no_text() {
    check_beginnings(
        &[("a.json", b"{\"a\": \"\xff\"}"), ("b.js", b"\x00\x01\xfe\xffbinary"), ("c.md", b"\xff\xfea\x00")],
        &[
            "a.json:1:8 error file-encoding not UTF-8 from byte 7 on: it is in another encoding, or damaged",
            "b.js:1:3 error file-encoding not UTF-8 from byte 2 on: it is binary",
            "c.md:1:1 error file-encoding not UTF-8 from byte 0 on: it is UTF-16",
        ],
    );
}

#[test]
fn a_file_over_the_limit() {
    let large = vec![b' '; 5 << 20];
    check_beginnings(
        &[("a.json", &large), ("b.bin", &large)],
        &["a.json:1:1 warning file-too-large not checked: 5242880 bytes are over the limit of 4 MiB a file"],
    );
}

#[test]
fn deep_nesting() {
    let depth = 100_000;
    let brackets =
        |open: &str, close: &str| format!("{}{}", open.repeat(depth), close.repeat(depth)).into_bytes();
    check_beginnings(&[("a.json", &brackets("[", "]"))], &["a.json:1:201 error nesting-too-deep"]);
    check_beginnings(&[("a.json", &brackets("{\"a\":", "}"))], &["a.json:1:"]);
    check_beginnings(&[("a.yaml", &brackets("[", "]"))], &["a.yaml:1:"]);
    check_beginnings(&[("a.css", &brackets("a{", "}"))], &["a.css:1:402 error nesting-too-deep"]);
    check_beginnings(&[("a.html", &brackets("<div>", "</div>"))], &["a.html:1:1001 error nesting-too-deep"]);
    check_beginnings(&[("a.md", &brackets("> ", ""))], &[]);
    check_beginnings(&[("a.md", &brackets("[", "](a)"))], &["a.md:1:", "a.md:1:"]);
    let toml = [b"a = ", brackets("[", "]").as_slice()].concat();
    check_beginnings(&[("a.toml", &toml)], &["a.toml:1:"]);
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("{", "}"),
        ("!", "1"),
        ("a=>", "1"),
        ("a=", "1"),
        ("1+", "1"),
        ("1**", "1"),
        ("a?", ":1"),
        ("if(a)", ";"),
        ("`${", "}`"),
        ("new ", "a"),
        ("typeof ", "a"),
        ("async()=>", "a"),
        ("f(", ")"),
        ("a.b", ""),
        ("a:", ""),
        ("function f(){", "}"),
        ("class A{static{", "}}"),
        ("if(a);else ", ";"),
        ("for(;;)", ";"),
        ("do ", " while(1)"),
        ("try{}finally{", "}"),
        ("[a=", "]=1"),
        ("a[", "]"),
        ("a?.b", ""),
        ("a`", "`"),
        ("a,", "a"),
        ("-", "1"),
    ] {
        let open = open.repeat(depth);
        check_or_pass(&format!(
            "{open}{}",
            close.repeat(if close.len() == 1 && !")]}".contains(close) { 1 } else { depth })
        ));
    }
}

/// A script that is nested too deep has one diagnostic that says so, or none, or is no script.
#[track_caller]
fn check_or_pass(script: &str) {
    let folder = super::project(&[("a.js", script.as_bytes())]);
    let parameters = serde_json::from_str(r#"{"rules": {"no-undef": "off"}}"#).unwrap();
    let found = super::diagnostics(folder.path(), &parameters);
    let beginning: String = script.chars().take(20).collect();
    assert!(found.contains("nesting-too-deep") || found.lines().count() <= 1, "{beginning}: {found}");
}

#[test]
fn truncated_files() {
    let files = [
        ("a.json", r#"{"a": ["b", {"c": "d\n", "e": 1.5e3}]}"#),
        ("a.yaml", "a: [b, {c: \"d\"}]\ne: |\n  f\ng: 'h'\n"),
        ("a.toml", "[a]\nb = \"c\"\nd = [1, {e = 'f'}]\n"),
        ("a.md", "# T\n\n[a](b \"c\") ![d](e) <a href=\"x\">y</a> [f][g]\n\n[g]: <h>\n{{#include i}}\n"),
        (
            "a.html",
            "<!doctype html><html><body><p id=\"é\">&amp;<script>var a = `b${c}`;</script><!-- d --></body></html>",
        ),
        (
            "a.css",
            "@import url(\"a.css\");\n.é::before { content: '\\'}' ; background: url( b.png ) /* c */ }\n",
        ),
        ("a.ts", "export const a = (b: string): `x${string}` => `x${b.replace(/[/'\"]\\//g, 'é')}`; // c\n"),
    ];
    for (path, text) in files {
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            let folder = super::project(&[(path, &text.as_bytes()[..end])]);
            // Whatever is found: it is found without a crash.
            super::diagnostics(folder.path(), &crate::Parameters::default());
        }
        for byte in 0..text.len() {
            let mut damaged = text.as_bytes().to_vec();
            damaged[byte] = b"\\\"{<`(\n"[byte % 7];
            let folder = super::project(&[(path, &damaged)]);
            super::diagnostics(folder.path(), &crate::Parameters::default());
        }
    }
}
