//! A small git host: serves one bare repository by real `git http-backend` (CGI, RFC 3875), and sends a signed
//! webhook after each push, as GitHub does.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use sha2::Sha256;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::client::Client;

/// Name under which the repository is served.
const NAME: &str = "site.git";

/// A running git host.
pub struct GitHost {
    addr: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    bare: PathBuf,
    repository: String,
    hook: String,
    secret: String,
    hook_problem: Mutex<Option<String>>,
}

impl GitHost {
    /// Serves a bare repository on a free port of this machine, until the process ends.
    pub async fn serve(bare: &Path, hook: &str, secret: &str) -> Result<Self> {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("the git host finds no free port")?;
        let addr = listener.local_addr().context("the git host has no address")?;
        let bare = bare.canonicalize().with_context(|| format!("failed to find `{}`", bare.display()))?;
        let shared = Arc::new(Shared {
            bare,
            repository: format!("http://{addr}/{NAME}"),
            hook: hook.to_owned(),
            secret: secret.to_owned(),
            hook_problem: Mutex::new(None),
        });
        tokio::spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self { addr, shared })
    }

    /// The repository's URL.
    pub fn url(&self) -> String {
        format!("http://{}/{NAME}", self.addr)
    }

    /// What went wrong with the newest webhook, if anything did.
    pub fn hook_problem(&self) -> Option<String> {
        self.shared.hook_problem.lock().ok()?.clone()
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(request, Arc::clone(&shared)));
            // A client that hangs up is its own affair.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    shared: Arc<Shared>,
) -> Result<Response<Full<Bytes>>, std::convert::Infallible> {
    let is_push = request.uri().path().ends_with("/git-receive-pack");
    let before = if is_push { tip(&shared.bare).await } else { None };
    let response = match backend(request, &shared).await {
        Ok(response) => response,
        Err(error) => {
            let mut response = Response::new(Full::new(Bytes::from(format!("{error:#}"))));
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response
        }
    };
    if is_push {
        let after = tip(&shared.bare).await;
        if after != before {
            tokio::task::spawn_blocking(move || send_hook(&shared, before, after));
        }
    }
    Ok(response)
}

async fn backend(request: Request<Incoming>, shared: &Shared) -> Result<Response<Full<Bytes>>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.context("failed to read the request")?.to_bytes();
    let header = |name: &str| {
        parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    let mut child = Command::new("git")
        .arg("http-backend")
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("GIT_PROJECT_ROOT", shared.bare.parent().unwrap_or(&shared.bare))
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_PROTOCOL", header("git-protocol"))
        .env("REMOTE_ADDR", "127.0.0.1")
        .env("REQUEST_METHOD", parts.method.as_str())
        .env("PATH_INFO", parts.uri.path())
        .env("QUERY_STRING", parts.uri.query().unwrap_or_default())
        .env("CONTENT_TYPE", header("content-type"))
        .env("CONTENT_LENGTH", body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("failed to run `git http-backend`")?;
    let mut input = child.stdin.take().context("git takes no input")?;
    let feed = tokio::spawn(async move {
        // git may answer, and stop reading, before it has seen all.
        let _ = input.write_all(&body).await;
    });
    let output = child.wait_with_output().await.context("failed to wait for git")?;
    let _ = feed.await;
    read_cgi(&output.stdout)
}

/// Takes a CGI answer apart.
fn read_cgi(output: &[u8]) -> Result<Response<Full<Bytes>>> {
    let Some(end) = output.windows(4).position(|window| window == b"\r\n\r\n") else {
        bail!("`git http-backend` answered without headers");
    };
    let mut response = Response::builder();
    for line in String::from_utf8_lossy(&output[..end]).lines() {
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        response = if name.eq_ignore_ascii_case("status") {
            let code = value.split(' ').next().unwrap_or_default();
            response.status(code.parse::<u16>().context("git's status is no number")?)
        } else {
            response.header(name, value)
        };
    }
    let body = Bytes::copy_from_slice(&output[end + 4..]);
    response.body(Full::new(body)).context("git's answer is malformed")
}

/// The commit of the main branch.
async fn tip(bare: &Path) -> Option<String> {
    let output = Command::new("git")
        .current_dir(bare)
        .args(["rev-parse", "--verify", "--quiet", "refs/heads/main"])
        .output()
        .await
        .ok()?;
    let commit = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (!commit.is_empty()).then_some(commit)
}

fn send_hook(shared: &Shared, before: Option<String>, after: Option<String>) {
    let problem = try_send_hook(shared, before, after).err().map(|error| format!("{error:#}"));
    if let Ok(mut slot) = shared.hook_problem.lock() {
        *slot = problem;
    }
}

fn try_send_hook(shared: &Shared, before: Option<String>, after: Option<String>) -> Result<()> {
    let zero = "0".repeat(40);
    let payload = json!({
        "ref": "refs/heads/main",
        "before": before.unwrap_or_else(|| zero.clone()),
        "after": after.unwrap_or(zero),
        "repository": { "name": "site", "full_name": "demo/site", "clone_url": shared.repository },
        "pusher": { "name": "demo" },
    })
    .to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(shared.secret.as_bytes())
        .context("the webhook's secret cannot sign")?;
    mac.update(payload.as_bytes());
    let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    let (base, path) = match shared.hook.match_indices('/').nth(2) {
        Some((at, _)) => shared.hook.split_at(at),
        None => (shared.hook.as_str(), "/"),
    };
    let headers = [
        ("content-type", "application/json"),
        ("x-github-event", "push"),
        ("x-hub-signature-256", signature.as_str()),
    ];
    Client::new(base, "").send_with("POST", path, &headers, payload.as_bytes())?.ok()?;
    Ok(())
}
