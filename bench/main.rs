//! What the design promises, measured: `cargo bench`. Each figure stands beside its aim. With
//! `ROPEWALK_SPIN=/path/to/spin`, the same is measured on real Spin in the same run.

#[path = "../tests/support/mod.rs"]
#[allow(dead_code, unused_imports)]
mod support;

use std::io::Write;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::{App, Options, probe_chain};

/// Calls and runs before the counted ones.
const WARM_UP: usize = 50;
/// Counted calls.
const CALLS: usize = 1_000;
/// Counted runs.
const RUNS: usize = 200;

fn main() {
    let spin = support::on_spin();
    say(&format!("{:<58} {:>9} {:>9} {:>9}", "", "median", "p90", "aim"));
    measure("embedded host", &App::start_with(Options { embedded: true, ..Options::default() }));
    if spin.is_some() {
        measure("Spin", &App::start());
    }
}

fn measure(host: &str, app: &App) {
    row(host, "no-op stage over HTTP, a fresh instance each", &stage_calls(app), Some(0.3));
    row(host, "instantiate a stage and be refused by it, over HTTP", &refused_calls(app), Some(1.0));
    row(host, "request that reaches no component", &missed_calls(app), None);
    row(host, "6-stage no-op run, POST to finished, durable", &runs(app, true), Some(10.0));
    row(host, "the same, every stage from the cache", &runs(app, false), None);
    if let Some(memory_mib) = memory_mib(app.pid()) {
        say(&format!("{:<58} {memory_mib:>5.0} MiB", format!("{host}: resident after all that")));
    }
}

/// Calls the probe directly, by the route that only the tests' application has.
fn stage_calls(app: &App) -> Vec<Duration> {
    let mut number = 0;
    time(CALLS, || {
        number += 1;
        let envelope = json!({
            "project": "bench", "run": "bench", "state": "Probe", "entry": number, "attempt": 1,
            "key": format!("bench-{number}"), "grant": "", "secrets": [], "no_cache": false,
            "input": { "parameters": { "do": "nothing" } },
        });
        let answer = app.client.send("POST", "/bench-probe", envelope.to_string().as_bytes());
        let answer = answer.unwrap().json().unwrap();
        assert_eq!(answer["outcome"], "succeeded", "{answer:#}");
    })
}

fn refused_calls(app: &App) -> Vec<Duration> {
    time(CALLS, || assert_eq!(app.get("/bench-probe").status, 405))
}

fn missed_calls(app: &App) -> Vec<Duration> {
    time(CALLS, || assert_eq!(app.get("/bench-probe/nothing-here").status, 404))
}

fn runs(app: &App, no_cache: bool) -> Vec<Duration> {
    let steps: Vec<Value> = (0..6).map(|_| json!({ "do": "nothing" })).collect();
    app.project("bench", &probe_chain(&steps));
    let request = json!({ "no_cache": no_cache });
    time(RUNS, || {
        let path = "/api/projects/bench/runs?wait=20";
        let run = app.client.json("POST", path, Some(&request)).unwrap();
        assert_eq!(run["status"], "succeeded", "{run:#}");
    })
}

fn time(count: usize, mut work: impl FnMut()) -> Vec<Duration> {
    for _ in 0..WARM_UP {
        work();
    }
    let mut times: Vec<Duration> = (0..count)
        .map(|_| {
            let began = Instant::now();
            work();
            began.elapsed()
        })
        .collect();
    times.sort_unstable();
    times
}

fn row(host: &str, what: &str, times: &[Duration], aim_ms: Option<f64>) {
    let ms = |part: usize| times[times.len() * part / 10].as_secs_f64() * 1e3;
    let aim = aim_ms.map_or_else(String::new, |aim| format!("{aim:.1} ms"));
    let name = format!("{host}: {what}");
    say(&format!("{name:<58} {:>6.2} ms {:>6.2} ms {aim:>9}", ms(5), ms(9)));
}

/// Resident memory of a process, from `/proc`.
fn memory_mib(pid: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}

fn say(line: &str) {
    // A reader that has gone away needs no more lines.
    let _ = writeln!(std::io::stdout(), "{line}");
}
