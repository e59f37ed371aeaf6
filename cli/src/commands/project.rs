//! `ropewalk project`

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use serde_json::{Map, Value, json};

use super::Verdict;
use super::remote::Remote;
use crate::printer::Printer;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Register a project
    Add(Box<Add>),
    /// List projects
    List {
        #[command(flatten)]
        remote: Remote,
    },
    /// Show a project with its pipeline
    Show {
        name: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Remove a project; its runs and sites stay
    Remove {
        name: String,
        #[command(flatten)]
        remote: Remote,
    },
}

#[derive(clap::Args)]
struct Add {
    /// Its name: lower-case letters, digits and hyphens
    name: String,
    /// URL of its git repository
    #[arg(long)]
    repository: Option<String>,
    /// Its pipeline, an Amazon States Language definition
    #[arg(long, value_name = "FILE", default_value = "pipeline.asl.json")]
    pipeline: PathBuf,
    /// Run pushes to this branch only
    #[arg(long)]
    branch: Option<String>,
    /// Name of the site it deploys; its own name unless given
    #[arg(long)]
    site: Option<String>,
    #[arg(long)]
    environment: Option<String>,
    /// Component behind a function of the pipeline, where its name doesn't say
    #[arg(long = "function", value_name = "FUNCTION=COMPONENT")]
    functions: Vec<String>,
    /// File with the webhook's secret; made and printed unless given
    #[arg(long, value_name = "FILE")]
    webhook_secret_file: Option<PathBuf>,
    /// A secret, read from a file: its name and the file
    #[arg(long = "secret", value_name = "NAME=FILE")]
    secrets: Vec<String>,
    /// Host to which `http:invoke` tasks may send requests: `api.example.com`, `*.example.com`, `http://127.0.0.1:8080`
    #[arg(long = "allow-host", value_name = "HOST")]
    allowed_hosts: Vec<String>,
    /// Share results of hermetic stages with other projects that do
    #[arg(long)]
    share_cache: bool,
    #[command(flatten)]
    limits: Limits,
    /// Replace the project if it exists
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    remote: Remote,
}

/// How many runs there are at once, and how long they are kept.
#[derive(clap::Args)]
struct Limits {
    /// What becomes of runs that can't begin at once [default: parallel]
    #[arg(long, value_enum)]
    concurrency: Option<Concurrency>,
    /// Runs of all projects of this group wait for each other; the project's own name unless given
    #[arg(long, value_name = "NAME")]
    group: Option<String>,
    /// Runs under way at once; 1 for queued and superseded, any number for parallel, unless given
    #[arg(long, value_name = "NUMBER")]
    max_runs: Option<u32>,
    /// Stage calls that one run has under way at once
    #[arg(long, value_name = "NUMBER")]
    max_calls: Option<u32>,
    /// With superseded: a new run also cancels older ones that are under way
    #[arg(long)]
    cancel_running: bool,
    /// Keep so many runs that have ended
    #[arg(long, value_name = "NUMBER")]
    keep_runs: Option<u32>,
    /// Keep runs for so many days after their end
    #[arg(long, value_name = "NUMBER")]
    keep_days: Option<u32>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Concurrency {
    /// Runs don't wait, unless --max-runs is given: then they wait in order
    Parallel,
    /// Runs wait in order
    Queued,
    /// One run waits at most: a new one takes the place of the one that waits
    Superseded,
}

impl Limits {
    fn concurrency(&self) -> Value {
        let mode = match self.concurrency.unwrap_or(Concurrency::Parallel) {
            Concurrency::Parallel => "parallel",
            Concurrency::Queued => "queued",
            Concurrency::Superseded => "superseded",
        };
        json!({
            "mode": mode,
            "group": self.group,
            "max_runs": self.max_runs,
            "max_calls": self.max_calls,
            "cancel_running": self.cancel_running,
        })
    }

    fn retention(&self) -> Value {
        json!({ "runs": self.keep_runs, "days": self.keep_days })
    }
}

pub(crate) fn run(args: &Args, printer: &Printer) -> Result<Verdict> {
    match &args.command {
        Command::Add(args) => add(args, printer)?,
        Command::List { remote } => {
            let listed = remote.client()?.json("GET", "/api/projects", None)?;
            if !remote.print_json(&listed, printer) {
                for project in listed["projects"].as_array().into_iter().flatten() {
                    let text = |name: &str| project[name].as_str().unwrap_or("-").to_owned();
                    printer.data(&format!("{:<24} {}", text("name"), text("repository")));
                }
            }
        }
        Command::Show { name, remote } => {
            let shown = remote.client()?.json("GET", &format!("/api/projects/{name}"), None)?;
            printer.data(&format!("{shown:#}"));
        }
        Command::Remove { name, remote } => {
            let gone = remote.client()?.json("DELETE", &format!("/api/projects/{name}"), None)?;
            if !remote.print_json(&gone, printer) {
                printer.line(&format!("removed project `{name}`"));
            }
        }
    }
    Ok(Verdict::Passed)
}

fn add(args: &Add, printer: &Printer) -> Result<()> {
    let (webhook_secret, made) = match &args.webhook_secret_file {
        Some(path) => (read_secret(path)?, false),
        None => (crate::launch::random_hex()?, true),
    };
    let request = json!({
        "name": args.name,
        "repository": args.repository,
        "branch": args.branch,
        "pipeline": read_pipeline(&args.pipeline)?,
        "functions": functions(&args.functions)?,
        "allowed_hosts": args.allowed_hosts,
        "site": args.site,
        "environment": args.environment,
        "webhook_secret": webhook_secret,
        "secrets": secrets(&args.secrets)?,
        "concurrency": args.limits.concurrency(),
        "retention": args.limits.retention(),
        "cache": { "share": args.share_cache },
    });
    let client = args.remote.client()?;
    let project = if args.replace {
        client.json("PUT", &format!("/api/projects/{}", args.name), Some(&request))?
    } else {
        client.json("POST", "/api/projects", Some(&request))?
    };
    if args.remote.json {
        let mut shown = project;
        if made {
            shown["webhook_secret"] = json!(webhook_secret);
        }
        printer.data(&format!("{shown:#}"));
        return Ok(());
    }
    printer.line(&format!("registered project `{}`", args.name));
    printer.data(&format!("webhook: {}/hooks/{} (content type application/json)", client.url(), args.name));
    if made {
        printer.data(&format!("webhook secret, shown once: {webhook_secret}"));
    }
    Ok(())
}

/// Reads an ASL definition.
pub(crate) fn read_pipeline(path: &Path) -> Result<Value> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("failed to read pipeline `{}`", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("pipeline `{}` is not JSON", path.display()))
}

fn functions(pairs: &[String]) -> Result<Map<String, Value>> {
    pairs
        .iter()
        .map(|pair| {
            let (name, component) = split(pair, "FUNCTION=COMPONENT")?;
            Ok((name.to_owned(), json!(component)))
        })
        .collect()
}

/// Secrets by name, read from the files that pairs `NAME=FILE` name.
pub(super) fn secrets(pairs: &[String]) -> Result<Map<String, Value>> {
    pairs
        .iter()
        .map(|pair| {
            let (name, path) = split(pair, "NAME=FILE")?;
            Ok((name.to_owned(), json!(read_secret(Path::new(path))?)))
        })
        .collect()
}

fn read_secret(path: &Path) -> Result<String> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("failed to read secret from `{}`", path.display()))?;
    let text = text.trim_end_matches(['\n', '\r']);
    if text.is_empty() {
        bail!("`{}` holds no secret", path.display());
    }
    Ok(text.to_owned())
}

fn split<'a>(pair: &'a str, form: &str) -> Result<(&'a str, &'a str)> {
    pair.split_once('=').with_context(|| format!("`{pair}` is not of the form {form}"))
}
