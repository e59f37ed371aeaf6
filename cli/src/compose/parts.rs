//! What components are made of: compiled packages, read once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use super::adapt::adapt;
use super::describe::{self, Description, describe};
use super::event::Reporter;
use super::graph::{self, Caller};
use super::{cargo, made, program};
use crate::manifest::{Component, Manifest, Tool};

const PROGRAM_TARGET: &str = "wasm32-wasip2";
/// Its standard library can reach nothing, so that the sandbox has no import.
const SANDBOX_TARGET: &str = "wasm32-unknown-unknown";

const SANDBOX: &str = "sandbox";
const NO_NETWORK: &str = "no-network";
const OUTBOUND: &str = "outbound";
const ADAPTER: &str = "stage-http";

/// Counts up whenever the same parts are to be joined in another way.
const COMPOSITION: u32 = 3;

/// Everything that was compiled for a manifest.
pub(super) struct Compiled {
    /// Package to the component that cargo made of it.
    programs: BTreeMap<String, PathBuf>,
    /// What stages are composed with. There if any is.
    around: Option<Around>,
}

struct Around {
    sandbox: Vec<u8>,
    no_network: Vec<u8>,
    outbound: Vec<u8>,
    adapter: Vec<u8>,
}

impl Compiled {
    /// Compiles all packages of a manifest. Those of the chosen components must succeed.
    pub(super) fn new(manifest: &Manifest, chosen: &[&Component], reporter: &dyn Reporter) -> Result<Self> {
        let known: BTreeSet<String> = cargo::packages(&manifest.dir)?.into_keys().collect();
        check_packages(manifest, chosen, &known)?;
        let (all, _) = packages_of(manifest.components.values(), &known);
        let (needed, has_stage) = packages_of(chosen.iter().copied(), &known);
        let programs = if needed.is_empty() {
            BTreeMap::new()
        } else {
            cargo::compile(&manifest.dir, PROGRAM_TARGET, &all, &needed, reporter)?
        };
        for component in chosen {
            if let Some(made_elsewhere) = &component.tool.program {
                program::make(&manifest.dir, component, made_elsewhere, reporter)?;
            }
        }
        let around = has_stage.then(|| Around::new(&manifest.dir, &programs, reporter)).transpose()?;
        Ok(Self { programs, around })
    }

    /// The program of a component. `None`: the component itself is made elsewhere, and there.
    pub(super) fn program<'a>(&'a self, component: &'a Component) -> Option<&'a Path> {
        let Tool { command, program, .. } = &component.tool;
        match (command, program) {
            (Some(command), _) => Some(command),
            (None, Some(program)) => Some(&program.path),
            (None, None) => self.programs.get(package_of(component)).map(PathBuf::as_path),
        }
    }

    /// All that a component is made of.
    pub(super) fn parts(&self, component: &Component, program: &Path) -> Result<Parts<'_>> {
        let around = match component.tool.is_stage() {
            true => Some(self.around.as_ref().context("the sandbox is compiled for stages")?),
            false => None,
        };
        Ok(Parts { program: read(program)?, is_command: component.tool.command.is_some(), around })
    }
}

impl Around {
    fn new(workspace: &Path, programs: &BTreeMap<String, PathBuf>, reporter: &dyn Reporter) -> Result<Self> {
        let packages = BTreeSet::from([SANDBOX.to_owned(), NO_NETWORK.to_owned()]);
        let modules = cargo::compile(workspace, SANDBOX_TARGET, &packages, &packages, reporter)?;
        let of = |artifacts: &BTreeMap<String, PathBuf>, package: &str| {
            read(artifacts.get(package).context("cargo compiled what is needed")?)
        };
        let encoded = |package: &str| {
            let encoded = made::encode(&of(&modules, package)?);
            encoded.with_context(|| format!("`{package}` cannot be encoded as a component"))
        };
        Ok(Self {
            sandbox: encoded(SANDBOX)?,
            no_network: encoded(NO_NETWORK)?,
            outbound: of(programs, OUTBOUND)?,
            adapter: of(programs, ADAPTER)?,
        })
    }
}

/// All that one component is made of.
pub(super) struct Parts<'a> {
    pub(super) program: Vec<u8>,
    is_command: bool,
    around: Option<&'a Around>,
}

impl Parts<'_> {
    /// Names what the component is made of, and how.
    pub(super) fn digest(&self, id: &str) -> String {
        let mut all = Sha256::new();
        all.update(format!("ropewalk {COMPOSITION} {id} {}\n", self.is_command));
        all.update(Sha256::digest(&self.program));
        if let Some(around) = self.around {
            for part in [&around.sandbox, &around.no_network, &around.outbound, &around.adapter] {
                all.update(Sha256::digest(part));
            }
        }
        hex::encode(all.finalize())
    }

    /// Makes the component. A stage comes with what it says it is.
    pub(super) fn join(self, id: &str) -> Result<(Vec<u8>, Option<Description>)> {
        let Some(around) = self.around else {
            return Ok((self.program, None));
        };
        let program = adapt(&self.program).with_context(|| format!("the program of stage `{id}`"))?;
        let parts = graph::Parts {
            id,
            program: &program,
            sandbox: &around.sandbox,
            outbound: &around.outbound,
            no_network: &around.no_network,
            caller: Caller::Host,
        };
        if self.is_command {
            let description = describe::command(id, &program);
            let caller = Caller::Command(&around.adapter, &description);
            let wasm = graph::compose(graph::Parts { caller, ..parts })?.wasm;
            return Ok((wasm, Some(description)));
        }
        let bare = graph::compose(parts)?;
        let description =
            describe(&bare.wasm).with_context(|| format!("stage `{id}` does not say what it is"))?;
        let caller = Caller::Http(&around.adapter, &description);
        let wasm = graph::compose(graph::Parts { caller, ..parts })?.wasm;
        Ok((wasm, Some(description)))
    }
}

/// A component's package has its id, unless it is a stage that names another.
fn package_of(component: &Component) -> &str {
    component.tool.stage.as_deref().unwrap_or(&component.id)
}

/// The packages of components as far as the workspace has them, those included with which stages are
/// composed; and whether any is a stage.
fn packages_of<'a>(
    components: impl Iterator<Item = &'a Component>,
    known: &BTreeSet<String>,
) -> (BTreeSet<String>, bool) {
    let mut packages = BTreeSet::new();
    let mut has_stage = false;
    for component in components {
        if component.tool.command.is_none() && component.tool.program.is_none() {
            packages.insert(package_of(component).to_owned());
        }
        has_stage |= component.tool.is_stage();
    }
    packages.retain(|package| known.contains(package));
    if has_stage {
        packages.extend([OUTBOUND.to_owned(), ADAPTER.to_owned()]);
    }
    (packages, has_stage)
}

/// Whatever is chosen must have a package, or be there.
fn check_packages(manifest: &Manifest, chosen: &[&Component], known: &BTreeSet<String>) -> Result<()> {
    for component in chosen {
        if let Some(command) = &component.tool.command {
            if !command.is_file() {
                bail!("component `{}`: its command `{}` is not there", component.id, command.display());
            }
            continue;
        }
        let package = package_of(component);
        let is_made_elsewhere =
            component.tool.program.is_some() || component.tool.stage.is_none() && component.source.is_file();
        if known.contains(package) || is_made_elsewhere {
            continue;
        }
        bail!(
            "component `{}`: no package `{package}` in the workspace of `{}`, and `{}` is not there\n\
             hint: name the package as the component, or build the component before",
            component.id,
            manifest.dir.display(),
            component.source.display(),
        );
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("failed to read `{}`", path.display()))
}
