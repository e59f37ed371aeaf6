//! Each folder of `fixtures` is a project whose tests come out here as under real Node: the same counts. Without
//! Node on the machine the counts that it gave when the fixture was written are compared.

use std::path::{Path, PathBuf};
use std::process::Command;

use stage_test::{Parameters, run};
use test_report::Summary;

/// tests, passed, failed (with cancelled), skipped, to do
type Counts = [usize; 5];

#[track_caller]
fn check(fixture: &str, expected: Counts) {
    let folder = copy(fixture);
    if let Some(real) = node(folder.path()) {
        assert_eq!(real, expected, "what Node {} says of fixture {fixture}", version());
    }
    let mut log = Vec::new();
    let outcome = run(folder.path(), &Parameters::default(), &mut log);
    let log = String::from_utf8(log).unwrap();
    let report = std::fs::read_to_string(folder.path().join("out/report/junit.xml")).unwrap();
    let ours = counts(&report);
    assert_eq!(ours, expected, "{log}");
    assert_eq!(outcome.is_ok(), expected[2] == 0, "{log}");
    if let Ok(Summary { tests, passed, failed, skipped, todo, .. }) = outcome {
        assert_eq!([tests, passed, failed, skipped, todo], expected);
    }
}

fn copy(fixture: &str) -> tempfile::TempDir {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(fixture);
    let to = tempfile::tempdir().unwrap();
    let mut pending = vec![PathBuf::new()];
    while let Some(folder) = pending.pop() {
        std::fs::create_dir_all(to.path().join(&folder)).unwrap();
        for entry in std::fs::read_dir(from.join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = folder.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                pending.push(path);
            } else {
                std::fs::copy(from.join(&path), to.path().join(&path)).unwrap();
            }
        }
    }
    to
}

fn version() -> String {
    let output = Command::new("node").arg("--version").output();
    output.map_or(String::new(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// What Node says, if there is one that runs tests.
fn node(folder: &Path) -> Option<Counts> {
    let output =
        Command::new("node").args(["--test", "--test-reporter=tap"]).current_dir(folder).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let count = |name: &str| {
        text.lines().find_map(|line| line.strip_prefix(&format!("# {name} "))?.parse::<usize>().ok())
    };
    Some([
        count("tests")?,
        count("pass")?,
        count("fail")? + count("cancelled")?,
        count("skipped")?,
        count("todo")?,
    ])
}

/// The counts in the report's first element. Skipped tests and those to do are told apart by their reasons.
fn counts(report: &str) -> Counts {
    let head = report.lines().find(|line| line.starts_with("<testsuites ")).unwrap();
    let number = |name: &str| {
        let at = head.find(&format!(" {name}=\"")).unwrap() + name.len() + 3;
        head[at..].split('"').next().unwrap().parse::<usize>().unwrap()
    };
    let todo = report.matches("<skipped message=\"todo").count();
    let (tests, failed) = (number("tests"), number("failures"));
    let skipped = report.matches("<skipped ").count();
    [tests, tests - failed - skipped, failed, skipped - todo, todo]
}

#[test]
fn runner() {
    check("runner", [49, 17, 24, 3, 5]);
}

#[test]
fn assertions() {
    check("assert", [10, 10, 0, 0, 0]);
}

#[test]
fn modules() {
    check("modules", [13, 13, 0, 0, 0]);
}

#[test]
fn mocks() {
    check("mocks", [5, 5, 0, 0, 0]);
}

#[test]
fn builtins() {
    check("builtins", [21, 21, 0, 0, 0]);
}

#[test]
fn broken_files() {
    check("broken", [5, 1, 4, 0, 0]);
}
