//! Sites in Zola's layout, built in the sandbox.
//!
//! - `cargo bench -p cli --bench zola` measures a site of a thousand pages: from cold, and after a change of one.
//! - `cargo bench -p cli --bench zola -- /path/to/zola SITE…` builds each site by that binary as well, and compares
//!   pages and their visible text. It ends with 1 if any differ.

#[path = "zola/compare.rs"]
mod compare;
#[path = "zola/site.rs"]
mod site;
#[path = "../tests/support/mod.rs"]
#[allow(dead_code, unused_imports)]
mod support;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use support::{App, Options};

/// Files of a site, by their paths.
type Files = BTreeMap<String, Vec<u8>>;

/// How often each figure is measured; the median is shown.
const TIMES: usize = 7;

fn main() {
    // Cargo adds an argument of its own.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let app = App::start_with(Options { embedded: true, ..Options::default() });
    app.project(
        "bench",
        &json!({ "StartAt": "Build", "States": { "Build": { "Type": "Task", "Resource": "stage-build", "End": true } } }),
    );
    let Some((zola, sites)) = arguments.split_first() else {
        return measure(&app);
    };
    let mut differ = 0;
    for site in sites {
        differ += usize::from(!compare(&app, Path::new(zola), Path::new(site)));
    }
    std::process::exit(i32::from(differ > 0));
}

/// Measures stage calls, from the orchestrator's call to the answer that it has.
fn measure(app: &App) {
    say(&format!("{:<58} {:>9} {:>9}", "", "median", "aim"));
    let mut site = site::thousand_pages();
    let times = (0..TIMES).map(|_| build(app, &site).0).collect();
    row("1,000 pages from cold", times, 1500);
    let times = (0..TIMES)
        .map(|time| {
            site::change_one(&mut site, time);
            build(app, &site).0
        })
        .collect();
    row("the same after a change of one page", times, 200);
}

fn row(what: &str, mut times_ms: Vec<f64>, aim_ms: u32) {
    times_ms.sort_by(f64::total_cmp);
    say(&format!("{what:<58} {:>6.0} ms {aim_ms:>6} ms", times_ms[times_ms.len() / 2]));
}

/// Builds a site in the sandbox: how long the stage's call took in milliseconds, and its artifact.
fn build(app: &App, site: &Files) -> (f64, String) {
    let files: Vec<_> = site.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    let source = app.upload(&files);
    let run = app.run("bench", &json!({ "no_cache": true, "input": { "artifacts": { "source": source } } }));
    assert_eq!(run["status"], "succeeded", "{run:#}");
    let stage: &Value = &run["stages"][0];
    let artifact = stage["artifacts"]["site"].as_str().expect("the stage leaves an artifact");
    (stage["duration_ms"].as_f64().expect("a stage takes time"), artifact.to_owned())
}

/// Builds a site both ways. Whether both are the same.
fn compare(app: &App, zola: &Path, site: &Path) -> bool {
    let name = site.file_name().unwrap_or_default().to_string_lossy();
    let source = read(site, &|path| !path.starts_with(".git"));
    let theirs = by_zola(zola, &source);
    let (_, artifact) = build(app, &source);
    let tar = app.client.send("GET", &format!("/api/artifacts/{artifact}"), b"").unwrap().ok().unwrap();
    let found = compare::compare(&theirs, &unpack(&tar.body));
    say(&format!("{name:<20} {found}"));
    found.is_same()
}

/// Zola leaves files in the site's folder, and so gets a copy of it.
fn by_zola(zola: &Path, source: &Files) -> Files {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("site");
    for (path, bytes) in source {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let out = folder.path().join("out");
    let ran = Command::new(zola)
        .arg("--root")
        .arg(&root)
        .args(["build", "--output-dir"])
        .arg(&out)
        .output()
        .unwrap();
    assert!(ran.status.success(), "zola failed: {}", String::from_utf8_lossy(&ran.stderr));
    read(&out, &|_| true)
}

fn read(folder: &Path, wanted: &dyn Fn(&Path) -> bool) -> Files {
    let mut files = Files::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(below) = folders.pop() {
        for entry in std::fs::read_dir(folder.join(&below)).unwrap() {
            let entry = entry.unwrap();
            let path = below.join(entry.file_name());
            if !wanted(&path) {
                continue;
            }
            if entry.path().is_dir() {
                folders.push(path);
            } else {
                files.insert(path.to_string_lossy().into_owned(), std::fs::read(entry.path()).unwrap());
            }
        }
    }
    files
}

fn unpack(tar: &[u8]) -> Files {
    let mut files = Files::new();
    for entry in tar::Archive::new(tar).entries().unwrap() {
        let mut entry = entry.unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        files.insert(entry.path().unwrap().to_string_lossy().into_owned(), bytes);
    }
    files
}

fn say(line: &str) {
    // A reader that has gone away needs no more lines.
    let _ = writeln!(std::io::stdout(), "{line}");
}
