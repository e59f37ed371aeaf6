//! `ropewalk up`

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::Verdict;
use crate::app;
use crate::host::{Profile, RedisStore};
use crate::launch::{self, Launch};
use crate::printer::{Printer, Tone};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:3000", value_name = "ADDR")]
    listen: SocketAddr,
    /// State folder: runs, artifacts, releases, secrets; with --store the log only
    #[arg(long, env = "ROPEWALK_STATE", default_value = ".ropewalk", value_name = "DIR")]
    state: PathBuf,
    /// Redis or Valkey that keeps runs, artifacts and releases, for many hosts: redis://HOST:PORT/DATABASE, or rediss:// with
    /// TLS. A password belongs into the environment variable
    #[arg(long, env = "ROPEWALK_STORE", hide_env_values = true, value_name = "URL")]
    store: Option<String>,
    /// Use a Redis that does not sync each write to its disk: what it acknowledged may be lost when it crashes
    #[arg(long)]
    allow_unsynced: bool,
    /// Run this component alone, and others that are named so; as `spin up` has it
    #[arg(long = "component-id", short = 'c', value_name = "ID")]
    components: Vec<String>,
    /// Hold the application to a platform's limits: akamai-functions or fermyon-cloud
    #[arg(long, value_name = "PLATFORM")]
    limits: Option<Profile>,
    /// TOML file with variables of the application
    #[arg(long, value_name = "FILE")]
    variables_file: Option<PathBuf>,
    /// Show requests, and what components print
    #[arg(long, short)]
    verbose: bool,
}

pub(crate) fn run(args: &Args, app: Option<&Path>, printer: &Printer) -> Result<Verdict> {
    let options = Launch {
        app: app::find(app)?,
        state: &args.state,
        redis: redis(args)?,
        listen: args.listen,
        components: &args.components,
        limits: args.limits,
        variables_file: args.variables_file.as_deref(),
        verbose: args.verbose,
    };
    runtime()?.block_on(async {
        let host = launch::launch(options, printer).await?;
        let url = host.url();
        let token = host.variable("api_token").unwrap_or_default();
        printer.line(&format!("listening on {}", printer.paint(Tone::Strong, &url)));
        if host.generated().iter().any(|name| name == "api_token") {
            let kept = args.state.join("secrets.toml");
            printer.line(&format!("API token, shown once: {token}"));
            printer.line(&format!("it is kept in `{}`", kept.display()));
            printer.line(&format!("dashboard: {url}/ui/?token={token}"));
        } else {
            printer.line(&format!("dashboard: {url}/ui/"));
        }
        stopped().await?;
        printer.line("stopping");
        host.stop().await;
        Ok(Verdict::Passed)
    })
}

/// The store that was asked for. Read here and not by clap, whose errors repeat what they could not read.
fn redis(args: &Args) -> Result<Option<RedisStore>> {
    let Some(url) = &args.store else {
        anyhow::ensure!(!args.allow_unsynced, "`--allow-unsynced` is for a Redis, named by `--store`");
        return Ok(None);
    };
    Ok(Some(RedisStore { url: url.parse()?, allow_unsynced: args.allow_unsynced }))
}

/// A runtime for the embedded host.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("failed to start the runtime")
}

/// Waits for Ctrl-C or SIGTERM.
pub(crate) async fn stopped() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("failed to wait for SIGTERM")?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.context("failed to wait for Ctrl-C"),
        _ = terminate.recv() => Ok(()),
    }
}
