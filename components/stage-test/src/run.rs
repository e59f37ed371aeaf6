//! From a folder to the stage's result.

use std::io::{self, Write};
use std::path::Path;

use ropewalk_stage::Failure;
use test_report::{FileOutcome, Report, Summary, junit, log, rerun};

use crate::discover;
use crate::engine::{self, Request};
use crate::parameters::{MAX_CALL_DEPTH, MAX_INSTRUCTIONS, MAX_RETRIES, Parameters};
use crate::wasm;

/// Who made the report.
const RUNNER: &str = "ropewalk test";

/// Runs the tests of the project in folder `root`, prints the log, and leaves `out/report/junit.xml` and
/// `out/report/report.json`.
///
/// Fails with `Test.InvalidParameters`, with `Test.NoTests` when there is no test file and that isn't allowed,
/// with `Test.InvalidReport` when reports can't be merged, with `Test.Io` when the report can't be written, and with
/// `Test.Failed` when a test failed.
pub fn run(root: &Path, parameters: &Parameters, out: &mut dyn Write) -> Result<Summary, Failure> {
    check(parameters).map_err(|why| Failure::new("Test.InvalidParameters", why))?;
    let report = if parameters.merge { merge(root, out)? } else { run_files(root, parameters, out)? };
    leave(root, &report, out)
        .map_err(|error| Failure::new("Test.Io", format!("failed to write the report: {error}")))?;
    let summary = report.summary();
    if summary.success || parameters.report_only {
        return Ok(summary);
    }
    Err(Failure::new("Test.Failed", log::cause(&summary)))
}

fn run_files(root: &Path, parameters: &Parameters, out: &mut dyn Write) -> Result<Report, Failure> {
    let mut files = discover::test_files(root, parameters)
        .map_err(|error| Failure::new("Test.InvalidParameters", error))?;
    if files.is_empty() && !parameters.allow_empty {
        let cause = "no test file was found, hint: name them by `files`, or set `allow_empty`";
        return Err(Failure::new("Test.NoTests", cause));
    }
    if let Some(shard) = parameters.shard {
        shard.retain(&mut files);
    }
    let mut outcomes = Vec::new();
    for file in files {
        let outcome = run_file(root, &file, parameters);
        out.write_all(log::file(&outcome).as_bytes())
            .map_err(|error| Failure::new("Test.Io", format!("failed to write the log: {error}")))?;
        outcomes.push(outcome);
    }
    Ok(Report::new(RUNNER, parameters.shard, outcomes))
}

fn run_file(root: &Path, file: &str, parameters: &Parameters) -> FileOutcome {
    if file.ends_with(".wasm") {
        return wasm::run_file(root, file, parameters);
    }
    let request = |seed: u64| Request { root, file, parameters, seed };
    let mut outcome = engine::run_file(&request(parameters.seed));
    for retry in 1..=parameters.retries {
        if !outcome.is_failed() {
            break;
        }
        let mut again = engine::run_file(&request(parameters.seed.wrapping_add(retry.into())));
        again.log = format!("  again, retry {retry}\n{}", again.log);
        rerun::settle(&mut outcome, again);
    }
    outcome
}

fn merge(root: &Path, out: &mut dyn Write) -> Result<Report, Failure> {
    let invalid = |cause: String| Failure::new("Test.InvalidReport", cause);
    let mut reports = Vec::new();
    let files = discover::reports(root).map_err(|error| invalid(error.to_string()))?;
    for file in files {
        let bytes = std::fs::read(root.join(&file));
        let bytes = bytes.map_err(|error| invalid(format!("failed to read `{file}`: {error}")))?;
        let report = Report::read(&bytes).map_err(|error| invalid(format!("`{file}`: {error}")))?;
        // What can't be written is told of when the report is.
        let _ = writeln!(out, "{file}: {} files", report.files.len());
        reports.push(report);
    }
    Report::merge(reports).map_err(|error| invalid(error.to_string()))
}

fn leave(root: &Path, report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let folder = root.join("out/report");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("junit.xml"), junit(report))?;
    std::fs::write(folder.join("report.json"), report.to_json())?;
    out.write_all(log::end(report).as_bytes())
}

fn check(parameters: &Parameters) -> Result<(), String> {
    let limits = &parameters.limits;
    if limits.call_depth > MAX_CALL_DEPTH {
        let have = limits.call_depth;
        return Err(format!("`limits.call_depth` is {have}, and can't be more than {MAX_CALL_DEPTH}"));
    }
    let smallest = limits.loop_iterations.min(limits.call_depth.into()).min(limits.callbacks);
    if smallest.min(limits.instructions) == 0 || limits.virtual_seconds == 0 {
        return Err("a limit of 0 would stop every test".to_owned());
    }
    if limits.instructions > MAX_INSTRUCTIONS {
        let have = limits.instructions;
        return Err(format!("`limits.instructions` is {have}, and can't be more than {MAX_INSTRUCTIONS}"));
    }
    if parameters.retries > MAX_RETRIES {
        return Err(format!("`retries` is {}, and can't be more than {MAX_RETRIES}", parameters.retries));
    }
    if let Some(shard) = parameters.shard {
        shard.check().map_err(|error| error.to_string())?;
        if parameters.merge {
            return Err("`merge` runs no tests, so there is no `shard` of them".to_owned());
        }
    }
    match parameters.name.as_deref().map(engine::check_pattern) {
        Some(Err(why)) => Err(format!("`name` is no regular expression: {why}")),
        _ => Ok(()),
    }
}
