//! A program that imports a network, and is refused it when it asks.

use std::path::Path;

use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};
use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use super::harness::{Alone, AloneOptions, wasm};
use crate::compose::graph::{Caller, Parts, compose};
use crate::compose::made;

/// The world of the program: `describe` says with what it was refused.
const WIT: &str = "
    package test:program;
    world made {
        import wasi:sockets/tcp-create-socket@0.2.6;
        import wasi:http/outgoing-handler@0.2.6;
        import wasi:http/types@0.2.6;
        export ropewalk:pipeline/stage@0.1.0;
    }
    package ropewalk:pipeline@0.1.0 { interface stage { describe: func() -> u32; } }
";

/// Asks for a socket, and sends a request: 65536 times the error of the first, and that of the second.
const PROGRAM: &str = r#"(module
    (import "wasi:sockets/tcp-create-socket@0.2.6" "create-tcp-socket" (func $socket (param i32 i32)))
    (import "wasi:http/types@0.2.6" "[constructor]fields" (func $fields (result i32)))
    (import "wasi:http/types@0.2.6" "[constructor]outgoing-request" (func $request (param i32) (result i32)))
    (import "wasi:http/outgoing-handler@0.2.6" "handle" (func $handle (param i32 i32 i32 i32)))
    (memory (export "memory") 1)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 4096)
    (func (export "ropewalk:pipeline/stage@0.1.0#describe") (result i32)
        (call $socket (i32.const 0) (i32.const 64))
        (call $socket (i32.const 1) (i32.const 80))
        (call $handle (call $request (call $fields)) (i32.const 0) (i32.const 0) (i32.const 128))
        (i32.and (i32.and (i32.load8_u (i32.const 64)) (i32.load8_u (i32.const 80))) (i32.load8_u (i32.const 128)))
        (if (result i32)
            (then (i32.or
                (i32.shl (i32.load8_u (i32.const 68)) (i32.const 16))
                (i32.load8_u (i32.const 136))))
            (else (i32.const -1)))))"#;

/// The places of `access-denied` and of `HTTP-request-denied` in their enumerations.
const DENIED: u32 = (1 << 16) + 15;

fn program() -> Vec<u8> {
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("wit/deps");
    let mut resolve = Resolve::default();
    for package in ["io", "clocks", "random", "filesystem", "sockets", "cli", "http"] {
        resolve.push_dir(wit.join(package)).unwrap();
    }
    let package = resolve.push_str("made.wit", WIT).unwrap();
    let world = resolve.select_world(&[package], Some("made")).unwrap();
    let mut module = wat::parse_str(PROGRAM).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    made::encode(&module).unwrap()
}

#[test]
fn a_network_is_imported_and_refused() {
    let wasm = wasm();
    let program = program();
    let parts = Parts {
        id: "stage-network",
        program: &program,
        sandbox: &wasm.sandbox,
        outbound: &wasm.outbound,
        no_network: &wasm.no_network,
        caller: Caller::Host,
    };
    let composed = compose(parts).unwrap();
    let engine = Engine::default();
    let component = Component::new(&engine, &composed.wasm).unwrap();
    let mut store = Store::new(&engine, ());
    // The linker is empty: nothing of the host is there to be reached.
    let instance = Linker::new(&engine).instantiate(&mut store, &component).unwrap();
    let sandbox = Alone::new(&mut store, &instance).unwrap();
    let workspace = sandbox.ropewalk_pipeline_workspace();
    workspace
        .call_open(&mut store, &AloneOptions { max_log_bytes: 1 << 20, ..AloneOptions::none() })
        .unwrap()
        .unwrap();
    let stage = component.get_export_index(None, "ropewalk:pipeline/stage@0.1.0").unwrap();
    let describe = component.get_export_index(Some(&stage), "describe").unwrap();
    let describe = instance.get_typed_func::<(), (u32,)>(&mut store, &describe).unwrap();
    assert_eq!(describe.call(&mut store, ()).unwrap().0, DENIED);
    let log = workspace.call_take_log(&mut store).unwrap();
    let log: String = log.iter().map(|piece| String::from_utf8_lossy(&piece.bytes)).collect();
    assert_eq!(log.lines().count(), 2, "each is said once: {log}");
    assert!(log.contains("what is asked of `wasi:sockets` is refused"), "{log}");
    assert!(log.contains("its request by `wasi:http` is refused"), "{log}");
}
