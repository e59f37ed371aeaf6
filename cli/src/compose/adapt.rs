//! Programs of WASI 0.1 as components.

use anyhow::{Context, Result, bail};
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME as ADAPTER, WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER as COMMAND,
    WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER as REACTOR,
};
use wasmparser::{Parser, Payload};
use wit_component::ComponentEncoder;

/// The export by which a module is a command, which runs once and ends.
const START: &str = "_start";

/// A program as a component: one that is one stays as it is, and a core module of WASI 0.1 becomes one.
pub(super) fn adapt(program: &[u8]) -> Result<Vec<u8>> {
    if Parser::is_component(program) {
        return Ok(program.to_vec());
    }
    if !Parser::is_core_wasm(program) {
        bail!("it is no WebAssembly");
    }
    let adapter = if is_command(program)? { COMMAND } else { REACTOR };
    let encode =
        || ComponentEncoder::default().validate(true).module(program)?.adapter(ADAPTER, adapter)?.encode();
    encode().context("the module cannot be made a component")
}

fn is_command(module: &[u8]) -> Result<bool> {
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::ExportSection(exports) = payload.context("the module is malformed")? {
            for export in exports {
                if export.context("the module is malformed")?.name == START {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_refused(program: &[u8], expected: &str) {
        let error = format!("{:#}", adapt(program).unwrap_err());
        assert!(error.starts_with(expected), "{error}");
    }

    #[test]
    fn a_component_stays_and_a_command_becomes_one() {
        let component = b"\0asm\x0d\0\x01\0";
        assert_eq!(adapt(component).unwrap(), component);
        // `_start`, and a memory, as the adapter wants it.
        let command = wasm_encoder_command();
        assert!(Parser::is_component(&adapt(&command).unwrap()));
    }

    fn wasm_encoder_command() -> Vec<u8> {
        use wasm_encoder::{
            CodeSection, ExportKind, ExportSection, Function, FunctionSection, MemorySection, MemoryType,
            Module, TypeSection,
        };
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut functions = FunctionSection::new();
        functions.function(0);
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: 1,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        let mut exports = ExportSection::new();
        exports.export(START, ExportKind::Func, 0).export("memory", ExportKind::Memory, 0);
        let mut code = CodeSection::new();
        let mut start = Function::new([]);
        start.instructions().end();
        code.function(&start);
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&memories).section(&exports).section(&code);
        module.finish()
    }

    #[test]
    fn what_is_no_program_is_refused() {
        check_refused(b"#!/bin/sh", "it is no WebAssembly");
        check_refused(b"", "it is no WebAssembly");
        check_refused(b"\0asm\x01\0\0\0\x07", "the module is malformed");
    }
}
