//! Opens and creates the database.

use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::host::keyvalue::StoreError;

/// Version of the tables. One more whenever an older host could misread them.
const SCHEMA_VERSION: i64 = 1;
/// Marks the file as ours: `rpwk`.
const APPLICATION_ID: i64 = 0x7270_776b;
/// Bytes of a page.
const PAGE_BYTES: u32 = 4096;
/// KiB of pages that the writer keeps in memory.
const WRITER_CACHE_KIB: i32 = 2048;
/// KiB of pages that each reader keeps in memory.
const READER_CACHE_KIB: i32 = 1024;
/// Bytes of the file that readers see through the page cache of the system.
const READER_MMAP_BYTES: i64 = 64 * 1024 * 1024;
/// How long to wait where two connections cannot work at the same time.
const BUSY: Duration = Duration::from_secs(10);

/// The connection that writes. Creates the file and its tables.
pub(in crate::host::keyvalue) fn writer(path: &Path) -> Result<Connection, StoreError> {
    create_private(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    check_version(&connection, path)?;
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.execute_batch(&format!(
        "BEGIN IMMEDIATE;
         CREATE TABLE IF NOT EXISTS entry (key TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL);
         PRAGMA application_id = {APPLICATION_ID};
         PRAGMA user_version = {SCHEMA_VERSION};
         COMMIT;"
    ))?;
    Ok(connection)
}

/// A connection that reads.
pub(super) fn reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
    connection.pragma_update(None, "mmap_size", READER_MMAP_BYTES)?;
    Ok(connection)
}

/// The connection that moves what was written from the log into the file, beside the writer.
pub(super) fn checkpointer(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    Ok(connection)
}

/// `SQLite` gives its other files the permissions of this one.
fn create_private(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) => Err(StoreError::Other(format!("failed to open `{}`: {error}", path.display()))),
    }
}

fn check_version(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let foreign = || StoreError::Foreign { path: path.to_owned() };
    let (id, version) = match (number("application_id"), number("user_version")) {
        (Ok(id), Ok(version)) => (id, version),
        (Err(error), _) | (_, Err(error)) => {
            return Err(match error.sqlite_error_code() {
                Some(rusqlite::ErrorCode::NotADatabase) => foreign(),
                _ => error.into(),
            });
        }
    };
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if id != APPLICATION_ID && (id != 0 || version != 0 || tables != 0) {
        return Err(foreign());
    }
    if version > SCHEMA_VERSION {
        return Err(StoreError::Newer {
            place: path.display().to_string(),
            found: version,
            known: SCHEMA_VERSION,
        });
    }
    Ok(())
}
