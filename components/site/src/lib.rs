//! Serves deployed releases, and alone writes them.
//!
//! A release is a manifest over files in blob storage, and never changes. A site has one pointer for each
//! environment; switching it is one write. Everything here is synchronous and natively tested; `service`
//! puts it behind HTTP.
//!
//! # In the store
//!
//! - `site/<name>@<environment>`: the pointer ([`pointer::Pointer`]).
//! - `release/<id>`: a manifest ([`release::Release`]); `release/<id>/<n>`: what of it did not fit.
//! - `host/<host name>`: whose host it is ([`hosts::Claim`]).
//! - `sites`: the index ([`index::Index`]).

pub mod answer;
pub mod api;
pub mod cache;
pub mod content;
pub mod hosts;
pub mod index;
pub mod name;
pub mod pointer;
pub mod publish;
pub mod release;
pub mod route;
pub mod serve;

#[cfg(target_arch = "wasm32")]
mod service;

#[cfg(test)]
mod tests;

use artifact::StoreError;

/// Why something cannot be told or done, though the request was in order.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An artifact cannot be read.
    #[error(transparent)]
    Artifact(#[from] artifact::Error),
    /// What is stored is not what was written.
    #[error("the record `{key}` is corrupt: {why}")]
    Corrupt {
        /// Its key.
        key: String,
        /// What is wrong with it.
        why: String,
    },
    /// A release or an index is larger than the store takes.
    #[error("{what}: the limit is {limit}")]
    TooLarge {
        /// What it is, and how large.
        what: String,
        /// How large it may be.
        limit: usize,
    },
    /// Others kept changing the same record.
    #[error("the record `{0}` is changed by too many at once: hint: try again")]
    Busy(String),
}

/// How often a compare-and-swap is tried before the request is given up.
const MAX_SWAPS: usize = 16;

/// Changes a record by compare-and-swap. `change` gets what is there and says what shall be, or that
/// nothing is to be done; its result comes from the try that was written.
fn change<S: artifact::Store + ?Sized, T, E: From<Error>>(
    store: &S,
    key: &str,
    mut change: impl FnMut(Option<&[u8]>) -> Result<(T, Option<Vec<u8>>), E>,
) -> Result<T, E> {
    for _ in 0..MAX_SWAPS {
        let now = store.get(key).map_err(Error::from)?;
        let (result, new) = change(now.as_deref())?;
        let Some(new) = new else { return Ok(result) };
        if now.as_ref() == Some(&new) {
            return Ok(result);
        }
        let written = store.swap(key, now.as_deref(), &new).map_err(Error::from)?;
        // Two writers that both found nothing may both be told that they wrote.
        if written && (now.is_some() || store.get(key).map_err(Error::from)?.as_ref() == Some(&new)) {
            return Ok(result);
        }
    }
    Err(Error::Busy(key.to_owned()).into())
}

/// Reads a JSON record.
fn decode<T: serde::de::DeserializeOwned>(key: &str, value: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(value)
        .map_err(|error| Error::Corrupt { key: key.to_owned(), why: error.to_string() })
}

/// Writes a JSON record.
fn encode<T: serde::Serialize>(key: &str, record: &T) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(record).map_err(|error| Error::Corrupt { key: key.to_owned(), why: error.to_string() })
}
