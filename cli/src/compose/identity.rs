//! The component that tells the adapter what it was composed with. It is made here, not compiled.

use anyhow::Result;
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ExportKind, ExportSection, Function, FunctionSection, MemorySection,
    MemoryType, Module, TypeSection, ValType,
};

use super::describe::Description;
use super::made;

/// What `ropewalk:pipeline/identity` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Component id in spin.toml.
    pub component: String,
    /// Digest of program, sandbox and way out, `sha256:` and 64 hexadecimal digits.
    pub digest: String,
    /// What the program says it is.
    pub description: Description,
}

const INTERFACE: &str = include_str!("../../../wit/identity.wit");

/// Where the record stands in memory. Not at 0, which reads like a mistake.
const RECORD_AT: u32 = 16;
/// Four strings of address and length, two flags, another string and a list of strings.
const RECORD_BYTES: u32 = 52;
/// Bytes of a page of memory.
const PAGE_BYTES: u64 = 64 * 1024;

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
    let record = record(identity)?;
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: (u64::from(RECORD_AT) + record.len() as u64).div_ceil(PAGE_BYTES),
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
    data.active(0, &at, record);

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

/// The record as the canonical ABI lays it out, and what it points to behind it.
fn record(identity: &Identity) -> Result<Vec<u8>> {
    let Description { name, version, hermetic, pinned, parameters_schema, default_include } =
        &identity.description;
    let mut behind = Behind { at: RECORD_AT + RECORD_BYTES, bytes: Vec::new() };
    let mut record = Vec::new();
    for text in [&identity.component, &identity.digest, name, version] {
        record.extend(behind.text(text)?);
    }
    record.extend([u8::from(*hermetic), u8::from(*pinned), 0, 0]);
    record.extend(behind.text(parameters_schema)?);
    let mut list = Vec::new();
    for glob in default_include {
        list.extend(behind.text(glob)?);
    }
    behind.align();
    let [at, _] = behind.put(&list)?;
    let count = u32::try_from(default_include.len())?;
    record.extend([at, count].map(u32::to_le_bytes).concat());
    record.extend(behind.bytes);
    Ok(record)
}

/// What stands behind the record.
struct Behind {
    at: u32,
    bytes: Vec<u8>,
}

impl Behind {
    /// Address and length of a text that is put there.
    fn text(&mut self, text: &str) -> Result<Vec<u8>> {
        Ok(self.put(text.as_bytes())?.map(u32::to_le_bytes).concat())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<[u32; 2]> {
        let place = [self.at + u32::try_from(self.bytes.len())?, u32::try_from(bytes.len())?];
        self.bytes.extend(bytes);
        Ok(place)
    }

    /// Addresses stand at multiples of 4.
    fn align(&mut self) {
        let end = self.at as usize + self.bytes.len();
        self.bytes.resize(self.bytes.len() + end.next_multiple_of(4) - end, 0);
    }
}
