//! What a stage may be made of, and what it must not import.

use wasm_encoder::{
    CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, ImportSection, Module,
    TypeSection,
};

use super::harness::{Wasm, wasm};
use crate::compose::describe::describe;
use crate::compose::graph::{Caller, Composed, Error, Parts, compose};
use crate::compose::{Description, allowed, made};

fn compose_with(program: &[u8], outbound: &[u8], sandbox: &[u8]) -> Result<Composed, Error> {
    let Wasm { adapter, no_network, .. } = wasm();
    let caller = Caller::Http(adapter, &Description::default());
    compose(Parts { id: "stage-x", program, sandbox, outbound, no_network, caller })
}

/// A program that imports one function besides being a stage as far as names go.
fn program_that_imports(package: &str, interface: &str) -> Vec<u8> {
    let wit = format!(
        "package test:program;
         world made {{ import {package}/{interface}; export ropewalk:pipeline/stage@0.1.0; }}
         package ropewalk:pipeline@0.1.0 {{ interface stage {{ describe: func(); }} }}
         package {package} {{ interface {interface} {{ reach: func(); }} }}"
    );
    let (name, version) = package.split_once('@').unwrap();
    let wit = wit.replace(&format!("{package}/{interface};"), &format!("{name}/{interface}@{version};"));
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let mut imports = ImportSection::new();
    imports.import(&format!("{name}/{interface}@{version}"), "reach", EntityType::Function(0));
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut exports = ExportSection::new();
    exports.export("ropewalk:pipeline/stage@0.1.0#describe", ExportKind::Func, 1);
    let mut code = CodeSection::new();
    let mut describe = Function::new([]);
    describe.instructions().call(0).end();
    code.function(&describe);
    let mut module = Module::new();
    module.section(&types).section(&imports).section(&functions).section(&exports).section(&code);
    made::component(module, &wit).unwrap()
}

#[track_caller]
fn check_refused(package: &str, interface: &str, expected: &str) {
    let wasm = wasm();
    let program = program_that_imports(package, interface);
    let error = compose_with(&program, &wasm.outbound, &wasm.sandbox).unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn a_program_gets_nothing_that_the_sandbox_has_not() {
    check_refused(
        "wasi:sockets@0.3.0",
        "types",
        "stage `stage-x`: its program imports `wasi:sockets/types@0.3.0`, which a stage is not given\n\
         hint: a stage has no sockets",
    );
    check_refused(
        "wasi:http@0.3.0",
        "client",
        "stage `stage-x`: its program imports `wasi:http/client@0.3.0`, which a stage is not given\n\
         hint: a stage has no HTTP of its own",
    );
    check_refused(
        "wasi:keyvalue@0.2.0-draft2",
        "store",
        "stage `stage-x`: its program imports `wasi:keyvalue/store@0.2.0-draft2`, which",
    );
    check_refused("wasi:io@0.3.0", "poll", "stage `stage-x`: its program imports `wasi:io/poll@0.3.0`");
    check_refused(
        "wasi:cli@0.2.6",
        "secrets",
        "stage `stage-x`: its program imports `wasi:cli/secrets@0.2.6`",
    );
    check_refused("my:house@1.0.0", "door", "stage `stage-x`: its program imports `my:house/door@1.0.0`");
}

#[test]
fn an_interface_in_another_form_is_refused() {
    check_refused(
        "wasi:random@0.2.9",
        "random",
        "stage `stage-x`: `program` imports `wasi:random/random@0.2.9` in another form than \
         `wasi:random/random@0.2.6` has it",
    );
}

#[test]
fn the_sandbox_must_import_nothing() {
    let wasm = wasm();
    assert_eq!(allowed::imports_of(&wasm.sandbox).unwrap(), Vec::<String>::new());
    let error = compose_with(&wasm.probe, &wasm.outbound, &wasm.outbound).unwrap_err();
    assert!(matches!(error, Error::Leftover { .. }), "{error}");
}

#[test]
fn a_hermetic_stage_imports_what_its_adapter_needs() {
    let wasm = wasm();
    let composed = compose_with(&wasm.probe, &wasm.outbound, &wasm.sandbox).unwrap();
    assert_eq!(composed.identity.component, "stage-x");
    let imports = allowed::imports_of(&composed.wasm).unwrap();
    assert!(!imports.is_empty());
    for import in &imports {
        assert!(allowed::is_allowed(import, false), "{import}");
        assert!(!import.contains("outgoing-handler") && !import.contains("sockets"), "{import}");
    }
    let again = compose_with(&wasm.probe, &wasm.outbound, &wasm.sandbox).unwrap();
    assert_eq!(again.wasm, composed.wasm, "composing is not reproducible");
}

#[test]
fn a_stage_with_effects_gets_http_besides() {
    let wasm = wasm();
    let composed = compose_with(&wasm.deploy, &wasm.outbound, &wasm.sandbox).unwrap();
    let imports = allowed::imports_of(&composed.wasm).unwrap();
    assert!(imports.iter().any(|import| import.starts_with("wasi:http/outgoing-handler@")));
    for import in &imports {
        assert!(allowed::is_allowed(import, true), "{import}");
    }
}

#[test]
fn a_stage_says_what_it_is() {
    let wasm = wasm();
    let parts = |program| Parts {
        id: "stage-x",
        program,
        sandbox: &wasm.sandbox,
        outbound: &wasm.outbound,
        no_network: &wasm.no_network,
        caller: Caller::Host,
    };
    let description = describe(&compose(parts(&wasm.probe)).unwrap().wasm).unwrap();
    assert_eq!((&*description.name, description.hermetic), ("probe", true));
    assert!(
        description.parameters_schema.contains("properties")
            || description.parameters_schema.contains("oneOf")
    );
    let caller = Caller::Http(&wasm.adapter, &description);
    assert_eq!(compose(Parts { caller, ..parts(&wasm.probe) }).unwrap().identity.description, description);
    let error = compose(Parts { caller, ..parts(&wasm.deploy) }).unwrap_err();
    assert!(matches!(error, Error::Misdescribed { .. }), "{error}");
    let deploy = describe(&compose(parts(&wasm.deploy)).unwrap().wasm).unwrap();
    assert_eq!((&*deploy.name, deploy.hermetic), ("deploy", false));
}

#[test]
fn what_is_not_a_stage_is_refused() {
    let wasm = wasm();
    let error = compose_with(&wasm.outbound, &wasm.outbound, &wasm.sandbox).unwrap_err();
    assert!(matches!(error, Error::NotExported { part: "program", .. }), "{error}");
    let error = compose_with(&wasm.sandbox, &wasm.outbound, &wasm.sandbox).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("stage `stage-x`: `program` does not export `ropewalk:pipeline/stage@0.1.0`"),
        "{error}"
    );
    let error = compose_with(b"no wasm", &wasm.outbound, &wasm.sandbox).unwrap_err();
    assert!(matches!(error, Error::NotAComponent { part: "program", .. }), "{error}");
}
