//! The durable engine, measured: `cargo bench --bench durable [-- PART…]`. Runs are made by the HTTP API of a running host,
//! the embedded one, and each of their steps is in SQLite's log and synced before the next: `PRAGMA synchronous = FULL`, one
//! `fdatasync` for all writes that wait.
//!
//! Parts: `single`, `many`, `map`, `waiting` (`ROPEWALK_BENCH_WAITING` runs, 100,000 unless set), `kept`
//! (`ROPEWALK_BENCH_KEPT` runs, 100,000 unless set). All unless named. `restate.mjs` beside this measures Restate on the work of
//! `single` and `many`.

#[path = "../tests/support/mod.rs"]
#[allow(dead_code, unused_imports)]
mod support;

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cli::client::Client;
use serde_json::{Value, json};
use support::{App, Options, probe_chain, within};

/// Runs before the counted ones.
const WARM_UP: usize = 50;
/// Counted runs, one at a time.
const RUNS: usize = 300;
/// Clients at once, and the runs of all of them together.
const CLIENTS: usize = 32;
const MANY_RUNS: usize = 3_000;
/// Items of the Map.
const ITEMS: usize = 10_000;

fn main() {
    let named: Vec<String> = std::env::args().skip(1).filter(|part| !part.starts_with('-')).collect();
    let parts: [(&str, fn()); 5] =
        [("single", single), ("many", many), ("map", map), ("waiting", waiting), ("kept", kept)];
    for (name, part) in parts {
        if named.is_empty() || named.iter().any(|named| named == name) {
            part();
        }
    }
}

fn start() -> App {
    App::start_with(Options { embedded: true, ..Options::default() })
}

/// A project of six no-op stages, one after the other.
fn six_stages(app: &App) {
    let steps: Vec<Value> = (0..6).map(|_| json!({ "do": "nothing" })).collect();
    app.project("six", &probe_chain(&steps));
}

/// A project whose runs need no stage: the engine and the store alone.
fn no_stage(app: &App) {
    app.project("pass", &json!({ "StartAt": "P", "States": { "P": { "Type": "Pass", "End": true } } }));
}

fn run(client: &Client, project: &str) {
    let path = format!("/api/projects/{project}/runs?wait=25");
    let run = client.json("POST", &path, Some(&json!({ "no_cache": true }))).unwrap();
    assert_eq!(run["status"], "succeeded", "{run:#}");
}

/// Median and 90th percentile of runs, one at a time, and what the host computed for each, in milliseconds.
fn one_at_a_time(app: &App, project: &str, count: usize) -> (f64, f64, f64) {
    for _ in 0..WARM_UP {
        run(&app.client, project);
    }
    let cpu = cpu_ms(app.pid());
    let mut times: Vec<f64> = (0..count)
        .map(|_| {
            let began = Instant::now();
            run(&app.client, project);
            began.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_unstable_by(f64::total_cmp);
    #[expect(clippy::cast_precision_loss, reason = "few runs")]
    let cpu = (cpu_ms(app.pid()) - cpu) / count as f64;
    (times[count / 2], times[count * 9 / 10], cpu)
}

/// Runs in each second when so many clients each start one after the other, and what the host computed for each.
fn side_by_side(app: &App, project: &str, clients: usize, count: usize) -> (f64, f64) {
    let left = AtomicUsize::new(count);
    let cpu = cpu_ms(app.pid());
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..clients {
            scope.spawn(|| {
                while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_ok() {
                    run(&app.client, project);
                }
            });
        }
    });
    #[expect(clippy::cast_precision_loss, reason = "few runs")]
    let count = count as f64;
    (count / began.elapsed().as_secs_f64(), (cpu_ms(app.pid()) - cpu) / count)
}

fn single() {
    let app = start();
    six_stages(&app);
    let (median, p90, cpu) = one_at_a_time(&app, "six", RUNS);
    say(&format!(
        "6 no-op stages, one run at a time: p50 {median:.2} ms, p90 {p90:.2} ms, {cpu:.2} ms of CPU a run (aim: p50 8 ms)"
    ));
    no_stage(&app);
    let (median, p90, cpu) = one_at_a_time(&app, "pass", RUNS);
    say(&format!(
        "1 Pass state, one run at a time: p50 {median:.2} ms, p90 {p90:.2} ms, {cpu:.2} ms of CPU a run"
    ));
}

fn many() {
    let app = start();
    six_stages(&app);
    side_by_side(&app, "six", CLIENTS, 10 * WARM_UP);
    let (rate, cpu) = side_by_side(&app, "six", CLIENTS, MANY_RUNS);
    say(&format!(
        "6 no-op stages, {CLIENTS} runs at once: {rate:.0} runs/s, {cpu:.2} ms of CPU a run (aim: 400 runs/s)"
    ));
    no_stage(&app);
    let (rate, cpu) = side_by_side(&app, "pass", CLIENTS, MANY_RUNS);
    say(&format!("1 Pass state, {CLIENTS} runs at once: {rate:.0} runs/s, {cpu:.2} ms of CPU a run"));
}

/// A Map over [`ITEMS`] items, of a state that computes alone and of one that calls a stage.
fn map() {
    let app = start();
    let item = json!({ "StartAt": "I", "States": { "I": { "Type": "Pass", "End": true } } });
    map_of("pass-map", "Pass", &app, item);
    map_of("task-map", "no-op stage", &app, support::probe(&json!({ "do": "nothing" })));
}

fn map_of(project: &str, what: &str, app: &App, item: Value) {
    let mut processor = item;
    processor["ProcessorConfig"] = json!({ "Mode": "INLINE" });
    let range = "States.ArrayRange(1, 1000, 1)";
    // An array of the intrinsic function has 1,000 elements at most: ten of them, nested.
    let nested = json!({ "Type": "Map", "ItemsPath": "$.inner", "ItemProcessor": processor, "ResultPath": null, "End": true });
    let outer = json!({
        "Type": "Map", "ItemsPath": "$.outer", "End": true, "ResultPath": null,
        "ItemSelector": { "inner.$": range },
        "ItemProcessor": { "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" }, "StartAt": "N", "States": { "N": nested } },
    });
    let pipeline = json!({
        "StartAt": "O",
        "States": {
            "O": { "Type": "Pass", "Parameters": { "outer.$": format!("States.ArrayRange(1, {}, 1)", ITEMS / 1000) }, "Next": "M" },
            "M": outer,
        },
    });
    app.project(project, &pipeline);
    let began = Instant::now();
    let run =
        app.client.json("POST", &format!("/api/projects/{project}/runs"), Some(&json!({ "no_cache": true })));
    let id = run.unwrap()["id"].as_str().unwrap().to_owned();
    let status = within(Duration::from_mins(10), "the Map ends", || {
        let run = app.client.json("GET", &format!("/api/runs/{id}?wait=20"), None).unwrap();
        (run["status"] != "running").then(|| format!("{} {}", run["status"], run["cause"]))
    });
    let took = began.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a constant")]
    let rate = ITEMS as f64 / took;
    say(&format!("Map over {ITEMS} items of a {what}: {took:.2} s, {rate:.0} items/s ({status})"));
}

/// Runs that wait an hour: what each costs the host in memory, and the store in bytes.
fn waiting() {
    let count = number("ROPEWALK_BENCH_WAITING", 100_000);
    let app = start();
    let wait =
        json!({ "StartAt": "W", "States": { "W": { "Type": "Wait", "Seconds": 86_400, "End": true } } });
    app.project("wait", &wait);
    six_stages(&app);
    side_by_side(&app, "six", CLIENTS, 500);
    let (before_mib, disk_mib) = (memory_mib(app.pid()), disk_mib(&app));
    let (median, _, _) = one_at_a_time(&app, "six", RUNS);
    let began = Instant::now();
    let left = AtomicUsize::new(count);
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_ok() {
                    app.client.json("POST", "/api/projects/wait/runs", Some(&json!({}))).unwrap();
                }
            });
        }
    });
    let took = began.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "few runs")]
    let (rate, each) = (count as f64 / took, (self::disk_mib(&app) - disk_mib) * 1024.0 / count as f64);
    std::thread::sleep(Duration::from_secs(5));
    let idle = cpu_ms(app.pid());
    std::thread::sleep(Duration::from_secs(10));
    let idle = (cpu_ms(app.pid()) - idle) / 10.0;
    let after_mib = memory_mib(app.pid());
    let (with, _, _) = one_at_a_time(&app, "six", RUNS);
    say(&format!(
        "{count} waiting runs: started at {rate:.0}/s, {each:.2} KiB each on disk; host {before_mib:.0} MiB before, {after_mib:.0} MiB with them, {idle:.1} ms of CPU a second while they wait"
    ));
    say(&format!(
        "6 no-op stages beside them: p50 {with:.2} ms, {:.2} of what it was before them ({median:.2} ms)",
        with / median
    ));
}

/// Runs that are done and kept: start-up, latency and throughput with and without them.
fn kept() {
    let count = number("ROPEWALK_BENCH_KEPT", 100_000);
    let mut app = start();
    six_stages(&app);
    no_stage(&app);
    let before = figures(&mut app);
    let (rate, _) = side_by_side(&app, "pass", CLIENTS, count);
    let after = figures(&mut app);
    say(&format!("{count} finished runs were made at {rate:.0}/s, and are kept:"));
    for ((what, unit, before), (_, _, after)) in before.iter().zip(&after) {
        say(&format!(
            "  {what}: {before:.2} {unit} without, {after:.2} {unit} with them: {:.2}",
            after / before
        ));
    }
}

fn figures(app: &mut App) -> Vec<(&'static str, &'static str, f64)> {
    let began = Instant::now();
    app.restart();
    let start_up = began.elapsed().as_secs_f64() * 1e3;
    let (median, _, _) = one_at_a_time(app, "six", RUNS);
    let (rate, _) = side_by_side(app, "six", CLIENTS, MANY_RUNS / 2);
    vec![
        ("start-up", "ms", start_up),
        ("p50 of 6 no-op stages", "ms", median),
        ("32 at once", "runs/s", rate),
        ("resident", "MiB", memory_mib(app.pid())),
    ]
}

fn number(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).map_or(otherwise, |text| text.parse().unwrap())
}

/// Milliseconds that a process has computed so far, from `/proc`, where a second has 100 ticks.
fn cpu_ms(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
    ticks * 10.0
}

/// Resident memory of a process, from `/proc`.
fn memory_mib(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}

/// Size of the store's files.
fn disk_mib(app: &App) -> f64 {
    let bytes: u64 = std::fs::read_dir(app.state())
        .unwrap()
        .map(|file| file.unwrap())
        .filter(|file| {
            file.file_name().to_string_lossy().contains("sqlite")
                || file.file_name().to_string_lossy().contains("db")
        })
        .map(|file| file.metadata().unwrap().len())
        .sum();
    #[expect(clippy::cast_precision_loss, reason = "below 2^52 bytes")]
    let bytes = bytes as f64;
    bytes / f64::from(1 << 20)
}

fn say(line: &str) {
    // A reader that has gone away needs no more lines.
    let _ = writeln!(std::io::stdout(), "{line}");
}
