//! Input that is meant to hurt.

use std::fmt::Write;

use super::{check_beginnings, found_rules, project};
use crate::{MAX_FILE_BYTES, Parameters, lint};

#[test]
fn a_json_file_of_100_mb() {
    let folder = project(&[]);
    let file = std::fs::File::create(folder.path().join("a.json")).unwrap();
    file.set_len(100_000_000).unwrap();
    let findings = lint(folder.path(), &Parameters::default()).unwrap();
    let found: Vec<String> = findings.diagnostics.iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        ["a.json:1:1 warning file-too-large not checked: 100000000 bytes are over the limit of 4 MiB a file"]
    );
}

#[test]
fn what_nests_too_deep() {
    let deep = |open: &str, middle: &str, close: &str, times: usize| {
        format!("{}{middle}{}", open.repeat(times), close.repeat(times))
    };
    let reported = |name: &str, text: String| {
        check_beginnings(&[(name, text.as_bytes())], &[&format!("{name}:1:1 error nesting-too-deep ")]);
    };
    for (open, middle, close) in
        [("(", "1", ")"), ("[", "", "]"), ("not ", "a", ""), ("lambda: ", "1", ""), ("-", "1", "")]
    {
        reported("a.py", deep(open, middle, close, 20_000));
    }
    reported(
        "a.py",
        (0..500).map(|level| " ".repeat(level) + "if a:\n").collect::<String>() + &" ".repeat(500) + "b\n",
    );
    reported("a.sh", deep("(", "a", ")", 20_000));
    reported("a.sh", deep("echo $(", "a", ")", 20_000));
    reported("a.sh", deep("if a; then ", "b", "; fi", 20_000));
    check_beginnings(
        &[("a.asl.json", deep("[", "", "]", 20_000).as_bytes())],
        &["a.asl.json:1:201 error nesting-too-deep "],
    );
    // What people write is not too deep.
    found_rules(&[("a.py", &format!("a = {}\n", deep("abs(", "1", ")", 40)))], "");
    found_rules(&[("a.sh", &format!("#!/bin/sh\n{}\n", deep("( ", "a", " )", 20)))], "");
}

#[test]
fn what_takes_long_elsewhere() {
    let comments = "/*".repeat(200_000) + "*/\nf();\n" + &"//".repeat(200_000);
    let stars = format!("/*{}\n", "*".repeat(300_000));
    let markdown = "[".repeat(50_000) + &"*a _b ".repeat(50_000);
    let hashes = "# \\".repeat(100_000);
    let files: Vec<(&str, &[u8])> = vec![
        ("a.js", comments.as_bytes()),
        ("b.css", stars.as_bytes()),
        ("c.md", markdown.as_bytes()),
        ("d.py", hashes.as_bytes()),
        ("e.sh", hashes.as_bytes()),
        ("f.yaml", hashes.as_bytes()),
        ("g.toml", hashes.as_bytes()),
        ("Dockerfile", hashes.as_bytes()),
    ];
    let folder = project(&files);
    let start = std::time::Instant::now();
    assert_eq!(lint(folder.path(), &Parameters::default()).unwrap().files, files.len());
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[test]
fn anchors_that_refer_to_themselves() {
    super::check(
        &[("a.yaml", "a: &a\n  b: *a\nc: &c [1, [*c]]\nd: &a 1\ne: *a\n")],
        "a.yaml:2:6 error yaml-cyclic-alias the alias names what it is part of: this has no end
         a.yaml:3:12 error yaml-cyclic-alias the alias names what it is part of: this has no end
         a.yaml:4:4 warning yaml-duplicate-anchor anchor `a` is defined in line 1, too",
    );
    found_rules(
        &[("a.yaml", "a: &a 1\n---\nb: *a\n")],
        "a.yaml 1 note yaml-unused-anchor, a.yaml 3 error yaml-syntax",
    );
    let mut bomb = "a0: &a0 [x, x]\n".to_owned();
    for level in 1..100 {
        let _ = writeln!(bomb, "a{level}: &a{level} [*a{0}, *a{0}, *a{0}, *a{0}]", level - 1);
    }
    found_rules(&[("a.yaml", &(bomb + "b: *a99\n"))], "");
}

#[test]
fn what_is_not_utf_8() {
    for name in [
        "a.py",
        "a.sh",
        "Dockerfile",
        "a.asl.json",
        "a.js",
        "a.md",
        "a.yaml",
        "a.toml",
        "a.css",
        "a.html",
        ".editorconfig",
    ] {
        check_beginnings(
            &[(name, b"a\xff")],
            &[&format!("{name}:1:2 error file-encoding not UTF-8 from byte 1 on")],
        );
    }
    assert_eq!(MAX_FILE_BYTES, 4 << 20);
}
