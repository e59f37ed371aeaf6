//! The upper half of the adapter: begins a call, runs the program, ends the call. It is made here, not
//! compiled: of each call's instance it is the part that costs next to nothing.
//!
//! What the lower half gives and the program takes are, to the byte, the same records (`wit/call.wit`), so
//! that this half hands on addresses and looks into nothing.

use anyhow::Result;
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, EntityType, ExportKind, ExportSection, Function, FunctionSection,
    GlobalSection, GlobalType, ImportSection, InstructionSink, MemArg, MemorySection, MemoryType, Module,
    TypeSection, ValType,
};

use super::made;

const STAGE: &str = include_str!("../../../wit/stage.wit");
const CALL: &str = include_str!("../../../wit/call.wit");
/// Of HTTP no more than what is handed on.
const WORLD: &str = "
world made {
    import call;
    import stage;
    export wasi:http/incoming-handler@0.2.6;
}

package wasi:http@0.2.6 {
    interface types {
        resource incoming-request;
        resource response-outparam;
    }
    interface incoming-handler {
        use types.{incoming-request, response-outparam};
        handle: func(request: incoming-request, out: response-outparam);
    }
}
";

/// Where `begin` writes its `option<request>`: 76 bytes, the request itself after 4.
const BEGUN_AT: i32 = 16;
const REQUEST_AT: i32 = BEGUN_AT + 4;
/// Where the program writes its `result<response, failure>`: 20 bytes.
const ENDED_AT: i32 = 96;
/// From here on the contents of the request stand.
const HEAP_AT: i32 = 128;
/// Bytes of a page of memory, as a power of 2.
const PAGE_BITS: i32 = 16;

const HANDLE_EXPORT: &str = "wasi:http/incoming-handler@0.2.6#handle";

const BEGIN: u32 = 0;
const RUN: u32 = 1;
const END: u32 = 2;
const HANDLE: u32 = 3;
const REALLOC: u32 = 4;

/// A component that exports `wasi:http/incoming-handler@0.2.6` over `call` and `stage`.
pub(super) fn of_stage() -> Result<Vec<u8>> {
    made::component(core_module(), &format!("{STAGE}\n{CALL}\n{WORLD}"))
}

/// The same over `call` and `wasi:cli/run`. It needs no memory.
pub(super) fn of_command() -> Result<Vec<u8>> {
    let world = WORLD.replace("import stage;", "import wasi:cli/run@0.2.6;");
    let run = "package wasi:cli@0.2.6 { interface run { run: func() -> result; } }";
    let package = "package ropewalk:pipeline@0.1.0;";
    made::component(command_module(), &format!("{package}\n{CALL}\n{world}\n{run}"))
}

fn command_module() -> Module {
    use ValType::I32;
    let mut types = TypeSection::new();
    types.ty().function([I32; 2], [I32]);
    types.ty().function([], [I32]);
    types.ty().function([I32], []);
    types.ty().function([I32; 2], []);
    let mut imports = ImportSection::new();
    imports.import("ropewalk:pipeline/call@0.1.0", "begin-command", EntityType::Function(0));
    imports.import("wasi:cli/run@0.2.6", "run", EntityType::Function(1));
    imports.import("ropewalk:pipeline/call@0.1.0", "end-command", EntityType::Function(2));
    let mut functions = FunctionSection::new();
    functions.function(3);
    let mut exports = ExportSection::new();
    exports.export(HANDLE_EXPORT, ExportKind::Func, HANDLE);
    let mut code = CodeSection::new();
    let mut handle = Function::new([]);
    let mut begin = handle.instructions();
    begin.local_get(0).local_get(1).call(BEGIN);
    begin.if_(BlockType::Empty).call(RUN).call(END).end().end();
    code.function(&handle);

    let mut module = Module::new();
    module.section(&types).section(&imports).section(&functions).section(&exports).section(&code);
    module
}

fn core_module() -> Module {
    use ValType::I32;
    let mut types = TypeSection::new();
    types.ty().function([I32; 2], []);
    types.ty().function([I32; 3], []);
    types.ty().function([I32; 5], []);
    types.ty().function([I32; 4], [I32]);
    let mut imports = ImportSection::new();
    imports.import("ropewalk:pipeline/call@0.1.0", "begin", EntityType::Function(1));
    imports.import("ropewalk:pipeline/stage@0.1.0", "run", EntityType::Function(0));
    imports.import("ropewalk:pipeline/call@0.1.0", "end", EntityType::Function(2));
    let mut functions = FunctionSection::new();
    functions.function(0).function(3);
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: 1,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    let mut globals = GlobalSection::new();
    let heap = GlobalType { val_type: I32, mutable: true, shared: false };
    globals.global(heap, &ConstExpr::i32_const(HEAP_AT));
    let mut exports = ExportSection::new();
    exports.export("memory", ExportKind::Memory, 0);
    exports.export("cabi_realloc", ExportKind::Func, REALLOC);
    exports.export(HANDLE_EXPORT, ExportKind::Func, HANDLE);
    let mut code = CodeSection::new();
    code.function(&handle()).function(&realloc());

    let mut module = Module::new();
    module
        .section(&types)
        .section(&imports)
        .section(&functions)
        .section(&memories)
        .section(&globals)
        .section(&exports)
        .section(&code);
    module
}

/// `handle(request, out)`.
fn handle() -> Function {
    let mut function = Function::new([]);
    let mut code = function.instructions();
    code.local_get(0).local_get(1).i32_const(BEGUN_AT).call(BEGIN);
    code.i32_const(BEGUN_AT).i32_load8_u(at(0, 0)).if_(BlockType::Empty);
    code.i32_const(REQUEST_AT).i32_const(ENDED_AT).call(RUN);
    code.i32_const(ENDED_AT).i32_load8_u(at(0, 0));
    // One text of a success, two of a failure.
    for offset in [4, 8, 12, 16] {
        code.i32_const(ENDED_AT).i32_load(at(offset, 2));
    }
    code.call(END).end().end();
    function
}

/// `realloc(address, old bytes, alignment, bytes)`, of which nobody asks but for new room: it is taken from the
/// end of what is used, and given back with the instance.
fn realloc() -> Function {
    const HEAP: u32 = 0;
    let [address, alignment, bytes] = [0, 2, 3];
    let mut function = Function::new([]);
    let mut code = function.instructions();
    // The end, at the next multiple of the alignment.
    code.global_get(HEAP).local_get(alignment).i32_add().i32_const(1).i32_sub();
    code.i32_const(0).local_get(alignment).i32_sub().i32_and().local_tee(address);
    code.local_get(bytes).i32_add().global_set(HEAP);
    // What wraps around has no room either.
    trap_if(&mut code, |code| {
        code.global_get(HEAP).local_get(address).i32_lt_u();
    });
    pages(&mut code);
    code.memory_size(0).i32_gt_u().if_(BlockType::Empty);
    trap_if(&mut code, |code| {
        pages(code);
        code.memory_size(0).i32_sub().memory_grow(0).i32_const(-1).i32_eq();
    });
    code.end();
    code.local_get(address).end();
    function
}

/// How many pages all that is used takes, one more at most.
fn pages(code: &mut InstructionSink<'_>) {
    code.global_get(0).i32_const(PAGE_BITS).i32_shr_u().i32_const(1).i32_add();
}

fn trap_if(code: &mut InstructionSink<'_>, condition: impl FnOnce(&mut InstructionSink<'_>)) {
    condition(code);
    code.if_(BlockType::Empty).unreachable().end();
}

fn at(offset: u64, align: u32) -> MemArg {
    MemArg { offset, align, memory_index: 0 }
}

#[cfg(test)]
mod tests {
    use wit_parser::Resolve;

    use super::*;

    /// The definitions of an interface's records, less what is said of them.
    fn records(text: &str) -> Vec<String> {
        let lines = text.lines().map(str::trim).filter(|line| !line.starts_with("//"));
        let text = lines.collect::<Vec<_>>().join(" ");
        let mut records: Vec<_> = text
            .split("record ")
            .skip(1)
            .map(|record| record.split_inclusive('}').next().unwrap().split_whitespace().collect::<String>())
            .filter(|record| !record.starts_with("description{"))
            .collect();
        records.sort();
        records
    }

    #[test]
    fn both_sides_mean_the_same() {
        let records_of_stage = records(STAGE);
        assert_eq!(records_of_stage.len(), 6);
        assert_eq!(records(CALL), records_of_stage);
    }

    #[test]
    fn records_stand_where_they_are_sought() {
        let mut resolve = Resolve::default();
        let package = resolve.push_str("made.wit", &format!("{STAGE}\n{CALL}\n{WORLD}")).unwrap();
        let mut sizes = wit_parser::SizeAlign::default();
        sizes.fill(&resolve);
        let call = resolve.packages[package].interfaces["call"];
        let size = |function: &str| {
            let function = &resolve.interfaces[call].functions[function];
            let of = function.result.as_ref().unwrap_or(&function.params[0].ty);
            i32::try_from(sizes.size(of).size_wasm32()).unwrap()
        };
        assert!(BEGUN_AT + size("begin") <= ENDED_AT);
        assert!(ENDED_AT + size("end") <= HEAP_AT);
        assert_eq!(size("end"), 20);
    }
}
