//! A WebAssembly component as an OCI artifact, by the layout upon which the CNCF's runtime group settled: one layer
//! `application/wasm`, and a configuration that tells what the component imports and exports.

use std::path::Path;

use artifact::Digest;
use serde::Serialize;
use wasmparser::{Parser, Payload};

use super::layout::{Layout, Parts, json};
use super::types::Descriptor;
use super::{annotations, created};
use crate::error::Error;
use crate::files;
use crate::job::Job;

const CONFIG: &str = "application/vnd.wasm.config.v0+json";
const LAYER: &str = "application/wasm";
/// Most imports and exports that are listed.
const MAX_NAMES: usize = 4096;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    created: String,
    architecture: &'static str,
    os: &'static str,
    layer_digests: Vec<Digest>,
    component: Component,
}

/// What a component needs and gives, by the names of its world.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Component {
    exports: Vec<String>,
    imports: Vec<String>,
}

/// The artifact of the component at this path.
pub(crate) fn make(root: &Path, path: &str, job: &Job<'_>) -> Result<Layout, Error> {
    let wasm = files::read_named(root, "component", path)?;
    let component = read(&wasm).map_err(|why| Error::NotAComponent { path: path.to_owned(), why })?;
    let layer = Descriptor::of(LAYER, &wasm);
    let config = Config {
        created: created(job),
        architecture: "wasm",
        os: "wasip2",
        layer_digests: vec![layer.digest],
        component,
    };
    Layout::new(Parts {
        kind: "wasm",
        config: (CONFIG, json(&config)?),
        layers: vec![(layer, wasm)],
        annotations: annotations(job),
        reference: job.version.clone(),
    })
}

/// The imports and exports of a component, in their order. Reads it to its end, so that a cut one is noticed.
fn read(wasm: &[u8]) -> Result<Component, String> {
    if Parser::is_core_wasm(wasm) {
        return Err(
            "it is a core module: hint: build it for wasm32-wasip2, or make a component of it".to_owned()
        );
    }
    if !Parser::is_component(wasm) {
        return Err("it doesn't begin as one".to_owned());
    }
    let mut component = Component::default();
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(|error| error.to_string())? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            // The end of the component itself leaves it at zero.
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    component.imports.push(import.map_err(|error| error.to_string())?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    component.exports.push(export.map_err(|error| error.to_string())?.name.name.to_owned());
                }
            }
            _ => {}
        }
        if component.imports.len() + component.exports.len() > MAX_NAMES {
            return Err(format!("it has more than {MAX_NAMES} imports and exports"));
        }
    }
    Ok(component)
}
