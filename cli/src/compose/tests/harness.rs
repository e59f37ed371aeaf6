//! Compiles the parts of a stage, and runs one as a host that grants nothing.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;

use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};

use crate::compose::event::Silent;
use crate::compose::graph::{Caller, Parts, compose};
use crate::compose::{cargo, made};

#[allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]
mod bindings {
    wasmtime::component::bindgen!({
        inline: "
            package ropewalk:harness;
            world bare {
                export ropewalk:pipeline/stage@0.1.0;
                export ropewalk:pipeline/workspace@0.1.0;
            }
        ",
        path: "../wit",
        world: "ropewalk:harness/bare",
    });
}

/// A sandbox whose program exports something else than a stage.
#[allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]
mod alone {
    wasmtime::component::bindgen!({
        inline: "
            package ropewalk:harness;
            world alone {
                export ropewalk:pipeline/workspace@0.1.0;
            }
        ",
        path: "../wit",
        world: "ropewalk:harness/alone",
    });
}

pub(super) use alone::Alone;
pub(super) use alone::exports::ropewalk::pipeline::workspace::{
    Channel, Options as AloneOptions, Output as AloneOutput,
};

impl AloneOptions {
    /// Room for nothing.
    pub(super) fn none() -> Self {
        Self {
            environment: Vec::new(),
            arguments: Vec::new(),
            stdin: Vec::new(),
            seed: 0,
            now_seconds: 0,
            max_bytes: 0,
            max_files: 0,
            max_log_bytes: 0,
        }
    }
}

pub(super) use bindings::Bare;
pub(super) use bindings::exports::ropewalk::pipeline::stage::{Failure, Request};
pub(super) use bindings::exports::ropewalk::pipeline::workspace::Options;

/// The parts of the stage `stage-probe`.
pub(super) struct Wasm {
    pub(super) probe: Vec<u8>,
    /// `stage-deploy`, a stage with effects.
    pub(super) deploy: Vec<u8>,
    pub(super) sandbox: Vec<u8>,
    pub(super) no_network: Vec<u8>,
    pub(super) outbound: Vec<u8>,
    pub(super) adapter: Vec<u8>,
}

pub(super) fn wasm() -> &'static Wasm {
    static WASM: OnceLock<Wasm> = OnceLock::new();
    WASM.get_or_init(|| {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let compile = |target, packages: &[&str]| {
            let packages: BTreeSet<String> = packages.iter().map(ToString::to_string).collect();
            cargo::compile(workspace, target, &packages, &packages, &Silent).unwrap()
        };
        let programs = compile("wasm32-wasip2", &["stage-probe", "stage-deploy", "outbound", "stage-http"]);
        let modules = compile("wasm32-unknown-unknown", &["sandbox", "no-network"]);
        let read = |package: &str| std::fs::read(&programs[package]).unwrap();
        let encoded = |package: &str| made::encode(&std::fs::read(&modules[package]).unwrap()).unwrap();
        Wasm {
            probe: read("stage-probe"),
            deploy: read("stage-deploy"),
            sandbox: encoded("sandbox"),
            no_network: encoded("no-network"),
            outbound: read("outbound"),
            adapter: read("stage-http"),
        }
    })
}

/// The probe as a host runs it that drives stages itself: it needs nothing of the host.
pub(super) struct Stage {
    pub(super) store: Store<()>,
    pub(super) stage: Bare,
}

impl Stage {
    /// A fresh instance with an open workspace.
    pub(super) fn new(options: &Options) -> Self {
        static PROBE: OnceLock<(Engine, Component)> = OnceLock::new();
        let (engine, component) = PROBE.get_or_init(|| {
            let wasm = wasm();
            let parts = Parts {
                id: "stage-probe",
                program: &wasm.probe,
                sandbox: &wasm.sandbox,
                outbound: &wasm.outbound,
                no_network: &wasm.no_network,
                caller: Caller::Host,
            };
            let engine = Engine::default();
            let component = Component::new(&engine, compose(parts).unwrap().wasm).unwrap();
            (engine, component)
        });
        let mut store = Store::new(engine, ());
        let stage = Bare::instantiate(&mut store, component, &Linker::new(engine)).unwrap();
        let workspace = stage.ropewalk_pipeline_workspace();
        workspace.call_open(&mut store, options).unwrap().unwrap();
        Self { store, stage }
    }

    /// Runs the probe with some parameters.
    pub(super) fn run(&mut self, parameters: &str) -> wasmtime::Result<Result<String, Failure>> {
        let request = Request { parameters: parameters.to_owned(), inputs: Vec::new(), caller: None };
        let ran = self.stage.ropewalk_pipeline_stage().call_run(&mut self.store, &request)?;
        Ok(ran.map(|response| response.result))
    }

    /// What was printed.
    pub(super) fn log(&mut self) -> String {
        let pieces = self.stage.ropewalk_pipeline_workspace().call_take_log(&mut self.store).unwrap();
        pieces.iter().map(|piece| String::from_utf8_lossy(&piece.bytes)).collect()
    }
}

/// Room for everything, and no environment.
pub(super) fn options() -> Options {
    Options {
        environment: Vec::new(),
        arguments: vec!["stage".to_owned()],
        stdin: Vec::new(),
        seed: 7,
        now_seconds: 1_700_000_000,
        max_bytes: 64 << 20,
        max_files: 20_000,
        max_log_bytes: 1 << 20,
    }
}
