//! Starts the embedded host the way every command does: components built, state folder there, token made.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};

use crate::app;
use crate::client::Client;
use crate::compose;
use crate::host::{Event, Host, Observer, Profile, RedisStore, RunningHost, Tick};
use crate::manifest::Manifest;
use crate::printer::{Printer, Progress, Tone};

/// Where compiled code is kept, below the application's folder.
pub(crate) const CACHE: &str = "target/ropewalk/cache";

/// What the embedded host is started with.
pub(crate) struct Launch<'a> {
    /// The application's folder.
    pub(crate) app: PathBuf,
    /// The state folder.
    pub(crate) state: &'a Path,
    /// A Redis to keep the store in, instead of the state folder.
    pub(crate) redis: Option<RedisStore>,
    /// Where to listen; port 0 is any free one.
    pub(crate) listen: SocketAddr,
    /// The components that run; all if none is named.
    pub(crate) components: &'a [String],
    /// A platform's limits to hold the application to.
    pub(crate) limits: Option<Profile>,
    /// File with variables.
    pub(crate) variables_file: Option<&'a Path>,
    /// Whether requests and components' lines are shown.
    pub(crate) verbose: bool,
}

/// Builds what isn't built, and starts the host.
pub(crate) async fn launch(options: Launch<'_>, printer: &Printer) -> Result<RunningHost> {
    let mut manifest = Manifest::load(&options.app.join(app::MANIFEST))?;
    manifest.keep(options.components)?;
    build_if_possible(&manifest, options.components, printer)?;
    let watcher = Arc::new(Watcher {
        printer: printer.clone(),
        compiling: Mutex::new(None),
        stopping: AtomicBool::new(false),
        verbose: options.verbose,
    });
    let mut builder = Host::builder(manifest)
        .state_dir(options.state)
        .cache_dir(options.app.join(CACHE))
        .listen(options.listen)
        .generate(&["api_token", "master_key"])
        .tick(Tick::default())
        .observer(watcher);
    if let Some(file) = options.variables_file {
        builder = builder.variables_file(file);
    }
    if let Some(store) = options.redis {
        builder = builder.redis(store);
    }
    if let Some(profile) = options.limits {
        builder = builder.profile(profile);
    }
    Ok(builder.start().await?)
}

/// A client of a host in this process.
pub(crate) fn client(host: &RunningHost) -> Result<Client> {
    let token = host.variable("api_token").context("the host has no API token")?;
    Ok(Client::new(&host.url(), token))
}

/// Builds components with progress bars: all of them, or the named ones.
pub(crate) fn build(app: &Path, components: &[String], printer: &Printer) -> Result<Vec<compose::Built>> {
    let manifest = Manifest::load(&app.join(app::MANIFEST))?;
    let reporter = BuildReporter { printer, progress: Mutex::new(None) };
    compose::build(&manifest, components, &reporter)
}

/// Builds components, all unless some are named. On a machine without cargo they are taken as they were built.
pub(crate) fn build_if_possible(manifest: &Manifest, components: &[String], printer: &Printer) -> Result<()> {
    let is_named = |id: &String| components.is_empty() || components.contains(id);
    let mut named = manifest.components.values().filter(|component| is_named(&component.id));
    if named.all(|component| component.source.is_file()) && !has_cargo() {
        printer.line("cargo is not on this machine: the components run as they were built");
        return Ok(());
    }
    build(&manifest.dir, components, printer).map(drop)
}

fn has_cargo() -> bool {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let version = Command::new(cargo).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

/// 32 random bytes, in hexadecimal.
pub(crate) fn random_hex() -> Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).context("the system gives no randomness")?;
    Ok(hex::encode(bytes))
}

struct BuildReporter<'a> {
    printer: &'a Printer,
    progress: Mutex<Option<Progress>>,
}

impl compose::Reporter for BuildReporter<'_> {
    fn event(&self, event: &compose::Event<'_>) {
        let Ok(mut progress) = self.progress.lock() else { return };
        match event {
            compose::Event::AddingTarget { target } => {
                self.printer.line(&format!("adding Rust target {target}"));
            }
            compose::Event::Compiling { target, done, total, names } => {
                let bar = progress.get_or_insert_with(|| {
                    self.printer.progress("building components", Some(u64::from(*total)))
                });
                bar.message(&format!("{target}: {names}"));
                bar.set(u64::from(*done), u64::from(*total));
            }
            compose::Event::Making { id, command } => {
                *progress = Some(self.printer.progress(&format!("building {id}: {command}"), None));
            }
            compose::Event::Ready { id, bytes, is_new: true, .. } => {
                *progress = None;
                self.printer.line(&format!("built {id:<16} {:>7} KiB", bytes / 1024));
            }
            compose::Event::Ready { .. } => {}
        }
    }
}

/// Shows what the host does while it starts, and what it denies while it runs.
struct Watcher {
    printer: Printer,
    compiling: Mutex<Option<Progress>>,
    stopping: AtomicBool,
    verbose: bool,
}

impl Observer for Watcher {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Compiling { component, index, total } => {
                let Ok(mut bar) = self.compiling.lock() else { return };
                let bar = bar.get_or_insert_with(|| {
                    self.printer.progress("compiling components", Some(*total as u64))
                });
                bar.message(&format!("compiling {component}"));
                bar.set(*index as u64, *total as u64);
            }
            Event::Listening { .. } => {
                if let Ok(mut bar) = self.compiling.lock() {
                    *bar = None;
                }
            }
            Event::Denied { component, host, hint } => {
                self.printer.line(&format!("denied: `{component}` may not call `{host}`; hint: {hint}"));
            }
            Event::Warning { text } => self.printer.line(&format!("warning: {text}")),
            Event::StoreLost { address, cause } => {
                self.printer.line(&format!("redis at `{address}` cannot be reached, tried again: {cause}"));
            }
            Event::StoreFound { address } => {
                self.printer.line(&format!("redis at `{address}` is reached again"));
            }
            Event::TickFailed { cause } => self.printer.line(&format!("tick failed: {cause}")),
            Event::Stopping { .. } => self.stopping.store(true, Ordering::Relaxed),
            // A host that stops ends the instances that it keeps.
            Event::Ended { component, cause } if !self.stopping.load(Ordering::Relaxed) => {
                self.printer.line(&format!("component `{component}` was ended: {cause}"));
            }
            Event::Request { method, path, status, elapsed, .. } if self.verbose => {
                let line = format!("{method} {path} {status} {:.1} ms", elapsed.as_secs_f64() * 1e3);
                self.printer.line(&self.printer.paint(Tone::Dim, &line));
            }
            Event::Line { component, text, .. } if self.verbose => {
                self.printer.line(&format!("{component}: {text}"));
            }
            _ => {}
        }
    }
}
