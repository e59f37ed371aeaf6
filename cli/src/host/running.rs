//! A host that runs.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::uri::{Authority, Scheme, Uri};
use http::{Request, Response};
use http_body_util::{BodyExt, Limited};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use wasmtime_wasi_http::WasiBody;

use super::allow::CHAINING_SUFFIX;
use super::app::App;
use super::event::Event;
use super::headers::CHAINED_CLIENT;
use super::keyvalue::KeyValue;
use super::limits::MAX_COLLECTED_BODY_BYTES;
use super::state::State;
use super::{HostError, answer, dispatch};

/// While it drains, the host looks this often whether all instances are gone.
const DRAIN_PAUSE: Duration = Duration::from_millis(10);

/// A running host. Dropped without [`RunningHost::stop`], it ends as if it had been killed: nothing that was
/// acknowledged is lost.
pub struct RunningHost {
    pub(super) app: Arc<App>,
    pub(super) addr: SocketAddr,
    pub(super) values: BTreeMap<String, String>,
    pub(super) generated: Vec<String>,
    pub(super) stop: watch::Sender<bool>,
    pub(super) server: JoinHandle<()>,
    pub(super) ticking: Option<JoinHandle<()>>,
    pub(super) drain_limit: Duration,
    pub(super) _state: State,
}

impl RunningHost {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `http://` and where it listens. A host that listens everywhere is named by its loopback address.
    pub fn url(&self) -> String {
        match self.addr.ip() {
            ip if !ip.is_unspecified() => format!("http://{}", self.addr),
            ip if ip.is_ipv4() => format!("http://127.0.0.1:{}", self.addr.port()),
            _ => format!("http://[::1]:{}", self.addr.port()),
        }
    }

    /// The value of an application variable.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The variables that got a new secret at this start.
    pub fn generated(&self) -> &[String] {
        &self.generated
    }

    /// The key-value store that components call `default`.
    pub fn store(&self) -> &KeyValue {
        &self.app.store
    }

    /// Sends a request to the application's public routes, without a connection. The answer is taken whole.
    pub async fn call(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HostError> {
        let request = request.map(answer::full);
        whole(dispatch::outside(&self.app, request, CHAINED_CLIENT).await).await
    }

    /// Sends a request to a component, public or private, as other components do. The answer is taken whole.
    pub async fn call_component(
        &self,
        id: &str,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, HostError> {
        let (mut parts, body) = request.into_parts();
        let host = format!("{id}{CHAINING_SUFFIX}");
        let host = Authority::try_from(host).map_err(|_| HostError::NotFound(id.to_owned()))?;
        let mut uri = parts.uri.into_parts();
        uri.scheme = Some(Scheme::HTTP);
        uri.authority = Some(host);
        parts.uri = Uri::from_parts(uri).map_err(|error| HostError::Call(error.to_string()))?;
        let request = Request::from_parts(parts, answer::full(body));
        match dispatch::inside(&self.app, id, request, 0).await {
            Ok(response) => whole(response).await,
            Err(wasmtime_wasi_http::Error::DestinationNotFound) => Err(HostError::NotFound(id.to_owned())),
            Err(error) => Err(HostError::Call(error.to_string())),
        }
    }

    /// Stops: takes no more requests, waits for those it works on, up to the drain limit, and closes the store.
    /// Instances that are still at work then are ended.
    pub async fn stop(self) {
        let deadline = Instant::now() + self.drain_limit;
        let instances = self.app.ticker.count_working();
        self.app.observer.event(&Event::Stopping { instances });
        // The server and the timer listen; if neither is left, nobody needs to be told.
        let _ = self.stop.send(true);
        let mut server = self.server;
        if tokio::time::timeout_at(deadline, &mut server).await.is_err() {
            server.abort();
        }
        if let Some(ticking) = self.ticking {
            ticking.abort();
        }
        while self.app.ticker.count_working() > 0 && Instant::now() < deadline {
            tokio::time::sleep(DRAIN_PAUSE).await;
        }
        self.app.store.close().await;
    }
}

async fn whole(response: Response<WasiBody>) -> Result<Response<Bytes>, HostError> {
    let (parts, body) = response.into_parts();
    let collected = Limited::new(body, MAX_COLLECTED_BODY_BYTES).collect().await;
    let body = collected.map_err(|error| HostError::Call(format!("the answer broke off: {error}")))?;
    Ok(Response::from_parts(parts, body.to_bytes()))
}
