//! One running application: the embedded host as a process of its own, or real Spin.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use cli::app::MAIN_COMPONENTS;
use cli::client::{Answer, Client};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{PATIENCE, manifest, within};

/// The token of applications in tests.
pub(crate) const TOKEN: &str = "a token for tests alone";
const MASTER_KEY: &str = "0123456789abcdef0123456789abcdef-for-tests";

/// How an application is started.
#[derive(Default, Clone)]
pub(crate) struct Options {
    /// `--limits` of the embedded host.
    pub(crate) limits: Option<&'static str>,
    /// No token and no master key are set.
    pub(crate) unconfigured: bool,
    /// On the embedded host, whatever `ROPEWALK_SPIN` says.
    pub(crate) embedded: bool,
    /// Another application than that of all tests, on the embedded host, and those of its components that run.
    pub(crate) app: Option<(PathBuf, Vec<&'static str>)>,
    /// State folder to use, instead of one of its own.
    pub(crate) state: Option<PathBuf>,
    /// Environment of the process, on top of what tests set always.
    pub(crate) environment: Vec<(&'static str, String)>,
}

/// One running application. Killed when it is dropped.
pub(crate) struct App {
    /// Its API, with the token.
    pub(crate) client: Client,
    options: Options,
    port: u16,
    child: Child,
    state: PathBuf,
    _folder: Option<TempDir>,
}

/// The binary of real Spin, if the tests run on it.
pub(crate) fn on_spin() -> Option<PathBuf> {
    std::env::var_os("ROPEWALK_SPIN").map(PathBuf::from)
}

impl App {
    /// Starts one, with a state folder of its own.
    pub(crate) fn start() -> Self {
        Self::start_with(Options::default())
    }

    /// Starts one.
    pub(crate) fn start_with(options: Options) -> Self {
        let folder = options.state.is_none().then(|| tempfile::tempdir().unwrap());
        let state = match (&options.state, &folder) {
            (Some(state), _) => state.clone(),
            (None, Some(folder)) => folder.path().join("state"),
            (None, None) => unreachable!(),
        };
        let port = free_port();
        let child = spawn(&options, &state, port);
        let client = Client::new(&format!("http://127.0.0.1:{port}"), TOKEN);
        let mut app = Self { client, options, port, child, state, _folder: folder };
        app.await_start();
        app
    }

    /// Where it keeps its state.
    pub(crate) fn state(&self) -> &Path {
        &self.state
    }

    /// Its process.
    #[allow(dead_code, reason = "only the benchmark asks")]
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal: `STOP`, `CONT`, `KILL`.
    pub(crate) fn signal(&self, name: &str) {
        assert!(self.try_signal(name));
    }

    fn try_signal(&self, name: &str) -> bool {
        let pid = self.child.id();
        // `spin up` serves by a child of its own, which a signal to it alone would leave at work.
        let whom = if self.is_spin() { format!("-{pid}") } else { pid.to_string() };
        Command::new("kill").args(["-s", name, "--", &whom]).status().unwrap().success()
    }

    fn is_spin(&self) -> bool {
        !self.options.embedded && on_spin().is_some()
    }

    /// Ends it as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        if self.child.try_wait().unwrap().is_none() {
            self.signal("KILL");
        }
        self.child.wait().unwrap();
    }

    /// Starts it again on the same state and port.
    pub(crate) fn restart(&mut self) {
        self.kill();
        self.child = spawn(&self.options, &self.state, self.port);
        self.await_start();
    }

    fn await_start(&mut self) {
        let log = self.log_path();
        let (child, client) = (&mut self.child, &self.client);
        // The first start compiles all components; later ones find them compiled.
        within(5 * PATIENCE, "the application answers", || {
            if let Some(status) = child.try_wait().unwrap() {
                let text = std::fs::read_to_string(&log).unwrap_or_default();
                panic!("the application ended with {status}:\n{text}");
            }
            client.send_with("GET", "/ui/", &[], b"").ok().filter(|answer| answer.status != 404)
        });
    }

    fn log_path(&self) -> PathBuf {
        log_path(&self.state)
    }

    /// What the application printed.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// Registers a project, replacing one of the same name.
    #[track_caller]
    pub(crate) fn project(&self, name: &str, pipeline: &Value) {
        self.put_project(name, &json!({ "pipeline": pipeline }));
    }

    /// Registers a project, replacing one of the same name.
    #[track_caller]
    pub(crate) fn put_project(&self, name: &str, project: &Value) {
        self.client.json("PUT", &format!("/api/projects/{name}"), Some(project)).unwrap();
    }

    /// Starts a run, and gives its id.
    #[track_caller]
    pub(crate) fn start_run(&self, project: &str, request: &Value) -> String {
        let path = format!("/api/projects/{project}/runs");
        let started = self.client.json("POST", &path, Some(request)).unwrap();
        started["id"].as_str().unwrap().to_owned()
    }

    /// Waits for a run's end.
    #[track_caller]
    pub(crate) fn finished(&self, id: &str) -> Value {
        let began = std::time::Instant::now();
        loop {
            let run = self.client.json("GET", &format!("/api/runs/{id}?wait=5"), None).unwrap();
            if run["status"] != "running" && run["status"] != "queued" {
                return run;
            }
            assert!(began.elapsed() < 3 * PATIENCE, "run {id} goes on and on: {run:#}");
            if on_spin().is_some() {
                // The embedded host ticks by itself; beside Spin, a cron job does.
                self.client.json("POST", "/api/tick", None).unwrap();
            }
        }
    }

    /// Runs a project to its end.
    #[track_caller]
    pub(crate) fn run(&self, project: &str, request: &Value) -> Value {
        let id = self.start_run(project, request);
        self.finished(&id)
    }

    /// Registers a pipeline, and runs it to its end.
    #[track_caller]
    pub(crate) fn run_pipeline(&self, pipeline: &Value) -> Value {
        self.project("test", pipeline);
        self.run("test", &json!({}))
    }

    /// Puts a tree of files into the store.
    #[track_caller]
    pub(crate) fn upload(&self, files: &[(&str, &[u8])]) -> String {
        let mut tar = tar::Builder::new(Vec::new());
        for (path, contents) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(contents.len() as u64);
            header.set_mode(0o644);
            tar.append_data(&mut header, path, *contents).unwrap();
        }
        self.upload_tar(&tar.into_inner().unwrap())
    }

    /// Puts the files of an archive into the store.
    #[track_caller]
    pub(crate) fn upload_tar(&self, tar: &[u8]) -> String {
        let answer = self.client.send("POST", "/api/artifacts", tar);
        answer.unwrap().ok().unwrap().json().unwrap()["digest"].as_str().unwrap().to_owned()
    }

    /// Runs the command against it, with the token.
    #[allow(dead_code, reason = "the benchmark runs none")]
    pub(crate) fn ropewalk(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_ropewalk"))
            .args(arguments)
            .args(["--url", self.client.url()])
            .env("ROPEWALK_TOKEN", TOKEN)
            .output()
            .unwrap()
    }

    /// Asks as somebody without a token does.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.client.send_with("GET", path, &[], b"").unwrap()
    }
}

impl Drop for App {
    fn drop(&mut self) {
        // It may be dead already.
        let _ = self.try_signal("KILL");
        let _ = self.child.wait();
    }
}

fn log_path(state: &Path) -> PathBuf {
    state.with_extension("log")
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

fn spawn(options: &Options, state: &Path, port: u16) -> Child {
    std::fs::create_dir_all(state).unwrap();
    let manifest = match &options.app {
        Some((folder, _)) => &folder.join("spin.toml"),
        None => manifest::path(),
    };
    let listen = format!("127.0.0.1:{port}");
    let mut command = match on_spin().filter(|_| !options.embedded) {
        Some(spin) => {
            let mut command = Command::new(spin);
            command.args(["up", "--quiet", "--from"]).arg(manifest);
            command.args(["--listen", &listen, "--state-dir"]).arg(state).process_group(0);
            command
        }
        None => {
            let mut command = Command::new(env!("CARGO_BIN_EXE_ropewalk"));
            command.arg("up").arg("--app").arg(manifest.parent().unwrap());
            command.args(["--listen", &listen, "--state"]).arg(state);
            if let Some((_, components)) = &options.app {
                command.args(components.iter().flat_map(|id| ["--component-id", id]));
            }
            if let Some(limits) = options.limits {
                command.args(["--limits", limits]);
                command.args(MAIN_COMPONENTS.iter().flat_map(|id| ["--component-id", id]));
            }
            command
        }
    };
    if !options.unconfigured {
        command.env("SPIN_VARIABLE_API_TOKEN", TOKEN).env("SPIN_VARIABLE_MASTER_KEY", MASTER_KEY);
    }
    command.envs(options.environment.iter().map(|(name, value)| (name, value)));
    let log = File::options().create(true).append(true).open(log_path(state)).unwrap();
    command
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap_or_else(|error| panic!("failed to start {command:?}: {error}"))
}
