use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{List, Page, Store, StoreError, check_entry, check_key};

/// A store in memory, for tests. It can be told to fail at a write, as a full disk or a killed host
/// does, and counts what was asked of it.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    values: BTreeMap<String, Vec<u8>>,
    reads: u64,
    writes: u64,
    fails_at_write: Option<u64>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty store whose write number `write` (from 1) and every later one fails, and changes
    /// nothing. Any of `set`, `set_many`, `delete`, `delete_many` and a `swap` that would write is one.
    pub fn failing_at_write(write: u64) -> Self {
        let store = Self::default();
        store.state().fails_at_write = Some(write);
        store
    }

    /// From now on every write succeeds.
    pub fn heal(&self) {
        self.state().fails_at_write = None;
    }

    /// How often the store was written to, failures included.
    pub fn writes(&self) -> u64 {
        self.state().writes
    }

    /// How often the store was read.
    pub fn reads(&self) -> u64 {
        self.state().reads
    }

    /// The keys, in order.
    pub fn keys(&self) -> Vec<String> {
        self.state().values.keys().cloned().collect()
    }

    /// The size of all values together, in bytes.
    pub fn bytes(&self) -> usize {
        self.state().values.values().map(Vec::len).sum()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic of another test's thread leaves nothing half done: each change is one call.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn for_reading(&self) -> MutexGuard<'_, State> {
        let mut state = self.state();
        state.reads += 1;
        state
    }

    fn for_writing(&self) -> Result<MutexGuard<'_, State>, StoreError> {
        let mut state = self.state();
        state.writes += 1;
        if state.fails_at_write.is_some_and(|first| state.writes >= first) {
            return Err(StoreError::Other(format!("write {} failed as told", state.writes)));
        }
        Ok(state)
    }
}

/// Keys on one page: few, so that tests meet more than one.
const PAGE_KEYS: usize = 100;

impl List for MemoryStore {
    fn page(&self, cursor: Option<&str>) -> Result<Page, StoreError> {
        let state = self.for_reading();
        let from = cursor.map_or(Bound::Unbounded, Bound::Excluded);
        let range = state.values.range::<str, _>((from, Bound::Unbounded));
        let keys: Vec<String> = range.map(|(key, _)| key.clone()).take(PAGE_KEYS).collect();
        let cursor = keys.last().filter(|_| keys.len() == PAGE_KEYS).cloned();
        Ok(Page { keys, cursor })
    }
}

impl Store for MemoryStore {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        check_key(key)?;
        Ok(self.for_reading().values.get(key).cloned())
    }

    fn set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        check_entry(key, value)?;
        self.for_writing()?.values.insert(key.to_owned(), value.to_vec());
        Ok(())
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        check_key(key)?;
        self.for_writing()?.values.remove(key);
        Ok(())
    }

    fn exists(&self, key: &str) -> Result<bool, StoreError> {
        check_key(key)?;
        Ok(self.for_reading().values.contains_key(key))
    }

    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        keys.iter().try_for_each(|key| check_key(key))?;
        let state = self.for_reading();
        Ok(keys.iter().map(|key| state.values.get(key).cloned()).collect())
    }

    fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        entries.iter().try_for_each(|(key, value)| check_entry(key, value))?;
        self.for_writing()?.values.extend(entries.iter().cloned());
        Ok(())
    }

    fn delete_many(&self, keys: &[String]) -> Result<(), StoreError> {
        keys.iter().try_for_each(|key| check_key(key))?;
        let mut state = self.for_writing()?;
        for key in keys {
            state.values.remove(key);
        }
        Ok(())
    }

    fn swap(&self, key: &str, expected: Option<&[u8]>, new: &[u8]) -> Result<bool, StoreError> {
        check_entry(key, new)?;
        let matches = |state: &State| state.values.get(key).map(Vec::as_slice) == expected;
        if !matches(&self.for_reading()) {
            return Ok(false);
        }
        let mut state = self.for_writing()?;
        // Another thread may have come between the two locks.
        if !matches(&state) {
            return Ok(false);
        }
        state.values.insert(key.to_owned(), new.to_vec());
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MAX_KEY_BYTES, MAX_VALUE_BYTES};

    #[test]
    fn swaps_only_what_is_expected() {
        let store = MemoryStore::new();
        assert_eq!(store.swap("k", Some(b"a"), b"b"), Ok(false));
        assert_eq!(store.swap("k", None, b"a"), Ok(true));
        assert_eq!(store.swap("k", None, b"b"), Ok(false));
        assert_eq!(store.swap("k", Some(b"a"), b"b"), Ok(true));
        assert_eq!(store.get("k"), Ok(Some(b"b".to_vec())));
    }

    #[test]
    fn one_of_many_threads_wins_a_swap() {
        let store = MemoryStore::new();
        let wins = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|n: u8| {
                    let store = &store;
                    scope.spawn(move || store.swap("k", None, &[n]))
                })
                .collect();
            threads.into_iter().map(|t| t.join().unwrap()).filter(|won| *won == Ok(true)).count()
        });
        assert_eq!(wins, 1);
    }

    #[test]
    fn answers_in_the_order_asked() {
        let store = MemoryStore::new();
        store.set_many(&[("a".into(), vec![1]), ("b".into(), vec![2])]).unwrap();
        let keys = ["b", "x", "a", "b"].map(str::to_owned);
        assert_eq!(store.get_many(&keys), Ok(vec![Some(vec![2]), None, Some(vec![1]), Some(vec![2])]));
        store.delete_many(&keys).unwrap();
        assert!(store.keys().is_empty());
    }

    #[test]
    fn limits_are_named_and_nothing_is_written_past_them() {
        let store = MemoryStore::new();
        let long = "k".repeat(MAX_KEY_BYTES + 1);
        let error = store.get(&long).unwrap_err();
        assert!(error.to_string().ends_with("has 256 bytes: the limit is 255"), "{error}");
        let large = vec![0; MAX_VALUE_BYTES + 1];
        let error = store.set_many(&[("a".into(), vec![1]), ("b".into(), large)]).unwrap_err();
        assert_eq!(error.to_string(), "the value of key `b` has 1000001 bytes: the limit is 1000000");
        assert_eq!(store.writes(), 0);
    }

    #[test]
    fn fails_when_told() {
        let store = MemoryStore::failing_at_write(2);
        store.set("a", b"1").unwrap();
        assert!(matches!(store.set("b", b"1"), Err(StoreError::Other(_))));
        assert!(matches!(store.delete("a"), Err(StoreError::Other(_))));
        store.heal();
        assert_eq!(store.keys(), ["a"]);
        assert_eq!(store.writes(), 3);
    }
}
