//! The commands, one module each.

mod artifact;
mod asl;
mod build;
mod cache;
mod init;
mod logs;
pub(crate) mod project;
mod remote;
mod rollback;
mod run;
#[cfg(target_os = "linux")]
mod runner;
mod runs;
mod stage;
pub(crate) mod up;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::demo;
use crate::printer::Printer;

/// Serverless CI/CD: a git push goes in, a deployed site or service comes out.
#[derive(Parser)]
#[command(name = "ropewalk", version, max_term_width = 100)]
struct Args {
    #[command(subcommand)]
    command: Command,
    /// Folder of the application (that of Ropewalk's spin.toml)
    #[arg(long, global = true, env = "ROPEWALK_APP", value_name = "DIR")]
    app: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Write the pipeline that fits a project
    Init(init::Args),
    /// Show the main job: a git push becomes a live site, twice
    Demo(demo::Args),
    /// Build and compose the components that spin.toml names
    Build(build::Args),
    /// Write, add, show, run and test stages
    Stage(stage::Args),
    /// Start the embedded host
    Up(up::Args),
    /// Run the pipeline of a working directory, without a git host
    Run(run::Args),
    /// Register, list, show and remove projects
    Project(project::Args),
    /// List runs; show, start, cancel, redrive or rerun one
    Runs(runs::Args),
    /// Print what the stages of a run printed
    Logs(logs::Args),
    /// Get artifacts, and give them names
    Artifact(artifact::Args),
    /// Show, explain and empty the cache of results; collect what nobody needs
    Cache(cache::Args),
    /// Verify where something that was made came from, by its signed provenance
    Verify(verify::Args),
    /// Go back to an earlier release of a site
    Rollback(rollback::Args),
    /// Do the tasks of activities: run commands on this machine
    #[cfg(target_os = "linux")]
    Runner(runner::Args),
    /// Between a runner and a command
    #[cfg(target_os = "linux")]
    #[command(name = crate::runner::confine::HELPER, hide = true)]
    RunnerConfine,
    /// Check, test and draw definitions in Amazon States Language
    Asl(asl::Args),
}

/// How a command ended, when ropewalk itself did its part.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Well: exit code 0.
    Passed,
    /// What the user asked to be run failed: exit code 1.
    Failed,
}

/// Runs the command that the process was started with. Exit code: 0 it went well, 1 the user's own thing
/// failed, 2 ropewalk failed.
pub fn main() -> ExitCode {
    let args = Args::parse();
    #[cfg(target_os = "linux")]
    if matches!(args.command, Command::RunnerConfine) {
        std::process::exit(crate::runner::confine::main());
    }
    let printer = Printer::new();
    match run(args, &printer) {
        Ok(Verdict::Passed) => ExitCode::SUCCESS,
        Ok(Verdict::Failed) => ExitCode::from(1),
        Err(error) => {
            printer.error(&error);
            ExitCode::from(2)
        }
    }
}

fn run(args: Args, printer: &Printer) -> Result<Verdict> {
    let app = args.app.as_deref();
    match args.command {
        Command::Init(args) => init::run(&args, printer),
        Command::Demo(args) => demo::run(&args, app, printer),
        Command::Build(args) => build::run(&args, app, printer),
        Command::Stage(args) => stage::run(&args, app, printer),
        Command::Up(args) => up::run(&args, app, printer),
        Command::Run(args) => run::run(&args, app, printer),
        Command::Project(args) => project::run(&args, printer),
        Command::Runs(args) => runs::run(&args, printer),
        Command::Logs(args) => logs::run(&args, printer),
        Command::Artifact(args) => artifact::run(&args, printer),
        Command::Cache(args) => cache::run(&args, printer),
        Command::Verify(args) => verify::run(&args, printer),
        Command::Rollback(args) => rollback::run(&args, printer),
        #[cfg(target_os = "linux")]
        Command::Runner(args) => runner::run(&args, printer),
        #[cfg(target_os = "linux")]
        Command::RunnerConfine => Ok(Verdict::Passed),
        Command::Asl(args) => asl::run(&args, printer),
    }
}
