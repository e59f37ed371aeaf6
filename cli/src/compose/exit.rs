//! The component that implements `wasi:cli/exit` where no adapter does: where a host drives a stage itself.
//! It is made here, not compiled.
//!
//! To exit is a trap there, since nothing beneath a program can end it otherwise.

use anyhow::Result;
use wasm_encoder::{
    CodeSection, ExportKind, ExportSection, Function, FunctionSection, Module, TypeSection, ValType,
};

use super::made;

const WIT: &str = "package wasi:cli@0.2.6;
interface exit { exit: func(status: result); exit-with-code: func(status-code: u8); }
world made { export exit; }";

/// A component that exports `wasi:cli/exit@0.2.6`.
pub(super) fn component() -> Result<Vec<u8>> {
    made::component(core_module(), WIT)
}

fn core_module() -> Module {
    let mut types = TypeSection::new();
    types.ty().function([ValType::I32], []);
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut exports = ExportSection::new();
    for name in ["exit", "exit-with-code"] {
        exports.export(&format!("wasi:cli/exit@0.2.6#{name}"), ExportKind::Func, 0);
    }
    let mut code = CodeSection::new();
    let mut exit = Function::new([]);
    exit.instructions().unreachable().end();
    code.function(&exit);

    let mut module = Module::new();
    module.section(&types).section(&functions).section(&exports).section(&code);
    module
}
