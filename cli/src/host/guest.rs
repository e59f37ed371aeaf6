//! What belongs to one instance: its view of the host.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;
use wasmtime::component::ResourceTable;
use wasmtime::{ResourceLimiter, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::app::App;
use super::component::Component;
use super::ended::Ended;
use super::limits::{MAX_HEADER_BYTES, MAX_OPEN_HANDLES, MAX_PARTS_PER_INSTANCE, MAX_TABLE_ELEMENTS};
use super::log::{Output, Stream};
use super::outbound::Outbound;
use super::ticker::Living;

/// The data of a store.
pub(super) struct Guest {
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outbound: Outbound,
    pub(super) table: ResourceTable,
    pub(super) app: Arc<App>,
    pub(super) component: Arc<Component>,
    pub(super) memory: Memory,
    /// Handles of stores and compare-and-swaps that are open.
    pub(super) handles: usize,
    /// Who waits for an answer of a reused instance, and must be told should it end.
    pub(super) waiting: Vec<oneshot::Sender<Ended>>,
    _living: Living,
}

impl Guest {
    /// A store for a new instance, whose requests stand so deep in the chain of calls.
    pub(super) fn store(app: &Arc<App>, component: &Arc<Component>, depth: Depth) -> Store<Self> {
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(MAX_HEADER_BYTES * 2);
        let mut table = ResourceTable::new();
        table.set_max_capacity(MAX_RESOURCES);
        let guest = Self {
            wasi: wasi(app, component),
            http,
            outbound: Outbound::new(app.clone(), component.clone(), depth),
            table,
            app: app.clone(),
            component: component.clone(),
            memory: Memory::new(component.memory_bytes),
            handles: 0,
            waiting: Vec::new(),
            _living: app.ticker.living(),
        };
        let mut store = Store::new(app.engines.of(component.kind), guest);
        store.limiter(|guest| &mut guest.memory);
        store.epoch_deadline_async_yield_and_update(1);
        store
    }

    /// Takes room for one more open handle.
    pub(super) fn take_handle(&mut self) -> bool {
        let room = self.handles < MAX_OPEN_HANDLES;
        if room {
            self.handles += 1;
        }
        room
    }
}

/// Resources of all kinds that an instance may hold at once.
const MAX_RESOURCES: usize = 100_000;

fn wasi(app: &Arc<App>, component: &Arc<Component>) -> WasiCtx {
    let mut builder = WasiCtx::builder();
    for (name, value) in &component.environment {
        builder.env(name, value);
    }
    builder.stdout(Output::new(app.log.clone(), component.id.clone(), Stream::Stdout));
    builder.stderr(Output::new(app.log.clone(), component.id.clone(), Stream::Stderr));
    if component.allowed_hosts.iter().any(super::AllowedHost::allows_sockets) {
        let component = component.clone();
        builder.allow_ip_name_lookup(true);
        builder.socket_addr_check(move |address, _| {
            let allowed = component.allowed_hosts.iter().any(|host| {
                host.allows_sockets() && host.allows("*", &address.ip().to_string(), Some(address.port()))
            });
            Box::pin(std::future::ready(allowed))
        });
    }
    builder.build()
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for Guest {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.outbound }
    }
}

/// Counts the memories of an instance together.
pub(super) struct Memory {
    limit_bytes: usize,
    used_bytes: usize,
    denied: bool,
}

impl Memory {
    fn new(limit_bytes: usize) -> Self {
        Self { limit_bytes, used_bytes: 0, denied: false }
    }

    /// The limit in MiB, if growth past it was refused.
    pub(super) fn denied(&self) -> Option<usize> {
        self.denied.then_some(self.limit_bytes / (1024 * 1024))
    }
}

impl ResourceLimiter for Memory {
    /// A refusal is the allocator's failure in the component, which it may survive, and most don't.
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let grown = self.used_bytes.saturating_add(desired.saturating_sub(current));
        if grown > self.limit_bytes {
            self.denied = true;
            return Ok(false);
        }
        self.used_bytes = grown;
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= MAX_TABLE_ELEMENTS)
    }

    fn instances(&self) -> usize {
        MAX_PARTS_PER_INSTANCE as usize * 2
    }

    fn memories(&self) -> usize {
        MAX_PARTS_PER_INSTANCE as usize
    }

    fn tables(&self) -> usize {
        MAX_PARTS_PER_INSTANCE as usize * 2
    }
}

/// How deep in the chain of calls an instance stands: as deep as the deepest request that it works on.
#[derive(Clone, Default)]
pub(super) struct Depth(Arc<Mutex<BTreeMap<usize, usize>>>);

/// Counts a request at its depth while it lives.
pub(super) struct Counted {
    depth: Depth,
    at: usize,
}

impl Depth {
    /// Counts a request in.
    pub(super) fn count(&self, at: usize) -> Counted {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(at).or_default() += 1;
        Counted { depth: self.clone(), at }
    }

    /// The deepest one. Work that goes on after all answers stands at the beginning again.
    pub(super) fn deepest(&self) -> usize {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.last_key_value().map_or(0, |(at, _)| *at)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut counts = self.depth.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.at) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.at);
            }
        }
    }
}
