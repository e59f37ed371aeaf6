//! `wasi:keyvalue@0.2.0-draft2`: store, batch and atomics.

use wasmtime::component::Resource;

use super::{Bucket, StoreError};
use crate::host::bindings::wasi::keyvalue::{atomics, batch, store};
use crate::host::guest::Guest;
use crate::host::limits::{MAX_BATCH_KEYS, MAX_OPEN_HANDLES};

/// A compare-and-swap: the value of a key as it was when this was made.
#[allow(unreachable_pub, reason = "the generated bindings export it")]
pub struct Cas {
    key: String,
    expected: Option<Vec<u8>>,
}

impl From<StoreError> for store::Error {
    fn from(error: StoreError) -> Self {
        Self::Other(error.to_string())
    }
}

impl store::Host for Guest {
    fn open(&mut self, identifier: String) -> wasmtime::Result<Result<Resource<Bucket>, store::Error>> {
        if !self.component.stores.contains(&identifier) {
            return Ok(Err(store::Error::AccessDenied));
        }
        if !self.take_handle() {
            return Ok(Err(store::Error::Other(full())));
        }
        Ok(Ok(self.table.push(Bucket)?))
    }
}

impl store::HostBucket for Guest {
    async fn get(
        &mut self,
        _: Resource<Bucket>,
        key: String,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, store::Error>> {
        Ok(self.app.store.get(&key).await.map_err(Into::into))
    }

    async fn set(
        &mut self,
        _: Resource<Bucket>,
        key: String,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), store::Error>> {
        Ok(self.app.store.set(key, value).await.map_err(Into::into))
    }

    async fn delete(
        &mut self,
        _: Resource<Bucket>,
        key: String,
    ) -> wasmtime::Result<Result<(), store::Error>> {
        Ok(self.app.store.delete(key).await.map_err(Into::into))
    }

    async fn exists(
        &mut self,
        _: Resource<Bucket>,
        key: String,
    ) -> wasmtime::Result<Result<bool, store::Error>> {
        Ok(self.app.store.exists(&key).await.map_err(Into::into))
    }

    async fn list_keys(
        &mut self,
        _: Resource<Bucket>,
        cursor: Option<String>,
    ) -> wasmtime::Result<Result<store::KeyResponse, store::Error>> {
        let page = self.app.store.keys(cursor.as_deref(), MAX_BATCH_KEYS).await;
        let page = page.map(|page| store::KeyResponse { keys: page.keys, cursor: page.cursor });
        Ok(page.map_err(Into::into))
    }

    async fn drop(&mut self, bucket: Resource<Bucket>) -> wasmtime::Result<()> {
        self.table.delete(bucket)?;
        self.handles -= 1;
        Ok(())
    }
}

impl batch::Host for Guest {
    async fn get_many(
        &mut self,
        _: Resource<Bucket>,
        keys: Vec<String>,
    ) -> wasmtime::Result<Result<Vec<(String, Option<Vec<u8>>)>, store::Error>> {
        let values = self.app.store.get_many(&keys).await;
        Ok(values.map(|values| keys.into_iter().zip(values).collect()).map_err(Into::into))
    }

    async fn set_many(
        &mut self,
        _: Resource<Bucket>,
        entries: Vec<(String, Vec<u8>)>,
    ) -> wasmtime::Result<Result<(), store::Error>> {
        Ok(self.app.store.set_many(entries).await.map_err(Into::into))
    }

    async fn delete_many(
        &mut self,
        _: Resource<Bucket>,
        keys: Vec<String>,
    ) -> wasmtime::Result<Result<(), store::Error>> {
        Ok(self.app.store.delete_many(keys).await.map_err(Into::into))
    }
}

impl atomics::HostCas for Guest {
    async fn new(
        &mut self,
        _: Resource<Bucket>,
        key: String,
    ) -> wasmtime::Result<Result<Resource<Cas>, store::Error>> {
        if let Err(error) = self.app.store.check_atomics() {
            return Ok(Err(error.into()));
        }
        let expected = match self.app.store.get(&key).await {
            Ok(value) => value,
            Err(error) => return Ok(Err(error.into())),
        };
        if !self.take_handle() {
            return Ok(Err(store::Error::Other(full())));
        }
        Ok(Ok(self.table.push(Cas { key, expected })?))
    }

    fn current(&mut self, cas: Resource<Cas>) -> wasmtime::Result<Result<Option<Vec<u8>>, store::Error>> {
        Ok(Ok(self.table.get(&cas)?.expected.clone()))
    }

    async fn drop(&mut self, cas: Resource<Cas>) -> wasmtime::Result<()> {
        self.table.delete(cas)?;
        self.handles -= 1;
        Ok(())
    }
}

impl atomics::Host for Guest {
    async fn increment(
        &mut self,
        _: Resource<Bucket>,
        key: String,
        delta: i64,
    ) -> wasmtime::Result<Result<i64, store::Error>> {
        Ok(self.app.store.increment(key, delta).await.map_err(Into::into))
    }

    async fn swap(
        &mut self,
        cas: Resource<Cas>,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), atomics::CasError>> {
        let Cas { key, expected } = self.table.delete(cas)?;
        self.handles -= 1;
        match self.app.store.swap(key.clone(), expected, value).await {
            Ok(Ok(())) => Ok(Ok(())),
            Ok(Err(current)) => {
                self.handles += 1;
                let again = self.table.push(Cas { key, expected: current })?;
                Ok(Err(atomics::CasError::CasFailed(again)))
            }
            Err(error) => Ok(Err(atomics::CasError::StoreError(error.into()))),
        }
    }
}

fn full() -> String {
    format!("{MAX_OPEN_HANDLES} stores and compare-and-swaps are open already")
}
