//! `ropewalk runner`

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use serde_json::json;

use super::Verdict;
use super::remote::Remote;
use crate::client::Client;
use crate::printer::Printer;
use crate::runner::{self, Config, Limits, MAX_OUTPUT_BYTES, Signals};

/// Folders that a command looks for programs in, where the runner itself has no `PATH`.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    work: Work,
}

#[derive(Subcommand)]
enum Command {
    /// Make a token that polls these activities, and does nothing else
    Token {
        /// Activities, parted by commas
        #[arg(long, value_name = "NAME,…", value_delimiter = ',', required = true)]
        labels: Vec<String>,
        /// Days for which it holds; 90 unless given
        #[arg(long)]
        days: Option<u64>,
        #[command(flatten)]
        remote: Remote,
    },
}

#[derive(clap::Args)]
struct Work {
    /// URL of the application
    #[arg(long, env = "ROPEWALK_URL", default_value = "http://127.0.0.1:3000")]
    url: String,
    /// Token of `ropewalk runner token`
    #[arg(long, env = "ROPEWALK_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// File with that token
    #[arg(long, env = "ROPEWALK_TOKEN_FILE", value_name = "FILE", conflicts_with = "token")]
    token_file: Option<PathBuf>,
    /// Activities whose tasks it does, parted by commas
    #[arg(long, env = "ROPEWALK_LABELS", value_name = "NAME,…", value_delimiter = ',')]
    labels: Vec<String>,
    /// Its name, which runs show; the machine's unless given
    #[arg(long)]
    name: Option<String>,
    /// Tasks at once
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    concurrency: u16,
    /// End after one task
    #[arg(long)]
    ephemeral: bool,
    /// Memory of one command, with all that it starts
    #[arg(long, value_name = "SIZE", default_value = "4GiB", value_parser = runner::parse_bytes)]
    memory: u64,
    /// Processes of one command
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    processes: u64,
    /// Time of one command, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3_600, value_parser = clap::value_parser!(u64).range(1..))]
    time: u64,
    /// What one command prints
    #[arg(long, value_name = "SIZE", default_value = "15MiB", value_parser = runner::parse_bytes)]
    output: u64,
    /// How commands are isolated; as well as the machine allows unless given
    #[arg(long)]
    isolation: Option<runner::confine::Isolation>,
    /// Folder or file besides the system's that commands may read: a toolchain
    #[arg(long, value_name = "PATH")]
    share: Vec<PathBuf>,
    /// Variable of the runner that commands get, too
    #[arg(long, value_name = "NAME")]
    env: Vec<String>,
    /// Folder for the folders of tasks
    #[arg(
        long = "work",
        env = "ROPEWALK_WORK",
        value_name = "DIR",
        default_value = "/var/tmp/ropewalk-runner"
    )]
    folder: PathBuf,
}

pub(crate) fn run(args: &Args, printer: &Printer) -> Result<Verdict> {
    match &args.command {
        Some(Command::Token { labels, days, remote }) => make_token(labels, *days, remote, printer),
        None => {
            let config = config(&args.work)?;
            runner::run(config, Signals::listen()?, printer)?;
            Ok(Verdict::Passed)
        }
    }
}

fn make_token(labels: &[String], days: Option<u64>, remote: &Remote, printer: &Printer) -> Result<Verdict> {
    let mut body = json!({ "activities": labels });
    if let Some(days) = days {
        body["days"] = json!(days);
    }
    let made = remote.client()?.json("POST", "/api/runners", Some(&body))?;
    if !remote.print_json(&made, printer) {
        printer.data(made["token"].as_str().unwrap_or_default());
    }
    Ok(Verdict::Passed)
}

fn config(work: &Work) -> Result<Config> {
    let token = match (&work.token, &work.token_file) {
        (Some(token), _) => token.clone(),
        (None, Some(file)) => std::fs::read_to_string(file)
            .with_context(|| format!("failed to read `{}`", file.display()))?
            .trim()
            .to_owned(),
        (None, None) => bail!("the runner has no token; hint: `ropewalk runner token` makes one"),
    };
    if work.labels.is_empty() {
        bail!("the runner has no activities; hint: name them with `--labels linux,rust`");
    }
    if work.output > MAX_OUTPUT_BYTES {
        bail!("`--output` is more than {} MiB, which is the most that is kept", MAX_OUTPUT_BYTES >> 20);
    }
    let variable = |name: &String| {
        let value =
            std::env::var(name).with_context(|| format!("variable `{name}` is not set, or no text"))?;
        Ok((name.clone(), value))
    };
    let mut environment =
        vec![("PATH".to_owned(), std::env::var("PATH").unwrap_or_else(|_| PATH.to_owned()))];
    environment.extend(work.env.iter().map(variable).collect::<Result<Vec<_>>>()?);
    let shared = work
        .share
        .iter()
        .map(|path| path.canonicalize().with_context(|| format!("`{}` cannot be shared", path.display())));
    Ok(Config {
        client: Client::new(&work.url, &token),
        labels: work.labels.clone(),
        name: work.name.clone().unwrap_or_else(machine),
        concurrency: work.concurrency.into(),
        ephemeral: work.ephemeral,
        limits: Limits {
            memory_bytes: work.memory,
            processes: work.processes,
            time: Duration::from_secs(work.time),
            output_bytes: work.output,
        },
        isolation: work.isolation,
        shared: shared.collect::<Result<_>>()?,
        environment,
        work: work.folder.clone(),
    })
}

/// The machine's name.
fn machine() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim().chars().take(80).collect()
}
