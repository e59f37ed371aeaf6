//! The standard libraries of the targets for which components are compiled.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::event::{Event, Reporter};

/// Sees to it that a target can be compiled for: rustup adds it if it is missing.
pub(super) fn ensure(workspace: &Path, target: &str, reporter: &dyn Reporter) -> Result<()> {
    if is_installed(workspace, target)? {
        return Ok(());
    }
    reporter.event(&Event::AddingTarget { target });
    let added = Command::new("rustup")
        .current_dir(workspace)
        .args(["target", "add", target])
        .stdin(Stdio::null())
        .output();
    let hint = format!(
        "hint: run `rustup target add {target}`; a Rust that did not come from rustup has the target in a package of its own"
    );
    match added {
        Ok(output) if output.status.success() && is_installed(workspace, target)? => Ok(()),
        Ok(output) => {
            let words = String::from_utf8_lossy(&output.stderr);
            bail!("rustup cannot add the target `{target}`: {}\n{hint}", words.trim())
        }
        Err(_) => {
            bail!("the Rust target `{target}` is not installed, and there is no rustup to add it\n{hint}")
        }
    }
}

fn is_installed(workspace: &Path, target: &str) -> Result<bool> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(&rustc)
        .current_dir(workspace)
        .args(["--print", "target-libdir", "--target", target])
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("`{}` cannot be run\nhint: install Rust with rustup", rustc.display()))?;
    let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    Ok(output.status.success() && folder.is_dir())
}
