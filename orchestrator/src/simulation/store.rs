//! The store as one host reaches it, or not.

use std::rc::Rc;

use artifact::{List, Page, Store, StoreError};

use super::{Machine, World};

/// What happens at a write that a host doesn't survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The host dies before it is durable.
    Lost,
    /// It is durable, and the host dies before it hears of it.
    Unheard,
}

/// How often what goes wrong, in a thousand operations.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Faults {
    /// A read fails.
    pub(crate) read: u64,
    /// A write fails, and may be durable nevertheless.
    pub(crate) write: u64,
    /// The host dies at a write.
    pub(crate) crash: u64,
    /// The host can't reach the store for a while.
    pub(crate) cut: u64,
    /// An operation takes long, or the host is paused in the middle of it.
    pub(crate) delay: u64,
    /// A stage's answer, or the way to it, is lost.
    pub(crate) call: u64,
}

/// Longest delay of an operation, in milliseconds: longer than a lease.
const MAX_DELAY_MS: u64 = 25_000;
/// Longest time without the store, in milliseconds.
const MAX_CUT_MS: u64 = 15_000;

/// One host's way to the store.
#[derive(Clone)]
pub(crate) struct FaultyStore {
    pub(crate) world: World,
    pub(crate) machine: Rc<Machine>,
}

impl FaultyStore {
    fn reach(&self) -> Result<(), StoreError> {
        let (world, faults) = (&self.world, self.world.faults.get());
        self.alive()?;
        if world.random.permille(faults.cut) {
            let until_ms = world.now_ms.get() + 1 + world.random.below(MAX_CUT_MS);
            self.machine.cut_until_ms.set(until_ms);
        }
        self.pause();
        self.alive()?;
        if self.machine.cut_until_ms.get() > world.now_ms.get() {
            return Err(failed("the store can't be reached"));
        }
        Ok(())
    }

    /// Others go on while this host waits.
    fn pause(&self) {
        let world = &self.world;
        if world.random.permille(world.faults.get().delay) {
            let longest = if world.random.permille(300) { MAX_DELAY_MS } else { 500 };
            world.run_until(world.now_ms.get() + world.random.below(longest));
        }
    }

    fn alive(&self) -> Result<(), StoreError> {
        if self.machine.is_dead() { Err(failed("the host is dead")) } else { Ok(()) }
    }

    fn read<T>(&self, read: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.reach()?;
        if self.world.random.permille(self.world.faults.get().read) {
            return Err(failed("the read failed"));
        }
        read()
    }

    fn write<T>(&self, write: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.reach()?;
        let (world, faults) = (&self.world, self.world.faults.get());
        if let Some(left) = self.machine.writes_left.get() {
            self.machine.writes_left.set(Some(left.saturating_sub(1)));
            if left <= 1 {
                return self.die_at(world.fate.get(), write);
            }
        }
        let unheard = || if world.random.permille(500) { Fate::Unheard } else { Fate::Lost };
        if world.random.permille(faults.crash) {
            return self.die_at(unheard(), write);
        }
        if world.random.permille(faults.write) {
            if unheard() == Fate::Unheard {
                write()?;
            }
            return Err(failed("the write failed, or its answer was lost"));
        }
        let written = write();
        // The answer may be late, too.
        self.pause();
        self.alive()?;
        written
    }

    fn die_at<T>(&self, fate: Fate, write: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        if fate == Fate::Unheard {
            write()?;
        }
        self.world.kill(&self.machine);
        Err(failed("the host is dead"))
    }
}

fn failed(why: &str) -> StoreError {
    StoreError::Other(why.to_owned())
}

impl List for FaultyStore {
    fn page(&self, cursor: Option<&str>) -> Result<Page, StoreError> {
        self.read(|| self.world.durable.page(cursor))
    }
}

impl Store for FaultyStore {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|| self.world.durable.get(key))
    }
    fn set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        self.write(|| {
            self.world.durable.set(key, value)?;
            self.world.watch.wrote(&self.world.durable, key, value);
            Ok(())
        })
    }
    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.write(|| self.world.durable.delete(key))
    }
    fn exists(&self, key: &str) -> Result<bool, StoreError> {
        self.read(|| self.world.durable.exists(key))
    }
    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.read(|| self.world.durable.get_many(keys))
    }
    fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        self.write(|| self.world.durable.set_many(entries))
    }
    fn delete_many(&self, keys: &[String]) -> Result<(), StoreError> {
        self.write(|| self.world.durable.delete_many(keys))
    }
    fn swap(&self, key: &str, expected: Option<&[u8]>, new: &[u8]) -> Result<bool, StoreError> {
        self.write(|| {
            let swapped = self.world.durable.swap(key, expected, new)?;
            if swapped {
                self.world.watch.wrote(&self.world.durable, key, new);
            }
            Ok(swapped)
        })
    }
}
