//! Each test gives files and the diagnostics that they must have, written as the log writes them.

mod code;
mod configuration;
mod data;
mod limits;
mod pages;
mod parameters;
mod recommended;
mod reports;
mod scripts;

use std::fmt::Write;
use std::path::Path;

use crate::{Parameters, lint};

/// A project of these files in a folder that goes with the answer.
fn project(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, contents) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, contents).unwrap();
    }
    folder
}

fn diagnostics(root: &Path, parameters: &Parameters) -> String {
    let findings = lint(root, parameters).unwrap();
    findings.diagnostics.iter().fold(String::new(), |mut text, diagnostic| {
        let _ = writeln!(text, "{diagnostic}");
        text
    })
}

/// Lints these files. `expected` has a diagnostic a line, indented as one likes.
#[track_caller]
fn check(files: &[(&str, &str)], expected: &str) {
    let bytes: Vec<(&str, &[u8])> = files.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
    let folder = project(&bytes);
    assert_eq!(diagnostics(folder.path(), &Parameters::default()), unindent(expected));
}

/// Lints these files. Each diagnostic is only given by its beginning.
#[track_caller]
fn check_beginnings(files: &[(&str, &[u8])], expected: &[&str]) {
    let folder = project(files);
    let found = diagnostics(folder.path(), &Parameters::default());
    let fits = found.lines().count() == expected.len()
        && found.lines().zip(expected).all(|(line, beginning)| line.starts_with(beginning));
    assert!(fits, "found:\n{found}expected: {expected:#?}");
}

/// Lints these files. `expected` has, for each diagnostic, path, line, severity and rule, with commas between.
#[track_caller]
fn found_rules(files: &[(&str, &str)], expected: &str) {
    let bytes: Vec<(&str, &[u8])> = files.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
    let folder = project(&bytes);
    let findings = lint(folder.path(), &Parameters::default()).unwrap();
    let shown = findings
        .diagnostics
        .iter()
        .map(|found| format!("{} {} {} {}", found.path, found.start.line, found.severity, found.rule.id));
    assert_eq!(shown.collect::<Vec<_>>().join(", "), expected, "{:#?}", findings.diagnostics);
}

fn unindent(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "{line}");
        text
    })
}
