//! The engines that run WebAssembly: one for components on WASI 0.2, one for those on 0.3.

use wasmparser::{Parser, Payload};
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig};

use super::HostError;
use super::limits::{MAX_INSTANCES, MAX_PARTS_PER_INSTANCE, MAX_TABLE_ELEMENTS};

/// Memories that one instance needs on average: the program's, the sandbox's, the adapter's and what joins them.
const USUAL_MEMORIES: u32 = 5;
/// Core instances that one instance needs on average.
const USUAL_CORE_INSTANCES: u32 = 12;
/// Slots that stay ready for a component although another could use them.
const MAX_WARM_SLOTS: u32 = 64;
/// Bytes of a memory that are cleared in place, not given back and faulted in again.
const KEPT_MEMORY_BYTES: usize = 64 * 1024;
/// Bytes of a table that are cleared in place.
const KEPT_TABLE_BYTES: usize = 16 * 1024;
/// The largest sum of a component's own bookkeeping, in bytes.
const MAX_INSTANCE_BYTES: usize = 4 * 1024 * 1024;

/// Which engine runs a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It knows WASI 0.2 alone, whose calls end before the next one begins.
    Sequential,
    /// It imports or exports something with `async` functions: several of its calls may be under way at once.
    Concurrent,
}

impl Kind {
    /// Reads the names of a component's imports and exports. What is no component is left to the compiler to tell.
    pub(super) fn of(wasm: &[u8]) -> Self {
        let mut depth = 0_usize;
        for payload in Parser::new(0).parse_all(wasm) {
            let concurrent = match payload {
                Ok(Payload::ModuleSection { .. } | Payload::ComponentSection { .. }) => {
                    depth += 1;
                    false
                }
                Ok(Payload::End(_)) => {
                    depth = depth.saturating_sub(1);
                    false
                }
                Ok(Payload::ComponentImportSection(imports)) if depth == 0 => {
                    imports.into_iter().flatten().any(|import| is_concurrent(import.name.name))
                }
                Ok(Payload::ComponentExportSection(exports)) if depth == 0 => {
                    exports.into_iter().flatten().any(|export| is_concurrent(export.name.name))
                }
                Ok(_) => false,
                Err(_) => break,
            };
            if concurrent {
                return Self::Concurrent;
            }
        }
        Self::Sequential
    }
}

/// Interfaces of WASI 0.3, and Spin's that came with it, have `async` functions.
fn is_concurrent(name: &str) -> bool {
    name.starts_with("wasi:") && name.contains("@0.3.") || name.starts_with("spin:")
}

/// An engine for each [`Kind`]. What lets tasks of one instance wait side by side costs every call between its parts
/// more than the call itself, so components on WASI 0.2 are compiled without it: a file operation of a stage is such a call.
pub(super) struct Engines {
    sequential: Engine,
    concurrent: Engine,
}

impl Engines {
    pub(super) fn new() -> Result<Self, HostError> {
        let mut sequential = config();
        sequential.concurrency_support(false);
        let mut concurrent = config();
        concurrent.wasm_component_model_async(true);
        Ok(Self { sequential: engine(sequential)?, concurrent: engine(concurrent)? })
    }

    pub(super) fn of(&self, kind: Kind) -> &Engine {
        match kind {
            Kind::Sequential => &self.sequential,
            Kind::Concurrent => &self.concurrent,
        }
    }

    /// Makes what computes give others a turn.
    pub(super) fn interrupt(&self) {
        self.sequential.increment_epoch();
        self.concurrent.increment_epoch();
    }
}

/// An engine. Memory of instances comes from a pool where the address space suffices.
fn engine(mut config: Config) -> Result<Engine, HostError> {
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool()));
    // Some machines have too small an address space for the pool; it is faster, but not needed.
    Engine::new(&config).or_else(|_| {
        config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
        Engine::new(&config).map_err(|error| HostError::Engine(format!("{error:#}")))
    })
}

fn config() -> Config {
    let mut config = Config::new();
    config.cranelift_opt_level(OptLevel::Speed);
    config.epoch_interruption(true);
    config.memory_init_cow(true);
    config.parallel_compilation(true);
    config
}

fn pool() -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(MAX_INSTANCES);
    pool.total_core_instances(MAX_INSTANCES * USUAL_CORE_INSTANCES);
    pool.total_memories(MAX_INSTANCES * USUAL_MEMORIES);
    pool.total_tables(MAX_INSTANCES * USUAL_CORE_INSTANCES);
    pool.total_stacks(MAX_INSTANCES * 2);
    pool.max_core_instances_per_component(MAX_PARTS_PER_INSTANCE * 2);
    pool.max_memories_per_component(MAX_PARTS_PER_INSTANCE);
    pool.max_tables_per_component(MAX_PARTS_PER_INSTANCE * 2);
    pool.max_component_instance_size(MAX_INSTANCE_BYTES);
    pool.max_core_instance_size(MAX_INSTANCE_BYTES);
    pool.table_elements(MAX_TABLE_ELEMENTS);
    pool.max_unused_warm_slots(MAX_WARM_SLOTS);
    // Resets the pages that were written to, and no others, where the kernel can tell them.
    pool.pagemap_scan(Enabled::Auto);
    pool.linear_memory_keep_resident(KEPT_MEMORY_BYTES);
    pool.table_keep_resident(KEPT_TABLE_BYTES);
    pool
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{ComponentBuilder, ComponentExportKind, Module};

    use super::Kind;

    /// A component that has one part, and exports it under this name.
    fn component(export: &str) -> ComponentBuilder {
        let mut builder = ComponentBuilder::default();
        let part = builder.core_module(None, &Module::new());
        builder.export(export, ComponentExportKind::Module, part, None);
        builder
    }

    #[track_caller]
    fn check(wasm: &[u8], expected: Kind) {
        assert_eq!(Kind::of(wasm), expected);
    }

    #[test]
    fn kinds() {
        check(&component("wasi:http/incoming-handler@0.2.6").finish(), Kind::Sequential);
        check(&component("wasi:http/handler@0.3.0").finish(), Kind::Concurrent);
        check(&component("spin:key-value/key-value@3.0.0").finish(), Kind::Concurrent);
        check(&component("example:http/handler@0.3.0").finish(), Kind::Sequential);
        check(&Module::new().finish(), Kind::Sequential);
        check(b"no wasm", Kind::Sequential);
        let mut outer = ComponentBuilder::default();
        outer.component(None, component("wasi:http/handler@0.3.0"));
        check(&outer.finish(), Kind::Sequential);
    }
}
