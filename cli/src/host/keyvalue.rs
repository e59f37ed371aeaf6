//! The key-value store: `SQLite` in the state folder. Every write is durable when its call returns; writes of many
//! callers share one transaction and one sync (group commit); reads never wait for writes.
//!
//! Keys below [`CLAIM_PREFIX`] are the exception: they are advisory locks, which mean nothing after a crash of the
//! machine, so their writes do not wait for the disk. They survive the end of the process all the same.

mod commit;
mod error;
mod open;
mod quota;
mod reader;
mod spin;
mod wasi;
mod writer;

use std::path::Path;
use std::sync::Arc;

pub use error::StoreError;
#[allow(unreachable_pub, reason = "the generated bindings export it")]
pub use wasi::Cas;

use super::limits::Limits;
use quota::Quota;
use reader::Readers;
use writer::{Outcome, Write, Writer};

/// Keys that begin so are advisory locks: their writes do not wait for the disk.
pub const CLAIM_PREFIX: &str = "claim/";

/// A handle of the store. Clones are the same store.
#[derive(Clone)]
pub struct KeyValue(Arc<Inner>);

struct Inner {
    quota: Quota,
    readers: Readers,
    writer: Writer,
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
        let path = folder.join("state.db");
        let connection = open::writer(&path)?;
        let most_keys = limits.keys.map(|most| (most, limits.whose()));
        Ok(Self(Arc::new(Inner {
            quota: Quota::new(limits),
            readers: Readers::new(&path),
            writer: Writer::start(connection, &path, most_keys)?,
        })))
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.quota.check_read([key].into_iter())?;
        self.0.readers.with(|reader| reader.get(key))
    }

    /// The values of many keys, in the order asked, all as of one moment.
    pub fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.0.quota.check_read(keys.iter().map(String::as_str))?;
        self.0.readers.with(|reader| reader.get_many(keys))
    }

    /// Whether there is a value.
    pub fn exists(&self, key: &str) -> Result<bool, StoreError> {
        self.0.quota.check_read([key].into_iter())?;
        self.0.readers.with(|reader| reader.exists(key))
    }

    /// Keys in order, from a page's `cursor` on, at most `limit`.
    pub fn keys(&self, cursor: Option<&str>, limit: usize) -> Result<Keys, StoreError> {
        self.0.quota.check_read(cursor.into_iter().collect::<Vec<_>>().into_iter())?;
        self.0.readers.with(|reader| reader.keys(cursor, limit))
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

    /// Ends the writer once everything that was asked is durable. Later writes are refused.
    pub(super) async fn close(&self) {
        self.0.readers.close();
        self.0.writer.close().await;
    }

    async fn write(&self, write: Write) -> Result<Outcome, StoreError> {
        self.0.quota.check_write(&write)?;
        self.0.writer.write(write).await
    }
}

#[cfg(test)]
mod tests;
