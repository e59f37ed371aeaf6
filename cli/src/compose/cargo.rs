//! Compiles packages to WebAssembly with cargo, and says how far it is.

mod messages;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;

use anyhow::{Context, Result, bail};

use super::event::{Event, Reporter};
use messages::Message;

/// The profile of the root Cargo.toml in which components are compiled.
const PROFILE: &str = "wasm";

/// Bytes of cargo's words that are kept for the case that it fails. The first are dropped.
const MAX_KEPT_BYTES: usize = 256 << 10;

/// Compiles packages of one workspace for one target in a single cargo run. Gives the component or
/// module of each. One package that fails doesn't stop the others from being compiled, and is an error
/// only if it is among `needed`.
pub(super) fn compile(
    workspace: &Path,
    target: &str,
    packages: &BTreeSet<String>,
    needed: &BTreeSet<String>,
    reporter: &dyn Reporter,
) -> Result<BTreeMap<String, PathBuf>> {
    super::target::ensure(workspace, target, reporter)?;
    let mut command = Command::new(program());
    command
        .current_dir(workspace)
        .args(["build", "--keep-going", "--profile", PROFILE, "--target", target])
        .args(["--message-format", "json-render-diagnostics"])
        .args(packages.iter().flat_map(|package| ["-p", package]))
        // Cargo counts its work on terminals alone, unless it is told the width of one.
        .envs([("CARGO_TERM_PROGRESS_WHEN", "always"), ("CARGO_TERM_PROGRESS_WIDTH", "100")])
        .envs([("CARGO_TERM_COLOR", "never"), ("CARGO_TERM_VERBOSE", "false"), ("CARGO_TERM_QUIET", "false")])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let child = command.spawn().with_context(no_cargo)?;
    let run = follow(child, target, reporter)?;
    let missing = needed.iter().find(|package| !run.artifacts.contains_key(*package));
    if let Some(package) = missing {
        if run.succeeded {
            bail!(
                "package `{package}` makes no WebAssembly\nhint: give it `[lib] crate-type = [\"cdylib\"]`"
            );
        }
        bail!("cargo cannot compile for {target}:\n{}", run.words.trim_end());
    }
    Ok(run.artifacts)
}

/// The packages of the workspace to which a folder belongs, and where they are.
pub(super) fn packages(workspace: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let output = Command::new(program())
        .current_dir(workspace)
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .stdin(Stdio::null())
        .output()
        .with_context(no_cargo)?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        bail!("cargo knows no workspace of `{}`: {}", workspace.display(), words.trim());
    }
    messages::packages(&output.stdout)
}

/// The cargo that runs us, if one does.
fn program() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn no_cargo() -> String {
    format!("`{}` cannot be run\nhint: install Rust with rustup", program().display())
}

/// What a cargo run left.
struct Run {
    succeeded: bool,
    /// Package name to the WebAssembly that it made.
    artifacts: BTreeMap<String, PathBuf>,
    /// What cargo said to people, its counting left out.
    words: String,
}

enum Said {
    /// A line of JSON.
    Message(String),
    /// A line for people.
    Word(String),
}

fn follow(mut child: Child, target: &str, reporter: &dyn Reporter) -> Result<Run> {
    let (said, all) = mpsc::channel();
    let stdout = child.stdout.take().context("cargo's standard output is piped")?;
    let stderr = child.stderr.take().context("cargo's standard error is piped")?;
    let readers = [
        thread::spawn({
            let said = said.clone();
            move || read(stdout, b"\n", |line| said.send(Said::Message(line)).is_ok())
        }),
        // Counts end in a carriage return, so that a terminal overwrites them.
        thread::spawn(move || read(stderr, b"\r\n", |line| said.send(Said::Word(line)).is_ok())),
    ];
    let mut run = Run { succeeded: false, artifacts: BTreeMap::new(), words: String::new() };
    for one in all {
        match one {
            Said::Word(line) => hear(&line, target, &mut run, reporter),
            Said::Message(line) => {
                if let Some(Message { package, wasm: Some(path) }) = messages::parse(&line) {
                    run.artifacts.insert(package, path);
                }
            }
        }
    }
    for reader in readers {
        reader.join().ok().context("a reader of cargo's output panicked")??;
    }
    run.succeeded = child.wait().context("failed to wait for cargo")?.success();
    Ok(run)
}

fn hear(line: &str, target: &str, run: &mut Run, reporter: &dyn Reporter) {
    if let Some((done, total, names)) = messages::count(line) {
        return reporter.event(&Event::Compiling { target, done, total, names });
    }
    let line = line.trim_end();
    if line.is_empty() || line.trim_start().starts_with("Compiling ") {
        return;
    }
    run.words.push_str(line);
    run.words.push('\n');
    if run.words.len() > MAX_KEPT_BYTES {
        let cut = run.words.ceil_char_boundary(run.words.len() - MAX_KEPT_BYTES);
        run.words.drain(..cut);
    }
}

/// Hands on each line, ended by any of some bytes, as long as someone listens.
fn read(from: impl Read, ends: &[u8], mut hand_on: impl FnMut(String) -> bool) -> Result<()> {
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    loop {
        let available = from.fill_buf().context("failed to read cargo's output")?;
        if available.is_empty() {
            hand_on(String::from_utf8_lossy(&line).into_owned());
            return Ok(());
        }
        let end = available.iter().position(|byte| ends.contains(byte));
        let used = end.map_or(available.len(), |at| at + 1);
        line.extend_from_slice(&available[..end.unwrap_or(used)]);
        from.consume(used);
        if end.is_some() {
            let whole = String::from_utf8_lossy(&line).into_owned();
            line.clear();
            if !hand_on(whole) {
                return Ok(());
            }
        }
    }
}
