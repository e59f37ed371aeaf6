//! A Redis or Valkey server for one test, on a folder of its own, that keeps each write before it answers.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// What may be installed, the first that is there is taken.
const PROGRAMS: &[&str] = &["valkey-server", "redis-server"];
/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running server. Killed when it is dropped.
pub(crate) struct RedisServer {
    folder: TempDir,
    program: &'static str,
    port: u16,
    arguments: Vec<String>,
    child: Child,
}

impl RedisServer {
    /// Starts one. `None`: there is none on this machine, which is said, and is an error on CI.
    pub(crate) fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    /// Starts one with more arguments. They override its own.
    pub(crate) fn start_with(arguments: &[&str]) -> Option<Self> {
        let is_there = |program: &&&str| Command::new(program).arg("--version").output().is_ok();
        let Some(program) = PROGRAMS.iter().find(is_there) else {
            let test = std::thread::current().name().unwrap_or("a test").to_owned();
            assert!(std::env::var_os("CI").is_none(), "{test}: neither of {PROGRAMS:?} is installed");
            // Not by a macro: what those print of a test that passes is not shown.
            let line = format!("PASSED OVER {test}: neither of {PROGRAMS:?} is installed\n");
            std::io::stderr().write_all(line.as_bytes()).unwrap();
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let child = spawn(program, folder.path(), port, &arguments);
        let mut server = Self { folder, program, port, arguments, child };
        server.await_start();
        Some(server)
    }

    /// Its port on this machine.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Its URL.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Its process.
    #[allow(dead_code, reason = "not every binary asks")]
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Where it keeps its files.
    #[allow(dead_code, reason = "not every binary asks")]
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Ends it as `kill -9` does.
    #[allow(dead_code, reason = "not every binary asks")]
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again, on what it has kept.
    #[allow(dead_code, reason = "not every binary asks")]
    pub(crate) fn restart(&mut self) {
        self.kill();
        self.child = spawn(self.program, self.folder.path(), self.port, &self.arguments);
        self.await_start();
    }

    /// What it answers to a command, up to the first 64 KiB.
    pub(crate) fn ask(&self, command: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(format!("{command}\r\n").as_bytes())?;
        let mut answer = vec![0; 64 << 10];
        let length = stream.read(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer[..length]).into_owned())
    }

    fn await_start(&mut self) {
        let began = Instant::now();
        loop {
            match self.ask("PING") {
                Ok(answer) if answer.starts_with("+PONG") || answer.starts_with("-NOAUTH") => return,
                _ => {}
            }
            if let Some(status) = self.child.try_wait().unwrap() {
                let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
                panic!("{} ended with {status}:\n{log}", self.program);
            }
            assert!(began.elapsed() < PATIENCE, "{} does not start", self.program);
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        // It may be dead already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(program: &str, folder: &Path, port: u16, arguments: &[String]) -> Child {
    let log = std::fs::File::create(folder.join("log")).unwrap();
    Command::new(program)
        .args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", "", "--dir"])
        .arg(folder)
        .args(["--appendonly", "yes", "--appendfsync", "always"])
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap_or_else(|error| panic!("failed to start {program}: {error}"))
}
