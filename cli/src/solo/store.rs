//! The host's store, as artifacts want one.

use artifact::{Store, StoreError};
use tokio::runtime::Runtime;

use crate::host::{self, KeyValue};

/// A store that waits for the host's.
pub(super) struct HostStore<'a> {
    pub(super) runtime: &'a Runtime,
    pub(super) store: &'a KeyValue,
}

fn failed(error: host::StoreError) -> StoreError {
    StoreError::Other(error.to_string())
}

impl Store for HostStore<'_> {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.runtime.block_on(self.store.get(key)).map_err(failed)
    }

    fn set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        self.runtime.block_on(self.store.set(key.to_owned(), value.to_vec())).map_err(failed)
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.runtime.block_on(self.store.delete(key.to_owned())).map_err(failed)
    }

    fn exists(&self, key: &str) -> Result<bool, StoreError> {
        self.runtime.block_on(self.store.exists(key)).map_err(failed)
    }

    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.runtime.block_on(self.store.get_many(keys)).map_err(failed)
    }

    fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        self.runtime.block_on(self.store.set_many(entries.to_vec())).map_err(failed)
    }

    fn delete_many(&self, keys: &[String]) -> Result<(), StoreError> {
        self.runtime.block_on(self.store.delete_many(keys.to_vec())).map_err(failed)
    }

    fn swap(&self, key: &str, expected: Option<&[u8]>, new: &[u8]) -> Result<bool, StoreError> {
        let swapped = self.store.swap(key.to_owned(), expected.map(<[u8]>::to_vec), new.to_vec());
        Ok(self.runtime.block_on(swapped).map_err(failed)?.is_ok())
    }
}
