//! `ropewalk runs`

use anyhow::{Context, Result};
use clap::Subcommand;
use serde_json::{Value, json};

use super::Verdict;
use super::remote::Remote;
use crate::follow;
use crate::printer::Printer;

/// Runs that are listed unless told otherwise.
const DEFAULT_LIMIT: u32 = 20;

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    list: List,
}

#[derive(clap::Args)]
struct List {
    /// Only runs of this project
    #[arg(long)]
    project: Option<String>,
    /// How many, newest first
    #[arg(long, default_value_t = DEFAULT_LIMIT)]
    limit: u32,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Subcommand)]
enum Command {
    /// Show a run with its stages
    Show {
        run: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Start a run of a project, and follow it
    Start {
        project: String,
        /// Branch, tag or full name of a ref
        #[arg(long = "ref", value_name = "REF")]
        reference: Option<String>,
        #[arg(long)]
        commit: Option<String>,
        /// Don't use results of earlier runs
        #[arg(long)]
        no_cache: bool,
        /// Don't wait for its end
        #[arg(long)]
        detach: bool,
        #[command(flatten)]
        remote: Remote,
    },
    /// Cancel a run
    Cancel {
        run: String,
        /// Why, for the record
        #[arg(long)]
        cause: Option<String>,
        /// Error name, for programs
        #[arg(long)]
        error: Option<String>,
        #[command(flatten)]
        remote: Remote,
    },
    /// Go on with a run that failed, timed out or was cancelled, from the states that failed, and follow it
    Redrive {
        run: String,
        /// Don't wait for its end
        #[arg(long)]
        detach: bool,
        #[command(flatten)]
        remote: Remote,
    },
    /// Run once more from the start, with the same pipeline, commit and input, and follow that run
    Rerun {
        run: String,
        /// Don't use results of earlier runs
        #[arg(long)]
        no_cache: bool,
        /// Don't wait for its end
        #[arg(long)]
        detach: bool,
        #[command(flatten)]
        remote: Remote,
    },
}

pub(crate) fn run(args: &Args, printer: &Printer) -> Result<Verdict> {
    match &args.command {
        None => list(&args.list, printer),
        Some(Command::Show { run, remote }) => {
            let shown = remote.client()?.json("GET", &format!("/api/runs/{run}"), None)?;
            if !remote.print_json(&shown, printer) {
                show(&shown, printer);
            }
            Ok(Verdict::Passed)
        }
        Some(Command::Start { project, reference, commit, no_cache, detach, remote }) => {
            let request = json!({ "ref": reference, "commit": commit, "no_cache": no_cache });
            begin(&format!("/api/projects/{project}/runs"), &request, *detach, remote, printer)
        }
        Some(Command::Redrive { run, detach, remote }) => {
            begin(&format!("/api/runs/{run}/redrive"), &json!({}), *detach, remote, printer)
        }
        Some(Command::Rerun { run, no_cache, detach, remote }) => {
            let request = json!({ "no_cache": no_cache });
            begin(&format!("/api/runs/{run}/rerun"), &request, *detach, remote, printer)
        }
        Some(Command::Cancel { run, cause, error, remote }) => {
            let path = format!("/api/runs/{run}/cancel");
            let request = json!({ "cause": cause, "error": error });
            let shown = remote.client()?.json("POST", &path, Some(&request))?;
            if !remote.print_json(&shown, printer) {
                show(&shown, printer);
            }
            Ok(Verdict::Passed)
        }
    }
}

fn list(args: &List, printer: &Printer) -> Result<Verdict> {
    let mut path = format!("/api/runs?limit={}", args.limit);
    if let Some(project) = &args.project {
        path = format!("{path}&project={project}");
    }
    let listed = args.remote.client()?.json("GET", &path, None)?;
    if args.remote.print_json(&listed, printer) {
        return Ok(Verdict::Passed);
    }
    for run in listed["runs"].as_array().into_iter().flatten() {
        let text = |name: &str| run[name].as_str().unwrap_or("-").to_owned();
        let commit: String = text("commit").chars().take(10).collect();
        printer.data(&format!(
            "{}  {:<10} {:<20} {:<10} {}",
            text("id"),
            text("status"),
            text("project"),
            commit,
            text("branch")
        ));
    }
    Ok(Verdict::Passed)
}

/// Makes a run begin or go on, and follows it.
fn begin(path: &str, request: &Value, detach: bool, remote: &Remote, printer: &Printer) -> Result<Verdict> {
    let client = remote.client()?;
    let started = client.json("POST", path, Some(request))?;
    let id = started["id"].as_str().context("the application named no run")?;
    if detach {
        if !remote.print_json(&started, printer) {
            printer.data(id);
        }
        return Ok(Verdict::Passed);
    }
    let ended = follow::follow(&client, id, printer)?;
    if !remote.print_json(&ended, printer) {
        printer.line(&follow::run_line(&ended, printer));
    }
    Ok(if ended["status"] == "succeeded" { Verdict::Passed } else { Verdict::Failed })
}

fn show(run: &Value, printer: &Printer) {
    printer.data(&follow::run_line(run, printer));
    for stage in run["stages"].as_array().into_iter().flatten() {
        printer.data(&follow::stage_line(stage, printer));
    }
    if let Some(url) = run["url"].as_str() {
        printer.data(url);
    }
}
