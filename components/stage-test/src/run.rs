//! From a folder to the stage's result.

use std::io::Write;
use std::path::Path;

use ropewalk_stage::Failure;

use crate::discover;
use crate::engine;
use crate::outcome::Summary;
use crate::parameters::{MAX_CALL_DEPTH, Parameters};
use crate::report;

/// Runs the tests of the project in folder `root`, prints the log, and leaves `out/report/junit.xml`.
///
/// Fails with `Test.InvalidParameters`, with `Test.NoTests` when there is no test file and that isn't allowed,
/// with `Test.Io` when the report can't be written, and with `Test.Failed` when a test failed.
pub fn run(root: &Path, parameters: &Parameters, log: &mut dyn Write) -> Result<Summary, Failure> {
    let invalid = |why: String| Failure::new("Test.InvalidParameters", why);
    check(parameters).map_err(invalid)?;
    let files = discover::test_files(root, parameters).map_err(|error| invalid(error.to_string()))?;
    if files.is_empty() && !parameters.allow_empty {
        let cause = "no test file was found, hint: name them by `files`, or set `allow_empty`";
        return Err(Failure::new("Test.NoTests", cause));
    }
    let io = |error: std::io::Error| Failure::new("Test.Io", format!("failed to write the report: {error}"));
    let mut outcomes = Vec::new();
    for file in files {
        let outcome = engine::run_file(root, &file, parameters);
        log.write_all(report::file(&outcome).as_bytes()).map_err(io)?;
        outcomes.push(outcome);
    }
    let folder = root.join("out/report");
    std::fs::create_dir_all(&folder).map_err(io)?;
    std::fs::write(folder.join("junit.xml"), report::junit(&outcomes)).map_err(io)?;
    let summary = Summary::of(&outcomes);
    log.write_all(report::summary(&outcomes, &summary).as_bytes()).map_err(io)?;
    if summary.is_success() { Ok(summary) } else { Err(Failure::new("Test.Failed", report::cause(&summary))) }
}

fn check(parameters: &Parameters) -> Result<(), String> {
    let limits = &parameters.limits;
    if limits.call_depth > MAX_CALL_DEPTH {
        let have = limits.call_depth;
        return Err(format!("`limits.call_depth` is {have}, and can't be more than {MAX_CALL_DEPTH}"));
    }
    let smallest = limits.loop_iterations.min(limits.call_depth.into()).min(limits.callbacks);
    if smallest == 0 || limits.virtual_seconds == 0 {
        return Err("a limit of 0 would stop every test".to_owned());
    }
    match parameters.name.as_deref().map(engine::check_pattern) {
        Some(Err(why)) => Err(format!("`name` is no regular expression: {why}")),
        _ => Ok(()),
    }
}
