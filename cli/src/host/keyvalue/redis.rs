//! The store of many hosts: Redis or Valkey. Each call is one command, or one script, and so one step and one round trip;
//! calls of all instances share one connection, on which they don't wait for each other.
//!
//! A write is as durable as the server makes it: [`check`] wants it to sync each one before it answers.

mod check;
mod link;
mod scripts;
mod url;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use redis::{Cmd, FromRedisValue, Value, cmd, from_redis_value};
use tokio::sync::Semaphore;

use super::write::{Outcome, Write};
use super::{Keys, StoreError};
use crate::host::event::{Event, Observer};
use crate::host::limits::{MAX_KEY_LIST_BYTES, MAX_WRITES_WAITING};
use link::{Call, Link};
use scripts::SCRIPTS;
pub use url::{RedisStore, RedisUrl};

/// A call may take so long, waiting for a connection included. A lease (10 s, renewed after 2 s) outlasts it.
const CALL_LIMIT: Duration = Duration::from_secs(5);
/// What a call gets on top for each MiB that it sends, and for each value that it asks for.
const EXTRA: Duration = Duration::from_millis(250);
/// The longest that any call may take.
const LONGEST_CALL: Duration = Duration::from_mins(1);
/// Keys are listed in steps of about so many.
const SCAN_COUNT: usize = 1000;

/// A connection to a Redis.
pub(super) struct Redis {
    link: Link,
    /// Before each key.
    prefix: String,
    most_keys: Option<(u64, String)>,
    writes: Semaphore,
    closed: AtomicBool,
}

impl Redis {
    pub(super) async fn connect(
        store: &RedisStore,
        most_keys: Option<(u64, String)>,
        observer: Arc<dyn Observer>,
    ) -> Result<Self, StoreError> {
        let (link, warning) = Link::open(store, observer.clone()).await?;
        if let Some(text) = warning {
            observer.event(&Event::Warning { text: &text });
        }
        Ok(Self {
            link,
            prefix: format!("{}:", store.url.prefix()),
            most_keys,
            writes: Semaphore::new(MAX_WRITES_WAITING),
            closed: AtomicBool::new(false),
        })
    }

    pub(super) async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(cmd("GET").arg(self.key(key)), 1).await
    }

    pub(super) async fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut command = cmd("MGET");
        for key in keys {
            command.arg(self.key(key));
        }
        self.read(&command, keys.len()).await
    }

    pub(super) async fn exists(&self, key: &str) -> Result<bool, StoreError> {
        self.read(cmd("EXISTS").arg(self.key(key)), 0).await
    }

    /// Redis lists keys in no order, and some twice: they are all read, and what the page needs is kept.
    pub(super) async fn keys(&self, cursor: Option<&str>, limit: usize) -> Result<Keys, StoreError> {
        let mut all = std::collections::BTreeSet::new();
        let pattern = self.pattern();
        let mut scan = 0;
        loop {
            let mut command = cmd("SCAN");
            command.arg(scan).arg("MATCH").arg(&pattern).arg("COUNT").arg(SCAN_COUNT);
            let (next, found): (u64, Vec<Vec<u8>>) = self.read(&command, 0).await?;
            // Nobody but us writes keys with our prefix, and ours are text.
            let found = found.into_iter().filter_map(|key| String::from_utf8(key).ok());
            let ours = found.filter_map(|key| key.strip_prefix(&self.prefix).map(str::to_owned));
            all.extend(ours.filter(|key| cursor.is_none_or(|cursor| &**key > cursor)));
            if next == 0 {
                break;
            }
            scan = next;
        }
        let mut bytes = 0;
        let mut keys = Vec::new();
        for key in all {
            bytes += key.len();
            if keys.len() >= limit || bytes > MAX_KEY_LIST_BYTES {
                let cursor = keys.last().cloned();
                return Ok(Keys { keys, cursor });
            }
            keys.push(key);
        }
        Ok(Keys { keys, cursor: None })
    }

    pub(super) async fn write(&self, write: Write) -> Result<Outcome, StoreError> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(StoreError::Closed);
        }
        let Ok(_turn) = self.writes.try_acquire() else {
            let text = format!("{MAX_WRITES_WAITING} writes are waiting for redis already");
            return Err(StoreError::Limit(text));
        };
        let (command, bytes, key) = self.command(&write);
        let extra = EXTRA * u32::try_from(bytes >> 20).unwrap_or(u32::MAX);
        let limit = (CALL_LIMIT + extra).min(LONGEST_CALL);
        let answer = self.link.send(&Call { command, reads: false, limit }).await?;
        match (write, answer) {
            // The plain commands answer `OK`, or how many keys there were.
            (Write::Set(_) | Write::Delete(_), Value::Okay | Value::Int(_)) => Ok(Outcome::Done),
            (_, answer) => scripts::outcome(answer, &key, self.most_keys.as_ref()),
        }
    }

    /// Later writes are refused. What was answered is durable.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    /// The command for a write, about how many bytes it has, and the first key.
    fn command(&self, write: &Write) -> (Cmd, usize, String) {
        match write {
            Write::Set(entries) if self.most_keys.is_none() => {
                let mut command = cmd("MSET");
                for (key, value) in entries {
                    command.arg(self.key(key)).arg(value);
                }
                (command, value_bytes(entries), first(entries.iter().map(|(key, _)| key)))
            }
            Write::Set(entries) => {
                let keys: Vec<Vec<u8>> = entries.iter().map(|(key, _)| self.key(key)).collect();
                let mut command = self.script(&SCRIPTS.set, &keys);
                for (_, value) in entries {
                    command.arg(value);
                }
                (command, value_bytes(entries), first(entries.iter().map(|(key, _)| key)))
            }
            Write::Delete(keys) => {
                let mut command = cmd("DEL");
                for key in keys {
                    command.arg(self.key(key));
                }
                (command, 0, first(keys.iter()))
            }
            Write::Swap { key, expected, new } => {
                let mut command = self.script(&SCRIPTS.swap, &[self.key(key)]);
                let value = expected.as_deref().unwrap_or_default();
                command.arg(u8::from(expected.is_some())).arg(value).arg(new);
                (command, value.len() + new.len(), key.clone())
            }
            Write::Increment { key, delta } => {
                let mut command = self.script(&SCRIPTS.increment, &[self.key(key)]);
                command.arg(delta.to_le_bytes().as_slice());
                (command, 0, key.clone())
            }
        }
    }

    fn script(&self, script: &redis::Script, keys: &[Vec<u8>]) -> Cmd {
        scripts::call(script, keys, self.most_keys.as_ref().map(|(most, _)| *most), &self.pattern())
    }

    async fn read<T: FromRedisValue>(&self, command: &Cmd, values: usize) -> Result<T, StoreError> {
        let extra = EXTRA.saturating_mul(u32::try_from(values).unwrap_or(u32::MAX));
        let limit = (CALL_LIMIT + extra).min(LONGEST_CALL);
        let answer = self.link.send(&Call { command: command.clone(), reads: true, limit }).await?;
        from_redis_value(answer).map_err(|error| {
            StoreError::Other(format!("redis answered something that is not known: {error}"))
        })
    }

    fn key(&self, key: &str) -> Vec<u8> {
        [self.prefix.as_bytes(), key.as_bytes()].concat()
    }

    /// What all keys of ours look like. The prefix has no character that means something in a pattern.
    fn pattern(&self) -> String {
        format!("{}*", self.prefix)
    }
}

fn value_bytes(entries: &[(String, Vec<u8>)]) -> usize {
    entries.iter().map(|(_, value)| value.len()).sum()
}

fn first<'k>(mut keys: impl Iterator<Item = &'k String>) -> String {
    keys.next().cloned().unwrap_or_default()
}
