//! `ropewalk stage`

mod add;
mod entry;
mod list;
mod new;
mod run;
mod show;
mod test;

use std::path::Path;

use anyhow::{Result, bail};
use clap::Subcommand;

use super::Verdict;
use crate::app;
use crate::manifest::{Component, Manifest};
use crate::printer::Printer;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a WASI command a stage of the application
    Add(add::Args),
    /// Write a new stage, in Rust, JavaScript, Python or C
    New(new::Args),
    /// List the stages of the application
    List(list::Args),
    /// Show what a stage does with which parameters
    Show(show::Args),
    /// Run one stage on a folder, without a pipeline
    Run(run::Args),
    /// Run the test cases of a stage: folders with input, parameters and what is expected
    Test(test::Args),
}

pub(crate) fn run(args: &Args, app: Option<&Path>, printer: &Printer) -> Result<Verdict> {
    match &args.command {
        Command::Add(args) => add::run(args, app, printer),
        Command::New(args) => new::run(args, app, printer),
        Command::List(args) => list::run(args, app, printer),
        Command::Show(args) => show::run(args, app, printer),
        Command::Run(args) => run::run(args, app, printer),
        Command::Test(args) => test::run(args, app, printer),
    }
}

/// What the ids of stages begin with.
const PREFIX: &str = "stage-";

/// The manifest of the application, and in it the component of a stage, which is named by its id or by what
/// follows `stage-` in it.
fn find<'m>(manifest: &'m Manifest, name: &str) -> Result<&'m Component> {
    let stages = || manifest.components.values().filter(|component| component.tool.is_stage());
    let found = stages().find(|component| component.id == name);
    let found = found.or_else(|| stages().find(|component| component.id.strip_prefix(PREFIX) == Some(name)));
    let Some(component) = found else {
        let known: Vec<_> = stages().map(|component| component.id.as_str()).collect();
        bail!("no stage `{name}` in `{}`\nhint: it has {}", manifest.path.display(), known.join(", "));
    };
    Ok(component)
}

fn load(app: Option<&Path>) -> Result<Manifest> {
    Ok(Manifest::load(&app::find(app)?.join(app::MANIFEST))?)
}
