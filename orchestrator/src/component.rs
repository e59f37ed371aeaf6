//! The orchestrator as a Spin component: a WASI 0.3 HTTP service.

use std::rc::Rc;

use artifact::KeyValue;
use bytes::Bytes;
use http_body_util::Full;
use spin_sdk::http::{Request as SpinRequest, StatusCode};
use spin_sdk::http_service;
use spin_sdk::wasip3::clocks::{monotonic_clock, system_clock};
use spin_sdk::wasip3::http::types::ErrorCode;
use spin_sdk::wasip3::random::random;
use spin_sdk::wasip3::spawn;

use crate::api::{self, Orchestrator};
use crate::driver::Drives;
use crate::error::ApiError;
use crate::host::{CallError, ComponentAnswer, ComponentCall, Host};
use crate::http::{Head, Response};
use crate::settings::Settings;

/// Most bytes of a component's answer that the orchestrator takes.
const MAX_COMPONENT_ANSWER_BYTES: usize = 64 << 20;

thread_local! {
    /// Those of all requests of this instance.
    static DRIVES: Drives = Drives::default();
}

/// The host that Spin, or the embedded host, is.
#[derive(Clone)]
struct SpinHost {
    store: Rc<KeyValue>,
}

impl Host for SpinHost {
    type Store = KeyValue;

    fn store(&self) -> &KeyValue {
        &self.store
    }

    fn now_ms(&self) -> u64 {
        let now = system_clock::now();
        u64::try_from(now.seconds).unwrap_or(0) * 1000 + u64::from(now.nanoseconds / 1_000_000)
    }

    fn random(&self) -> u128 {
        u128::from(random::get_random_u64()) << 64 | u128::from(random::get_random_u64())
    }

    async fn sleep(&self, duration_ms: u64) {
        monotonic_clock::wait_for(duration_ms.saturating_mul(1_000_000)).await;
    }

    async fn call(&self, call: ComponentCall) -> Result<ComponentAnswer, CallError> {
        send(call).await
    }

    fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        spawn(work);
    }

    #[expect(clippy::print_stderr, reason = "a component's log is its standard error")]
    fn log(&self, line: &str) {
        eprintln!("{line}");
    }
}

async fn send(call: ComponentCall) -> Result<ComponentAnswer, CallError> {
    let transport = |error: &dyn std::fmt::Display| CallError::Transport(error.to_string());
    let mut request = http::Request::builder()
        .method(call.method)
        .uri(format!("http://{}.spin.internal{}", call.component, call.path))
        .header("content-type", "application/json")
        .header("content-length", call.body.len());
    if let Some(token) = &call.bearer {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let request = request.body(Full::new(Bytes::from(call.body))).map_err(|error| transport(&error))?;
    let response = match spin_sdk::http::send(request).await {
        Ok(response) => response,
        Err(ErrorCode::DestinationNotFound | ErrorCode::DnsError(_)) => {
            return Err(CallError::UnknownComponent);
        }
        Err(error) => return Err(transport(&error)),
    };
    let status = response.status().as_u16();
    let ended =
        response.headers().get("ropewalk-ended").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let body =
        collect(response.into_body(), MAX_COMPONENT_ANSWER_BYTES).await.map_err(|error| transport(&error))?;
    Ok(ComponentAnswer { status, ended, body })
}

/// Reads a body up to a limit.
async fn collect<B>(mut body: B, max_bytes: usize) -> Result<Vec<u8>, String>
where
    B: http_body_util::BodyExt<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| error.to_string())?;
        if let Some(data) = frame.data_ref() {
            if bytes.len() + data.len() > max_bytes {
                return Err(format!("the body is larger than {max_bytes} bytes"));
            }
            bytes.extend_from_slice(data);
        }
    }
    Ok(bytes)
}

#[http_service]
async fn handle(request: SpinRequest) -> http::Response<Full<Bytes>> {
    let response = answer(request).await.unwrap_or_else(|error| error.response());
    into_http(response)
}

async fn answer(request: SpinRequest) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let head = Head::new(parts.method.as_str(), path, headers);
    let store = KeyValue::open("default")?;
    let host = SpinHost { store: Rc::new(store) };
    let orchestrator = Orchestrator { host, settings: settings().await?, drives: DRIVES.with(Drives::clone) };
    let max_bytes = api::admit(&orchestrator, &head)?;
    let body = collect(body, max_bytes).await.map_err(|why| {
        ApiError::new(413, "body-too-large", why).hint("larger trees go in by a git repository")
    })?;
    api::dispatch(&orchestrator, &head, body).await
}

async fn settings() -> Result<Settings, ApiError> {
    let get = async |name| spin_sdk::variables::get(name).await.unwrap_or_default();
    Ok(Settings {
        api_token: get("api_token").await,
        master_key: get("master_key").await,
        public_url: get("public_url").await.trim_end_matches('/').to_owned(),
        data_limit_kib: get("data_limit_kib").await,
        max_runs: Settings::parse_max_runs(&get("max_runs").await)?,
        store_limit: get("store_limit").await,
        store_grace_s: get("store_grace_s").await,
    })
}

fn into_http(response: Response) -> http::Response<Full<Bytes>> {
    let mut answer = http::Response::builder()
        .status(StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
        .header("content-length", response.body.len());
    for (name, value) in response.headers {
        answer = answer.header(name, value);
    }
    answer.body(Full::new(Bytes::from(response.body))).unwrap_or_else(|error| {
        let mut answer = http::Response::new(Full::new(Bytes::from(error.to_string())));
        *answer.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        answer
    })
}
