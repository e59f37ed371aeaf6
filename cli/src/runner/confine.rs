//! How commands are kept to themselves: they see the system's folders, read only, and their own; no other process, and not
//! the runner's user's files.
//!
//! A helper, `ropewalk runner-confine`, stands between the runner and a command. It reads what to do from standard input,
//! so that no secret stands in a command line, and gives the command's environment to the command alone: a variable such as
//! `LD_PRELOAD` must not reach a program that is not confined yet. All of it ends with the runner, however that ends.

mod bubblewrap;
mod namespaces;
mod steps;

use std::io::{PipeWriter, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::folder::Folder;
use super::limits::MIB;

pub(crate) use steps::main;

/// The helper's name among the commands.
pub(crate) const HELPER: &str = "runner-confine";
/// Folders of the system that commands see, read only, as far as they are there.
const SYSTEM: [&str; 10] =
    ["/bin", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/nix", "/opt", "/sbin", "/usr"];

/// What stands between a command and the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Isolation {
    /// User namespaces, which the runner makes by itself
    Namespaces,
    /// The program `bwrap`, which some systems allow what others must not do
    Bubblewrap,
    /// Nothing but the limits
    None,
}

/// What a helper does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Step {
    /// Sets limits, and makes the next step.
    Outer,
    /// Puts the root together, as the first process of its namespace.
    Init,
    /// Becomes the command.
    Exec,
}

/// What is to be run, and how.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Spec {
    pub(super) isolation: Isolation,
    pub(super) step: Step,
    /// The runner's process, which may have ended since.
    pub(super) runner: u32,
    /// Whether the command has the machine's network.
    pub(super) network: bool,
    /// File by which it enters its control group.
    pub(super) entrance: Option<PathBuf>,
    /// Its limits, for the kernel to hold where nobody looks.
    pub(super) memory_bytes: u64,
    pub(super) processes: u64,
    /// All that the command may write to.
    pub(super) folder: PathBuf,
    /// An empty folder, where its root is put together.
    pub(super) root: PathBuf,
    /// What it sees as `/tmp`.
    pub(super) temporary: PathBuf,
    /// What else it may read.
    pub(super) shared: Vec<PathBuf>,
    pub(super) cwd: PathBuf,
    pub(super) command: Vec<String>,
    pub(super) environment: Vec<(String, String)>,
}

impl Isolation {
    /// For the log.
    pub(super) fn told(self) -> &'static str {
        match self {
            Self::Bubblewrap => "bubblewrap",
            Self::Namespaces => "user namespaces",
            Self::None => "none",
        }
    }

    /// Processes below the first helper that are not the command's.
    pub(super) fn helpers(self) -> u64 {
        match self {
            Self::Bubblewrap => 2,
            Self::Namespaces => 1,
            Self::None => 0,
        }
    }
}

/// Starts a command. Its output, both streams in their order, goes to `output`.
pub(super) fn start(spec: &Spec, output: PipeWriter) -> std::io::Result<Child> {
    let mut helper = helper();
    helper.stdout(output.try_clone()?).stderr(output).process_group(0);
    spawn(helper, spec)
}

/// Finds out how commands can be isolated here. The second value says what was tried in vain.
pub(super) fn choose(
    asked: Option<Isolation>,
    folder: &Folder,
    shared: &[PathBuf],
) -> Result<(Isolation, String)> {
    if asked == Some(Isolation::None) {
        return Ok((Isolation::None, String::new()));
    }
    let mut why = String::new();
    // Within its own namespaces the number of processes is limited for the superuser's commands, too.
    for isolation in [Isolation::Namespaces, Isolation::Bubblewrap] {
        if asked.is_some_and(|asked| asked != isolation) {
            continue;
        }
        match probe(isolation, folder, shared) {
            Ok(()) => return Ok((isolation, String::new())),
            Err(error) if asked.is_some() => {
                let told = isolation.told();
                return Err(error.context(format!("commands cannot be isolated by {told} here")));
            }
            Err(error) => why = format!("{why}; {}: {error:#}", isolation.told()),
        }
    }
    let why = format!("; commands see the files of the runner's user, and other processes ({})", &why[2..]);
    Ok((Isolation::None, why))
}

/// Tries it, by a command that does nothing.
fn probe(isolation: Isolation, folder: &Folder, shared: &[PathBuf]) -> Result<()> {
    let job = folder.job()?;
    let spec = Spec {
        isolation,
        step: Step::Outer,
        runner: std::process::id(),
        network: true,
        entrance: None,
        memory_bytes: 256 * MIB,
        processes: 16,
        folder: job.path().to_owned(),
        root: job.root(),
        temporary: job.temporary(),
        shared: shared.to_owned(),
        cwd: job.tree(),
        command: vec!["true".to_owned()],
        environment: vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())],
    };
    let (mut output, input) = std::io::pipe()?;
    let mut child = start(&spec, input)?;
    let mut said = String::new();
    output.read_to_string(&mut said)?;
    if !child.wait()?.success() {
        bail!("{}", said.trim().trim_start_matches("ropewalk: "));
    }
    Ok(())
}

/// This program, as a helper.
fn helper() -> Command {
    let mut helper = Command::new("/proc/self/exe");
    helper.arg(HELPER).env_clear().current_dir("/");
    helper
}

/// Starts a helper, and tells it what to do.
fn spawn(mut helper: Command, spec: &Spec) -> std::io::Result<Child> {
    let mut child = helper.stdin(Stdio::piped()).spawn()?;
    let told = serde_json::to_vec(spec)?;
    match child.stdin.take().map(|mut input| input.write_all(&told)) {
        // It has ended, and its exit code says how.
        Some(Err(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
        written => written.unwrap_or(Ok(()))?,
    }
    Ok(child)
}

/// Reads what a helper is to do.
fn told() -> Result<Spec> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).context("failed to read what to do")?;
    serde_json::from_str(&text).context("failed to read what to do; hint: the runner calls this")
}
