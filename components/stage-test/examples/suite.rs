//! Runs the tests of a folder natively, and prints what came of them: for comparing with real Node.
//!
//! `cargo run --release -p stage-test --example suite -- FOLDER [PARAMETERS]`, the parameters as JSON. The counts go to the
//! standard output as one line of JSON, the log to the standard error. It writes into `FOLDER/out`.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use stage_test::{Parameters, run};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (Some(folder), rest) = (arguments.first(), arguments.get(1)) else {
        return refuse("usage: suite FOLDER [PARAMETERS]");
    };
    let mut parameters: Parameters = match serde_json::from_str(rest.map_or("{}", String::as_str)) {
        Ok(parameters) => parameters,
        Err(error) => return refuse(&format!("the parameters are not right: {error}")),
    };
    // Failures are counted, not fatal.
    parameters.report_only = true;
    let start = Instant::now();
    let outcome = run(Path::new(folder), &parameters, &mut std::io::stderr());
    let seconds = start.elapsed().as_secs_f64();
    let line = match outcome {
        Ok(summary) => serde_json::json!({
            "files": summary.files, "tests": summary.tests, "passed": summary.passed, "failed": summary.failed,
            "skipped": summary.skipped, "todo": summary.todo, "seconds": (seconds * 10.0).round() / 10.0,
        }),
        Err(failure) => return refuse(&failure.to_string()),
    };
    match writeln!(std::io::stdout(), "{line}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn refuse(message: &str) -> ExitCode {
    // Where the message can't be written, the code tells of it.
    let _ = writeln!(std::io::stderr(), "{message}");
    ExitCode::FAILURE
}
