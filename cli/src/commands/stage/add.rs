//! `ropewalk stage add`

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{PREFIX, entry};
use crate::commands::Verdict;
use crate::printer::Printer;
use crate::{app, compose, launch};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The stage's name; its component is `stage-NAME`
    name: String,
    /// The program: a WASI 0.2 component with a `main`, or a module of WASI 0.1
    #[arg(long, value_name = "FILE.wasm")]
    command: PathBuf,
    /// Most memory that a call may take, in MiB
    #[arg(long, value_name = "MIB")]
    memory_mib: Option<u32>,
    /// Most time that a call may take, in seconds
    #[arg(long, value_name = "SECONDS")]
    time_s: Option<u32>,
}

/// Writes the entry and builds the stage. If that fails, spin.toml is as it was.
pub(crate) fn run(args: &Args, app: Option<&Path>, printer: &Printer) -> Result<Verdict> {
    let folder = app::find(app)?;
    let path = folder.join(app::MANIFEST);
    let id = format!("{PREFIX}{}", args.name.strip_prefix(PREFIX).unwrap_or(&args.name));
    let program =
        fs::read(&args.command).with_context(|| format!("failed to read `{}`", args.command.display()))?;
    compose::check_command(&program)
        .with_context(|| format!("`{}` is no command", args.command.display()))?;

    let before = fs::read_to_string(&path).with_context(|| format!("failed to read `{}`", path.display()))?;
    // What is wrong with the name or a limit is told before anything is written.
    let after = entry::add(&before, &path, &id, &written(args, &id, &folder)?)?;
    let write =
        |text: &str| fs::write(&path, text).with_context(|| format!("failed to write `{}`", path.display()));
    write(&after)?;
    if let Err(error) = launch::build(&folder, std::slice::from_ref(&id), printer) {
        write(&before)?;
        return Err(error);
    }
    printer.line(&format!("{id} is in {}: name it as the `Resource` of a state", path.display()));
    Ok(Verdict::Passed)
}

/// What spin.toml gets: appended, so that all else stays as it was written.
fn written(args: &Args, id: &str, folder: &Path) -> Result<String> {
    let command = fs::canonicalize(&args.command)?;
    // A file of the application is named as everybody finds it who has the application.
    let command = match command.strip_prefix(fs::canonicalize(folder)?) {
        Ok(within) => within.to_string_lossy().replace('\\', "/"),
        Err(_) => command.to_string_lossy().into_owned(),
    };
    // A string of JSON is one of TOML.
    let command = serde_json::to_string(&command)?;
    let limit =
        |name: &str, value: Option<u32>| value.map(|value| format!("{name} = {value}\n")).unwrap_or_default();
    Ok(format!(
        "{}[component.{id}.tool.ropewalk]\ncommand = {command}\n{}{}",
        entry::head(id),
        limit("memory_mib", args.memory_mib),
        limit("time_s", args.time_s),
    ))
}
