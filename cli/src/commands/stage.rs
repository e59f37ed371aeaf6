//! `ropewalk stage`

mod add;

use std::path::Path;

use anyhow::Result;
use clap::Subcommand;

use super::Verdict;
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
}

pub(crate) fn run(args: &Args, app: Option<&Path>, printer: &Printer) -> Result<Verdict> {
    match &args.command {
        Command::Add(args) => add::run(args, app, printer),
    }
}
