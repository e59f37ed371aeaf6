//! Records as JSON, one a key, changed by compare-and-swap.

use artifact::Store;
use serde::{Serialize, de::DeserializeOwned};

use crate::error::ApiError;

/// How often a change is tried again because another one came between.
const MAX_SWAP_TRIES: usize = 64;

/// Reads a record.
pub(crate) fn read<T: DeserializeOwned>(store: &impl Store, key: &str) -> Result<Option<T>, ApiError> {
    store.get(key)?.map(|bytes| decode(key, &bytes)).transpose()
}

/// Changes a record, a missing one from its default. Written only if it changes.
pub(crate) fn update<T>(
    store: &impl Store,
    key: &str,
    mut change: impl FnMut(&mut T) -> Result<(), ApiError>,
) -> Result<(), ApiError>
where
    T: Serialize + DeserializeOwned + Default,
{
    for _ in 0..MAX_SWAP_TRIES {
        let before = store.get(key)?;
        let mut record: T =
            before.as_deref().map(|bytes| decode(key, bytes)).transpose()?.unwrap_or_default();
        change(&mut record)?;
        let after = serde_json::to_vec(&record).map_err(|error| ApiError::corrupt(key, error))?;
        if before.as_deref() == Some(after.as_slice()) || store.swap(key, before.as_deref(), &after)? {
            return Ok(());
        }
    }
    Err(ApiError::new(
        503,
        "contention",
        format!("record `{key}` was changed by others {MAX_SWAP_TRIES} times in a row"),
    )
    .hint("repeat the request"))
}

/// Reads a record's bytes.
pub(crate) fn decode<T: DeserializeOwned>(key: &str, bytes: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(bytes).map_err(|error| ApiError::corrupt(key, error))
}
