//! Programs of WASI 0.1 as components.

use std::convert::Infallible;

use anyhow::{Context, Result, anyhow, bail};
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME as WASI_0_1, WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER as COMMAND,
    WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER as REACTOR,
};
use wasm_encoder::ImportSection;
use wasm_encoder::reencode::{Error, Reencode};
use wasmparser::{Import, ImportSectionReader, Parser, Payload};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// The export by which a module is a command, which runs once and ends.
const START: &str = "_start";
/// How a module says which world it implements.
const WORLD_SECTION: &str = "component-type";

/// The adapter tells an exit with 0 from others, and no more: modules are given the function that knows codes.
/// It is not of the adapter's own version of the interface, which lacks it.
const EXIT: &str = "wasi:cli/exit@0.2.6";
const EXIT_WORLD: &str = "package wasi:cli@0.2.6;
interface exit { exit-with-code: func(status-code: u8); }
world made { import exit; }";

/// A program as a component: one that is one stays as it is, and a core module of WASI 0.1 becomes one.
pub(super) fn adapt(program: &[u8]) -> Result<Vec<u8>> {
    if Parser::is_component(program) {
        return Ok(program.to_vec());
    }
    if !Parser::is_core_wasm(program) {
        bail!("it is no WebAssembly");
    }
    let module = Module::read(program).context("the module is malformed")?;
    if let (false, Some(import)) = (module.has_world, module.foreign_import) {
        bail!(
            "the module imports `{import}`, which nothing gives it\n\
             hint: build it for WASI: a module imports `{WASI_0_1}` and nothing else"
        );
    }
    let adapter = if module.is_command { COMMAND } else { REACTOR };
    let encode = || -> Result<Vec<u8>> {
        let program = if module.exits { with_exit_codes(program)? } else { program.to_vec() };
        let mut encoder = ComponentEncoder::default();
        // The adapter's version of `exit` is to stay beside ours.
        encoder.merge_imports_based_on_semver(false);
        encoder.validate(true).module(&program)?.adapter(WASI_0_1, adapter)?.encode()
    };
    encode().context("the module cannot be made a component")
}

/// What decides how a module is adapted.
#[derive(Default)]
struct Module {
    is_command: bool,
    has_world: bool,
    exits: bool,
    /// The first import that is not of WASI 0.1.
    foreign_import: Option<String>,
}

impl Module {
    fn read(module: &[u8]) -> Result<Self> {
        let mut read = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let import = import?;
                        read.exits |= is_exit(&import);
                        if import.module != WASI_0_1 && read.foreign_import.is_none() {
                            read.foreign_import = Some(format!("{}.{}", import.module, import.name));
                        }
                    }
                }
                Payload::ExportSection(exports) => {
                    for export in exports {
                        read.is_command |= export?.name == START;
                    }
                }
                Payload::CustomSection(section) => {
                    read.has_world |= section.name().starts_with(WORLD_SECTION);
                }
                _ => {}
            }
        }
        Ok(read)
    }
}

fn is_exit(import: &Import<'_>) -> bool {
    import.module == WASI_0_1 && import.name == "proc_exit"
}

/// The module with `proc_exit` of WASI 0.1 replaced by `exit-with-code` of 0.2, which takes the same.
fn with_exit_codes(module: &[u8]) -> Result<Vec<u8>> {
    struct Redirect;
    impl Reencode for Redirect {
        type Error = Infallible;

        fn parse_import_section(
            &mut self,
            imports: &mut ImportSection,
            section: ImportSectionReader<'_>,
        ) -> Result<(), Error<Infallible>> {
            for import in section.into_imports() {
                let import = import?;
                let (module, name) =
                    if is_exit(&import) { (EXIT, "exit-with-code") } else { (import.module, import.name) };
                imports.import(module, name, self.entity_type(import.ty)?);
            }
            Ok(())
        }
    }
    let mut redirected = wasm_encoder::Module::new();
    Redirect
        .parse_core_module(&mut redirected, Parser::new(0), module)
        .map_err(|error| anyhow!("{error}"))?;
    let mut redirected = redirected.finish();
    let mut resolve = Resolve::default();
    let package = resolve.push_str("exit.wit", EXIT_WORLD)?;
    let world = resolve.select_world(&[package], Some("made"))?;
    embed_component_metadata(&mut redirected, &resolve, world, StringEncoding::UTF8)?;
    Ok(redirected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compose::allowed::imports_of;

    #[track_caller]
    fn check_refused(program: &[u8], expected: &str) {
        let error = format!("{:#}", adapt(program).unwrap_err());
        assert!(error.starts_with(expected), "{error}");
    }

    fn module(text: &str) -> Vec<u8> {
        wat::parse_str(text).unwrap()
    }

    #[test]
    fn a_component_stays_and_a_command_becomes_one() {
        let component = b"\0asm\x0d\0\x01\0";
        assert_eq!(adapt(component).unwrap(), component);
        let command = module(r#"(module (memory (export "memory") 1) (func (export "_start")))"#);
        assert!(Parser::is_component(&adapt(&command).unwrap()));
    }

    #[test]
    fn a_module_exits_with_its_code() {
        let text = r#"(module
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (memory (export "memory") 1)
            (func (export "_start") (call $exit (i32.const 3))))"#;
        let imports = imports_of(&adapt(&module(text)).unwrap()).unwrap();
        assert!(imports.iter().any(|import| import == EXIT), "{imports:?}");
    }

    #[test]
    fn what_is_no_program_is_refused() {
        check_refused(b"#!/bin/sh", "it is no WebAssembly");
        check_refused(b"", "it is no WebAssembly");
        check_refused(b"\0asm\x01\0\0\0\x07", "the module is malformed");
        let foreign =
            module(r#"(module (import "env" "emscripten_notify" (func)) (func (export "_start")))"#);
        check_refused(
            &foreign,
            "the module imports `env.emscripten_notify`, which nothing gives it\nhint: build",
        );
    }
}
