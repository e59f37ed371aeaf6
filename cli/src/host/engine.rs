//! The engine that runs WebAssembly, and the clock that interrupts it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig};

use super::HostError;
use super::limits::{MAX_INSTANCES, MAX_PARTS_PER_INSTANCE, MAX_TABLE_ELEMENTS};

/// How long a component computes before others get a turn.
pub(super) const TICK: Duration = Duration::from_millis(5);
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

/// An engine. Memory of instances comes from a pool where the address space suffices.
pub(super) fn new() -> Result<Engine, HostError> {
    let failed = |error: wasmtime::Error| HostError::Engine(format!("{error:#}"));
    let mut config = config();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool()));
    // Some machines have too small an address space for the pool; it is faster, but not needed.
    let pooled = Engine::new(&config);
    pooled.or_else(|_| {
        config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
        Engine::new(&config).map_err(failed)
    })
}

fn config() -> Config {
    let mut config = Config::new();
    config.cranelift_opt_level(OptLevel::Speed);
    config.epoch_interruption(true);
    config.wasm_component_model_async(true);
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

/// How often idle instances are looked after: they should compute nothing, but may.
const IDLE_TICK: Duration = Duration::from_millis(250);

/// Interrupts computing components every [`TICK`], so that time limits hold and others get a turn. It is slow while all
/// instances are idle, and sleeps while there is none.
pub(super) struct Ticker {
    shared: Arc<Shared>,
}

struct Shared {
    instances: AtomicUsize,
    working: AtomicUsize,
    ended: Mutex<bool>,
    wake: Condvar,
}

/// An instance that lives.
pub(super) struct Living(Arc<Shared>);

/// An instance that works.
pub(super) struct Working(Arc<Shared>);

impl Ticker {
    pub(super) fn start(engine: &Engine) -> Result<Self, HostError> {
        let shared = Arc::new(Shared {
            instances: AtomicUsize::new(0),
            working: AtomicUsize::new(0),
            ended: Mutex::new(false),
            wake: Condvar::new(),
        });
        let (engine, inner) = (engine.clone(), shared.clone());
        std::thread::Builder::new()
            .name("ticker".to_owned())
            .spawn(move || inner.run(&engine))
            .map_err(|error| HostError::Engine(format!("failed to start a thread: {error}")))?;
        Ok(Self { shared })
    }

    /// Counts an instance in for as long as it lives.
    pub(super) fn living(&self) -> Living {
        self.shared.count_in(&self.shared.instances);
        Living(self.shared.clone())
    }

    /// Counts an instance in for as long as it works.
    pub(super) fn working(&self) -> Working {
        self.shared.count_in(&self.shared.working);
        Working(self.shared.clone())
    }

    /// How many instances work.
    pub(super) fn count_working(&self) -> usize {
        self.shared.working.load(Ordering::SeqCst)
    }
}

impl Drop for Living {
    fn drop(&mut self) {
        self.0.instances.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.0.working.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        *self.shared.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.shared.wake.notify_all();
    }
}

impl Shared {
    /// The first one wakes the ticker.
    fn count_in(&self, count: &AtomicUsize) {
        if count.fetch_add(1, Ordering::SeqCst) == 0 {
            // The lock orders this with the ticker's decision to sleep.
            drop(self.ended.lock().unwrap_or_else(PoisonError::into_inner));
            self.wake.notify_all();
        }
    }

    fn run(&self, engine: &Engine) {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        while !*ended {
            let working = self.working.load(Ordering::SeqCst) > 0;
            if !working && self.instances.load(Ordering::SeqCst) == 0 {
                ended = self.wake.wait(ended).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let tick = if working { TICK } else { IDLE_TICK };
            let (guard, waited) = self.wake.wait_timeout(ended, tick).unwrap_or_else(PoisonError::into_inner);
            ended = guard;
            if waited.timed_out() {
                engine.increment_epoch();
            }
        }
    }
}
