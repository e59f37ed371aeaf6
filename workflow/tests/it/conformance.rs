//! The cases recorded from AWS. They are read from the folder that `ROPEWALK_CONFORMANCE` names (default: `shared/conformance`
//! beside the repository): every `.jsonl` file in its folders. `ROPEWALK_CONFORMANCE_REPORT` names a file for the failures, one
//! JSON object a line.

mod compare;
mod execution;
mod lambda;
mod listed;
mod single;
mod validation;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// What became of a case.
pub(crate) enum Verdict {
    Passed,
    /// It isn't for this engine, or wrong in the recording; `listed` has the reason.
    Listed(&'static str),
    Failed(String),
}

#[test]
fn recorded_cases() {
    let Some(folder) = folder() else {
        say(
            "conformance: passed over, since there is no folder of recorded cases (see ROPEWALK_CONFORMANCE)",
        );
        return;
    };
    let files = files(&folder);
    assert!(!files.is_empty(), "there are no recorded cases in `{}`", folder.display());
    let mut failures = Vec::new();
    let mut whole = Tally::default();
    for path in files {
        let name = path.strip_prefix(&folder).unwrap_or(&path).display().to_string();
        let tally = run_file(&path, &name);
        tally.say(&name);
        whole.passed += tally.passed;
        whole.listed += tally.listed;
        failures.extend(tally.failures);
    }
    whole.failures = failures;
    whole.say("all files");
    report(&whole.failures);
    let shown: Vec<String> = whole.failures.iter().take(20).map(Value::to_string).collect();
    let lost = whole.failures.len();
    assert!(lost == 0, "{lost} recorded cases fail, among them:\n{}", shown.join("\n"));
}

fn folder() -> Option<PathBuf> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance");
    let named = std::env::var_os("ROPEWALK_CONFORMANCE").map(PathBuf::from);
    if let Some(named) = &named {
        assert!(named.is_dir(), "ROPEWALK_CONFORMANCE names `{}`, which is no folder", named.display());
    }
    let folder = named.unwrap_or_else(default);
    folder.is_dir().then_some(folder)
}

/// The `.jsonl` files in a folder and below it, in the order of their names.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut open = vec![folder.to_owned()];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        let entries = std::fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("failed to read `{}`: {error}", folder.display()));
        for entry in entries {
            let path = entry.expect("an entry of the folder can be read").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "jsonl") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[derive(Default)]
struct Tally {
    passed: usize,
    listed: usize,
    failures: Vec<Value>,
}

impl Tally {
    fn say(&self, name: &str) {
        let (passed, failed, listed) = (self.passed, self.failures.len(), self.listed);
        say(&format!("conformance: {name}: {passed} passed, {failed} failed, {listed} listed"));
    }
}

fn run_file(path: &Path, name: &str) -> Tally {
    let text = std::fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("failed to read `{}`: {error}", path.display()));
    let mut tally = Tally::default();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let case: Value = serde_json::from_str(line).expect("each line is JSON");
        let title = case["name"].as_str().unwrap_or_default().to_owned();
        match verdict(&case) {
            Verdict::Passed => tally.passed += 1,
            Verdict::Listed(reason) => {
                tally.listed += 1;
                say(&format!("conformance: {name}: {title} is listed: {reason}"));
            }
            Verdict::Failed(reason) => {
                tally.failures.push(json!({"file": name, "case": title, "reason": reason}));
            }
        }
    }
    tally
}

fn verdict(case: &Value) -> Verdict {
    if let Some(reason) = listed::reason(case) {
        return Verdict::Listed(reason);
    }
    let what = || match case["kind"].as_str() {
        Some("execution") => execution::check(case),
        Some("variable_references") => validation::check_references(case),
        Some("test_state") => single::check(case),
        Some("rejected:test_state") => single::check_rejected(case),
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

/// A line past the test harness, which shows what a test prints only where it fails.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
