//! Trees from tar archives, and to them.

mod read;
mod write;

pub use read::{MAX_ARCHIVE_BYTES, read};
pub use write::write;

use crate::artifacts;
use crate::tree::{InvalidPath, TreeError};

/// Why an archive cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// An entry is neither a file nor a folder.
    #[error("entry `{path}` of the archive is a {kind}: only files and folders are taken")]
    Unsupported {
        /// Its path.
        path: String,
        /// `symbolic link`, `hard link`, `device` …
        kind: &'static str,
    },
    /// The path of an entry is not UTF-8.
    #[error("entry `{0}` of the archive has a path that is not UTF-8")]
    NotUtf8(String),
    /// The path of an entry breaks the rules.
    #[error(transparent)]
    Path(#[from] InvalidPath),
    /// The files cannot be one tree.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// It is no tar archive, or cut.
    #[error("the archive cannot be read: {0}")]
    Malformed(String),
    /// It has more entries than a tree may have files, folders included.
    #[error("the archive has more than {} entries", crate::MAX_FILES)]
    TooManyEntries,
    /// The archive ends before its end marker.
    #[error("the archive is cut: its end is missing")]
    Cut,
    /// It is compressed.
    #[error("the archive is compressed by {0}: hint: send it uncompressed")]
    Compressed(&'static str),
    /// The tree cannot be read from the store.
    #[error(transparent)]
    Artifact(#[from] artifacts::Error),
    /// The archive cannot be written.
    #[error("the archive cannot be written: {0}")]
    Write(std::io::Error),
}

#[cfg(test)]
mod tests;
