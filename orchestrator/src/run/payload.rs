//! Data of a run that is too large for its record and its history: kept beside them, named by its digest.

use artifact::{Digest, Store};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::ApiError;

/// Larger data of an event, and a larger output, stand beside the record, in bytes of JSON.
pub(super) const MAX_INLINE_BYTES: usize = 32 * 1024;
/// Bytes of one value of the store; what is larger is split.
const MAX_PART_BYTES: usize = 900_000;

/// Where data stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    digest: Digest,
    bytes: usize,
}

impl Payload {
    /// Names data, and gives what is to be written, before whatever names it: content under its own digest can be
    /// written again, and harms nobody if nothing comes to name it.
    pub(super) fn new(run: &str, data: &[u8]) -> (Self, Vec<(String, Vec<u8>)>) {
        let payload = Self { digest: Digest::of(data), bytes: data.len() };
        let parts = data.chunks(MAX_PART_BYTES).map(<[u8]>::to_vec);
        let writes = payload.keys(run).into_iter().zip(parts).collect();
        (payload, writes)
    }

    /// The keys under which it stands.
    pub(super) fn keys(&self, run: &str) -> Vec<String> {
        let name = &self.digest.hex()[..32];
        let parts = self.bytes.div_ceil(MAX_PART_BYTES);
        (0..parts)
            .map(
                |part| {
                    if part == 0 { format!("run/{run}/{name}") } else { format!("run/{run}/{name}.{part}") }
                },
            )
            .collect()
    }

    /// Reads it.
    pub(super) fn read(&self, store: &impl Store, run: &str) -> Result<Vec<u8>, ApiError> {
        let mut data = Vec::with_capacity(self.bytes);
        let keys = self.keys(run);
        for (key, part) in keys.iter().zip(store.get_many(&keys)?) {
            data.extend(part.ok_or_else(|| ApiError::corrupt(key, "it is not there"))?);
        }
        if Digest::of(&data) != self.digest {
            return Err(ApiError::corrupt(&format!("run/{run}"), "its data is not what was written"));
        }
        Ok(data)
    }

    /// Reads it as JSON.
    pub(super) fn read_json(&self, store: &impl Store, run: &str) -> Result<Value, ApiError> {
        let data = self.read(store, run)?;
        serde_json::from_slice(&data).map_err(|error| ApiError::corrupt(&format!("run/{run}"), error))
    }
}

/// Takes a document out of a record, if it is larger than that, and gives where it stands instead.
pub(super) fn put_aside(
    store: &impl Store,
    run: &str,
    document: &mut Option<Value>,
    most_bytes: usize,
) -> Result<Option<Payload>, ApiError> {
    let Some(large) = document.take_if(|document| document.to_string().len() > most_bytes) else {
        return Ok(None);
    };
    let (payload, writes) = Payload::new(run, large.to_string().as_bytes());
    store.set_many(&writes)?;
    Ok(Some(payload))
}
