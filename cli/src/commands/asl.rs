//! `ropewalk asl`: looking at definitions in Amazon States Language. Nothing has to run for it.

mod check;
mod graph;
mod test;

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
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
    /// Check a definition: every problem at once, each with its place and a hint
    Check(check::Args),
    /// Run one state on an input, and show its data after each step
    Test(Box<test::Args>),
    /// Draw a definition as a Mermaid flowchart
    Graph(graph::Args),
}

/// A definition's file.
#[derive(clap::Args)]
struct Source {
    /// The definition; `-` reads standard input
    file: PathBuf,
}

impl Source {
    fn read(&self) -> Result<String> {
        if self.file == Path::new("-") {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).context("failed to read standard input")?;
            return Ok(text);
        }
        std::fs::read_to_string(&self.file)
            .with_context(|| format!("failed to read `{}`", self.file.display()))
    }
}

pub(crate) fn run(args: &Args, printer: &Printer) -> Result<Verdict> {
    match &args.command {
        Command::Check(args) => check::run(args, printer),
        Command::Test(args) => test::run(args, printer),
        Command::Graph(args) => graph::run(args, printer),
    }
}
