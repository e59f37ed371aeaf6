//! A component that is ready to be instantiated, with what it was granted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use wasmtime_wasi_http::handler::ProxyHandler;
use wasmtime_wasi_http::p2::bindings::ProxyPre;

use super::AllowedHost;
use super::engines::Kind;
use super::guest::Guest;
use super::reused::Reused;

pub(super) struct Component {
    pub(super) id: Arc<str>,
    pub(super) kind: Kind,
    pub(super) executor: Executor,
    /// All memories of one instance together.
    pub(super) memory_bytes: usize,
    /// Wall-clock time of one request.
    pub(super) time: Duration,
    pub(super) stores: BTreeSet<String>,
    pub(super) allowed_hosts: Vec<AllowedHost>,
    pub(super) variables: BTreeMap<String, String>,
    pub(super) environment: Vec<(String, String)>,
}

/// How requests reach a component.
pub(super) enum Executor {
    /// It exports `wasi:http/incoming-handler` of WASI 0.2: each request has an instance of its own.
    Fresh(ProxyPre<Guest>),
    /// It exports `wasi:http/handler` of WASI 0.3: requests share an instance.
    Reused(ProxyHandler<Reused>),
}
