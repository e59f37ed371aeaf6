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
    /// The state was written by a newer version.
    #[error(
        "the state in `{place}` is of a newer version ({found}; this one writes {known})\nhint: use the newer ropewalk, or other state with `--state` or `--store`"
    )]
    Newer {
        /// The file, or the address of the Redis.
        place: String,
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
    /// A URL that is none of a Redis. The text never has the URL in it, which may hold a password.
    #[error(
        "the store's URL is not that of a Redis: {0}\nhint: it is `redis://HOST:PORT/DATABASE`, or `rediss://…` with TLS"
    )]
    Url(String),
    /// The Redis is one that would lose or spread what it is given.
    #[error("redis at `{address}` {cause}")]
    Unsuitable {
        /// Host, port and database.
        address: String,
        /// What it is or does, with a hint.
        cause: String,
    },
    /// The Redis did not take the call: nothing was done.
    #[error("redis at `{address}` cannot be reached: {cause}")]
    Unreachable {
        /// Host, port and database.
        address: String,
        /// What the last attempt ended with.
        cause: String,
    },
    /// The Redis may have carried out a write, but did not say so.
    #[error("redis at `{address}` may or may not have written: {cause}")]
    Uncertain {
        /// Host, port and database.
        address: String,
        /// Why there is no answer.
        cause: String,
    },
    /// Anything else, in the words of `SQLite`, Redis or the system.
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

pub(super) fn not_a_number(key: &str) -> StoreError {
    StoreError::Limit(format!("the value of `{key}` is not a number of 64 bits"))
}

pub(super) fn sum_too_large(key: &str) -> StoreError {
    StoreError::Limit(format!("the sum of `{key}` does not fit into 64 bits"))
}

pub(super) fn too_many_keys(after: u64, most: u64, whose: &str) -> StoreError {
    StoreError::Limit(format!("the store would have {after} keys, the limit is {most}{whose}"))
}
