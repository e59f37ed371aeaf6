//! The store beneath everything: keys and values, some at once, and a compare-and-swap.

mod memory;
#[cfg(feature = "wasi")]
mod wasi;

pub use memory::MemoryStore;
#[cfg(feature = "wasi")]
pub use wasi::KeyValue;

/// The longest key, in bytes of UTF-8. Fermyon Cloud takes no longer one.
pub const MAX_KEY_BYTES: usize = 255;
/// The largest value, in bytes. Akamai Functions and Fermyon Cloud take no larger one.
pub const MAX_VALUE_BYTES: usize = 1_000_000;

/// A key-value store. A write that has returned is durable.
///
/// Every implementation refuses a key over [`MAX_KEY_BYTES`] and a value over [`MAX_VALUE_BYTES`]
/// before anything is written, so that what works here works on every platform.
pub trait Store {
    /// The value of a key, if there is one.
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// Sets a value, whether there was one or not.
    fn set(&self, key: &str, value: &[u8]) -> Result<(), StoreError>;

    /// Deletes a key. One that is not there is left so.
    fn delete(&self, key: &str) -> Result<(), StoreError>;

    /// Whether the key has a value.
    fn exists(&self, key: &str) -> Result<bool, StoreError>;

    /// The values of these keys, in the order asked.
    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError>;

    /// Sets these values by one durable write, whole or not at all where the host keeps key-value in
    /// a local database. Elsewhere a failure may leave some of them set: put what the others hang on last.
    fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), StoreError>;

    /// Deletes these keys.
    fn delete_many(&self, keys: &[String]) -> Result<(), StoreError>;

    /// Compare-and-swap: writes `new` only if the value is `expected` (`None`: there is none), and
    /// says whether it did.
    ///
    /// With a value expected the swap is exact, in the embedded host and in Spin's local store. With
    /// `None`, Spin lets two writers win that both found nothing within the same instant: correctness
    /// must not hang on it, only a saving of work may.
    fn swap(&self, key: &str, expected: Option<&[u8]>, new: &[u8]) -> Result<bool, StoreError>;
}

/// A store that can tell its keys: for what looks at everything now and then. Nothing that somebody waits for does.
pub trait List: Store {
    /// Some of the keys, in no particular order, from a cursor on that a page before gave. Keys that are written
    /// meanwhile may be left out.
    fn page(&self, cursor: Option<&str>) -> Result<Page, StoreError>;
}

/// Some of a store's keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The keys.
    pub keys: Vec<String>,
    /// Where the next page begins; `None`: this was the last.
    pub cursor: Option<String>,
}

/// Why the store did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The host has no store of this label.
    #[error("the host has no key-value store `{0}`")]
    NoSuchStore(String),
    /// The component was not granted the store.
    #[error(
        "key-value store `{0}` is not granted to this component: hint: add `key_value_stores = [\"{0}\"]` to it in spin.toml"
    )]
    AccessDenied(String),
    /// The key is longer than [`MAX_KEY_BYTES`].
    #[error("key `{key}…` has {bytes} bytes: the limit is {MAX_KEY_BYTES}")]
    KeyTooLong {
        /// How the key begins.
        key: String,
        /// Its length.
        bytes: usize,
    },
    /// The value is larger than [`MAX_VALUE_BYTES`].
    #[error("the value of key `{key}` has {bytes} bytes: the limit is {MAX_VALUE_BYTES}")]
    ValueTooLarge {
        /// The key.
        key: String,
        /// The value's size.
        bytes: usize,
    },
    /// The host failed: the disk is full, the connection to the store is lost …
    #[error("the key-value store failed: {0}")]
    Other(String),
}

/// Refuses a key over [`MAX_KEY_BYTES`].
pub fn check_key(key: &str) -> Result<(), StoreError> {
    if key.len() <= MAX_KEY_BYTES {
        return Ok(());
    }
    Err(StoreError::KeyTooLong { key: key.chars().take(60).collect(), bytes: key.len() })
}

/// Refuses a key over [`MAX_KEY_BYTES`] or a value over [`MAX_VALUE_BYTES`].
pub fn check_entry(key: &str, value: &[u8]) -> Result<(), StoreError> {
    check_key(key)?;
    if value.len() <= MAX_VALUE_BYTES {
        return Ok(());
    }
    Err(StoreError::ValueTooLarge { key: key.to_owned(), bytes: value.len() })
}

impl<S: List + ?Sized> List for &S {
    fn page(&self, cursor: Option<&str>) -> Result<Page, StoreError> {
        (**self).page(cursor)
    }
}

impl<S: Store + ?Sized> Store for &S {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        (**self).get(key)
    }
    fn set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        (**self).set(key, value)
    }
    fn delete(&self, key: &str) -> Result<(), StoreError> {
        (**self).delete(key)
    }
    fn exists(&self, key: &str) -> Result<bool, StoreError> {
        (**self).exists(key)
    }
    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        (**self).get_many(keys)
    }
    fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        (**self).set_many(entries)
    }
    fn delete_many(&self, keys: &[String]) -> Result<(), StoreError> {
        (**self).delete_many(keys)
    }
    fn swap(&self, key: &str, expected: Option<&[u8]>, new: &[u8]) -> Result<bool, StoreError> {
        (**self).swap(key, expected, new)
    }
}
