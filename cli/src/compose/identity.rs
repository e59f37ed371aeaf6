//! The component that tells the adapter what it was composed with. It is made here, not compiled.

use anyhow::Result;
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ExportKind, ExportSection, Function, FunctionSection, MemorySection,
    MemoryType, Module, TypeSection, ValType,
};

use super::made;

/// What `ropewalk:pipeline/identity` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Component id in spin.toml.
    pub component: String,
    /// Digest of program, sandbox and way out, `sha256:` and 64 hexadecimal digits.
    pub digest: String,
    /// Whether the program was given nothing of the host.
    pub hermetic: bool,
}

const INTERFACE: &str = include_str!("../../../wit/identity.wit");

/// Where the record stands in memory. Not at 0, which reads like a mistake.
const RECORD_AT: u32 = 16;
/// Two strings of address and length, and a flag.
const RECORD_BYTES: u32 = 20;

/// A component that exports the interface and says this.
pub(super) fn component(identity: &Identity) -> Result<Vec<u8>> {
    let wit = format!("package ropewalk:pipeline@0.1.0;\n{INTERFACE}\nworld made {{ export identity; }}\n");
    made::component(core_module(identity)?, &wit)
}

/// One function, which returns the address of a record that stands in memory from the start.
fn core_module(identity: &Identity) -> Result<Module> {
    let mut types = TypeSection::new();
    types.ty().function([], [ValType::I32]);
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
    exports.export("memory", ExportKind::Memory, 0);
    exports.export("ropewalk:pipeline/identity@0.1.0#get", ExportKind::Func, 0);
    let mut code = CodeSection::new();
    let mut get = Function::new([]);
    get.instructions().i32_const(i32::try_from(RECORD_AT)?).end();
    code.function(&get);
    let mut data = DataSection::new();
    let at = ConstExpr::i32_const(i32::try_from(RECORD_AT)?);
    data.active(0, &at, record(identity)?);

    let mut module = Module::new();
    module
        .section(&types)
        .section(&functions)
        .section(&memories)
        .section(&exports)
        .section(&code)
        .section(&data);
    Ok(module)
}

/// The record as the canonical ABI lays it out, and its strings behind it.
fn record(identity: &Identity) -> Result<Vec<u8>> {
    let component_at = RECORD_AT + RECORD_BYTES;
    let component_len = u32::try_from(identity.component.len())?;
    let digest_len = u32::try_from(identity.digest.len())?;
    let mut bytes = Vec::new();
    for word in [component_at, component_len, component_at + component_len, digest_len] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend([u8::from(identity.hermetic), 0, 0, 0]);
    bytes.extend(identity.component.as_bytes());
    bytes.extend(identity.digest.as_bytes());
    Ok(bytes)
}
