//! Stages that go out: packages from a registry, and news to somebody.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha512};

use crate::support::App;

/// What a server does with a request: its path, and how many came for it before.
type Handler = dyn Fn(&str, usize) -> Reply + Send + Sync;

/// An answer, or none at all.
enum Reply {
    Answer(u16, &'static str, Vec<u8>),
    Silence,
}

/// A server on this machine. Its threads end with the process.
struct Server {
    address: String,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    requests: Vec<String>,
    by_path: BTreeMap<String, usize>,
    open: usize,
    most_open: usize,
}

impl Server {
    fn start(handler: impl Fn(&str, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (handler, shared): (Arc<Handler>, _) = (Arc::new(handler), seen.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (handler, seen) = (handler.clone(), shared.clone());
                std::thread::spawn(move || serve(stream.unwrap(), &*handler, &seen));
            }
        });
        Self { address, seen }
    }

    fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().requests.clone()
    }

    fn most_open(&self) -> usize {
        self.seen.lock().unwrap().most_open
    }
}

fn serve(mut stream: TcpStream, handler: &Handler, seen: &Mutex<Seen>) {
    let mut request = String::new();
    let mut buffer = [0; 4096];
    while !is_whole(&request) {
        match stream.read(&mut buffer) {
            Ok(read) if read > 0 => request.push_str(&String::from_utf8_lossy(&buffer[..read])),
            _ => return,
        }
    }
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    let before = {
        let mut seen = seen.lock().unwrap();
        seen.requests.push(request);
        seen.open += 1;
        seen.most_open = seen.most_open.max(seen.open);
        let count = seen.by_path.entry(path.clone()).or_default();
        *count += 1;
        *count - 1
    };
    let reply = handler(&path, before);
    seen.lock().unwrap().open -= 1;
    match reply {
        Reply::Answer(status, headers, body) => {
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n"
            );
            // Whoever asked may be gone.
            let _ = stream.write_all(&[head.as_bytes(), &body].concat());
        }
        Reply::Silence => std::thread::sleep(Duration::from_mins(1)),
    }
}

fn is_whole(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else { return false };
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0_usize)
}

/// An archive of a package, unpacked size and all.
fn archive(name: &str) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    let text = format!("module.exports = '{name}';\n");
    let mut header = tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_mode(0o644);
    builder.append_data(&mut header, "package/index.js", text.as_bytes()).unwrap();
    builder.into_inner().unwrap()
}

/// A lock file of packages that a server has at `/<name>`.
fn lock(server: &Server, names: &[String]) -> Vec<u8> {
    let package = |name: &String| {
        let integrity = format!("sha512-{}", STANDARD.encode(Sha512::digest(archive(name))));
        let resolved = format!("{}/{name}", server.address);
        let package = json!({
            "version": "1.0.0", "resolved": resolved, "integrity": integrity, "hasInstallScript": name == "p0",
        });
        (format!("node_modules/{name}"), package)
    };
    let packages: serde_json::Map<String, Value> = names.iter().map(package).collect();
    json!({ "lockfileVersion": 3, "packages": packages }).to_string().into_bytes()
}

fn install(parameters: &Value) -> Value {
    json!({ "StartAt": "Install", "States": { "Install": {
        "Type": "Task", "Resource": "stage-install", "End": true,
        "Parameters": {
            "inputs": { "source": { "artifact.$": "$.tree", "include": ["package-lock.json"] } },
            "parameters": parameters,
        },
    } } })
}

fn log(app: &App, run: &Value) -> String {
    let path = format!("/api/runs/{}/log", run["id"].as_str().unwrap());
    app.client.send("GET", &path, b"").unwrap().text()
}

#[test]
fn a_lock_file_is_installed_once() {
    let server = Server::start(|path, before| {
        std::thread::sleep(Duration::from_millis(100));
        match (path, before) {
            ("/p1", 0) => Reply::Answer(429, "retry-after: 1\r\n", Vec::new()),
            _ => Reply::Answer(200, "", archive(&path[1..])),
        }
    });
    let app = App::start();
    app.project("one", &install(&json!({})));
    app.project("other", &install(&json!({})));
    let names: Vec<String> = (0..16).map(|number| format!("p{number}")).collect();
    let lock = lock(&server, &names);
    let tree = app.upload(&[("package-lock.json", &lock), ("index.js", b"1")]);
    let started = Instant::now();
    let run = app.run("one", &json!({ "input": { "tree": tree } }));
    assert_eq!(run["status"], "succeeded", "{run:#}");
    assert!(started.elapsed() >= Duration::from_secs(1), "what the registry asks for is not waited for");
    assert_eq!(run["output"]["result"]["npm"]["count"], 16, "{run:#}");
    let modules = run["output"]["artifacts"]["node_modules"].as_str().unwrap();
    let path = format!("/api/artifacts/{modules}/files/p7/index.js");
    let file = app.client.send("GET", &path, b"").unwrap();
    assert_eq!(file.text(), "module.exports = 'p7';\n");
    assert!(log(&app, &run).contains("these packages wanted one: p0@1.0.0"), "{}", log(&app, &run));
    let most = server.most_open();
    assert!((2..=8).contains(&most), "{most} requests at once");
    let asked = server.requests().len();
    assert_eq!(asked, 17, "one is asked for again");
    let tree = app.upload(&[("package-lock.json", &lock), ("index.js", b"2")]);
    let again = app.run("one", &json!({ "input": { "tree": tree } }));
    assert_eq!(again["stages"][0]["cached"], true, "{again:#}");
    assert_eq!(again["output"]["artifacts"]["node_modules"], modules);
    assert_eq!(server.requests().len(), asked, "an unchanged lock file downloads nothing");
    let other = app.run("other", &json!({ "input": { "tree": tree } }));
    assert_eq!(other["stages"][0]["cached"], false, "another project has its own: {other:#}");
}

#[track_caller]
fn check_failed(handler: impl Fn(&str, usize) -> Reply + Send + Sync + 'static, error: &str, cause: &str) {
    let server = Server::start(handler);
    let app = App::start();
    app.project("test", &install(&json!({ "timeout_s": 1 })));
    let tree = app.upload(&[("package-lock.json", &lock(&server, &["p0".to_owned()]))]);
    let run = app.run("test", &json!({ "input": { "tree": tree } }));
    assert_eq!(run["error"], error, "{run:#}");
    assert!(run["cause"].as_str().unwrap().contains(cause), "{run:#}");
}

#[test]
fn registries_that_misbehave_are_told_apart() {
    check_failed(|_, _| Reply::Silence, "Install.Unreachable", "in 4 tries: no answer within the time limit");
    check_failed(
        |_, _| Reply::Answer(200, "", archive("evil")),
        "Install.WrongHash",
        "not what the lock file names",
    );
    let elsewhere = |_: &str, _| Reply::Answer(302, "location: https://elsewhere.example/\r\n", Vec::new());
    check_failed(elsewhere, "Install.HostNotAllowed", "`elsewhere.example");
}

#[test]
fn somebody_is_told() {
    let server = Server::start(|_, before| match before {
        0 => Reply::Answer(503, "", Vec::new()),
        _ => Reply::Answer(200, "", b"ok".to_vec()),
    });
    let app = App::start();
    let pipeline = json!({ "StartAt": "Tell", "States": { "Tell": {
        "Type": "Task", "Resource": "stage-notify", "End": true,
        "Parameters": { "secrets": ["hook", "key"], "parameters": {
            "url": "{{secrets.hook}}", "data.$": "$", "sign": { "secret": "key" },
            "body": { "text": "{{project}}: {{data.cause}}" },
        } },
    } } });
    let hook = format!("{}/s3cret-path", server.address);
    let secrets = json!({ "hook": hook, "key": "s3cret-key" });
    app.put_project("test", &json!({ "pipeline": pipeline, "secrets": secrets }));
    let run = app.run("test", &json!({ "input": { "cause": "a \"b\"" } }));
    assert_eq!(run["status"], "succeeded", "{run:#}");
    let result = &run["output"]["result"];
    assert_eq!(
        (&result["status"], &result["tries"], &result["body"]),
        (&json!(200), &json!(2), &json!("ok"))
    );
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    let whole = &requests[0];
    assert!(whole.starts_with("POST /s3cret-path HTTP/1.1\r\n"), "{whole}");
    assert!(whole.ends_with(r#"{"text":"test: a \"b\""}"#), "{whole}");
    assert!(whole.contains("x-ropewalk-signature: sha256="), "{whole}");
    let key =
        |request: &str| request.lines().find(|line| line.starts_with("idempotency-key: ")).map(str::to_owned);
    assert!(key(whole).is_some() && key(whole) == key(&requests[1]), "{requests:?}");
    assert!(!run.to_string().contains("s3cret"), "{run:#}");
    let log = log(&app, &run);
    assert!(log.contains("answered with status 503: again in 1 s") && !log.contains("s3cret"), "{log}");
}
