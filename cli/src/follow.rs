//! Follows a run, and shows each of its stages as one line.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::Result;
use serde_json::Value;

use crate::client::Client;
use crate::printer::{Printer, Tone};

/// How often a run is looked at.
const POLL: Duration = Duration::from_millis(60);

/// Follows a run to its end.
pub(crate) fn follow(client: &Client, id: &str, printer: &Printer) -> Result<Value> {
    let mut shown = 0;
    let mut progress = None;
    let mut is_told_to_wait = false;
    loop {
        let run = client.json("GET", &format!("/api/runs/{id}"), None)?;
        let stages = run["stages"].as_array().cloned().unwrap_or_default();
        let ended = stages.iter().filter(|stage| stage["status"] != "running");
        for stage in ended.skip(shown) {
            progress = None;
            printer.line(&stage_line(stage, printer));
            shown += 1;
        }
        match run["status"].as_str() {
            Some("queued") if !is_told_to_wait => {
                printer.line(&format!("run {id} waits for its turn"));
                is_told_to_wait = true;
            }
            Some("queued" | "running") => {}
            _ => return Ok(run),
        }
        if let Some(running) = stages.iter().find(|stage| stage["status"] == "running") {
            let name = running["state"].as_str().unwrap_or_default();
            progress.get_or_insert_with(|| printer.watched_progress(name));
        }
        std::thread::sleep(POLL);
    }
}

/// `✓ succeeded    1.24 s  Lint               cache of 01k…`
pub(crate) fn stage_line(stage: &Value, printer: &Printer) -> String {
    let status = stage["status"].as_str().unwrap_or_default();
    let (mark, tone) = mark(status);
    let duration = duration(stage["duration_ms"].as_f64().unwrap_or_default());
    let name = stage["state"].as_str().unwrap_or_default();
    let from = match (stage["cached"].as_bool(), stage["from_run"].as_str()) {
        (Some(true), Some(run)) => format!("cache of {run}"),
        (Some(true), None) => "cache".to_owned(),
        _ => "run".to_owned(),
    };
    let mut line = format!(
        "  {} {duration:>9}  {name:<16} {}",
        printer.paint(tone, &format!("{mark} {status:<9}")),
        printer.paint(Tone::Dim, &from)
    );
    if let Some(error) = stage["error"].as_str() {
        let cause = stage["cause"].as_str().unwrap_or_default();
        let _ = write!(line, "\n      {error}: {cause}");
    }
    line
}

/// One line about a run that has ended.
pub(crate) fn run_line(run: &Value, printer: &Printer) -> String {
    let status = run["status"].as_str().unwrap_or_default();
    let (mark, tone) = mark(status);
    let took = match (run["started_at_ms"].as_f64(), run["finished_at_ms"].as_f64()) {
        (Some(from), Some(to)) => duration(to - from),
        _ => String::new(),
    };
    let mut line = format!(
        "{} run {} {took:>9}",
        printer.paint(tone, &format!("{mark} {status}")),
        run["id"].as_str().unwrap_or_default()
    );
    if let Some(error) = run["error"].as_str() {
        let _ = write!(line, "  {error}: {}", run["cause"].as_str().unwrap_or_default());
    }
    line
}

fn mark(status: &str) -> (&'static str, Tone) {
    match status {
        "succeeded" => ("✓", Tone::Good),
        "running" | "queued" => ("…", Tone::Plain),
        "cancelled" => ("–", Tone::Dim),
        _ => ("✗", Tone::Bad),
    }
}

fn duration(ms: f64) -> String {
    if ms < 1000.0 { format!("{ms:.0} ms") } else { format!("{:.2} s", ms / 1000.0) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(stage: &Value, expected: &str) {
        assert_eq!(stage_line(stage, &Printer::plain()), expected);
    }

    #[test]
    fn shows_a_stage_as_one_line() {
        check(
            &json!({"status": "succeeded", "duration_ms": 12.4, "state": "Lint", "cached": false}),
            "  ✓ succeeded     12 ms  Lint             run",
        );
        check(
            &json!({"status": "succeeded", "duration_ms": 1240, "state": "UnitTests", "cached": true, "from_run": "01k"}),
            "  ✓ succeeded    1.24 s  UnitTests        cache of 01k",
        );
        check(
            &json!({"status": "failed", "duration_ms": 3, "state": "Lint", "error": "Lint.Failed", "cause": "1 error"}),
            "  ✗ failed         3 ms  Lint             run\n      Lint.Failed: 1 error",
        );
    }
}
