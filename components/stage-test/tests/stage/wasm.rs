//! Tests in WebAssembly. The modules are written as text, and encoded here.

use crate::{outcome, parameters};

#[track_caller]
fn check(text: &str, json: &str, expected: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let bytes = wat::parse_str(text).unwrap();
    std::fs::write(folder.path().join("a.test.wasm"), bytes).unwrap();
    let (outcome, log) = outcome(folder.path(), &parameters(json));
    assert_eq!(outcome, expected, "{log}");
    log
}

#[test]
fn exported_functions_are_tests() {
    let module = r#"(module
        (global $count (mut i32) (i32.const 0))
        (func (export "test_passes") (global.set $count (i32.add (global.get $count) (i32.const 1))))
        (func (export "test_is_fresh") (result i32) (global.get $count))
        (func (export "test_code") (result i32) (i32.const 3))
        (func (export "test_traps") unreachable)
        (func (export "test_loops") (loop (br 0)))
        (func $deep (export "test_recurses") (call $deep))
        (func (export "testing_takes") (param i32))
        (func (export "other")))"#;
    let log = check(
        module,
        r#"{"limits": {"instructions": 100000}}"#,
        "Test.Failed: 4 of 6 tests failed; first: a.test.wasm test_code: it answered 3, and 0 means that it passed",
    );
    for part in
        ["✔ test_is_fresh", "more than 100000 instructions ran", "the call stack is exhausted", "trapped: "]
    {
        assert!(log.contains(part), "no {part} in {log}");
    }
}

#[test]
fn memory_has_an_end() {
    let module = r#"(module (memory 1) (func (export "test_grow") (result i32)
        (i32.ne (memory.grow (i32.const 60000)) (i32.const -1))))"#;
    check(module, "{}", "1/1/0/0/0");
}

/// Prints its arguments' size, and exits.
#[test]
fn programs() {
    let module = |code: &str| {
        format!(
            r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (import "wasi_snapshot_preview1" "path_unlink_file" (func $unlink (param i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\10\00\00\00\06\00\00\00")
        (data (i32.const 16) "hello\0a")
        (func (export "_start") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 64))) {code}))"#
        )
    };
    let log = check(&module("(call $exit (i32.const 0))"), "{}", "1/1/0/0/0");
    assert!(log.contains("hello\n  ✔ _start"), "{log}");
    check(
        &module("(call $exit (i32.const 7))"),
        "{}",
        "Test.Failed: 1 of 1 tests failed; first: a.test.wasm _start: the program exited with code 7",
    );
    let log = check(
        &module("(drop (call $unlink (i32.const 3) (i32.const 0) (i32.const 0)))"),
        "{}",
        "Test.Failed: 1 of 1 tests failed; first: a.test.wasm _start: trapped: `wasi_snapshot_preview1` has no `path_unlink_file` in the test stage",
    );
    assert!(log.contains("✖ _start"), "{log}");
}

#[test]
fn what_is_no_test_module() {
    check(
        "(module)",
        "{}",
        "Test.Failed: 1 of 1 tests failed; first: a.test.wasm a.test.wasm: the module has no tests, hint: export functions named `test…` without parameters, or `_start`",
    );
    check(
        "(component)",
        "{}",
        "Test.Failed: 1 of 1 tests failed; first: a.test.wasm a.test.wasm: the file is a component, hint: tests are core modules, as for wasm32-wasip1",
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a_test.wasm"), b"\0asm rubbish").unwrap();
    let (outcome, _) = outcome(folder.path(), &parameters("{}"));
    assert!(
        outcome.starts_with(
            "Test.Failed: 1 of 1 tests failed; first: a_test.wasm a_test.wasm: not a WebAssembly module: "
        ),
        "{outcome}"
    );
}
