//! `ropewalk artifact`

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use serde_json::json;

use super::Verdict;
use super::remote::Remote;
use crate::client::Client;
use crate::printer::Printer;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Get an artifact, by its digest or as RUN/STATE/NAME
    Get {
        artifact: String,
        /// Only this file, on standard output
        #[arg(long)]
        file: Option<String>,
        /// Folder to unpack into, which must not exist; without it, a tar archive on standard output
        #[arg(long, short)]
        output: Option<PathBuf>,
        #[command(flatten)]
        remote: Remote,
    },
    /// Give an artifact a name, so that it is kept whatever becomes of its run
    Tag {
        name: String,
        /// Its digest, or RUN/STATE/NAME
        artifact: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Remove a name
    Untag {
        name: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// List names
    Tags {
        #[command(flatten)]
        remote: Remote,
    },
}

pub(crate) fn run(args: &Args, printer: &Printer) -> Result<Verdict> {
    match &args.command {
        Command::Get { artifact, file, output, remote } => {
            get(artifact, file.as_deref(), output.as_deref(), remote, printer)
        }
        Command::Tag { name, artifact, remote } => {
            let client = remote.client()?;
            let request = json!({ "artifact": resolve(&client, artifact)? });
            let shown = client.json("PUT", &format!("/api/tags/{name}"), Some(&request))?;
            if !remote.print_json(&shown, printer) {
                printer.line(&format!("`{name}` is {}", shown["artifact"].as_str().unwrap_or_default()));
            }
            Ok(Verdict::Passed)
        }
        Command::Untag { name, remote } => {
            let shown = remote.client()?.json("DELETE", &format!("/api/tags/{name}"), None)?;
            if !remote.print_json(&shown, printer) {
                printer.line(&format!("removed tag `{name}`"));
            }
            Ok(Verdict::Passed)
        }
        Command::Tags { remote } => {
            let listed = remote.client()?.json("GET", "/api/tags", None)?;
            if !remote.print_json(&listed, printer) {
                for tag in listed["tags"].as_array().into_iter().flatten() {
                    let text = |name: &str| tag[name].as_str().unwrap_or_default().to_owned();
                    printer.data(&format!("{:<24} {}", text("name"), text("artifact")));
                }
            }
            Ok(Verdict::Passed)
        }
    }
}

fn get(
    artifact: &str,
    file: Option<&str>,
    output: Option<&Path>,
    remote: &Remote,
    printer: &Printer,
) -> Result<Verdict> {
    let client = remote.client()?;
    let digest = resolve(&client, artifact)?;
    if let Some(file) = file {
        let path = format!("/api/artifacts/{digest}/files/{file}");
        printer.raw_data(&client.send("GET", &path, b"")?.ok()?.body);
        return Ok(Verdict::Passed);
    }
    let tar = client.send("GET", &format!("/api/artifacts/{digest}"), b"")?.ok()?.body;
    let Some(output) = output else {
        printer.raw_data(&tar);
        return Ok(Verdict::Passed);
    };
    if output.exists() {
        bail!("`{}` exists already; hint: name a folder that doesn't", output.display());
    }
    tar::Archive::new(tar.as_slice())
        .unpack(output)
        .with_context(|| format!("failed to unpack into `{}`", output.display()))?;
    let shown = json!({ "digest": digest, "folder": output });
    if !remote.print_json(&shown, printer) {
        printer.line(&format!("{digest} is in `{}`", output.display()));
    }
    Ok(Verdict::Passed)
}

/// A digest as it is; `RUN/STATE/NAME` by asking the run.
fn resolve(client: &Client, artifact: &str) -> Result<String> {
    if artifact.starts_with("sha256:") {
        return Ok(artifact.to_owned());
    }
    let parts: Vec<&str> = artifact.split('/').collect();
    let [run, state, name] = parts[..] else {
        bail!("`{artifact}` is no artifact; hint: give `sha256:…` or RUN/STATE/NAME");
    };
    let shown = client.json("GET", &format!("/api/runs/{run}"), None)?;
    let stages = shown["stages"].as_array().cloned().unwrap_or_default();
    let found = stages
        .iter()
        .rev()
        .filter(|stage| stage["state"] == state)
        .find_map(|stage| stage["artifacts"][name].as_str().map(str::to_owned));
    found.with_context(|| format!("state `{state}` of run `{run}` has no artifact `{name}`"))
}
