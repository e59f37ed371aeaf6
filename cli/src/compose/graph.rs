//! Joins a stage's program with what stands beneath and above it into one component.
//!
//! The composition fails closed: each import of the program is given by the sandbox or by `outbound`,
//! or there is no composition. What the result still imports belongs to the adapter and to `outbound`,
//! and is held to a list.

use sha2::{Digest, Sha256};
use wac_graph::types::{ItemKind, Package, are_semver_compatible};
use wac_graph::{CompositionGraph, EncodeOptions, NodeId, PackageId};

use super::allowed;
use super::describe::Description;
use super::exit;
use super::identity::{self, Identity};
use super::upper;

pub(super) const STAGE: &str = "ropewalk:pipeline/stage@0.1.0";
const WORKSPACE: &str = "ropewalk:pipeline/workspace@0.1.0";
const IDENTITY: &str = "ropewalk:pipeline/identity@0.1.0";
const OUTBOUND: &str = "ropewalk:pipeline/outbound@0.1.0";
const CALL: &str = "ropewalk:pipeline/call@0.1.0";
const EXIT: &str = "wasi:cli/exit@0.2.6";
const RUN: &str = "wasi:cli/run@0.2.6";
const INCOMING_HANDLER: &str = "wasi:http/incoming-handler@0.2.6";

/// The components of which a stage is made, as bytes.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    /// Component id in spin.toml.
    pub id: &'a str,
    /// What the author of the stage wrote.
    pub program: &'a [u8],
    /// Virtual WASI.
    pub sandbox: &'a [u8],
    /// The way out, used if the program imports it.
    pub outbound: &'a [u8],
    /// What refuses everything, used if the program imports `wasi:sockets` or `wasi:http`.
    pub no_network: &'a [u8],
    /// Who calls the program.
    pub caller: Caller<'a>,
}

/// What a composed stage exports.
#[derive(Debug, Clone, Copy)]
pub enum Caller<'a> {
    /// HTTP, by the adapter `stage-http`, which is told what the stage says it is.
    Http(&'a [u8], &'a Description),
    /// The same, where the program is a WASI command.
    Command(&'a [u8], &'a Description),
    /// The stage and its workspace as they are, for a host that drives them itself. To exit is a trap.
    Host,
}

/// A composed stage.
#[derive(Debug)]
pub struct Composed {
    /// The component.
    pub wasm: Vec<u8>,
    /// What is written into it.
    pub identity: Identity,
}

/// Why a stage cannot be composed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A part is no component.
    #[error("`{part}` of stage `{id}` is not a component: {cause:#}")]
    NotAComponent {
        /// Component id of the stage.
        id: String,
        /// Which part.
        part: &'static str,
        /// What is wrong with it.
        cause: anyhow::Error,
    },
    /// The program wants something that it is not given.
    #[error("stage `{id}`: its program imports `{import}`, which a stage is not given\nhint: {hint}")]
    Unsatisfied {
        /// Component id of the stage.
        id: String,
        /// The import, with its version.
        import: String,
        /// The way out.
        hint: &'static str,
    },
    /// The program says that it is hermetic, and isn't.
    #[error(
        "stage `{id}` says that it is hermetic, and imports `outbound`\nhint: a stage that has a way out has effects, and must say so"
    )]
    Misdescribed {
        /// Component id of the stage.
        id: String,
    },
    /// A part wants an interface in a form that the other does not have.
    #[error("stage `{id}`: `{part}` imports `{import}` in another form than `{export}` has it: {cause:#}")]
    Mismatch {
        /// Component id of the stage.
        id: String,
        /// Which part.
        part: &'static str,
        /// The import.
        import: String,
        /// The export that was to satisfy it.
        export: String,
        /// Where they differ.
        cause: anyhow::Error,
    },
    /// A part lacks an export.
    #[error("stage `{id}`: `{part}` does not export `{export}`\nhint: {hint}")]
    NotExported {
        /// Component id of the stage.
        id: String,
        /// Which part.
        part: &'static str,
        /// The missing export.
        export: &'static str,
        /// The way out.
        hint: &'static str,
    },
    /// The composed stage would import what none of its parts may.
    #[error(
        "stage `{id}` would import `{import}` of the host, which is not on the list of what a stage may\nhint: {hint}"
    )]
    Leftover {
        /// Component id of the stage.
        id: String,
        /// The import.
        import: String,
        /// The way out.
        hint: &'static str,
    },
    /// The parts fit, and still no component came out.
    #[error("stage `{id}` cannot be encoded: {cause:#}")]
    Encoding {
        /// Component id of the stage.
        id: String,
        /// What went wrong.
        cause: anyhow::Error,
    },
}

/// Composes a stage.
///
/// From the bottom: the sandbox; what the program exits by, which is the lower half of the adapter; the program;
/// the upper half, which runs it.
pub fn compose(parts: Parts<'_>) -> Result<Composed, Error> {
    let mut builder = Builder { id: parts.id, graph: CompositionGraph::new() };
    let sandbox = builder.add("sandbox", parts.sandbox)?;
    if let Some(import) = builder.imports(sandbox).into_iter().next() {
        return Err(
            builder.leftover(import, "the sandbox must import nothing: build it for wasm32-unknown-unknown")
        );
    }
    let program = builder.add("program", parts.program)?;
    let has_way_out = builder.imports(program).iter().any(|name| are_semver_compatible(name, OUTBOUND));
    let outbound = if has_way_out { Some(builder.add("outbound", parts.outbound)?) } else { None };
    let no_network = builder.add_no_network(parts.no_network, program, sandbox)?;
    let beneath = [outbound.map(|_| parts.outbound), no_network.map(|_| parts.no_network)];
    let identity = Identity {
        component: parts.id.to_owned(),
        digest: digest(parts.program, parts.sandbox, beneath),
        description: match parts.caller {
            Caller::Http(_, description) | Caller::Command(_, description) => description.clone(),
            Caller::Host => Description::default(),
        },
    };
    if identity.description.hermetic && outbound.is_some() {
        return Err(Error::Misdescribed { id: parts.id.to_owned() });
    }
    let runs = match parts.caller {
        Caller::Command(..) => {
            builder.required(program, RUN, "build a program with a `main`, not a library")?
        }
        _ => builder.required(program, STAGE, "name the stage's type in `ropewalk_stage::export!`")?,
    };
    let exit = match parts.caller {
        Caller::Http(adapter, _) | Caller::Command(adapter, _) => {
            builder.add_lower(adapter, sandbox, &identity)?
        }
        Caller::Host => builder.add_made("exit", exit::component())?,
    };
    builder.give(program, exit, &[Some(sandbox), outbound, no_network])?;
    match parts.caller {
        Caller::Http(..) => builder.add_upper(upper::of_stage(), exit, (program, &runs, STAGE))?,
        Caller::Command(..) => builder.add_upper(upper::of_command(), exit, (program, &runs, RUN))?,
        Caller::Host => {
            builder.export(program, &runs)?;
            builder.export(sandbox, WORKSPACE)?;
        }
    }
    let wasm = builder.encode()?;
    builder.check_imports(&wasm, outbound.is_some())?;
    Ok(Composed { wasm, identity })
}

/// Names what a program runs on: the result cache is keyed by it.
fn digest(program: &[u8], sandbox: &[u8], beneath: [Option<&[u8]>; 2]) -> String {
    let mut all = Sha256::new_with_prefix("ropewalk composition 1\n");
    for part in [program, sandbox].into_iter().chain(beneath.into_iter().flatten()) {
        all.update(Sha256::digest(part));
    }
    format!("sha256:{}", hex::encode(all.finalize()))
}

/// A part within the graph.
#[derive(Clone, Copy)]
struct Part {
    name: &'static str,
    package: PackageId,
    instance: NodeId,
}

struct Builder<'a> {
    id: &'a str,
    graph: CompositionGraph,
}

impl Builder<'_> {
    fn add(&mut self, name: &'static str, wasm: &[u8]) -> Result<Part, Error> {
        let broken = |cause| Error::NotAComponent { id: self.id.to_owned(), part: name, cause };
        let parsed = Package::from_bytes(name, None, wasm, self.graph.types_mut()).map_err(broken)?;
        let package = self.graph.register_package(parsed).map_err(|error| broken(error.into()))?;
        let instance = self.graph.instantiate(package);
        Ok(Part { name, package, instance })
    }

    /// What refuses a program the network, if the program asks for one. It is given what the program is given.
    fn add_no_network(&mut self, wasm: &[u8], program: Part, sandbox: Part) -> Result<Option<Part>, Error> {
        if !self.imports(program).iter().any(|import| allowed::is_network(import)) {
            return Ok(None);
        }
        let part = self.add("no-network", wasm)?;
        for import in self.imports(part) {
            let Some(export) = self.export_like(sandbox, &import) else {
                return Err(
                    self.leftover(import, "build the sandbox and what refuses the network of one release")
                );
            };
            self.connect(sandbox, &export, part, &import)?;
        }
        Ok(Some(part))
    }

    fn imports(&self, part: Part) -> Vec<String> {
        let world = &self.graph.types()[self.graph[part.package].ty()];
        world.imports.keys().cloned().collect()
    }

    /// The export that satisfies an import of this name: of the same version, or of another one with
    /// which it is compatible.
    fn export_like(&self, part: Part, import: &str) -> Option<String> {
        let exports = &self.graph.types()[self.graph[part.package].ty()].exports;
        if exports.contains_key(import) {
            return Some(import.to_owned());
        }
        exports
            .iter()
            .filter(|(_, kind)| matches!(kind, ItemKind::Instance(_)))
            .map(|(name, _)| name)
            .find(|name| are_semver_compatible(name, import))
            .cloned()
    }

    fn connect(&mut self, from: Part, export: &str, to: Part, import: &str) -> Result<(), Error> {
        let mismatch = |cause| Error::Mismatch {
            id: self.id.to_owned(),
            part: to.name,
            import: import.to_owned(),
            export: export.to_owned(),
            cause,
        };
        let given = self
            .graph
            .alias_instance_export(from.instance, export)
            .map_err(|error| mismatch(error.into()))?;
        self.graph
            .set_instantiation_argument(to.instance, import, given)
            .map_err(|error| mismatch(error.into()))
    }

    /// The export of a part that must be there, by its exact name or a compatible one.
    fn required(&self, part: Part, export: &'static str, hint: &'static str) -> Result<String, Error> {
        self.export_like(part, export).ok_or_else(|| Error::NotExported {
            id: self.id.to_owned(),
            part: part.name,
            export,
            hint,
        })
    }

    fn add_made(&mut self, name: &'static str, made: anyhow::Result<Vec<u8>>) -> Result<Part, Error> {
        let wasm = made.map_err(|cause| self.failed(cause))?;
        self.add(name, &wasm)
    }

    /// The half of the adapter that stands beneath the program.
    fn add_lower(&mut self, adapter: &[u8], sandbox: Part, identity: &Identity) -> Result<Part, Error> {
        let lower = self.add("stage-http", adapter)?;
        let identity = self.add_made("identity", identity::component(identity))?;
        let workspace = self.required(sandbox, WORKSPACE, "build the sandbox of the same release")?;
        for (part, export) in [(sandbox, &*workspace), (identity, IDENTITY)] {
            let import = self.imports(lower).into_iter().find(|import| are_semver_compatible(import, export));
            if let Some(import) = import {
                self.connect(part, export, lower, &import)?;
            }
        }
        Ok(lower)
    }

    /// The half that stands above it, and runs what the program exports.
    fn add_upper(
        &mut self,
        made: anyhow::Result<Vec<u8>>,
        lower: Part,
        (program, export, import): (Part, &str, &str),
    ) -> Result<(), Error> {
        let call = self.required(lower, CALL, "build the adapter of the same release")?;
        let upper = self.add_made("upper half", made)?;
        self.connect(lower, &call, upper, CALL)?;
        self.connect(program, export, upper, import)?;
        self.export(upper, INCOMING_HANDLER)
    }

    /// Gives the program all that it imports: of `exit` nothing but that, all else of the other parts.
    fn give(&mut self, program: Part, exit: Part, others: &[Option<Part>]) -> Result<(), Error> {
        for import in self.imports(program) {
            let parts = if are_semver_compatible(&import, EXIT) {
                vec![exit]
            } else {
                others.iter().copied().flatten().collect()
            };
            let given = parts
                .into_iter()
                .find_map(|part| self.export_like(part, &import).map(|export| (part, export)));
            let Some((part, export)) = given else {
                let hint = allowed::hint(&import);
                return Err(Error::Unsatisfied { id: self.id.to_owned(), import, hint });
            };
            self.connect(part, &export, program, &import)?;
        }
        Ok(())
    }

    fn export(&mut self, part: Part, name: &str) -> Result<(), Error> {
        let node = self
            .graph
            .alias_instance_export(part.instance, name)
            .map_err(|error| self.failed(error.into()))?;
        self.graph.export(node, name).map_err(|error| self.failed(error.into()))
    }

    fn encode(&self) -> Result<Vec<u8>, Error> {
        self.graph.encode(EncodeOptions::default()).map_err(|error| self.failed(error.into()))
    }

    /// Holds what came out to the list, whatever went in.
    fn check_imports(&self, wasm: &[u8], has_way_out: bool) -> Result<(), Error> {
        let imports = allowed::imports_of(wasm).map_err(|cause| self.failed(cause))?;
        match imports.into_iter().find(|import| !allowed::is_allowed(import, has_way_out)) {
            Some(import) => Err(self.leftover(import, "use another adapter, or another way to the same end")),
            None => Ok(()),
        }
    }

    fn leftover(&self, import: String, hint: &'static str) -> Error {
        Error::Leftover { id: self.id.to_owned(), import, hint }
    }

    fn failed(&self, cause: anyhow::Error) -> Error {
        Error::Encoding { id: self.id.to_owned(), cause }
    }
}
