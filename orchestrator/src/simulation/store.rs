//! A store that dies with its host.

use std::cell::Cell;
use std::rc::Rc;

use artifact::{MemoryStore, Store, StoreError};

/// What happens at the fatal write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The host dies before it is durable.
    Lost,
    /// It is durable, and the host dies before it hears of it.
    Unheard,
}

/// Durable memory, and a host that dies at its n-th write.
#[derive(Clone)]
pub(crate) struct CrashingStore {
    durable: Rc<MemoryStore>,
    writes_left: Rc<Cell<u64>>,
    fate: Fate,
}

impl CrashingStore {
    pub(crate) fn new(durable: Rc<MemoryStore>, writes_left: u64, fate: Fate) -> Self {
        Self { durable, writes_left: Rc::new(Cell::new(writes_left)), fate }
    }

    /// Whether the host is dead.
    pub(crate) fn is_dead(&self) -> bool {
        self.writes_left.get() == 0
    }

    fn alive(&self) -> Result<(), StoreError> {
        if self.is_dead() { Err(dead()) } else { Ok(()) }
    }

    fn write<T>(&self, write: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.alive()?;
        self.writes_left.set(self.writes_left.get() - 1);
        if !self.is_dead() {
            return write();
        }
        if self.fate == Fate::Unheard {
            write()?;
        }
        Err(dead())
    }
}

fn dead() -> StoreError {
    StoreError::Other("the host is dead".to_owned())
}

impl Store for CrashingStore {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.alive()?;
        self.durable.get(key)
    }
    fn set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        self.write(|| self.durable.set(key, value))
    }
    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.write(|| self.durable.delete(key))
    }
    fn exists(&self, key: &str) -> Result<bool, StoreError> {
        self.alive()?;
        self.durable.exists(key)
    }
    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.alive()?;
        self.durable.get_many(keys)
    }
    fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        self.write(|| self.durable.set_many(entries))
    }
    fn delete_many(&self, keys: &[String]) -> Result<(), StoreError> {
        self.write(|| self.durable.delete_many(keys))
    }
    fn swap(&self, key: &str, expected: Option<&[u8]>, new: &[u8]) -> Result<bool, StoreError> {
        self.write(|| self.durable.swap(key, expected, new))
    }
}
