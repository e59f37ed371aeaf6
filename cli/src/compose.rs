//! Builds and composes the components that spin.toml names.
//!
//! Every package is compiled with cargo. A component that is a stage is then [composed](graph): its
//! program, virtual WASI beneath it and the HTTP adapter above it become one component. Others are used
//! as they are compiled. What is made of the same as before is left alone.

mod adapt;
mod allowed;
mod cargo;
mod describe;
mod event;
mod exit;
pub mod graph;
mod identity;
mod made;
mod output;
mod parts;
mod program;
mod target;
mod upper;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::manifest::{Component, Manifest};

pub use describe::Description;
pub use event::{Event, Reporter, Silent};
pub use identity::Identity;

use output::Output;
use parts::Compiled;

/// A component that is ready to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// Its id in spin.toml.
    pub component: String,
    /// Where it is.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Of this what its own package makes up; the rest is what it was composed with.
    pub program_bytes: u64,
    /// What it says it is, if it is a stage.
    pub description: Option<Description>,
    /// Whether it was written now. It wasn't if everything it is made of is as before.
    pub built: bool,
}

/// Builds components: all of a manifest, or the named ones.
///
/// All packages of the manifest are compiled together in any case, so that a component is the same
/// however it is asked for; but only what the named ones need must compile.
pub fn build(manifest: &Manifest, names: &[String], reporter: &dyn Reporter) -> Result<Vec<Built>> {
    let chosen = choose(manifest, names)?;
    let compiled = Compiled::new(manifest, &chosen, reporter)?;
    chosen.into_iter().map(|component| make(component, &compiled, reporter)).collect()
}

/// Whether a file can be a command: a component of WASI 0.2, or a module of 0.1 that can be made one. Whether it
/// gets all that it imports, composing it tells.
pub fn check_command(program: &[u8]) -> Result<()> {
    adapt::adapt(program).map(drop)
}

/// The folder of a package of the workspace to which a folder belongs.
pub fn package_folder(workspace: &Path, package: &str) -> Result<Option<PathBuf>> {
    Ok(cargo::packages(workspace)?.remove(package))
}

fn choose<'a>(manifest: &'a Manifest, names: &[String]) -> Result<Vec<&'a Component>> {
    if let Some(unknown) = names.iter().find(|name| !manifest.components.contains_key(*name)) {
        let known: Vec<_> = manifest.components.keys().map(String::as_str).collect();
        bail!("no component `{unknown}` in `{}`\nhint: it has {}", manifest.path.display(), known.join(", "));
    }
    let is_chosen = |component: &&Component| names.is_empty() || names.contains(&component.id);
    Ok(manifest.components.values().filter(is_chosen).collect())
}

fn make(component: &Component, compiled: &Compiled, reporter: &dyn Reporter) -> Result<Built> {
    let output = Output::new(&component.source);
    let (built, bytes, program_bytes, description) = match compiled.program(component) {
        None => {
            let bytes = output.bytes()?;
            (false, bytes, bytes, None)
        }
        Some(program) => {
            let parts = compiled.parts(component, program)?;
            let program_bytes = parts.program.len() as u64;
            let inputs = parts.digest(&component.id);
            let known = output.description();
            if output.is_made_of(&inputs) && known.is_some() == component.tool.is_stage() {
                (false, output.bytes()?, program_bytes, known)
            } else {
                let (wasm, description) = parts.join(&component.id)?;
                output.write(&wasm, &inputs)?;
                if let Some(description) = &description {
                    output.write_description(description)?;
                }
                (true, wasm.len() as u64, program_bytes, description)
            }
        }
    };
    reporter.event(&Event::Ready { id: &component.id, path: output.path(), bytes, is_new: built });
    Ok(Built {
        component: component.id.clone(),
        path: output.path().to_owned(),
        bytes,
        program_bytes,
        description,
        built,
    })
}
