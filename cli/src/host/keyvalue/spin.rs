//! `spin:key-value@3.0.0` and `fermyon:spin/key-value@2.0.0`.

use wasmtime::component::{Accessor, FutureReader, HasSelf, Resource, StreamReader};

use super::{Bucket, KeyValue, StoreError};
use crate::host::bindings::fermyon::spin::key_value as v2;
use crate::host::bindings::spin::key_value::key_value as v3;
use crate::host::guest::Guest;

impl From<StoreError> for v2::Error {
    fn from(error: StoreError) -> Self {
        Self::Other(error.to_string())
    }
}

impl From<StoreError> for v3::Error {
    fn from(error: StoreError) -> Self {
        Self::Other(error.to_string())
    }
}

/// All keys at once: neither interface has pages.
async fn all_keys(store: &KeyValue) -> Result<Vec<String>, StoreError> {
    let mut keys = Vec::new();
    let mut cursor = None;
    loop {
        let page = store.keys(cursor.as_deref(), usize::MAX).await?;
        keys.extend(page.keys);
        if page.cursor.is_none() {
            return Ok(keys);
        }
        cursor = page.cursor;
    }
}

impl v2::Host for Guest {}

impl v2::HostStore for Guest {
    fn open(&mut self, label: String) -> wasmtime::Result<Result<Resource<Bucket>, v2::Error>> {
        if !self.component.stores.contains(&label) {
            return Ok(Err(v2::Error::AccessDenied));
        }
        if !self.take_handle() {
            return Ok(Err(v2::Error::StoreTableFull));
        }
        Ok(Ok(self.table.push(Bucket)?))
    }

    async fn get(
        &mut self,
        _: Resource<Bucket>,
        key: String,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, v2::Error>> {
        Ok(self.app.store.get(&key).await.map_err(Into::into))
    }

    async fn set(
        &mut self,
        _: Resource<Bucket>,
        key: String,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), v2::Error>> {
        Ok(self.app.store.set(key, value).await.map_err(Into::into))
    }

    async fn delete(&mut self, _: Resource<Bucket>, key: String) -> wasmtime::Result<Result<(), v2::Error>> {
        Ok(self.app.store.delete(key).await.map_err(Into::into))
    }

    async fn exists(
        &mut self,
        _: Resource<Bucket>,
        key: String,
    ) -> wasmtime::Result<Result<bool, v2::Error>> {
        Ok(self.app.store.exists(&key).await.map_err(Into::into))
    }

    async fn get_keys(&mut self, _: Resource<Bucket>) -> wasmtime::Result<Result<Vec<String>, v2::Error>> {
        Ok(all_keys(&self.app.store).await.map_err(Into::into))
    }

    async fn drop(&mut self, store: Resource<Bucket>) -> wasmtime::Result<()> {
        self.table.delete(store)?;
        self.handles -= 1;
        Ok(())
    }
}

impl v3::Host for Guest {}

impl v3::HostStore for Guest {
    async fn drop(&mut self, store: Resource<Bucket>) -> wasmtime::Result<()> {
        self.table.delete(store)?;
        self.handles -= 1;
        Ok(())
    }
}

type Own = HasSelf<Guest>;

fn store<T>(accessor: &Accessor<T, Own>) -> KeyValue {
    accessor.with(|mut access| access.get().app.store.clone())
}

impl<T: Send + 'static> v3::HostStoreWithStore<T> for Own {
    async fn open(
        accessor: &Accessor<T, Self>,
        label: String,
    ) -> wasmtime::Result<Result<Resource<Bucket>, v3::Error>> {
        accessor.with(|mut access| {
            let guest = access.get();
            if !guest.component.stores.contains(&label) {
                return Ok(Err(v3::Error::AccessDenied));
            }
            if !guest.take_handle() {
                return Ok(Err(v3::Error::StoreTableFull));
            }
            Ok(Ok(guest.table.push(Bucket)?))
        })
    }

    async fn get(
        accessor: &Accessor<T, Self>,
        _: Resource<Bucket>,
        key: String,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, v3::Error>> {
        Ok(store(accessor).get(&key).await.map_err(Into::into))
    }

    async fn set(
        accessor: &Accessor<T, Self>,
        _: Resource<Bucket>,
        key: String,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), v3::Error>> {
        Ok(store(accessor).set(key, value).await.map_err(Into::into))
    }

    async fn delete(
        accessor: &Accessor<T, Self>,
        _: Resource<Bucket>,
        key: String,
    ) -> wasmtime::Result<Result<(), v3::Error>> {
        Ok(store(accessor).delete(key).await.map_err(Into::into))
    }

    async fn exists(
        accessor: &Accessor<T, Self>,
        _: Resource<Bucket>,
        key: String,
    ) -> wasmtime::Result<Result<bool, v3::Error>> {
        Ok(store(accessor).exists(&key).await.map_err(Into::into))
    }

    async fn get_keys(
        accessor: &Accessor<T, Self>,
        _: Resource<Bucket>,
    ) -> wasmtime::Result<(StreamReader<String>, FutureReader<Result<(), v3::Error>>)> {
        let (keys, result) = match all_keys(&store(accessor)).await {
            Ok(keys) => (keys, Ok(())),
            Err(error) => (Vec::new(), Err(v3::Error::from(error))),
        };
        accessor.with(|mut access| {
            let keys = StreamReader::new(&mut access, keys)?;
            let result =
                FutureReader::new(&mut access, std::future::ready(Ok::<_, wasmtime::Error>(result)))?;
            Ok((keys, result))
        })
    }
}
