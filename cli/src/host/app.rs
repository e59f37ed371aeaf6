//! The running application: what all its instances share.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use http::HeaderValue;
use tokio::sync::Semaphore;

use super::admission::Admission;
use super::component::Component;
use super::engines::Engines;
use super::event::Observer;
use super::keyvalue::KeyValue;
use super::limits::{Limits, MAX_CALLS_AT_ONCE_PER_DEPTH, MAX_CHAIN_DEPTH};
use super::log::Log;
use super::router::Router;
use super::ticker::Ticker;

pub(super) struct App {
    pub(super) engines: Arc<Engines>,
    pub(super) ticker: Ticker,
    pub(super) limits: Limits,
    pub(super) store: KeyValue,
    pub(super) log: Arc<Log>,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) router: Router,
    pub(super) components: BTreeMap<Arc<str>, Arc<Component>>,
    pub(super) admission: Admission,
    /// One for each depth of the chain of calls: a call waits only for deeper ones, so that they cannot wait in a circle.
    pub(super) calls: [Arc<Semaphore>; MAX_CHAIN_DEPTH],
    /// Where the host listens.
    pub(super) addr: OnceLock<SocketAddr>,
    /// Requests that left the application, counted for a platform that limits them.
    pub(super) outbound: super::outbound::Hourly,
}

impl App {
    pub(super) fn component(&self, id: &str) -> Option<&Arc<Component>> {
        self.components.get(id)
    }

    /// What a component names as host when it calls its own application.
    pub(super) fn own_host(&self) -> HeaderValue {
        let host = self.addr.get().and_then(|addr| HeaderValue::from_str(&addr.to_string()).ok());
        host.unwrap_or_else(|| HeaderValue::from_static("localhost"))
    }

    pub(super) fn calls() -> [Arc<Semaphore>; MAX_CHAIN_DEPTH] {
        std::array::from_fn(|_| Arc::new(Semaphore::new(MAX_CALLS_AT_ONCE_PER_DEPTH)))
    }
}
