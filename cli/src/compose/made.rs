//! Components that are put together here instead of compiled.

use anyhow::Result;
use wasm_encoder::Module;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// Makes a component of a core module that implements the world `made` of some WIT.
pub(super) fn component(module: Module, wit: &str) -> Result<Vec<u8>> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("made.wit", wit)?;
    let world = resolve.select_world(&[package], Some("made"))?;
    let mut module = module.finish();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    encode(&module)
}

/// Encodes a core module that says which world it implements.
pub(super) fn encode(module: &[u8]) -> Result<Vec<u8>> {
    ComponentEncoder::default().validate(true).module(module)?.encode()
}
