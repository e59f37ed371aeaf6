//! Reading: a few connections that are lent to whoever reads.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension};

use super::open;
use crate::host::keyvalue::{Keys, StoreError};
use crate::host::limits::MAX_KEY_LIST_BYTES;

/// So many connections are kept open when nobody reads.
const MAX_KEPT: usize = 8;

pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Reader>>,
}

pub(super) struct Reader(Connection);

impl Readers {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), idle: Mutex::new(Vec::new()) }
    }

    /// Reads on the calling thread: what is asked for is nearly always in memory, and switching threads costs more.
    pub(super) fn with<T>(
        &self,
        read: impl FnOnce(&mut Reader) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut reader = match kept {
            Some(reader) => reader,
            None => Reader(open::reader(&self.path)?),
        };
        let result = read(&mut reader);
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MAX_KEPT {
            idle.push(reader);
        }
        result
    }

    /// Closes the connections that nobody uses.
    pub(super) fn close(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Reader {
    pub(super) fn get(&mut self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        get(&self.0, key)
    }

    pub(super) fn get_many(&mut self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let moment = self.0.transaction()?;
        keys.iter().map(|key| get(&moment, key)).collect()
    }

    pub(super) fn exists(&mut self, key: &str) -> Result<bool, StoreError> {
        let mut statement = self.0.prepare_cached("SELECT 1 FROM entry WHERE key = ?1")?;
        Ok(statement.exists([key])?)
    }

    pub(super) fn keys(&mut self, cursor: Option<&str>, limit: usize) -> Result<Keys, StoreError> {
        let mut statement =
            self.0.prepare_cached("SELECT key FROM entry WHERE key > ?1 ORDER BY key LIMIT ?2")?;
        // No key is before the empty one, which may exist: the first page begins with it.
        let mut keys = Vec::new();
        if cursor.is_none() && self.0.prepare_cached("SELECT 1 FROM entry WHERE key = ''")?.exists([])? {
            keys.push(String::new());
        }
        let wanted = i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX);
        let mut rows = statement.query((cursor.unwrap_or(""), wanted))?;
        let mut bytes = 0;
        while let Some(row) = rows.next()? {
            let key: String = row.get(0)?;
            bytes += key.len();
            if keys.len() >= limit || bytes > MAX_KEY_LIST_BYTES {
                let cursor = keys.last().cloned();
                return Ok(Keys { keys, cursor });
            }
            keys.push(key);
        }
        Ok(Keys { keys, cursor: None })
    }
}

pub(super) fn get(connection: &Connection, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT value FROM entry WHERE key = ?1")?;
    Ok(statement.query_row([key], |row| row.get(0)).optional()?)
}
