//! `ropewalk demo`: the main job, with real parts. A git repository is made from `examples/site` and served
//! over smart HTTP, pushes go to it, its webhook starts runs, and their site is looked at.

mod repository;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::client::Client;
use crate::commands::Verdict;
use crate::commands::up::{runtime, stopped};
use crate::git_host::GitHost;
use crate::host::{Profile, RunningHost};
use crate::launch::{self, Launch};
use crate::printer::{Printer, Tone};
use crate::{app, follow};
use repository::Repository;

/// Name of the demo's project and site.
const PROJECT: &str = "demo";
/// How long a push may take to become a run.
const HOOK_LIMIT: Duration = Duration::from_secs(20);

/// Options of `ropewalk demo`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:3000", value_name = "ADDR")]
    listen: SocketAddr,
    /// State folder: runs, artifacts, releases, secrets
    #[arg(long, default_value = ".ropewalk", value_name = "DIR")]
    state: PathBuf,
    /// Hold the application to a platform's limits: akamai-functions or fermyon-cloud
    #[arg(long, value_name = "PLATFORM")]
    limits: Option<Profile>,
    /// End once the second push is live, instead of leaving the host running
    #[arg(long)]
    once: bool,
}

/// Runs the demo.
pub(crate) fn run(args: &Args, app: Option<&Path>, printer: &Printer) -> Result<Verdict> {
    repository::demand_git()?;
    let app = app::find(app)?;
    let runtime = runtime()?;
    let components: Vec<String> = match args.limits {
        Some(_) => app::MAIN_COMPONENTS.map(str::to_owned).to_vec(),
        None => Vec::new(),
    };
    let options = Launch {
        app: app.clone(),
        state: &args.state,
        redis: None,
        listen: args.listen,
        components: &components,
        limits: args.limits,
        variables_file: None,
        verbose: false,
    };
    let host = runtime.block_on(launch::launch(options, printer))?;
    let shown = show(&runtime, &host, args, &app, printer);
    if matches!(shown, Ok(Verdict::Passed)) && !args.once {
        let url = host.url();
        let token = host.variable("api_token").unwrap_or_default();
        printer.line(&format!("dashboard: {url}/ui/?token={token}"));
        printer.line("the host runs until Ctrl-C");
        runtime.block_on(stopped())?;
    }
    runtime.block_on(host.stop());
    shown
}

fn show(
    runtime: &tokio::runtime::Runtime,
    host: &RunningHost,
    args: &Args,
    app: &Path,
    printer: &Printer,
) -> Result<Verdict> {
    let client = launch::client(host)?;
    let work = args.state.join("demo");
    let repository = Repository::create(&app.join("examples/site"), &work)?;
    let secret = launch::random_hex()?;
    let hook = format!("{}/hooks/{PROJECT}", client.url());
    let forge = runtime.block_on(GitHost::serve(repository.bare(), &hook, &secret))?;
    register(&client, &repository, &forge, &secret)?;
    printer.line(&format!("repository: {}", forge.url()));

    let Some(first) = push(&client, &repository, &forge, printer, "git push")? else {
        return Ok(Verdict::Failed);
    };
    look(&client, &first, "Rope", printer)?;

    let marker = format!("Edited at {}.", first["id"].as_str().unwrap_or_default());
    let page = repository.edit_page(&marker)?;
    let what = format!("git push, after a change of {page}");
    let Some(second) = push(&client, &repository, &forge, printer, &what)? else {
        return Ok(Verdict::Failed);
    };
    look_for_change(&client, &second, &page, &marker, printer)?;
    Ok(Verdict::Passed)
}

fn register(client: &Client, repository: &Repository, forge: &GitHost, secret: &str) -> Result<()> {
    let project = json!({
        "repository": forge.url(),
        "branch": "main",
        "pipeline": repository.pipeline()?,
        "webhook_secret": secret,
    });
    client.json("PUT", &format!("/api/projects/{PROJECT}"), Some(&project))?;
    Ok(())
}

/// Pushes, waits for the run that the webhook starts, and follows it. `None`: it failed.
fn push(
    client: &Client,
    repository: &Repository,
    forge: &GitHost,
    printer: &Printer,
    what: &str,
) -> Result<Option<Value>> {
    let commit = repository.push(&forge.url())?;
    printer.line(&printer.paint(Tone::Strong, what));
    let id = await_run(client, forge, &commit)?;
    let run = follow::follow(client, &id, printer)?;
    printer.line(&follow::run_line(&run, printer));
    if run["status"] == "succeeded" {
        return Ok(Some(run));
    }
    let log = client.send("GET", &format!("/api/runs/{id}/log"), b"")?.ok()?;
    printer.line(log.text().trim_end());
    Ok(None)
}

fn await_run(client: &Client, forge: &GitHost, commit: &str) -> Result<String> {
    let began = Instant::now();
    while began.elapsed() < HOOK_LIMIT {
        let listed = client.json("GET", &format!("/api/runs?project={PROJECT}&limit=10"), None)?;
        let runs = listed["runs"].as_array().cloned().unwrap_or_default();
        if let Some(run) = runs.iter().find(|run| run["commit"] == commit) {
            return run["id"].as_str().map(str::to_owned).context("the run has no id");
        }
        if let Some(problem) = forge.hook_problem() {
            bail!("the webhook failed: {problem}");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    bail!("no run began within {} s of the push", HOOK_LIMIT.as_secs())
}

/// The site's first page must answer.
fn look(client: &Client, run: &Value, expected: &str, printer: &Printer) -> Result<()> {
    let url = site_url(client, run)?;
    let page = get(client, &url)?;
    if !page.contains(expected) {
        bail!("`{url}` answers, but without `{expected}`");
    }
    printer.line(&format!("live: {}", printer.paint(Tone::Strong, &url)));
    Ok(())
}

/// The changed page must show its change.
fn look_for_change(client: &Client, run: &Value, page: &str, marker: &str, printer: &Printer) -> Result<()> {
    let name = Path::new(page).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let url = format!("{}{name}.html", site_url(client, run)?);
    if !get(client, &url)?.contains(marker) {
        bail!("`{url}` does not show the change");
    }
    printer.line(&format!("live, changed: {}", printer.paint(Tone::Strong, &url)));
    Ok(())
}

fn site_url(client: &Client, run: &Value) -> Result<String> {
    let url = run["url"].as_str().context("the run deployed no site")?;
    Ok(if url.starts_with('/') { format!("{}{url}", client.url()) } else { url.to_owned() })
}

fn get(client: &Client, url: &str) -> Result<String> {
    let path = url.strip_prefix(client.url()).context("the site is somewhere else")?;
    Ok(client.send_with("GET", path, &[], b"")?.ok()?.text())
}
