//! `ropewalk logs`

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

use super::Verdict;
use super::remote::Remote;
use crate::client::Client;
use crate::printer::Printer;

/// How often it is looked for more, where the run goes on.
const POLL: Duration = Duration::from_millis(500);

#[derive(clap::Args)]
pub(crate) struct Args {
    run: String,
    /// Only what the stage of this state printed
    #[arg(long, value_name = "STATE")]
    stage: Option<String>,
    /// Print what comes until the run is at its end
    #[arg(long, short, conflicts_with = "json")]
    follow: bool,
    #[command(flatten)]
    remote: Remote,
}

pub(crate) fn run(args: &Args, printer: &Printer) -> Result<Verdict> {
    let client = args.remote.client()?;
    if args.follow {
        follow(args, &client, printer)?;
        return Ok(Verdict::Passed);
    }
    let mut path = format!("/api/runs/{}/log", args.run);
    if let Some(state) = &args.stage {
        let encoded: String = form_urlencoded::byte_serialize(state.as_bytes()).collect();
        path = format!("{path}?state={encoded}");
    }
    let log = client.send("GET", &path, b"")?.ok()?;
    if !args.remote.print_json(&json!({ "run": args.run, "log": log.text() }), printer) {
        printer.raw_data(&log.body);
    }
    Ok(Verdict::Passed)
}

fn follow(args: &Args, client: &Client, printer: &Printer) -> Result<()> {
    let mut followed = Followed::default();
    loop {
        let run = client.json("GET", &format!("/api/runs/{}/log?format=json", args.run), None)?;
        printer.raw_data(followed.news(&run, args.stage.as_deref()).as_bytes());
        if !matches!(run["status"].as_str(), Some("queued" | "running")) {
            return Ok(());
        }
        std::thread::sleep(POLL);
    }
}

/// What was printed so far.
#[derive(Default)]
struct Followed {
    /// Bytes of each stage's log, and whether its end was told, by state entry and attempt.
    stages: BTreeMap<(u64, u64), (usize, bool)>,
    /// The stage that was printed last.
    last: Option<(u64, u64)>,
    /// Whether a line is not at its end.
    is_within_line: bool,
}

impl Followed {
    /// What there is now and was not printed before, under a line for each stage.
    fn news(&mut self, run: &Value, only: Option<&str>) -> String {
        let mut news = String::new();
        for stage in run["stages"].as_array().into_iter().flatten() {
            let state = stage["state"].as_str().unwrap_or_default();
            if only.is_some_and(|only| only != state) {
                continue;
            }
            let id = (stage["entry"].as_u64().unwrap_or(0), stage["attempt"].as_u64().unwrap_or(0));
            let (printed, was_told) = self.stages.get(&id).copied().unwrap_or((0, false));
            let log = stage["log"].as_str().unwrap_or_default();
            let has_ended = stage["status"] != "running";
            let mut text = log.get(printed..).unwrap_or_default().to_owned();
            if let (Some(error), true, false) = (stage["error"].as_str(), has_ended, was_told) {
                if !text.is_empty() && !text.ends_with('\n') {
                    text.push('\n');
                }
                let cause = stage["cause"].as_str().unwrap_or_default();
                let _ = writeln!(text, "{error}: {cause}");
            }
            self.stages.insert(id, (log.len(), has_ended));
            if text.is_empty() && (printed > 0 || was_told || !has_ended) {
                continue;
            }
            if self.last != Some(id) {
                if self.is_within_line {
                    news.push('\n');
                }
                let _ = writeln!(news, "── {state} (attempt {})", id.1);
                self.last = Some(id);
            }
            self.is_within_line = !text.is_empty() && !text.ends_with('\n');
            news.push_str(&text);
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(entry: u64, status: &str, log: &str, error: Option<&str>) -> Value {
        json!({
            "state": format!("S{entry}"), "entry": entry, "attempt": 1, "status": status, "log": log,
            "error": error, "cause": error.map(|_| "why"),
        })
    }

    #[track_caller]
    fn check(only: Option<&str>, runs: &[Vec<Value>], expected: &[&str]) {
        let mut followed = Followed::default();
        let news: Vec<String> =
            runs.iter().map(|stages| followed.news(&json!({ "stages": stages }), only)).collect();
        assert_eq!(news, expected);
    }

    #[test]
    fn what_is_new_is_printed_once() {
        check(
            None,
            &[
                vec![stage(1, "running", "", None)],
                vec![stage(1, "running", "one\ntw", None)],
                vec![stage(1, "running", "one\ntw", None), stage(2, "running", "x\n", None)],
                vec![stage(2, "failed", "x\ny", Some("E")), stage(1, "running", "one\ntwo\n", None)],
                vec![stage(2, "failed", "x\ny", Some("E")), stage(1, "succeeded", "one\ntwo\n", None)],
            ],
            &[
                "",
                "── S1 (attempt 1)\none\ntw",
                "\n── S2 (attempt 1)\nx\n",
                "y\nE: why\n── S1 (attempt 1)\no\n",
                "",
            ],
        );
        check(
            Some("S2"),
            &[vec![stage(1, "running", "a", None), stage(2, "succeeded", "", None)]],
            &["── S2 (attempt 1)\n"],
        );
    }
}
