//! The store of one host: `SQLite` in the state folder. Every write is durable when its call returns; writes of many
//! callers share one transaction and one sync (group commit); reads never wait for writes.

mod commit;
pub(super) mod open;
mod reader;
mod writer;

use std::path::Path;

use rusqlite::Connection;

use super::write::{Outcome, Write};
use super::{Keys, StoreError};
use reader::Readers;
use writer::Writer;

/// A database in a folder.
pub(super) struct Sqlite {
    readers: Readers,
    writer: Writer,
}

impl Sqlite {
    /// Opens the database in a folder, and creates it if there is none.
    pub(super) fn open(folder: &Path, most_keys: Option<(u64, String)>) -> Result<Self, StoreError> {
        let path = folder.join("state.db");
        Self::of(open::writer(&path)?, &path, most_keys)
    }

    /// What an open connection writes to.
    pub(super) fn of(
        connection: Connection,
        path: &Path,
        most_keys: Option<(u64, String)>,
    ) -> Result<Self, StoreError> {
        Ok(Self { readers: Readers::new(path), writer: Writer::start(connection, path, most_keys)? })
    }

    pub(super) fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.readers.with(|reader| reader.get(key))
    }

    pub(super) fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.readers.with(|reader| reader.get_many(keys))
    }

    pub(super) fn exists(&self, key: &str) -> Result<bool, StoreError> {
        self.readers.with(|reader| reader.exists(key))
    }

    pub(super) fn keys(&self, cursor: Option<&str>, limit: usize) -> Result<Keys, StoreError> {
        self.readers.with(|reader| reader.keys(cursor, limit))
    }

    pub(super) async fn write(&self, write: Write) -> Result<Outcome, StoreError> {
        self.writer.write(write).await
    }

    /// Ends the writer once everything that was asked is durable.
    pub(super) async fn close(&self) {
        self.readers.close();
        self.writer.close().await;
    }
}
