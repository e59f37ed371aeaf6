//! The steps from a helper to a command.

use std::os::unix::process::{CommandExt, parent_id};
use std::process::{Command, Stdio};

use anyhow::{Context, Error, Result, bail};
use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;

use super::{Isolation, Spec, Step, bubblewrap, helper, namespaces, spawn, told};
use crate::printer::Printer;
use crate::runner::tree;

/// What the kernel allows a single process over the limit of all: whoever looks is to find who passed that, and to say so.
const MEMORY_HEADROOM_BYTES: u64 = 1 << 30;
/// The same for processes.
pub(super) const PROCESSES_HEADROOM: u64 = 64;
/// Exit codes of shells: a program that is not there, one that can't be run; and of other helpers: what is around it failed.
const NOT_FOUND: i32 = 127;
const NOT_RUN: i32 = 126;
const NOT_CONFINED: i32 = 125;

/// `ropewalk runner-confine`: ends with the exit code of the command.
pub(crate) fn main() -> i32 {
    let code = told().and_then(|spec| match spec.step {
        Step::Outer => outer(&spec),
        Step::Init => namespaces::init(&spec),
        Step::Exec => exec(&spec),
    });
    code.unwrap_or_else(|error| {
        Printer::new().line(&format!("ropewalk: {error:#}"));
        NOT_CONFINED
    })
}

fn outer(spec: &Spec) -> Result<i32> {
    end_with_parent()?;
    if parent_id() != spec.runner {
        bail!("the runner has ended");
    }
    if let Some(entrance) = &spec.entrance {
        std::fs::write(entrance, "0").context("failed to enter the control group")?;
    } else {
        lower(
            Resource::RLIMIT_DATA,
            spec.memory_bytes.saturating_mul(2).saturating_add(MEMORY_HEADROOM_BYTES),
        )?;
    }
    lower(Resource::RLIMIT_CORE, 0)?;
    match spec.isolation {
        Isolation::Bubblewrap => bubblewrap::run(spec),
        Isolation::Namespaces => namespaces::run(spec),
        Isolation::None => {
            prctl::set_child_subreaper(true).context("failed to look after the command's processes")?;
            let exec = spawn(helper(), &Spec { step: Step::Exec, ..spec.clone() })?;
            let code = wait_for(exec.id());
            tree::kill_below(nix::unistd::getpid().as_raw());
            code
        }
    }
}

/// Becomes the command.
fn exec(spec: &Spec) -> Result<i32> {
    end_with_parent()?;
    prctl::set_no_new_privs().context("failed to give up privileges")?;
    // Below `bwrap` only what is in its namespace counts; without it, all that the user runs.
    let others = if spec.isolation == Isolation::None { tree::tasks_of_user() } else { 0 };
    limit_processes(spec.processes.saturating_add(others))?;
    Ok(not_started(spec, command(spec).exec()))
}

/// Starts the command, and looks after whatever it starts, to its end.
pub(super) fn supervise(spec: &Spec) -> Result<i32> {
    prctl::set_no_new_privs().context("failed to give up privileges")?;
    limit_processes(spec.processes)?;
    match command(spec).spawn() {
        Ok(child) => wait_for(child.id()),
        Err(error) => Ok(not_started(spec, error)),
    }
}

/// Ends when the process that started this one does.
pub(super) fn end_with_parent() -> Result<()> {
    prctl::set_pdeathsig(Signal::SIGKILL).context("failed to end with the runner")
}

/// Waits for a process, and for all others that are left to this one meanwhile.
fn wait_for(process: u32) -> Result<i32> {
    let process = Pid::from_raw(i32::try_from(process)?);
    loop {
        match waitpid(None, None) {
            Ok(WaitStatus::Exited(pid, code)) if pid == process => return Ok(code),
            Ok(WaitStatus::Signaled(pid, signal, _)) if pid == process => return Ok(128 + signal as i32),
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(Error::from(error).context("failed to wait for the command")),
        }
    }
}

fn command(spec: &Spec) -> Command {
    let mut command = Command::new(spec.command.first().map_or("", String::as_str));
    command
        .args(spec.command.iter().skip(1))
        .env_clear()
        .envs(spec.environment.iter().map(|(name, value)| (name, value)))
        .current_dir(&spec.cwd)
        .stdin(Stdio::null());
    command
}

fn not_started(spec: &Spec, error: std::io::Error) -> i32 {
    let command = spec.command.first().map_or("", String::as_str);
    Printer::new().line(&format!("ropewalk: failed to start `{command}`: {error}"));
    if error.kind() == std::io::ErrorKind::NotFound { NOT_FOUND } else { NOT_RUN }
}

/// Limits the processes of this user; the superuser's are not held by it.
fn limit_processes(processes: u64) -> Result<()> {
    lower(Resource::RLIMIT_NPROC, processes.saturating_add(PROCESSES_HEADROOM))
}

/// Lowers a limit; never raises it.
fn lower(resource: Resource, limit: u64) -> Result<()> {
    let (_, hard) = getrlimit(resource).context("failed to read a limit")?;
    let limit = limit.min(hard);
    setrlimit(resource, limit, limit).context("failed to set a limit")
}
