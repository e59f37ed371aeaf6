//! A host on a folder of its own, with the components built once.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};

use bytes::Bytes;
use http::{Request, Response};

use crate::host::{Event, Host, HostBuilder, HostError, Observer, RunningHost};
use crate::manifest::Manifest;

/// What every test's manifest begins with. The components have ids `fresh` and `reused`.
const HEAD: &str = r#"
spin_manifest_version = 2
[application]
name = "test"
[variables]
token = { default = "secret" }
[[trigger.http]]
route = "/fresh/..."
component = "outer"
[[trigger.http]]
route = { private = true }
component = "fresh"
[[trigger.http]]
route = { private = true }
component = "reused"
"#;

/// A folder with a manifest and a state.
pub(super) struct Fixture {
    folder: tempfile::TempDir,
    pub(super) events: Arc<Events>,
}

/// Remembers what happened.
#[derive(Default)]
pub(super) struct Events(Mutex<Vec<String>>);

impl Observer for Events {
    fn event(&self, event: &Event<'_>) {
        self.0.lock().expect("events").push(format!("{event:?}"));
    }
}

impl Events {
    /// Whether an event has all these texts in it.
    pub(super) fn has(&self, texts: &[&str]) -> bool {
        self.0.lock().expect("events").iter().any(|event| texts.iter().all(|text| event.contains(text)))
    }
}

impl Fixture {
    pub(super) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("folder"), events: Arc::new(Events::default()) }
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// A host whose components `fresh` and `reused` are granted this. `{id}` in it stands for the component's id.
    pub(super) fn builder(&self, fresh: &str, reused: &str) -> HostBuilder {
        let (fresh_wasm, reused_wasm) = (component("fresh"), component("reused"));
        let mut text = HEAD.to_owned();
        for (id, wasm, grants) in
            [("outer", fresh_wasm, fresh), ("fresh", fresh_wasm, fresh), ("reused", reused_wasm, reused)]
        {
            let (source, grants) = (wasm.display().to_string(), grants.replace("{id}", id));
            write!(text, "[component.{id}]\nsource = {source:?}\n{grants}\n").expect("text");
        }
        self.builder_of(&text)
    }

    /// A host of this manifest.
    pub(super) fn builder_of(&self, text: &str) -> HostBuilder {
        let manifest = Manifest::parse(text, &self.folder.path().join("spin.toml")).expect("manifest");
        Host::builder(manifest)
            .state_dir(self.state())
            .cache_dir(workspace().join("target/test-cache"))
            .listen("127.0.0.1:0".parse().expect("address"))
            .observer(self.events.clone())
    }

    /// A host with everything granted that a test may want.
    pub(super) async fn start(&self) -> RunningHost {
        self.builder(GENEROUS, GENEROUS).start().await.expect("host")
    }
}

/// A manifest whose component `fresh` takes every path.
pub(super) fn echo_at_root() -> String {
    let source = component("fresh").display().to_string();
    format!(
        "spin_manifest_version = 2\napplication = {{ name = \"x\" }}\n[variables]\ntoken = {{ default = \"secret\" }}\n\
         [[trigger.http]]\nroute = \"/...\"\ncomponent = \"fresh\"\n\
         [component.fresh]\nsource = {source:?}\n{GENEROUS}"
    )
}

/// Grants of most tests.
pub(super) const GENEROUS: &str = r#"
key_value_stores = ["default"]
allowed_outbound_hosts = ["http://*:*"]
variables = { token = "<{{ token }}>" }
environment = { COLOUR = "blue" }
"#;

pub(super) fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("workspace")
}

/// The wasm file of `tests/component-<name>`, built if it is not there or not of these sources.
pub(super) fn component(name: &str) -> &'static Path {
    static BUILT: OnceLock<(PathBuf, PathBuf)> = OnceLock::new();
    let (fresh, reused) = BUILT.get_or_init(|| {
        let target = workspace().join("target/test-components");
        let status = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--target", "wasm32-wasip2", "--profile", "wasm"])
            .args(["--package", "component-fresh", "--package", "component-reused", "--target-dir"])
            .arg(&target)
            .current_dir(workspace())
            .status()
            .expect("cargo");
        assert!(status.success(), "the components do not build");
        let folder = target.join("wasm32-wasip2/wasm");
        (folder.join("component_fresh.wasm"), folder.join("component_reused.wasm"))
    });
    if name == "fresh" { fresh } else { reused }
}

/// Sends a request to a component, and returns its status and text.
pub(super) async fn ask(host: &RunningHost, component: &str, path: &str) -> (u16, String) {
    let response = send(host, component, path, "").await.expect("answer");
    let status = response.status().as_u16();
    (status, String::from_utf8_lossy(response.body()).into_owned())
}

pub(super) async fn send(
    host: &RunningHost,
    component: &str,
    path: &str,
    body: &str,
) -> Result<Response<Bytes>, HostError> {
    let request = Request::post(path).body(Bytes::copy_from_slice(body.as_bytes())).expect("request");
    host.call_component(component, request).await
}

/// The header that says why an instance ended.
pub(super) fn ended(response: &Response<Bytes>) -> Option<&str> {
    response.headers().get("ropewalk-ended").map(|value| value.to_str().expect("text"))
}

#[track_caller]
pub(super) fn check(answer: (u16, String), status: u16, text: &str) {
    assert_eq!((answer.0, answer.1.as_str()), (status, text));
}
