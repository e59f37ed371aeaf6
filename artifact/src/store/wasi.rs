use std::collections::BTreeMap;

use super::{List, Page, Store, StoreError, check_entry, check_key};
use bindings::wasi::keyvalue::atomics::{Cas, CasError, swap};
use bindings::wasi::keyvalue::batch;
use bindings::wasi::keyvalue::store::{self, Bucket};

#[allow(unsafe_code, missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]
mod bindings {
    wit_bindgen::generate!({
        world: "wasi:keyvalue/imports@0.2.0-draft2",
        path: "../wit/deps/keyvalue",
        generate_all,
    });
}

/// A store of the host, over `wasi:keyvalue@0.2.0-draft2`. Calls block until they are done: the host's
/// functions do.
#[derive(Debug)]
pub struct KeyValue {
    bucket: Bucket,
    label: String,
}

impl KeyValue {
    /// Opens the store that spin.toml grants by this label: `default`.
    pub fn open(label: &str) -> Result<Self, StoreError> {
        let bucket = store::open(label).map_err(|error| convert(error, label))?;
        Ok(Self { bucket, label: label.to_owned() })
    }

    /// What a platform without compare-and-swap allows (Akamai Functions has none): two writers may both win
    /// within an instant. Leases are long against that instant, and calls of stages are keyed.
    fn compare_and_set(&self, key: &str, expected: Option<&[u8]>, new: &[u8]) -> Result<bool, StoreError> {
        if self.get(key)?.as_deref() != expected {
            return Ok(false);
        }
        self.set(key, new)?;
        Ok(true)
    }

    fn error(&self, error: store::Error) -> StoreError {
        convert(error, &self.label)
    }
}

fn convert(error: store::Error, label: &str) -> StoreError {
    match error {
        store::Error::NoSuchStore => StoreError::NoSuchStore(label.to_owned()),
        store::Error::AccessDenied => StoreError::AccessDenied(label.to_owned()),
        store::Error::Other(why) => StoreError::Other(why),
    }
}

impl List for KeyValue {
    fn page(&self, cursor: Option<&str>) -> Result<Page, StoreError> {
        let page = self.bucket.list_keys(cursor).map_err(|error| self.error(error))?;
        Ok(Page { keys: page.keys, cursor: page.cursor })
    }
}

impl Store for KeyValue {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        check_key(key)?;
        self.bucket.get(key).map_err(|error| self.error(error))
    }

    fn set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        check_entry(key, value)?;
        self.bucket.set(key, value).map_err(|error| self.error(error))
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        check_key(key)?;
        self.bucket.delete(key).map_err(|error| self.error(error))
    }

    fn exists(&self, key: &str) -> Result<bool, StoreError> {
        check_key(key)?;
        self.bucket.exists(key).map_err(|error| self.error(error))
    }

    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        keys.iter().try_for_each(|key| check_key(key))?;
        if let [key] = keys {
            return Ok(vec![self.get(key)?]);
        }
        // Spin answers in any order, leaves out what is not there, and names a key asked twice once.
        let found = batch::get_many(&self.bucket, keys).map_err(|error| self.error(error))?;
        let mut found: BTreeMap<String, Option<Vec<u8>>> = found.into_iter().collect();
        let mut first_at: BTreeMap<&str, usize> = BTreeMap::new();
        let mut values: Vec<Option<Vec<u8>>> = Vec::with_capacity(keys.len());
        for (index, key) in keys.iter().enumerate() {
            let first = *first_at.entry(key).or_insert(index);
            let value = if first == index { found.remove(key).flatten() } else { values[first].clone() };
            values.push(value);
        }
        Ok(values)
    }

    fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        entries.iter().try_for_each(|(key, value)| check_entry(key, value))?;
        match entries {
            [] => Ok(()),
            [(key, value)] => self.set(key, value),
            _ => batch::set_many(&self.bucket, entries).map_err(|error| self.error(error)),
        }
    }

    fn delete_many(&self, keys: &[String]) -> Result<(), StoreError> {
        keys.iter().try_for_each(|key| check_key(key))?;
        match keys {
            [] => Ok(()),
            [key] => self.delete(key),
            _ => batch::delete_many(&self.bucket, keys).map_err(|error| self.error(error)),
        }
    }

    fn swap(&self, key: &str, expected: Option<&[u8]>, new: &[u8]) -> Result<bool, StoreError> {
        check_entry(key, new)?;
        let Ok(cas) = Cas::new(&self.bucket, key) else {
            return self.compare_and_set(key, expected, new);
        };
        // Asking for the current value is also what makes the host remember what to compare with.
        if cas.current().map_err(|error| self.error(error))?.as_deref() != expected {
            return Ok(false);
        }
        match swap(cas, new) {
            Ok(()) => Ok(true),
            Err(CasError::CasFailed(_)) => Ok(false),
            Err(CasError::StoreError(error)) => Err(self.error(error)),
        }
    }
}
