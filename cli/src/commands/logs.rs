//! `ropewalk logs`

use anyhow::Result;
use serde_json::json;

use super::Verdict;
use super::remote::Remote;
use crate::printer::Printer;

#[derive(clap::Args)]
pub(crate) struct Args {
    run: String,
    /// Only what the stage of this state printed
    #[arg(long, value_name = "STATE")]
    stage: Option<String>,
    #[command(flatten)]
    remote: Remote,
}

pub(crate) fn run(args: &Args, printer: &Printer) -> Result<Verdict> {
    let mut path = format!("/api/runs/{}/log", args.run);
    if let Some(state) = &args.stage {
        let encoded: String = form_urlencoded::byte_serialize(state.as_bytes()).collect();
        path = format!("{path}?state={encoded}");
    }
    let log = args.remote.client()?.send("GET", &path, b"")?.ok()?;
    if !args.remote.print_json(&json!({ "run": args.run, "log": log.text() }), printer) {
        printer.raw_data(&log.body);
    }
    Ok(Verdict::Passed)
}
