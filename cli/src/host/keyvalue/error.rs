use std::path::PathBuf;

/// Why the store did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The disk has no room. Nothing of the write was stored; what was there before is unharmed.
    #[error("the disk is full: nothing was written")]
    DiskFull,
    /// A key, value or rate is past a limit. The text names it.
    #[error("{0}")]
    Limit(String),
    /// The host is stopping.
    #[error("the store is closed: the host is stopping")]
    Closed,
    /// The folder was written by a newer version.
    #[error("the state in `{}` is of a newer version ({found}; this one writes {known})\nhint: use the newer ropewalk, or another folder with `--state`", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version in it.
        found: i64,
        /// The newest one that this host reads.
        known: i64,
    },
    /// The file is no store of ours.
    #[error("`{}` is not a store of ropewalk\nhint: move it away, or use another folder with `--state`", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Anything else, in the words of `SQLite` or of the system.
    #[error("{0}")]
    Other(String),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::DiskFull,
            _ => Self::Other(format!("the store failed: {error}")),
        }
    }
}
