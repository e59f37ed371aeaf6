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
fn nothing_leads_out_of_the_tree() {
    let denied = "Probe.Io: PermissionDenied: Operation not permitted (os error 63)";
    check(r#"{"do": "read", "path": "../x"}"#, Err(denied));
    check(r#"{"do": "write", "path": "../x"}"#, Err(denied));
    check(r#"{"do": "write", "path": "a/../../x"}"#, Err(denied));
    check(
        r#"{"do": "read", "path": "/x"}"#,
        Err("Probe.Io: NotFound: No such file or directory (os error 44)"),
    );
    check(r#"{"do": "link", "path": "x", "text": "/etc/passwd"}"#, Err(denied));
    check(r#"{"do": "link", "path": "x", "text": "../../etc"}"#, Ok(r#"{"target":"../../etc"}"#));
}

#[test]
fn a_name_that_is_not_utf_8_is_refused() {
    check(r#"{"do": "odd-name"}"#, Err("Probe.Io: Uncategorized: Illegal byte sequence (os error 25)"));
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
    check(
        &small,
        r#"{"do": "deepen", "count": 9}"#,
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
fn open_descriptors_have_a_limit() {
    let mut stage = Stage::new(&options());
    let failure = stage.run(r#"{"do": "open", "count": 5000}"#).unwrap().unwrap_err();
    assert_eq!(failure.cause, "QuotaExceeded: after 4095: Quota exceeded (os error 19)");
    assert_eq!(stage.log(), "sandbox: the limit of 4096 open descriptors is reached\n");
    // All were closed when the run ended: the preopened folder alone is open.
    check(r#"{"do": "open", "count": 4000}"#, Ok(r#"{"open":4000}"#));
}

#[test]
fn links_in_outputs_are_read_through() {
    let mut stage = Stage::new(&options());
    for (path, target) in [
        ("out/a/file", "../../target.txt"),
        ("out/a/none", "nothing"),
        ("out/a/folder", "../../in"),
        ("out/a/up", "../a"),
    ] {
        let Stage { store, stage: bare } = &mut stage;
        let workspace = bare.ropewalk_pipeline_workspace();
        if path == "out/a/folder" {
            workspace.call_write(&mut *store, "in/b", b"b", true).unwrap().unwrap();
        }
        stage.run(&format!(r#"{{"do": "link", "path": "{path}", "text": "{target}"}}"#)).unwrap().unwrap();
    }
    let Stage { store, stage: bare } = &mut stage;
    let workspace = bare.ropewalk_pipeline_workspace();
    let mut read = Vec::new();
    for file in workspace.call_list(&mut *store, "out").unwrap() {
        let read_one = workspace.call_read(&mut *store, &format!("out/{}", file.path)).unwrap();
        let bytes = read_one.map_or_else(|error| format!("{error}"), |bytes| bytes.len().to_string());
        read.push(format!("{} {} {bytes}", file.path, file.executable));
    }
    assert_eq!(read[..2], ["a/file false 6", "a/folder/b true 1"]);
    assert!(
        read[2].starts_with("a/none false ") && read[2].contains("`out/a/none`: nothing is there"),
        "{read:?}"
    );
    assert!(read[3].contains("in a circle"), "{read:?}");
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
