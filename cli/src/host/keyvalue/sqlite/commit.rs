//! One group of writes in one transaction.

use rusqlite::Connection;

use super::reader::get;
use super::writer::Reply;
use crate::host::keyvalue::StoreError;
use crate::host::keyvalue::error::{not_a_number, sum_too_large, too_many_keys};
use crate::host::keyvalue::write::{Outcome, Write};

pub(super) struct Committer {
    connection: Connection,
    /// A platform's limit on keys, and whose it is.
    most_keys: Option<(u64, String)>,
}

impl Committer {
    pub(super) fn new(connection: Connection, most_keys: Option<(u64, String)>) -> Self {
        Self { connection, most_keys }
    }

    /// Writes a group and answers everyone.
    pub(super) fn commit(&mut self, mut group: Vec<(Write, Reply)>) {
        if group.is_empty() {
            return;
        }
        match self.try_commit(&group) {
            Ok(outcomes) => {
                for ((_, reply), outcome) in group.into_iter().zip(outcomes) {
                    answer(reply, outcome);
                }
            }
            // One of them may be at fault: the others must not suffer for it.
            Err(_) if group.len() > 1 => {
                for (write, reply) in group.drain(..) {
                    let single = [(write, reply)];
                    let result = self.try_commit(&single);
                    let [(_, reply)] = single;
                    answer(
                        reply,
                        result.and_then(|outcomes| outcomes.into_iter().next().unwrap_or(Ok(Outcome::Done))),
                    );
                }
            }
            Err(error) => {
                for (_, reply) in group {
                    answer(reply, Err(error.clone()));
                }
            }
        }
    }

    /// Moves the whole log into the file, and waits for it.
    pub(super) fn checkpoint(&self) {
        // What cannot be moved now stays in the log, where it is as durable.
        let _ = self.connection.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(()));
    }

    fn try_commit(
        &mut self,
        group: &[(Write, Reply)],
    ) -> Result<Vec<Result<Outcome, StoreError>>, StoreError> {
        // A panic may have left one open.
        self.roll_back();
        self.connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let mut outcomes = Vec::with_capacity(group.len());
        for (write, _) in group {
            match self.apply(write) {
                Ok(outcome) => outcomes.push(Ok(outcome)),
                // What was wrong is known before anything of this write was changed.
                Err(error @ StoreError::Limit(_)) => outcomes.push(Err(error)),
                Err(error) => {
                    self.roll_back();
                    return Err(error);
                }
            }
        }
        if let Err(error) = self.connection.prepare_cached("COMMIT").and_then(|mut commit| commit.execute([]))
        {
            self.roll_back();
            return Err(error.into());
        }
        Ok(outcomes)
    }

    fn roll_back(&self) {
        // SQLite has done it already after some errors; then there is nothing to roll back.
        if !self.connection.is_autocommit() {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }

    fn apply(&self, write: &Write) -> Result<Outcome, StoreError> {
        match write {
            Write::Set(entries) => {
                self.check_room(entries.iter().map(|(key, _)| key.as_str()))?;
                for (key, value) in entries {
                    self.set(key, value)?;
                }
                Ok(Outcome::Done)
            }
            Write::Delete(keys) => {
                let mut statement = self.connection.prepare_cached("DELETE FROM entry WHERE key = ?1")?;
                for key in keys {
                    statement.execute([key])?;
                }
                Ok(Outcome::Done)
            }
            Write::Swap { key, expected, new } => {
                let current = get(&self.connection, key)?;
                if current != *expected {
                    return Ok(Outcome::Kept(current));
                }
                self.check_room([key.as_str()].into_iter())?;
                self.set(key, new)?;
                Ok(Outcome::Done)
            }
            Write::Increment { key, delta } => {
                let current = match get(&self.connection, key)? {
                    None => 0,
                    Some(bytes) => {
                        let bytes = bytes.try_into().map_err(|_| not_a_number(key))?;
                        i64::from_le_bytes(bytes)
                    }
                };
                let sum = current.checked_add(*delta).ok_or_else(|| sum_too_large(key))?;
                self.check_room([key.as_str()].into_iter())?;
                self.set(key, &sum.to_le_bytes())?;
                Ok(Outcome::Number(sum))
            }
        }
    }

    fn set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        let sql = "INSERT INTO entry (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2";
        self.connection.prepare_cached(sql)?.execute((key, value))?;
        Ok(())
    }

    /// Holds the number of keys to a platform's limit. Counting is cheap, because that limit is small.
    fn check_room<'k>(&self, keys: impl Iterator<Item = &'k str>) -> Result<(), StoreError> {
        let Some((most, whose)) = &self.most_keys else {
            return Ok(());
        };
        let mut exists = self.connection.prepare_cached("SELECT 1 FROM entry WHERE key = ?1")?;
        let mut new = std::collections::BTreeSet::new();
        for key in keys {
            if !exists.exists([key])? {
                new.insert(key);
            }
        }
        if new.is_empty() {
            return Ok(());
        }
        let mut count = self.connection.prepare_cached("SELECT count(*) FROM entry")?;
        let count: i64 = count.query_row([], |row| row.get(0))?;
        let after = u64::try_from(count).unwrap_or(0) + new.len() as u64;
        if after > *most {
            return Err(too_many_keys(after, *most, whose));
        }
        Ok(())
    }
}

fn answer(reply: Reply, outcome: Result<Outcome, StoreError>) {
    // Whoever asked may be gone.
    let _ = reply.send(outcome);
}
