//! `ropewalk run`

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::Verdict;
use super::project::read_pipeline;
use super::up::runtime;
use crate::client::Client;
use crate::launch::{self, Launch};
use crate::pack::pack;
use crate::printer::Printer;
use crate::{app, follow};

/// A pipeline's file name in a repository.
pub(super) const PIPELINE: &str = "pipeline.asl.json";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Working directory to run
    #[arg(default_value = ".")]
    directory: PathBuf,
    /// Pipeline; `pipeline.asl.json` of the directory unless given
    #[arg(long, value_name = "FILE")]
    pipeline: Option<PathBuf>,
    /// Name of the project, of which this is a run; the directory's name unless given
    #[arg(long)]
    project: Option<String>,
    /// Don't use results of earlier runs
    #[arg(long)]
    no_cache: bool,
    /// State folder
    #[arg(long, env = "ROPEWALK_STATE", default_value = ".ropewalk", value_name = "DIR")]
    state: PathBuf,
    /// Use a running application instead of a host of its own
    #[arg(long, env = "ROPEWALK_URL")]
    url: Option<String>,
    /// API token of that application
    #[arg(long, env = "ROPEWALK_TOKEN", hide_env_values = true, requires = "url")]
    token: Option<String>,
    /// Print the run as JSON, for scripts
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args, app: Option<&Path>, printer: &Printer) -> Result<Verdict> {
    let pipeline = args.pipeline.clone().unwrap_or_else(|| args.directory.join(PIPELINE));
    let pipeline = read_pipeline(&pipeline)?;
    if let Some(url) = &args.url {
        let token = match &args.token {
            Some(token) => token.clone(),
            None => super::remote::local_token(&args.state)?,
        };
        return run_on(&Client::new(url, &token), args, &pipeline, printer);
    }
    let options = Launch {
        app: app::find(app)?,
        state: &args.state,
        redis: None,
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        components: &[],
        limits: None,
        variables_file: None,
        verbose: false,
    };
    let runtime = runtime()?;
    let host = runtime.block_on(launch::launch(options, printer))?;
    let verdict = launch::client(&host).and_then(|client| run_on(&client, args, &pipeline, printer));
    runtime.block_on(host.stop());
    verdict
}

fn run_on(client: &Client, args: &Args, pipeline: &Value, printer: &Printer) -> Result<Verdict> {
    let name = match &args.project {
        Some(name) => name.clone(),
        None => project_name(&args.directory)?,
    };
    let known = client.send("GET", &format!("/api/projects/{name}"), b"")?;
    let project = if known.status == 200 { known.json()? } else { json!({}) };
    if project["pipeline"] != *pipeline {
        if project["repository"].is_string() {
            bail!(
                "project `{name}` is registered with another pipeline; hint: run this one under another name, with `--project`"
            );
        }
        client.json("PUT", &format!("/api/projects/{name}"), Some(&json!({ "pipeline": pipeline })))?;
    }
    let (tar, links) = pack(&args.directory)?;
    for link in links {
        printer.line(&format!("passed over symbolic link `{link}`"));
    }
    let artifact = client.send("POST", "/api/artifacts", &tar)?.ok()?.json()?;
    let request = json!({ "source": artifact["digest"], "no_cache": args.no_cache });
    let started = client.json("POST", &format!("/api/projects/{name}/runs"), Some(&request))?;
    let id = started["id"].as_str().context("the application named no run")?;
    let ended = follow::follow(client, id, printer)?;
    printer.line(&follow::run_line(&ended, printer));
    if ended["status"] != "succeeded" {
        let log = client.send("GET", &format!("/api/runs/{id}/log"), b"")?.ok()?;
        printer.line(log.text().trim_end());
    }
    if args.json {
        printer.data(&format!("{ended:#}"));
    } else if let Some(url) = ended["url"].as_str() {
        printer.data(url);
    }
    Ok(if ended["status"] == "succeeded" { Verdict::Passed } else { Verdict::Failed })
}

/// The directory's name, as a project may be called.
fn project_name(directory: &Path) -> Result<String> {
    let path =
        directory.canonicalize().with_context(|| format!("failed to find `{}`", directory.display()))?;
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(63).collect();
    let name = name.trim_matches('-');
    if name.is_empty() {
        bail!("`{}` gives no name for a project; hint: name one with `--project`", path.display());
    }
    Ok(name.to_owned())
}
