//! Loads the components of an application: from the cache, or by the compiler.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use wasmtime::component::{Component as Compiled, InstancePre, Linker};
use wasmtime_wasi_http::handler::ProxyHandler;
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::p3::bindings::ServicePre;

use super::cache::Cache;
use super::component::{Component, Executor};
use super::engines::{Engines, Kind};
use super::event::{Event, Observer};
use super::guest::Guest;
use super::limits::Limits;
use super::reused::Reused;
use super::{AllowedHost, HostError, linker, variables};
use crate::manifest::{self, Manifest};

/// A component's file may have at most so many bytes.
const MAX_WASM_BYTES: u64 = 256 * 1024 * 1024;

/// What loading needs beside the manifest.
pub(super) struct Loader<'l> {
    pub(super) engines: &'l Engines,
    pub(super) cache: Cache,
    pub(super) limits: Limits,
    pub(super) observer: &'l dyn Observer,
}

struct Source<'m> {
    component: &'m manifest::Component,
    wasm: Vec<u8>,
    kind: Kind,
    entry: PathBuf,
}

impl Loader<'_> {
    /// Loads every component that a trigger names or that another one may call.
    pub(super) fn load(
        &self,
        manifest: &Manifest,
        values: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<Arc<str>, Arc<Component>>, HostError> {
        let linker =
            |kind| linker::new(self.engines, kind).map_err(|error| HostError::Engine(format!("{error:#}")));
        let (sequential, concurrent) = (linker(Kind::Sequential)?, linker(Kind::Concurrent)?);
        let compiled = self.compile(manifest)?;
        let mut components = BTreeMap::new();
        for (component, (kind, compiled)) in manifest.components.values().zip(compiled) {
            let failed = |reason| HostError::Component { component: component.id.clone(), reason };
            let linker = if kind == Kind::Concurrent { &concurrent } else { &sequential };
            let executor = executor(linker, &compiled).map_err(failed)?;
            let component = self.grant(component, kind, executor, values).map_err(failed)?;
            components.insert(component.id.clone(), Arc::new(component));
        }
        Ok(components)
    }

    /// The compiled components, in the manifest's order.
    fn compile(&self, manifest: &Manifest) -> Result<Vec<(Kind, Compiled)>, HostError> {
        let mut sources = Vec::new();
        let mut compiled = Vec::new();
        for component in manifest.components.values() {
            let source = self.read(component)?;
            compiled.push(self.cache.load(self.engines.of(source.kind), &source.entry));
            sources.push(source);
        }
        self.check_size(&sources)?;
        let missing: Vec<usize> = (0..sources.len()).filter(|index| compiled[*index].is_none()).collect();
        for (index, result) in self.compile_missing(&sources, &missing) {
            compiled[index] = Some(result?);
        }
        if !missing.is_empty() {
            give_memory_back();
        }
        let kinds = sources.iter().map(|source| source.kind);
        Ok(kinds.zip(compiled.into_iter().flatten()).collect())
    }

    fn read<'m>(&self, component: &'m manifest::Component) -> Result<Source<'m>, HostError> {
        let path = &component.source;
        let failed = |reason: String| HostError::Component {
            component: component.id.clone(),
            reason: format!("failed to read `{}`: {reason}", path.display()),
        };
        let unreadable = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                failed("no such file\nhint: build it with `ropewalk build`".to_owned())
            }
            _ => failed(error.to_string()),
        };
        let size = std::fs::metadata(path).map_err(unreadable)?.len();
        if size > MAX_WASM_BYTES {
            return Err(failed(format!("{size} bytes, the limit is {MAX_WASM_BYTES}")));
        }
        let wasm = std::fs::read(path).map_err(unreadable)?;
        let kind = Kind::of(&wasm);
        let entry = self.cache.entry(self.engines.of(kind), &wasm);
        Ok(Source { component, wasm, kind, entry })
    }

    fn check_size(&self, sources: &[Source<'_>]) -> Result<(), HostError> {
        let Some(most) = self.limits.app_bytes else {
            return Ok(());
        };
        let total: u64 = sources.iter().map(|source| source.wasm.len() as u64).sum();
        if total <= most {
            return Ok(());
        }
        let whose = self.limits.whose();
        Err(HostError::Limit(format!(
            "all components together have {total} bytes, the limit is {most}{whose}\n\
             hint: `--component-id` runs only those that are named"
        )))
    }

    /// Compiles on all cores. The engine itself compiles the functions of one component at the same time, too, but not
    /// from its first step to its last.
    fn compile_missing(
        &self,
        sources: &[Source<'_>],
        missing: &[usize],
    ) -> Vec<(usize, Result<Compiled, HostError>)> {
        let next = AtomicUsize::new(0);
        let results = Mutex::new(Vec::new());
        let workers = std::thread::available_parallelism().map_or(1, usize::from).min(missing.len());
        std::thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    while let Some(index) = missing.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let place =
                            missing.iter().position(|other| other == index).map_or(1, |place| place + 1);
                        let result = self.compile_one(&sources[*index], place, missing.len());
                        results.lock().unwrap_or_else(PoisonError::into_inner).push((*index, result));
                    }
                });
            }
        });
        results.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn compile_one(&self, source: &Source<'_>, index: usize, total: usize) -> Result<Compiled, HostError> {
        let id = &source.component.id;
        let engine = self.engines.of(source.kind);
        let start = Instant::now();
        self.observer.event(&Event::Compiling { component: id, index, total });
        let compiled = Compiled::from_binary(engine, &source.wasm).map_err(|error| HostError::Component {
            component: id.clone(),
            reason: format!("failed to compile `{}`: {error:#}", source.component.source.display()),
        })?;
        self.cache.keep(&source.entry, &compiled);
        self.observer.event(&Event::Compiled { component: id, elapsed: start.elapsed() });
        // Mapped from the file it takes less memory than as it was compiled.
        Ok(self.cache.load(self.engines.of(source.kind), &source.entry).unwrap_or(compiled))
    }

    fn grant(
        &self,
        component: &manifest::Component,
        kind: Kind,
        executor: Executor,
        values: &BTreeMap<String, String>,
    ) -> Result<Component, String> {
        let mut allowed_hosts = Vec::new();
        for template in &component.allowed_outbound_hosts {
            let host = template.resolve(values).unwrap_or_default();
            // An endpoint that is optional, and not set.
            if host.is_empty() || host == "http://" || host == "https://" {
                continue;
            }
            allowed_hosts.push(
                AllowedHost::parse(&host).map_err(|reason| format!("`allowed_outbound_hosts`: {reason}"))?,
            );
        }
        Ok(Component {
            id: component.id.as_str().into(),
            kind,
            executor,
            memory_bytes: self.limits.memory_bytes(component.tool.memory_mib),
            time: self.limits.time(component.tool.time_s),
            stores: component.key_value_stores.clone(),
            allowed_hosts,
            variables: variables::of_component(component, values),
            environment: component.environment.clone().into_iter().collect(),
        })
    }
}

fn executor(linker: &Linker<Guest>, compiled: &Compiled) -> Result<Executor, String> {
    let unknown = linker::unknown_imports(linker.engine(), compiled);
    if !unknown.is_empty() {
        let names: Vec<String> = unknown.iter().map(|name| format!("`{name}`")).collect();
        let names = names.join(", ");
        return Err(format!(
            "it imports {names}, which this host does not implement\nhint: run the application with `spin up`"
        ));
    }
    let pre: InstancePre<Guest> = linker.instantiate_pre(compiled).map_err(|error| format!("{error:#}"))?;
    if let Ok(service) = ServicePre::new(pre.clone()) {
        return Ok(Executor::Reused(ProxyHandler::new(Reused::new(service))));
    }
    match ProxyPre::new(pre) {
        Ok(proxy) => Ok(Executor::Fresh(proxy)),
        Err(_) => Err("it exports neither `wasi:http/incoming-handler@0.2` nor `wasi:http/handler@0.3`\nhint: build it as an HTTP component".to_owned()),
    }
}

/// Returns freed memory to the system. The compiler needs some hundred MiB for a moment, which the allocator would keep
/// for as long as the host runs.
fn give_memory_back() {
    #[cfg(target_env = "gnu")]
    // SAFETY: it takes no pointer, changes nothing that is in use, and may be called by any thread at any time.
    #[allow(unsafe_code, reason = "the allocator has no safe interface")]
    unsafe {
        libc::malloc_trim(0);
    }
}
