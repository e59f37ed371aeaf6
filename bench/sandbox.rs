//! The sandbox, measured through the embedded host: `cargo bench --bench sandbox`. The times are those that the adapter
//! takes of the stage's run alone, mounting and storing left aside; where a whole call is measured, that is said.

#[path = "../tests/support/mod.rs"]
#[allow(dead_code, unused_imports)]
mod support;

use std::io::Write;
use std::time::Instant;

use serde_json::{Value, json};
use support::{App, Options};

/// Calls before the counted ones, and counted ones.
const WARM_UP: usize = 5;
const CALLS: usize = 30;
/// Small files that are written, and read.
const SMALL_FILES: u32 = 1_000;
/// Files of [`MIB`] bytes that make up the large tree: 100 MB, in units of 1,000,000 bytes.
const LARGE_FILES: usize = 96;
const MIB: usize = 1 << 20;
/// So many of them are uploaded at once.
const FILES_AT_ONCE: usize = 8;
/// `memory_mib` of the stage that the large tree is mounted for.
const MEMORY_MIB: u32 = 128;

fn main() {
    let app = App::start_with(Options { embedded: true, ..Options::default() });
    say(&format!("{:<66} {:>10} {:>10}", "", "median", "aim"));
    let churn = median(&app, "stage-probe", &json!({ "do": "churn", "count": SMALL_FILES }), &json!({}));
    row("1,000 small files written, and 1,000 read", churn, "20 ms");

    let of = |count: usize| {
        let files: Vec<(String, Vec<u8>)> =
            (0..count).map(|n| (format!("wide/{n:06}"), Vec::new())).collect();
        let digest = upload(&app, &files);
        median(&app, "stage-probe", &json!({ "do": "names", "path": "wide" }), &json!({ "tree": digest }))
    };
    let (small, large) = (of(1_000), of(10_000));
    row("a folder of 1,000 names listed", small, "");
    row("a folder of 10,000 names listed", large, "");
    say(&format!("{:<66} {:>9.1}x {:>10}", "10,000 names against 1,000", large / small, "10x"));
    large_tree(&app);
}

/// Mounts and reads 100 MB in an instance that has no room for twice as much.
fn large_tree(app: &App) {
    let mut inputs = json!({});
    for first in (0..LARGE_FILES).step_by(FILES_AT_ONCE) {
        let files: Vec<(String, Vec<u8>)> = (first..first + FILES_AT_ONCE)
            .map(|n| {
                // No two alike, so that none is stored once for several.
                let line = format!("{n:015}\n");
                (format!("large/{n:03}"), line.repeat(MIB / line.len()).into_bytes())
            })
            .collect();
        inputs[format!("from-{first}")] = upload(app, &files).into();
    }
    let before = memory_mib(app.pid(), "VmRSS:");
    let began = Instant::now();
    let answer = call(app, "stage-probe-patient", &json!({ "do": "read-files" }), &inputs, 0);
    let whole = began.elapsed().as_secs_f64() * 1e3;
    assert_eq!(answer["result"]["bytes"], LARGE_FILES * MIB, "{answer:#}");
    let what = format!("100 MB mounted and read in {MEMORY_MIB} MiB, the whole call");
    row(&what, whole, "");
    row("of that, read by the stage", answer["duration_ms"].as_f64().unwrap(), "");
    if let (Some(before), Some(peak)) = (before, memory_mib(app.pid(), "VmHWM:")) {
        say(&format!("{:<66} {:>6.0} MiB", "peak of the host above what it held before", peak - before));
    }
}

/// Milliseconds of a stage's run.
fn median(app: &App, component: &str, parameters: &Value, inputs: &Value) -> f64 {
    let mut times: Vec<f64> = (0..WARM_UP + CALLS)
        .map(|number| call(app, component, parameters, inputs, number)["duration_ms"].as_f64().unwrap())
        .skip(WARM_UP)
        .collect();
    times.sort_unstable_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Calls a stage by the route that only the tests' application has.
fn call(app: &App, component: &str, parameters: &Value, inputs: &Value, number: usize) -> Value {
    let key =
        format!("bench-{component}-{parameters}-{number}").replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let envelope = json!({
        "project": "bench", "run": "bench", "state": "Probe", "entry": number, "attempt": 1,
        "key": key, "grant": "", "secrets": [], "no_cache": true,
        "input": { "parameters": parameters, "inputs": inputs },
    });
    let path = component.replace("stage-", "/bench-");
    let answer = app.client.send("POST", &path, envelope.to_string().as_bytes()).unwrap().json().unwrap();
    assert_eq!(answer["outcome"], "succeeded", "{answer:#}");
    answer
}

fn upload(app: &App, files: &[(String, Vec<u8>)]) -> String {
    let files: Vec<(&str, &[u8])> = files.iter().map(|(path, bytes)| (path.as_str(), &**bytes)).collect();
    app.upload(&files)
}

fn row(what: &str, ms: f64, aim: &str) {
    say(&format!("{what:<66} {ms:>7.2} ms {aim:>10}"));
}

/// A figure of a process, from `/proc`.
fn memory_mib(pid: u32, name: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}

fn say(line: &str) {
    // A reader that has gone away needs no more lines.
    let _ = writeln!(std::io::stdout(), "{line}");
}
