//! One stage by itself: on a host with nothing else, over a store that is gone afterwards. Without a pipeline.

mod store;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use artifact::{Artifacts, Digest, File};
use bytes::Bytes;
use http::{Method, Request};
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::commands::up::runtime;
use crate::host::{ENDED_HEADER, Host, Observer, RunningHost};
use crate::launch;
use crate::manifest::Manifest;
use crate::printer::Printer;
use store::HostStore;

/// A host that runs one stage.
pub(crate) struct Solo {
    runtime: Runtime,
    host: RunningHost,
    id: String,
    /// Calls so far: each has a key of its own.
    calls: u32,
    _state: TempDir,
}

/// What a stage is called with.
#[derive(Debug, Default)]
pub(crate) struct Call {
    /// The parameters, an object.
    pub(crate) parameters: Value,
    /// What is mounted.
    pub(crate) inputs: Vec<Input>,
    /// Names and values.
    pub(crate) secrets: Vec<(String, String)>,
}

/// Files that a stage is given.
#[derive(Debug)]
pub(crate) struct Input {
    /// The name by which they are passed.
    pub(crate) name: String,
    /// Where they stand, relative to the working directory; `.` is that itself.
    pub(crate) path: String,
    /// The files.
    pub(crate) files: Vec<File>,
}

/// How a call ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The result, or how the stage failed.
    pub(crate) outcome: Result<Value, Failure>,
    /// What it printed.
    pub(crate) log: String,
    /// What it left under `out/`, by folder.
    pub(crate) outputs: BTreeMap<String, Vec<File>>,
    /// From the call to the answer, with everything around the stage.
    pub(crate) elapsed: Duration,
    /// In the stage alone. `None`: it crashed.
    pub(crate) stage_ms: Option<f64>,
}

/// An error and its cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) error: String,
    pub(crate) cause: String,
}

/// What of the adapter's answer is read.
#[derive(Deserialize)]
struct Answer {
    outcome: String,
    #[serde(default)]
    result: Value,
    #[serde(default)]
    error: String,
    #[serde(default)]
    cause: String,
    #[serde(default)]
    artifacts: BTreeMap<String, Digest>,
    #[serde(default)]
    log: String,
    duration_ms: f64,
}

/// Shows what the stage was denied.
struct Denials(Printer);

impl Observer for Denials {
    fn event(&self, event: &crate::host::Event<'_>) {
        if let crate::host::Event::Denied { host, hint, .. } = event {
            self.0.line(&format!("denied: the stage may not call `{host}`; hint: {hint}"));
        }
    }
}

impl Solo {
    /// Builds a stage, and starts a host for it.
    pub(crate) fn start(mut manifest: Manifest, id: &str, printer: &Printer) -> Result<Self> {
        let only = [id.to_owned()];
        launch::build_if_possible(&manifest, &only, printer)?;
        manifest.keep(&only)?;
        let state = tempfile::tempdir().context("failed to make a folder for the store")?;
        let cache = manifest.dir.join(launch::CACHE);
        let runtime = runtime()?;
        let builder = Host::builder(manifest)
            .state_dir(state.path())
            .cache_dir(cache)
            .listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
            .generate(&["api_token", "master_key"])
            .observer(Arc::new(Denials(printer.clone())));
        let host = runtime.block_on(builder.start())?;
        Ok(Self { runtime, host, id: id.to_owned(), calls: 0, _state: state })
    }

    /// Calls the stage.
    pub(crate) fn call(&mut self, call: Call) -> Result<Ended> {
        self.calls += 1;
        let mut inputs = serde_json::Map::new();
        for Input { name, path, files } in call.inputs {
            let artifact = Artifacts::new(&self.store()).put(files, &[])?;
            inputs.insert(name, json!({ "artifact": artifact, "path": path }));
        }
        let secrets: Vec<Value> =
            call.secrets.into_iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        let envelope = json!({
            "project": "local", "run": "local", "state": self.id, "entry": self.calls, "attempt": 1,
            "key": format!("local/{}/1", self.calls),
            "input": { "inputs": inputs, "parameters": call.parameters },
            "secrets": secrets, "no_cache": true,
        });
        let request = Request::builder()
            .method(Method::POST)
            .uri("/")
            .header("content-type", "application/json")
            .body(Bytes::from(envelope.to_string()))?;
        let began = Instant::now();
        let response = self.runtime.block_on(self.host.call_component(&self.id, request))?;
        let elapsed = began.elapsed();
        if let Some(reason) = response.headers().get(ENDED_HEADER) {
            return Ok(crashed(&String::from_utf8_lossy(reason.as_bytes()), elapsed));
        }
        let answer: Answer = serde_json::from_slice(response.body()).with_context(|| {
            format!("`{}` answered {} with no answer of a stage", self.id, response.status())
        })?;
        self.read(answer, elapsed)
    }

    /// Stops the host.
    pub(crate) fn stop(self) {
        self.runtime.block_on(self.host.stop());
    }

    fn store(&self) -> HostStore<'_> {
        HostStore { runtime: &self.runtime, store: self.host.store() }
    }

    fn read(&self, answer: Answer, elapsed: Duration) -> Result<Ended> {
        let store = self.store();
        let artifacts = Artifacts::new(&store);
        let mut outputs = BTreeMap::new();
        for (name, digest) in answer.artifacts {
            let stored = artifacts.load(&digest)?;
            let mut files = Vec::new();
            artifacts.read_each(&stored, stored.tree(), |path, entry, contents| {
                let executable = entry.executable;
                files.push(File { path: path.to_owned(), contents, executable });
                Ok::<(), artifact::Error>(())
            })?;
            files.sort_by(|a, b| a.path.cmp(&b.path));
            outputs.insert(name, files);
        }
        let outcome = match answer.outcome.as_str() {
            "succeeded" => Ok(answer.result),
            _ => Err(Failure { error: answer.error, cause: answer.cause }),
        };
        Ok(Ended { outcome, log: answer.log, outputs, elapsed, stage_ms: Some(answer.duration_ms) })
    }
}

fn crashed(reason: &str, elapsed: Duration) -> Ended {
    Ended {
        outcome: Err(Failure {
            error: "States.TaskFailed".to_owned(),
            cause: format!("the stage crashed: {reason}"),
        }),
        log: String::new(),
        outputs: BTreeMap::new(),
        elapsed,
        stage_ms: None,
    }
}
