//! The sandbox, as an ordinary Rust program sees it.

use super::harness::{Options, Stage, options};

/// Runs the probe on a fresh instance.
#[track_caller]
fn check(parameters: &str, expected: Result<&str, &str>) {
    let ran = Stage::new(&options()).run(parameters).unwrap();
    let ran = ran.map_err(|failure| format!("{}: {}", failure.error, failure.cause));
    assert_eq!(ran, expected.map(str::to_owned).map_err(str::to_owned));
}

#[test]
fn std_fs_finds_what_it_needs() {
    let ran = Stage::new(&options()).run(r#"{"do": "files"}"#).unwrap();
    let failed = ran.as_ref().err().map(|failure| failure.cause.replace("; ", "\n"));
    assert_eq!(failed, None);
}

#[test]
fn nothing_of_the_host_is_seen() {
    let mut options = options();
    options.environment = vec![("LANG".to_owned(), "C".to_owned())];
    let environment =
        |options: &Options| Stage::new(options).run(r#"{"do": "environment"}"#).unwrap().unwrap();
    let seen = environment(&options);
    assert_eq!(seen, environment(&options), "not the same twice");
    let seen: serde_json::Value = serde_json::from_str(&seen).unwrap();
    assert_eq!(seen["environment"], serde_json::json!({"LANG": "C"}));
    assert_eq!(seen["arguments"], serde_json::json!(["stage"]));
    assert_eq!(seen["seconds"], 1_700_000_000);
    assert_eq!(seen["directory"], "/");
    options.seed += 1;
    let other: serde_json::Value = serde_json::from_str(&environment(&options)).unwrap();
    assert_ne!(other["random"], seen["random"], "the seed decides nothing");
}

#[test]
fn links_and_ways_out_are_refused() {
    check(r#"{"do": "symlink"}"#, Err("Probe.Io: Unsupported: Not supported (os error 58)"));
    check(
        r#"{"do": "read", "path": "../x"}"#,
        Err("Probe.Io: PermissionDenied: Operation not permitted (os error 63)"),
    );
    check(
        r#"{"do": "read", "path": "/x"}"#,
        Err("Probe.Io: NotFound: No such file or directory (os error 44)"),
    );
}

#[test]
fn sleeping_takes_no_time() {
    let start = std::time::Instant::now();
    check(r#"{"do": "sleep", "ms": 100000}"#, Ok(r#"{"ms":100000}"#));
    assert!(start.elapsed().as_secs() < 60);
}

#[test]
fn limits_are_named_in_the_log() {
    #[track_caller]
    fn check(options: &Options, parameters: &str, error: Option<&str>, log: &str) {
        let mut stage = Stage::new(options);
        let ran = stage.run(parameters).unwrap();
        assert_eq!(ran.err().map(|failure| failure.cause).as_deref(), error);
        assert_eq!(stage.log(), log);
    }
    let small = Options { max_bytes: 5000, max_files: 6, max_log_bytes: 100, ..options() };
    check(
        &small,
        r#"{"do": "write-files", "count": 2, "bytes": 3000}"#,
        Some("Uncategorized: I/O error (os error 29)"),
        "sandbox: the limit of 5000 bytes of files is reached\n",
    );
    check(
        &small,
        r#"{"do": "write-files", "count": 9, "bytes": 1}"#,
        Some("QuotaExceeded: Quota exceeded (os error 19)"),
        "sandbox: the limit of 6 files and folders is reached\n",
    );
    let line = format!("{}\n", ".".repeat(63));
    let log = format!(
        "{line}{}\nsandbox: the log's limit of 100 bytes is reached: 28 further bytes are dropped\n",
        &line[..36]
    );
    check(&small, r#"{"do": "print", "bytes": 128}"#, None, &log);
}

#[test]
fn inputs_come_in_and_outputs_go_out() {
    let mut stage = Stage::new(&options());
    let Stage { store, stage: bare } = &mut stage;
    let workspace = bare.ropewalk_pipeline_workspace();
    workspace.call_write(&mut *store, "a/b.txt", b"text", false).unwrap().unwrap();
    workspace.call_write(&mut *store, "run.sh", b"#!", true).unwrap().unwrap();
    stage.run(r#"{"do": "copy-inputs", "artifact": "copy"}"#).unwrap().unwrap();
    let Stage { store, stage: bare } = &mut stage;
    let workspace = bare.ropewalk_pipeline_workspace();
    let listed = workspace.call_list(&mut *store, "out").unwrap();
    let listed: Vec<_> = listed.iter().map(|file| (file.path.as_str(), file.size)).collect();
    assert_eq!(listed, [("copy/a/b.txt", 4), ("copy/run.sh", 2)]);
    assert_eq!(workspace.call_read(store, "out/copy/a/b.txt").unwrap().unwrap(), b"text");
}

#[test]
fn files_are_fast() {
    let mut stage = Stage::new(&options());
    stage.run(r#"{"do": "nothing"}"#).unwrap().unwrap();
    let start = std::time::Instant::now();
    stage.run(r#"{"do": "churn", "count": 1000}"#).unwrap().unwrap();
    let elapsed = start.elapsed();
    // 3 ms on an idle machine; the rest is for a busy one.
    assert!(elapsed.as_millis() < 400, "1,000 writes and 1,000 reads took {elapsed:?}");
}
