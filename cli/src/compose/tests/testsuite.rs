//! The WebAssembly project's test programs of WASI 0.1, on the sandbox.
//!
//! Runs where `ROPEWALK_WASI_TESTSUITE` names a checkout of <https://github.com/WebAssembly/wasi-testsuite> that has the
//! compiled programs (its branch `prod/testsuite-base`), and is passed over elsewhere.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde::Deserialize;
use wac_graph::types::{Package, are_semver_compatible};
use wac_graph::{CompositionGraph, EncodeOptions, NodeId, PackageId};
use wasmtime::component::{Component, Instance, Linker};
use wasmtime::{Engine, Store};

use super::harness::{Alone, AloneOptions, AloneOutput, Channel, wasm};
use crate::compose::adapt;

const FOLDER: &str = "ROPEWALK_WASI_TESTSUITE";
const SUITES: [&str; 3] = [
    "tests/assemblyscript/testsuite/wasm32-wasip1",
    "tests/c/testsuite/wasm32-wasip1",
    "tests/rust/testsuite/wasm32-wasip1",
];
const EXIT: &str = "wasi:cli/exit@";
const RUN: &str = "wasi:cli/run@0.2.6";
const WORKSPACE: &str = "ropewalk:pipeline/workspace@0.1.0";

/// Programs that fail, and why that is so. `components/sandbox/README.md` tells of the same ones.
const FAILING: &[(&str, &str)] = &[
    ("args_get-multiple-arguments", HEAP),
    ("environ_get-multiple-variables", HEAP),
    ("fd_write-to-invalid-fd", "the adapter of WASI 0.1 lets a write of nothing succeed on any descriptor"),
    ("sock_shutdown-invalid_fd", "it takes descriptor 3 to be closed, which is the root of the file system"),
];
const HEAP: &str =
    "the heap of AssemblyScript takes the memory in which the adapter of WASI 0.1 keeps its state";

/// What is said of a program beside it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Specification {
    args: Vec<String>,
    env: BTreeMap<String, String>,
    root: Option<PathBuf>,
    exit_code: i32,
    stdout: Option<String>,
    stderr: Option<String>,
}

#[test]
fn programs_of_the_wasi_testsuite_find_what_they_expect() {
    let Some(folder) = env::var_os(FOLDER) else {
        // Not by a macro: what those print of a test that passes is not shown.
        let line = format!("PASSED OVER the wasi-testsuite: {FOLDER} names no folder\n");
        std::io::stderr().write_all(line.as_bytes()).unwrap();
        return;
    };
    let mut report = String::new();
    let (mut passed, mut wrong) = (0, Vec::new());
    for suite in SUITES {
        let suite = Path::new(&folder).join(suite);
        let mut programs: Vec<_> = fs::read_dir(&suite).unwrap().map(|entry| entry.unwrap().path()).collect();
        programs.retain(|path| path.extension().is_some_and(|extension| extension == "wasm"));
        programs.sort();
        assert!(!programs.is_empty(), "no programs in `{}`", suite.display());
        for program in programs {
            let name = program.file_stem().unwrap().to_str().unwrap().to_owned();
            let expected = FAILING.iter().find(|(failing, _)| *failing == name).map(|(_, why)| *why);
            match (run(&program), expected) {
                (Ok(()), None) => passed += 1,
                (Err(_), Some(why)) => report = format!("{report}{name}: {why}\n"),
                (Ok(()), Some(_)) => wrong.push(format!("{name} passes, and is not expected to")),
                (Err(failure), None) => wrong.push(format!("{name}: {failure}")),
            }
        }
    }
    let line = format!("wasi-testsuite: {passed} programs pass\n{report}");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn run(program: &Path) -> Result<(), String> {
    let specification = match fs::read(program.with_extension("json")) {
        Ok(text) => serde_json::from_slice(&text).map_err(|error| error.to_string())?,
        Err(_) => Specification::default(),
    };
    let component = adapt::adapt(&fs::read(program).unwrap()).map_err(|error| format!("{error:#}"))?;
    let composed = compose(&component);
    let engine = Engine::default();
    let component = Component::new(&engine, composed).map_err(|error| format!("{error:#}"))?;
    let mut store = Store::new(&engine, ());
    let instance = exits(&engine, &component).instantiate(&mut store, &component).unwrap();
    let sandbox = Alone::new(&mut store, &instance).unwrap();
    let workspace = sandbox.ropewalk_pipeline_workspace();
    workspace.call_open(&mut store, &options(program, &specification)).unwrap().unwrap();
    if let Some(root) = &specification.root {
        for (path, contents) in files(&program.parent().unwrap().join(root)) {
            workspace.call_write(&mut store, &path, &contents, false).unwrap().unwrap();
        }
    }
    let code = exit_code(&mut store, &component, &instance)?;
    let output = |wanted: Channel, log: &[AloneOutput]| {
        let pieces = log.iter().filter(|piece| piece.channel == wanted);
        pieces.map(|piece| String::from_utf8_lossy(&piece.bytes).into_owned()).collect::<String>()
    };
    let log = workspace.call_take_log(&mut store).unwrap_or_default();
    let (stdout, stderr) = (output(Channel::Stdout, &log), output(Channel::Stderr, &log));
    if code != specification.exit_code {
        return Err(format!("exit code {code}, not {}: {stderr}", specification.exit_code));
    }
    for (name, expected, got) in
        [("stdout", specification.stdout, stdout), ("stderr", specification.stderr, stderr)]
    {
        if let Some(expected) = expected.filter(|expected| *expected != got) {
            return Err(format!("{name} is {got:?}, not {expected:?}"));
        }
    }
    Ok(())
}

fn options(program: &Path, specification: &Specification) -> AloneOptions {
    let name = program.file_name().unwrap().to_str().unwrap().to_owned();
    AloneOptions {
        environment: specification.env.clone().into_iter().collect(),
        arguments: [name].into_iter().chain(specification.args.iter().cloned()).collect(),
        stdin: Vec::new(),
        seed: 1,
        now_seconds: 1_700_000_000,
        max_bytes: 64 << 20,
        max_files: 1_000,
        max_log_bytes: 1 << 20,
    }
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.push((name, fs::read(path).unwrap()));
            }
        }
    }
    found
}

/// Runs a command to its end.
fn exit_code(store: &mut Store<()>, component: &Component, instance: &Instance) -> Result<i32, String> {
    let interface = component.get_export_index(None, RUN).unwrap();
    let run = component.get_export_index(Some(&interface), "run").unwrap();
    let run = instance.get_typed_func::<(), (Result<(), ()>,)>(&mut *store, &run).unwrap();
    match run.call(store, ()) {
        Ok((Ok(()),)) => Ok(0),
        Ok((Err(()),)) => Ok(1),
        Err(error) => {
            let exited = error.downcast_ref::<Exited>();
            exited.map(|exited| i32::from(exited.0)).ok_or_else(|| format!("{error:#}"))
        }
    }
}

/// How a command ended itself.
#[derive(Debug, thiserror::Error)]
#[error("exited with code {0}")]
struct Exited(u8);

/// What a command exits by: here it is the host's, and in a stage the adapter's.
fn exits(engine: &Engine, component: &Component) -> Linker<()> {
    let mut linker = Linker::new(engine);
    for (name, _) in component.component_type().imports(engine) {
        let mut interface = linker.instance(name).unwrap();
        interface
            .func_wrap("exit", |_, (status,): (Result<(), ()>,)| -> wasmtime::Result<()> {
                Err(Exited(u8::from(status.is_err())).into())
            })
            .unwrap();
        interface
            .func_wrap("exit-with-code", |_, (code,): (u8,)| -> wasmtime::Result<()> {
                Err(Exited(code).into())
            })
            .unwrap();
    }
    linker
}

/// A command over a sandbox of its own.
fn compose(program: &[u8]) -> Vec<u8> {
    let mut graph = CompositionGraph::new();
    let (package, sandbox) = add(&mut graph, "sandbox", &wasm().sandbox);
    let (program, instance) = add(&mut graph, "program", program);
    for import in graph.types()[graph[program].ty()].imports.keys().cloned().collect::<Vec<_>>() {
        if import.starts_with(EXIT) {
            continue;
        }
        let exports = &graph.types()[graph[package].ty()].exports;
        let export = exports.keys().find(|export| are_semver_compatible(export, &import)).cloned();
        let export = export.unwrap_or_else(|| panic!("the sandbox lacks `{import}`"));
        let given = graph.alias_instance_export(sandbox, &export).unwrap();
        graph.set_instantiation_argument(instance, &import, given).unwrap();
    }
    let mut exports = graph.types()[graph[program].ty()].exports.keys();
    let run = exports.find(|export| are_semver_compatible(export, RUN)).expect("a command").clone();
    for (from, name, export) in [(instance, run.as_str(), RUN), (sandbox, WORKSPACE, WORKSPACE)] {
        let node = graph.alias_instance_export(from, name).unwrap();
        graph.export(node, export).unwrap();
    }
    graph.encode(EncodeOptions::default()).unwrap()
}

fn add(graph: &mut CompositionGraph, name: &str, wasm: &[u8]) -> (PackageId, NodeId) {
    let parsed = Package::from_bytes(name, None, wasm, graph.types_mut()).unwrap();
    let package = graph.register_package(parsed).unwrap();
    (package, graph.instantiate(package))
}
