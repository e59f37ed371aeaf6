//! Asks a stage what it is, once, when it is composed: so that no call has to.

use anyhow::{Context, Result, anyhow};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use stage_http::command::PARAMETERS_SCHEMA;
use wasmtime::component::{Component, ComponentExportIndex, ComponentType, Lift, Linker};
use wasmtime::{Config, Engine, OptLevel, RegallocAlgorithm, Store};

use super::graph::STAGE;

/// Instructions, about, that a stage may take to say what it is: some seconds.
const MAX_FUEL: u64 = 10_000_000_000;

/// What a stage says it is, as `wit/stage.wit` has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, ComponentType, Lift, Serialize, Deserialize)]
#[component(record)]
pub struct Description {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Whether its result depends on nothing but the request.
    pub hermetic: bool,
    /// Whether it fetches only what its inputs name by digest.
    pub pinned: bool,
    /// JSON Schema of its parameters.
    #[component(name = "parameters-schema")]
    pub parameters_schema: String,
    /// Globs of the files that it reads unless the caller names others.
    #[component(name = "default-include")]
    pub default_include: Vec<String>,
}

/// What a command is said to be: it says nothing of itself.
pub(super) fn command(id: &str, program: &[u8]) -> Description {
    let digest = hex::encode(Sha256::digest(program));
    Description {
        name: id.strip_prefix("stage-").unwrap_or(id).to_owned(),
        version: format!("0.0.0+{}", &digest[..12]),
        hermetic: true,
        pinned: false,
        parameters_schema: PARAMETERS_SCHEMA.to_owned(),
        default_include: vec!["**".to_owned()],
    }
}

/// Asks a stage that is composed with all but the adapter. It is given nothing of the host.
pub(super) fn describe(wasm: &[u8]) -> Result<Description> {
    let description = ask(wasm).map_err(|error| anyhow!("{error:#}"))?;
    serde_json::from_str::<serde_json::Value>(&description.parameters_schema)
        .context("the schema of its parameters is not JSON")?;
    Ok(description)
}

fn ask(wasm: &[u8]) -> wasmtime::Result<Description> {
    let mut config = Config::new();
    // It runs once, and for a moment: what counts is how soon it is compiled.
    config.cranelift_opt_level(OptLevel::None);
    config.cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass);
    config.consume_fuel(true);
    let engine = Engine::new(&config)?;
    let component = Component::new(&engine, wasm)?;
    let mut linker = Linker::new(&engine);
    linker.define_unknown_imports_as_traps(&component)?;
    let mut store = Store::new(&engine, ());
    store.set_fuel(MAX_FUEL)?;
    let instance = linker.instantiate(&mut store, &component)?;
    let export = |within: Option<&ComponentExportIndex>, name: &str| {
        let found = component.get_export_index(within, name);
        found.ok_or_else(|| wasmtime::format_err!("it does not export `{name}`"))
    };
    let describe = export(Some(&export(None, STAGE)?), "describe")?;
    let describe = instance.get_typed_func::<(), (Description,)>(&mut store, &describe)?;
    Ok(describe.call(&mut store, ())?.0)
}
