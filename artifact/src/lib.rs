//! Artifacts: trees of files named by the digest of their content, kept in a key-value store.
//!
//! Everything goes through the small [`Store`] trait: [`MemoryStore`] in tests, `KeyValue` (feature
//! `wasi`) in components. [`Artifacts`] puts trees into a store and reads them back; [`Tree`] says what
//! a tree is and how its digest comes about. [`grant`] and [`seal`] hold what is kept or handed out
//! under keys derived from the master key; `attest` (feature `attest`) signs what is said of artifacts.

pub mod grant;
pub mod key;
pub mod seal;
pub mod store;
pub mod tree;

#[cfg(feature = "tar")]
pub mod archive;
#[cfg(feature = "attest")]
pub mod attest;

mod artifacts;
mod digest;

pub use artifacts::{Artifacts, Error, File, Holding, StoredTree, Sweep, Swept, Writes};
pub use digest::{Digest, InvalidDigest};
pub use key::derive_key;
#[cfg(feature = "wasi")]
pub use store::KeyValue;
pub use store::{List, MAX_KEY_BYTES, MAX_VALUE_BYTES, MemoryStore, Page, Store, StoreError};
pub use tree::{
    Entry, Globs, InvalidGlob, MAX_FILE_BYTES, MAX_FILES, MAX_PATH_BYTES, MAX_TREE_BYTES, Tree, TreeError,
};
