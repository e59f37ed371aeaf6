//! The cases recorded from AWS. They are read from the folder that `ROPEWALK_CONFORMANCE` names (default: `shared/conformance`
//! beside the repository). `ROPEWALK_CONFORMANCE_REPORT` names a file for the failures, one JSON object a line.

mod compare;
mod execution;
mod lambda;
mod listed;
mod validation;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// What became of a case.
pub(crate) enum Verdict {
    Passed,
    /// It isn't for this engine, or wrong in the recording; `listed` has the reason.
    Listed,
    Failed(String),
}

/// The files that must pass as a whole.
const DEMANDED: [&str; 7] = [
    "asl/A_pure.jsonl",
    "asl/B_trivial_lambda.jsonl",
    "asl/V_rejected_definition.jsonl",
    "asl/V_validate.jsonl",
    "asl/V_variable_references.jsonl",
    "asl-validation/asl-validator.jsonl",
    "asl-validation/statelint.jsonl",
];

/// Files of which as many as possible pass.
const WANTED: [&str; 2] = ["asl/C_activity_or_nested.jsonl", "asl/D_aws_service.jsonl"];

#[test]
#[allow(clippy::print_stderr, reason = "the figures are the point of the test")]
fn recorded_cases() {
    let Some(folder) = folder() else {
        eprintln!(
            "conformance: passed over, since there is no folder of recorded cases (see ROPEWALK_CONFORMANCE)"
        );
        return;
    };
    let mut failures = Vec::new();
    let mut lost = 0;
    for name in DEMANDED.iter().chain(&WANTED) {
        let tally = run_file(&folder, name);
        eprintln!(
            "conformance: {name}: {} passed, {} failed, {} listed",
            tally.passed,
            tally.failures.len(),
            tally.listed
        );
        if DEMANDED.contains(name) {
            lost += tally.failures.len();
        }
        failures.extend(tally.failures);
    }
    report(&failures);
    let shown: Vec<String> = failures.iter().take(20).map(Value::to_string).collect();
    assert!(lost == 0, "{lost} recorded cases fail, among them:\n{}", shown.join("\n"));
}

fn folder() -> Option<PathBuf> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance");
    let folder = std::env::var_os("ROPEWALK_CONFORMANCE").map_or_else(default, PathBuf::from);
    folder.is_dir().then_some(folder)
}

#[derive(Default)]
struct Tally {
    passed: usize,
    listed: usize,
    failures: Vec<Value>,
}

fn run_file(folder: &Path, name: &str) -> Tally {
    let text = std::fs::read_to_string(folder.join(name))
        .unwrap_or_else(|error| panic!("failed to read `{name}`: {error}"));
    let mut tally = Tally::default();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let case: Value = serde_json::from_str(line).expect("each line is JSON");
        let title = case["name"].as_str().unwrap_or_default().to_owned();
        match verdict(&case) {
            Verdict::Passed => tally.passed += 1,
            Verdict::Listed => tally.listed += 1,
            Verdict::Failed(reason) => {
                tally.failures.push(json!({"file": name, "case": title, "reason": reason}));
            }
        }
    }
    tally
}

fn verdict(case: &Value) -> Verdict {
    if listed::reason(case).is_some() {
        return Verdict::Listed;
    }
    let what = || match case["kind"].as_str() {
        Some("execution") => execution::check(case),
        Some("variable_references") => validation::check_references(case),
        _ => validation::check(case),
    };
    // A case that panics is a failure of its own, not of all.
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(what)) {
        Ok(verdict) => verdict,
        Err(_) => Verdict::Failed("it panicked".to_owned()),
    }
}

fn report(failures: &[Value]) {
    let Some(path) = std::env::var_os("ROPEWALK_CONFORMANCE_REPORT") else {
        return;
    };
    let mut file = std::fs::File::create(&path).expect("the report can be created");
    for failure in failures {
        writeln!(file, "{failure}").expect("the report can be written");
    }
}
