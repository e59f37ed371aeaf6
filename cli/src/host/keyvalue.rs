//! The key-value store that components see: limits, and one of two backends behind them. [`sqlite`] keeps it in the state
//! folder of one host, [`redis`] where several hosts share it. With both, a write is durable when its call returns, and a
//! batch is written whole or not at all.

mod error;
mod quota;
mod redis;
mod spin;
mod sqlite;
mod wasi;
mod write;

use std::path::Path;
use std::sync::Arc;

pub use self::redis::{RedisStore, RedisUrl};
pub use error::StoreError;
#[allow(unreachable_pub, reason = "the generated bindings export it")]
pub use wasi::Cas;

use self::redis::Redis;
use super::event::Observer;
use super::limits::Limits;
use quota::Quota;
use sqlite::Sqlite;
use write::{Outcome, Write};

/// A handle of the store. Clones are the same store.
#[derive(Clone)]
pub struct KeyValue(Arc<Inner>);

struct Inner {
    quota: Quota,
    backend: Backend,
}

enum Backend {
    Sqlite(Sqlite),
    Redis(Redis),
}

/// An open store, as a component holds it.
#[allow(unreachable_pub, reason = "the generated bindings export it")]
pub struct Bucket;

/// A page of keys.
#[derive(Debug, PartialEq, Eq)]
pub struct Keys {
    /// In order, bytewise.
    pub keys: Vec<String>,
    /// Where the next page begins. `None`: this was the last.
    pub cursor: Option<String>,
}

impl KeyValue {
    /// Opens the store in a folder, and creates it if there is none.
    pub(super) fn open(folder: &Path, limits: &Limits) -> Result<Self, StoreError> {
        let backend = Backend::Sqlite(Sqlite::open(folder, most_keys(limits))?);
        Ok(Self::of(backend, limits))
    }

    /// Connects to a Redis, once it is known to be one that keeps what it is given. `observer` is told when it cannot be
    /// reached later on.
    pub(super) async fn connect(
        store: &RedisStore,
        limits: &Limits,
        observer: Arc<dyn Observer>,
    ) -> Result<Self, StoreError> {
        let backend = Backend::Redis(Redis::connect(store, most_keys(limits), observer).await?);
        Ok(Self::of(backend, limits))
    }

    fn of(backend: Backend, limits: &Limits) -> Self {
        Self(Arc::new(Inner { quota: Quota::new(limits), backend }))
    }

    /// Whether other hosts may use the same store.
    pub(super) fn is_shared(&self) -> bool {
        matches!(self.0.backend, Backend::Redis(_))
    }

    /// The value of a key.
    pub async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.quota.check_read([key].into_iter())?;
        match &self.0.backend {
            Backend::Sqlite(sqlite) => sqlite.get(key),
            Backend::Redis(redis) => redis.get(key).await,
        }
    }

    /// The values of many keys, in the order asked, all as of one moment.
    pub async fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.0.quota.check_read(keys.iter().map(String::as_str))?;
        match &self.0.backend {
            Backend::Sqlite(sqlite) => sqlite.get_many(keys),
            Backend::Redis(redis) => redis.get_many(keys).await,
        }
    }

    /// Whether there is a value.
    pub async fn exists(&self, key: &str) -> Result<bool, StoreError> {
        self.0.quota.check_read([key].into_iter())?;
        match &self.0.backend {
            Backend::Sqlite(sqlite) => sqlite.exists(key),
            Backend::Redis(redis) => redis.exists(key).await,
        }
    }

    /// Keys in order, from a page's `cursor` on, at most `limit`. Each page of a Redis looks at every key of its database.
    pub async fn keys(&self, cursor: Option<&str>, limit: usize) -> Result<Keys, StoreError> {
        self.0.quota.check_read(cursor.into_iter().collect::<Vec<_>>().into_iter())?;
        match &self.0.backend {
            Backend::Sqlite(sqlite) => sqlite.keys(cursor, limit),
            Backend::Redis(redis) => redis.keys(cursor, limit).await,
        }
    }

    /// Writes a value.
    pub async fn set(&self, key: String, value: Vec<u8>) -> Result<(), StoreError> {
        self.write(Write::Set(vec![(key, value)])).await.map(drop)
    }

    /// Writes many values: all of them, or none.
    pub async fn set_many(&self, entries: Vec<(String, Vec<u8>)>) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        self.write(Write::Set(entries)).await.map(drop)
    }

    /// Deletes a value, if there is one.
    pub async fn delete(&self, key: String) -> Result<(), StoreError> {
        self.write(Write::Delete(vec![key])).await.map(drop)
    }

    /// Deletes many values: all of them, or none.
    pub async fn delete_many(&self, keys: Vec<String>) -> Result<(), StoreError> {
        if keys.is_empty() {
            return Ok(());
        }
        self.write(Write::Delete(keys)).await.map(drop)
    }

    /// Writes `new` only if the value is `expected` (`None`: there is none). Otherwise the error is what there is.
    pub async fn swap(
        &self,
        key: String,
        expected: Option<Vec<u8>>,
        new: Vec<u8>,
    ) -> Result<Result<(), Option<Vec<u8>>>, StoreError> {
        match self.write(Write::Swap { key, expected, new }).await? {
            Outcome::Kept(current) => Ok(Err(current)),
            Outcome::Done | Outcome::Number(_) => Ok(Ok(())),
        }
    }

    /// Adds to a number (64-bit, little-endian, as Spin stores it; none counts as 0) and answers the sum.
    pub async fn increment(&self, key: String, delta: i64) -> Result<i64, StoreError> {
        match self.write(Write::Increment { key, delta }).await? {
            Outcome::Number(number) => Ok(number),
            Outcome::Done | Outcome::Kept(_) => {
                Err(StoreError::Other("increment ended without a number".to_owned()))
            }
        }
    }

    /// Whether compare-and-swap and increment may be used.
    pub(super) fn check_atomics(&self) -> Result<(), StoreError> {
        self.0.quota.check_atomics()
    }

    /// Lets what was asked become durable. Later writes are refused.
    pub(super) async fn close(&self) {
        match &self.0.backend {
            Backend::Sqlite(sqlite) => sqlite.close().await,
            Backend::Redis(redis) => redis.close(),
        }
    }

    async fn write(&self, write: Write) -> Result<Outcome, StoreError> {
        self.0.quota.check_write(&write)?;
        match &self.0.backend {
            Backend::Sqlite(sqlite) => sqlite.write(write).await,
            Backend::Redis(redis) => redis.write(write).await,
        }
    }
}

/// A platform's limit on keys, and whose it is.
fn most_keys(limits: &Limits) -> Option<(u64, String)> {
    limits.keys.map(|most| (most, limits.whose()))
}

#[cfg(test)]
mod tests;
