//! Starts applications for tests, and says what tests say again and again. A `mod.rs`, since the benchmark
//! includes it by its path.

mod app;
mod git;
mod manifest;
pub(crate) mod mixed;
mod proxy;
mod redis;

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

pub(crate) use app::{App, Options, on_spin};
pub(crate) use git::Git;
#[allow(unused_imports, reason = "the benchmark builds no stages")]
pub(crate) use manifest::path as manifest_path;
pub(crate) use proxy::{Mode, Proxy};
pub(crate) use redis::RedisServer;

/// How long anything may take that a test waits for.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// Every file of a folder, as a working directory is packed.
pub(crate) fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.push((name, std::fs::read(&path).unwrap()));
            }
        }
    }
    found
}

/// A pipeline with one state, which calls the probe.
pub(crate) fn probe(parameters: &Value) -> Value {
    json!({
        "StartAt": "Probe",
        "States": { "Probe": probe_state(parameters, None) },
    })
}

/// A state that calls the probe.
pub(crate) fn probe_state(parameters: &Value, next: Option<&str>) -> Value {
    let mut state = json!({
        "Type": "Task",
        "Resource": "stage-probe",
        "Parameters": { "parameters": parameters },
    });
    match next {
        Some(next) => state["Next"] = json!(next),
        None => state["End"] = json!(true),
    }
    state
}

/// A chain of states that call the probe.
pub(crate) fn probe_chain(steps: &[Value]) -> Value {
    let mut states = serde_json::Map::new();
    for (index, step) in steps.iter().enumerate() {
        let next = (index + 1 < steps.len()).then(|| format!("S{}", index + 1));
        states.insert(format!("S{index}"), probe_state(step, next.as_deref()));
    }
    json!({ "StartAt": "S0", "States": states })
}

/// Waits until something is there.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    within(PATIENCE, what, look)
}

/// Waits until something is there, at most so long.
#[track_caller]
pub(crate) fn within<T>(limit: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < limit, "{what}: not within {} s", limit.as_secs());
        std::thread::sleep(Duration::from_millis(20));
    }
}
