//! Isolation by the program `bwrap`.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::{HELPER, SYSTEM, Spec, Step, namespaces, spawn};

/// Where the helper is found within.
const INNER: &str = "/run/ropewalk";

/// Runs the command below `bwrap`.
pub(super) fn run(spec: &Spec) -> Result<i32> {
    let program = fs::read_link("/proc/self/exe").context("failed to find this program")?;
    let mut bwrap = Command::new("bwrap");
    bwrap.args(arguments(spec, &program)).env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin");
    let mut child =
        spawn(bwrap, &Spec { step: Step::Exec, ..spec.clone() }).context("failed to start `bwrap`")?;
    let status = child.wait().context("failed to wait for `bwrap`")?;
    Ok(status.code().unwrap_or(128))
}

fn arguments(spec: &Spec, program: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = Vec::new();
    let mut add = |parts: &[&std::ffi::OsStr]| arguments.extend(parts.iter().map(OsString::from));
    let (uid, gid) = namespaces::inner_ids();
    for flag in ["--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent"] {
        add(&[flag.as_ref()]);
    }
    add(&["--uid".as_ref(), uid.to_string().as_ref(), "--gid".as_ref(), gid.to_string().as_ref()]);
    if !spec.network {
        add(&["--unshare-net".as_ref()]);
    }
    for path in SYSTEM {
        match fs::read_link(path) {
            Ok(target) => add(&["--symlink".as_ref(), target.as_os_str(), path.as_ref()]),
            Err(_) => add(&["--ro-bind-try".as_ref(), path.as_ref(), path.as_ref()]),
        }
    }
    for path in namespaces::resolver().iter().chain(&spec.shared) {
        add(&["--ro-bind".as_ref(), path.as_os_str(), path.as_os_str()]);
    }
    add(&["--dev".as_ref(), "/dev".as_ref(), "--proc".as_ref(), "/proc".as_ref()]);
    add(&["--bind".as_ref(), spec.temporary.as_os_str(), "/tmp".as_ref()]);
    add(&["--bind".as_ref(), spec.folder.as_os_str(), spec.folder.as_os_str()]);
    add(&["--ro-bind".as_ref(), program.as_os_str(), INNER.as_ref()]);
    add(&["--chdir".as_ref(), "/".as_ref(), "--".as_ref(), INNER.as_ref(), HELPER.as_ref()]);
    arguments
}
