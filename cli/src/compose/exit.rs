//! The component that implements `wasi:cli/exit`. It is made here, not compiled.
//!
//! A program's end is a trap, since nothing beneath it can end it otherwise. A host that looks into the
//! trap's backtrace finds the exit in the name of the innermost function. WASI 0.2.6 tells success from
//! failure and no more, so that every failure is code 1.

use anyhow::Result;
use wasm_encoder::{
    BlockType, CodeSection, ExportKind, ExportSection, Function, FunctionSection, Module, NameMap,
    NameSection, TypeSection, ValType,
};

use super::made;

/// Functions that end a program are named so, and then the code.
pub const EXIT_FUNCTION: &str = "exited with code ";

const WIT: &str =
    "package wasi:cli@0.2.6; interface exit { exit: func(status: result); } world made { export exit; }";

/// A component that exports `wasi:cli/exit@0.2.6`.
pub(super) fn component() -> Result<Vec<u8>> {
    made::component(core_module(), WIT)
}

fn core_module() -> Module {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    types.ty().function([ValType::I32], []);
    let mut functions = FunctionSection::new();
    functions.function(0).function(0).function(1);
    let mut exports = ExportSection::new();
    exports.export("wasi:cli/exit@0.2.6#exit", ExportKind::Func, 2);

    let mut code = CodeSection::new();
    for _ in 0..2 {
        let mut end = Function::new([]);
        end.instructions().unreachable().end();
        code.function(&end);
    }
    let mut exit = Function::new([]);
    exit.instructions().local_get(0).if_(BlockType::Empty).call(1).else_().call(0).end().end();
    code.function(&exit);

    let mut names = NameMap::new();
    names.append(0, &format!("{EXIT_FUNCTION}0"));
    names.append(1, &format!("{EXIT_FUNCTION}1"));
    let mut section = NameSection::new();
    section.functions(&names);

    let mut module = Module::new();
    module.section(&types).section(&functions).section(&exports).section(&code).section(&section);
    module
}
