//! The runner, as a process of its own, at a real application.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{App, eventually, files};

/// A runner. Killed when it is dropped.
struct Runner {
    child: Child,
    folder: TempDir,
}

impl Runner {
    fn start(app: &App, more: &[&str]) -> Self {
        Self::with_token(app, &token(app, "linux"), more)
    }

    fn with_token(app: &App, token: &str, more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = File::create(folder.path().join("log")).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_ropewalk"))
            .args(["runner", "--url", app.client.url(), "--labels", "linux", "--name", "tester", "--work"])
            .arg(folder.path().join("work"))
            .args(more)
            .env("ROPEWALK_TOKEN", token)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .process_group(0)
            .spawn()
            .unwrap();
        Self { child, folder }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    fn ended(&mut self) -> ExitStatus {
        let child = &mut self.child;
        eventually("the runner ends", || child.try_wait().unwrap())
    }

    /// Folders of tasks that are not removed.
    fn jobs(&self) -> Vec<PathBuf> {
        let runners = std::fs::read_dir(self.folder.path().join("work")).into_iter().flatten().flatten();
        let inside =
            runners.flat_map(|runner| std::fs::read_dir(runner.path()).into_iter().flatten().flatten());
        inside.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn token(app: &App, labels: &str) -> String {
    let made = app.ropewalk(&["runner", "token", "--labels", labels]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

/// A pipeline with one task for a runner.
fn task(parameters: &Value, more: &Value) -> Value {
    let mut state = json!({
        "Type": "Task", "Resource": "arn:aws:states:region:account-id:activity:linux",
        "Parameters": parameters, "End": true,
    });
    state.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "StartAt": "Work", "States": { "Work": state } })
}

fn shell(script: &str) -> Value {
    json!({ "command": ["sh", "-c", script] })
}

fn start(app: &App, pipeline: &Value) -> String {
    app.project("work", pipeline);
    app.start_run("work", &json!({}))
}

fn log(app: &App, run: &str) -> String {
    app.client.send("GET", &format!("/api/runs/{run}/log"), b"").unwrap().text()
}

/// A file of an artifact of the first stage.
fn file(app: &App, run: &Value, artifact: &str, path: &str) -> String {
    let digest = run["stages"][0]["artifacts"][artifact].as_str().unwrap_or_else(|| panic!("{run:#}"));
    app.client
        .send("GET", &format!("/api/artifacts/{digest}/files/{path}"), b"")
        .unwrap()
        .ok()
        .unwrap()
        .text()
}

#[test]
fn a_command_gets_its_inputs_and_leaves_artifacts_and_a_log() {
    let app = App::start();
    let runner = Runner::start(&app, &[]);
    let script = "cat in/a.txt; echo key=$api_key; echo $api_key | base64; test -z \"$ROPEWALK_TOKEN\" || exit 9; \
        touch /usr/x 2>&1; mkdir -p out/made/bin; cp in/a.txt out/made/bin/b.txt; echo $ROPEWALK_STATE";
    let parameters = json!({
        "inputs": { "source": { "artifact.$": "$.tree", "path": "in", "include": ["*.txt"] } },
        "secrets": ["api_key"], "command": ["sh", "-c", script],
    });
    let pipeline = task(&parameters, &json!({ "HeartbeatSeconds": 30 }));
    app.put_project("work", &json!({ "pipeline": pipeline, "secrets": { "api_key": "hunter22-hunter22" } }));
    let tree = app.upload(&[("a.txt", b"hello\n"), ("b.md", b"no")]);
    let run = app.run("work", &json!({ "input": { "tree": tree } }));
    assert_eq!(
        run["status"],
        "succeeded",
        "{run:#}\n{}\n{}",
        log(&app, run["id"].as_str().unwrap()),
        runner.log()
    );
    assert_eq!(run["output"]["result"]["exit_code"], 0);
    assert_eq!(run["stages"][0]["worker"], "tester");
    assert_eq!(file(&app, &run, "made", "bin/b.txt"), "hello\n");
    assert_eq!(run["output"]["artifacts"]["made"], run["stages"][0]["artifacts"]["made"]);
    let log = log(&app, run["id"].as_str().unwrap());
    assert!(log.contains("hello\nkey=***\n***") && log.contains("\nWork\n"), "{log}");
    let events = app.client.send("GET", &format!("/api/runs/{}/events", run["id"].as_str().unwrap()), b"");
    for told in [log.as_str(), &runner.log(), &run.to_string(), &events.unwrap().text()] {
        assert!(!told.contains("hunter22"), "{told}");
    }
    assert!(log.contains("isolation: user namespaces") && log.contains("Read-only file system"), "{log}");
    eventually("the folder is removed", || runner.jobs().is_empty().then_some(()));
}

#[track_caller]
fn check_failed(app: &App, parameters: &Value, error: &str, cause: &str) {
    let id = start(app, &task(parameters, &json!({ "HeartbeatSeconds": 30 })));
    let run = app.finished(&id);
    assert_eq!(run["error"], error, "{run:#}");
    assert!(run["cause"].as_str().unwrap().contains(cause), "{run:#}");
}

#[test]
fn ends_and_limits_are_told_by_name() {
    let app = App::start();
    let options =
        ["--memory", "256MiB", "--processes", "64", "--time", "20", "--output", "64KiB", "--isolation"];
    let _runner = Runner::start(&app, &[&options[..], &["namespaces"]].concat());
    let check = |parameters: Value, error: &str, cause: &str| check_failed(&app, &parameters, error, cause);
    check(shell("echo why >&2; exit 3"), "Command.Failed", "ended with exit code 3\n");
    check(shell("kill -9 $$"), "Command.Failed", "ended with exit code 137");
    check(json!({ "command": ["no-such-program"] }), "Command.Failed", "ended with exit code 127");
    check(json!({ "command": ["sleep", "60"], "time_s": 1 }), "States.Timeout", "time limit of 1 s exceeded");
    let hoard = "x=a; while :; do x=$x$x; done";
    check(shell(hoard), "States.TaskFailed", "memory limit of 256 MiB exceeded");
    let many = "i=0; while [ $i -lt 100 ]; do sleep 9 & i=$((i + 1)); done; wait";
    check(shell(many), "States.TaskFailed", "process limit of 64 exceeded");
    check(json!({ "command": ["yes"] }), "States.TaskFailed", "output limit of 64 KiB exceeded");
    let wrong = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let pinned = json!({ "command": ["true"], "digests": { "true": wrong } });
    check(pinned, "Command.WrongDigest", "program `true` is `sha256:");
    check(
        json!({ "command": ["true"], "shell": 1, "parameters": { "shell": 1 } }),
        "Stage.InvalidParameters",
        "unknown field `shell`",
    );
    check(shell("mkdir out; touch out/stray"), "Stage.InvalidOutput", "`out/stray` is in no artifact");
    let missing = json!({ "command": ["true"], "inputs": { "a": wrong } });
    check(missing, "Stage.InvalidInput", "input `a`");
}

#[test]
fn a_log_is_seen_while_the_command_runs() {
    let app = App::start();
    let _runner = Runner::start(&app, &[]);
    let id = start(&app, &task(&shell("echo first; sleep 4; echo second"), &json!({})));
    let followed = std::thread::scope(|scope| {
        let follower = scope.spawn(|| app.ropewalk(&["logs", &id, "--follow"]));
        eventually("the first line is seen", || log(&app, &id).contains("first").then_some(()));
        let run = app.client.json("GET", &format!("/api/runs/{id}"), None).unwrap();
        assert_eq!(run["stages"][0]["status"], "running", "{run:#}");
        assert!(!log(&app, &id).contains("second"));
        app.finished(&id);
        follower.join().unwrap()
    });
    let printed = String::from_utf8(followed.stdout).unwrap();
    assert_eq!(followed.status.code(), Some(0));
    let (first, second) = (printed.find("first\n"), printed.find("second\n"));
    assert!(first.is_some() && first < second && printed.matches("first\n").count() == 1, "{printed}");
}

#[test]
fn a_killed_runners_task_goes_to_another_once() {
    let app = App::start();
    let retry =
        json!([{ "ErrorEquals": ["States.HeartbeatTimeout"], "IntervalSeconds": 1, "MaxAttempts": 3 }]);
    let mut first = Runner::start(&app, &[]);
    let script = "echo attempt $ROPEWALK_ATTEMPT; [ $ROPEWALK_ATTEMPT -gt 1 ] || exec sleep 3127";
    let id = start(&app, &task(&shell(script), &json!({ "HeartbeatSeconds": 3, "Retry": retry })));
    eventually("the first has it", || log(&app, &id).contains("\nattempt 1\n").then_some(()));
    first.child.kill().unwrap();
    first.child.wait().unwrap();
    let _second = Runner::start(&app, &[]);
    let run = app.finished(&id);
    assert_eq!(run["status"], "succeeded", "{run:#}");
    let stages = run["stages"].as_array().unwrap();
    let told: Vec<&str> = stages.iter().map(|stage| stage["status"].as_str().unwrap()).collect();
    assert_eq!(told, ["timed_out", "succeeded"], "{run:#}");
    let log = log(&app, &id);
    assert!(log.contains("\nattempt 1\n") && log.contains("\nattempt 2\n"), "{log}");
    eventually("its command has ended with it", || (!is_running("3127")).then_some(()));
}

/// Whether somebody sleeps for so long.
fn is_running(seconds: &str) -> bool {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let wanted = format!("sleep\0{seconds}\0");
    processes
        .into_iter()
        .any(|entry| std::fs::read_to_string(entry.path().join("cmdline")).is_ok_and(|line| line == wanted))
}

#[test]
fn the_application_may_go_away_meanwhile() {
    let mut app = App::start();
    let runner = Runner::start(&app, &[]);
    let script = "echo before; sleep 2; mkdir -p out/made; echo after | tee out/made/file";
    let id = start(&app, &task(&shell(script), &json!({ "HeartbeatSeconds": 60 })));
    eventually("it has begun", || log(&app, &id).contains("before").then_some(()));
    app.kill();
    std::thread::sleep(Duration::from_secs(3));
    app.restart();
    let run = app.finished(&id);
    assert_eq!(run["status"], "succeeded", "{run:#}");
    assert_eq!(file(&app, &run, "made", "file"), "after\n");
    assert!(log(&app, &id).contains("before\nafter\n"), "{}", log(&app, &id));
    assert!(runner.log().contains("the application answers again"), "{}", runner.log());
}

#[test]
fn a_task_that_nobody_waits_for_is_given_up() {
    let app = App::start();
    let runner = Runner::start(&app, &[]);
    let id = start(&app, &task(&shell("echo begun; exec sleep 3128"), &json!({ "HeartbeatSeconds": 3 })));
    eventually("it has begun", || log(&app, &id).contains("begun").then_some(()));
    app.client.json("POST", &format!("/api/runs/{id}/cancel"), Some(&json!({}))).unwrap();
    eventually("the command is ended", || (!is_running("3128")).then_some(()));
    eventually("it is said", || runner.log().contains("is over").then_some(()));
    // What has ended takes no result.
    let late = app.client.json("POST", "/api/activities/linux/poll?wait=0", Some(&json!({}))).unwrap();
    assert_eq!(late["token"], Value::Null);
}

#[test]
fn it_drains_and_stops_when_it_is_told_to() {
    let app = App::start();
    let mut runner = Runner::start(&app, &[]);
    let id = start(&app, &task(&shell("echo begun; sleep 2; echo done"), &json!({})));
    eventually("it has begun", || log(&app, &id).contains("begun").then_some(()));
    runner.signal("TERM");
    let waiting = app.start_run("work", &json!({}));
    assert_eq!(app.finished(&id)["status"], "succeeded");
    assert!(runner.ended().success());
    let run = app.client.json("GET", &format!("/api/runs/{waiting}"), None).unwrap();
    assert_eq!(run["status"], "running", "a runner that drains takes nothing: {run:#}");

    app.project("work", &task(&shell("echo begun; exec sleep 3129"), &json!({})));
    app.client.json("POST", &format!("/api/runs/{waiting}/cancel"), Some(&json!({}))).unwrap();
    let id = app.start_run("work", &json!({}));
    let mut runner = Runner::start(&app, &["--ephemeral"]);
    eventually("it has begun", || log(&app, &id).contains("begun").then_some(()));
    runner.signal("TERM");
    std::thread::sleep(Duration::from_millis(300));
    runner.signal("TERM");
    assert_eq!(app.finished(&id)["error"], "Runner.Stopped");
    assert!(runner.ended().success());
    assert!(!is_running("3129"));

    let ids: Vec<String> = (0..2)
        .map(|_| {
            app.project("work", &task(&shell("true"), &json!({})));
            app.start_run("work", &json!({}))
        })
        .collect();
    let mut runner = Runner::start(&app, &["--ephemeral"]);
    assert!(runner.ended().success(), "{}", runner.log());
    let done = ids.iter().filter(|id| {
        let run = app.client.json("GET", &format!("/api/runs/{id}"), None).unwrap();
        run["status"] == "succeeded"
    });
    assert_eq!(done.count(), 1, "it ends after one");
    assert!(runner.jobs().is_empty());
}

#[test]
fn tokens_let_in_for_their_activities_alone() {
    let app = App::start();
    let refused = |token: &str, expected: &str| {
        let mut runner = Runner::with_token(&app, token, &[]);
        assert_eq!(runner.ended().code(), Some(2), "{}", runner.log());
        assert!(runner.log().contains(expected), "{}", runner.log());
        assert!(!runner.log().contains(token), "{}", runner.log());
    };
    refused("rr1.linux.99999999999.00", "the bearer token is not the one of this application");
    refused("wrong", "the bearer token is not the one of this application");
    refused(&token(&app, "windows,other"), "the runner's token is not for activity `linux`");
    let bearer = format!("Bearer {}", token(&app, "linux"));
    for path in ["/api/runs", "/api/projects", "/api/activities"] {
        let answer = app.client.send_with("GET", path, &[("authorization", &bearer)], b"").unwrap();
        assert_eq!(answer.status, 401, "{path}");
    }
    let runner = Runner::start(&app, &["--concurrency", "2"]);
    let began = Instant::now();
    app.project("work", &task(&shell("sleep 3"), &json!({})));
    let ids: Vec<String> = (0..2).map(|_| app.start_run("work", &json!({}))).collect();
    for id in ids {
        assert_eq!(app.finished(&id)["status"], "succeeded", "{}", runner.log());
    }
    assert!(began.elapsed() < Duration::from_millis(5_900), "two at once: {:?}", began.elapsed());
}

#[test]
fn bubblewrap_does_the_same() {
    let app = App::start();
    let runner = Runner::start(&app, &["--isolation", "bubblewrap"]);
    let script =
        "id -u; touch /usr/x; ls /root; ls /proc | grep -c '^[0-9]'; mkdir -p out/a; echo x > out/a/b";
    let parameters = json!({ "command": ["sh", "-c", script], "network": false });
    let run = app.finished(&start(&app, &task(&parameters, &json!({}))));
    assert_eq!(run["status"], "succeeded", "{run:#}\n{}", runner.log());
    let log = log(&app, run["id"].as_str().unwrap());
    assert!(log.contains("isolation: bubblewrap") && log.contains("Read-only file system"), "{log}");
    assert!(log.contains("cannot access '/root'"), "{log}");
}

#[test]
fn services_are_described_rightly() {
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("deploy");
    let unit = deploy.join("ropewalk-runner.service");
    let text = std::fs::read_to_string(&unit).unwrap();
    // The program needs not be installed where it is checked.
    let folder = tempfile::tempdir().unwrap();
    let checked = folder.path().join("ropewalk-runner.service");
    std::fs::write(&checked, text.replace("/usr/local/bin/ropewalk", "/bin/true")).unwrap();
    let verified = Command::new("systemd-analyze").arg("verify").arg(&checked).output().unwrap();
    let said = String::from_utf8_lossy(&verified.stderr);
    let wrong: Vec<&str> = said.lines().filter(|line| line.contains("ropewalk-runner")).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let text = std::fs::read_to_string(deploy.join("ropewalk-runner.yaml")).unwrap();
    let job: Value = serde_saphyr::from_str(&text).unwrap();
    assert_eq!((&job["apiVersion"], &job["kind"]), (&json!("batch/v1"), &json!("Job")));
    let pod = &job["spec"]["template"]["spec"];
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    let arguments = pod["containers"][0]["args"].as_array().unwrap();
    assert!(arguments.contains(&json!("--ephemeral")));
}

/// A published package of npm: `deep-equal` 1.0.1, which brings its tests.
const NPM_PACKAGE: &str = "deep-equal@1.0.1";
/// SHA-256 of its archive.
const NPM_DIGEST: &str = "679226cbc8173a807e1985410f71a06092f25bea729da142d9fda15a8e085ed0";
/// A published crate, which brings its tests.
const CRATE: &str = "fnv = \"=1.0.7\"";
/// SHA-256 of its archive.
const CRATE_DIGEST: &str = "3f9eec918d3f24069decb9af1554cad7c880e2da24a9afd88aca000531ab82c1";

/// Runs a command that fetches something from a registry, by the registry's own client.
fn fetch(command: &mut Command) {
    let fetched = command.output().unwrap();
    assert!(fetched.status.success(), "{command:?}: {}", String::from_utf8_lossy(&fetched.stderr));
}

/// Every file of a folder, as an artifact.
fn upload(app: &App, folder: &Path) -> String {
    let found = files(folder);
    let files: Vec<(&str, &[u8])> =
        found.iter().map(|(name, contents)| (name.as_str(), contents.as_slice())).collect();
    app.upload(&files)
}

#[test]
fn a_published_npm_package_is_installed_and_tested() {
    use sha2::Digest as _;
    let app = App::start();
    let runner = Runner::start(&app, &[]);
    let folder = tempfile::tempdir().unwrap();
    fetch(Command::new("npm").args(["pack", "--silent", NPM_PACKAGE]).current_dir(folder.path()));
    let archive = std::fs::read(folder.path().join("deep-equal-1.0.1.tgz")).unwrap();
    assert_eq!(hex::encode(sha2::Sha256::digest(&archive)), NPM_DIGEST, "{NPM_PACKAGE}");
    fetch(Command::new("tar").args(["xzf", "deep-equal-1.0.1.tgz"]).current_dir(folder.path()));
    let source = upload(&app, &folder.path().join("package"));
    let mut parameters = shell("npm install --no-audit --no-fund && npm test");
    parameters["inputs"] = json!({ "source": source });
    let run = app.finished(&start(&app, &task(&parameters, &json!({ "HeartbeatSeconds": 60 }))));
    let log = log(&app, run["id"].as_str().unwrap());
    assert_eq!(run["status"], "succeeded", "{run:#}\n{log}\n{}", runner.log());
    assert!(log.contains("# pass  21"), "{log}");
}

#[test]
fn a_published_crate_is_tested() {
    let app = App::start();
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output().unwrap();
    let sysroot = String::from_utf8(sysroot.stdout).unwrap().trim().to_owned();
    let runner = Runner::start(&app, &["--share", &sysroot]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("src")).unwrap();
    std::fs::write(folder.path().join("src/lib.rs"), "").unwrap();
    let manifest =
        format!("[package]\nname = \"fetch\"\nedition = \"2024\"\n[dependencies]\n{CRATE}\n[workspace]\n");
    std::fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    fetch(Command::new("cargo").args(["vendor", "--quiet"]).current_dir(folder.path()));
    let package = folder.path().join("vendor/fnv");
    let checksums = std::fs::read_to_string(package.join(".cargo-checksum.json")).unwrap();
    let checksums: Value = serde_json::from_str(&checksums).unwrap();
    assert_eq!(checksums["package"], CRATE_DIGEST, "{CRATE}");
    let source = upload(&app, &package);
    let parameters = json!({
        "command": ["cargo", "test"], "inputs": { "source": source },
        "env": { "PATH": format!("{sysroot}/bin:/usr/bin:/bin") },
    });
    let run = app.finished(&start(&app, &task(&parameters, &json!({ "HeartbeatSeconds": 60 }))));
    let log = log(&app, run["id"].as_str().unwrap());
    assert_eq!(run["status"], "succeeded", "{run:#}\n{log}\n{}", runner.log());
    assert!(log.contains("test result: ok. 1 passed"), "{log}");
}
