//! The runner: does the tasks of activities on this machine. It asks for a task, mounts the inputs in a fresh folder, runs
//! the command there in isolation, shows what it prints while it prints it, hands in what it left, and tells how it ended.
//!
//! One thread for each task at once. Whatever is told is told again until it is heard, or until nobody waits for it.

pub(crate) mod confine;
mod exchange;
mod folder;
mod heartbeat;
mod inputs;
mod job;
mod limits;
mod log;
mod mask;
mod outputs;
mod retry;
mod signals;
mod task;
mod tree;
mod watch;

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use anyhow::{Context, Result, bail};

use crate::client::Client;
use crate::printer::Printer;
use confine::Isolation;
use exchange::Exchange;
use folder::Folder;
pub(crate) use limits::{Limits, parse_bytes};
pub(crate) use log::MAX_OUTPUT_BYTES;
use retry::{End, Patience};
pub(crate) use signals::Signals;

/// How long one poll waits for a task, in seconds. A runner that is told to drain waits for no longer.
const POLL_WAIT_S: u64 = 5;

/// What a runner is told.
pub(crate) struct Config {
    /// The application.
    pub(crate) client: Client,
    /// The activities that it polls.
    pub(crate) labels: Vec<String>,
    /// By which it is known in runs.
    pub(crate) name: String,
    /// Tasks at once.
    pub(crate) concurrency: usize,
    /// Whether it ends after one task.
    pub(crate) ephemeral: bool,
    /// What one command may take.
    pub(crate) limits: Limits,
    /// How commands are isolated; `None`: as well as the machine allows.
    pub(crate) isolation: Option<Isolation>,
    /// Folders besides the system's that commands may read.
    pub(crate) shared: Vec<PathBuf>,
    /// Variables that commands find as the runner does, `PATH` among them.
    pub(crate) environment: Vec<(String, String)>,
    /// Where the folders of tasks are.
    pub(crate) work: PathBuf,
}

/// What all tasks of one runner have in common.
struct Runner {
    config: Config,
    isolation: Isolation,
    cgroups: Option<limits::Cgroups>,
    folder: Folder,
    signals: Signals,
    printer: Printer,
}

/// Works until it is told to stop, or has done its one task.
pub(crate) fn run(config: Config, signals: Signals, printer: &Printer) -> Result<()> {
    // Commands run as the same user: none of them may look into this process, which holds the token.
    nix::sys::prctl::set_dumpable(false).context("failed to close the process to its commands")?;
    let folder = Folder::open(&config.work)?;
    let (isolation, why) = confine::choose(config.isolation, &folder, &config.shared)?;
    let cgroups = limits::Cgroups::delegated();
    printer.line(&format!(
        "runner `{}` polls {} at {}",
        config.name,
        config.labels.join(", "),
        config.client.url()
    ));
    printer.line(&format!("isolation: {}{why}", isolation.told()));
    printer.line(match cgroups {
        Some(_) => "limits: by a control group for each command",
        None => "limits: by looking at the processes, and rlimits: no control group (v2) is delegated to the runner",
    });
    if nix::unistd::getuid().is_root() && isolation != Isolation::Namespaces {
        printer
            .line("the runner is the superuser: no kernel limit holds the number of its commands' processes");
    }
    let runner = Arc::new(Runner { config, isolation, cgroups, folder, signals, printer: printer.clone() });
    let slots: Vec<_> = (0..runner.config.concurrency)
        .map(|_| {
            let runner = runner.clone();
            thread::spawn(move || runner.work())
        })
        .collect();
    for slot in slots {
        match slot.join() {
            Ok(worked) => worked?,
            Err(_) => bail!("a thread of the runner panicked"),
        }
    }
    printer.line("the runner has ended");
    Ok(())
}

impl Runner {
    /// One task after the other.
    fn work(&self) -> Result<()> {
        let names = self.config.labels.join(",");
        let path = format!("/api/activities/{names}/poll?wait={POLL_WAIT_S}");
        let body = serde_json::json!({ "worker": self.config.name });
        let exchange = Exchange::new(self.config.client.clone(), &self.signals, &self.printer);
        while !self.signals.drains() {
            let taken = match exchange.ask(Patience::UntilDrained, "POST", &path, &body) {
                Ok(taken) => taken,
                Err(End::Stopped) => break,
                Err(End::Over(why) | End::Refused(why)) => {
                    // The others must not go on and make it look well.
                    self.signals.drain();
                    bail!("the application refuses this runner: {why}")
                }
            };
            if taken["token"].is_null() {
                continue;
            }
            job::run(self, &exchange, &taken);
            if self.config.ephemeral {
                self.signals.drain();
            }
        }
        Ok(())
    }
}
