//! Limits on keys, values and rates, checked before the store is asked.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::StoreError;
use super::write::Write;
use crate::host::limits::{Limits, MAX_BATCH_KEYS};

pub(super) struct Quota {
    limits: Limits,
    reads: Option<Rate>,
    writes: Option<Rate>,
}

impl Quota {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            limits: *limits,
            reads: limits.reads_per_second.map(Rate::new),
            writes: limits.writes_per_second.map(Rate::new),
        }
    }

    pub(super) fn check_atomics(&self) -> Result<(), StoreError> {
        if self.limits.atomics {
            return Ok(());
        }
        let whose = self.limits.whose();
        Err(StoreError::Limit(format!("compare-and-swap and increment are not available{whose}")))
    }

    /// A call that reads these keys. A batch counts as one.
    pub(super) fn check_read<'k>(
        &self,
        keys: impl ExactSizeIterator<Item = &'k str>,
    ) -> Result<(), StoreError> {
        self.check_keys(keys)?;
        self.check_rate(self.reads.as_ref(), "reads")
    }

    /// A call that writes. A batch counts as one.
    pub(super) fn check_write(&self, write: &Write) -> Result<(), StoreError> {
        match write {
            Write::Set(entries) => {
                self.check_keys(entries.iter().map(|(key, _)| key.as_str()))?;
                entries.iter().try_for_each(|(key, value)| self.check_value(key, value))?;
            }
            Write::Delete(keys) => self.check_keys(keys.iter().map(String::as_str))?,
            Write::Swap { key, new, .. } => {
                self.check_atomics()?;
                self.check_keys([key.as_str()].into_iter())?;
                self.check_value(key, new)?;
            }
            Write::Increment { key, .. } => {
                self.check_atomics()?;
                self.check_keys([key.as_str()].into_iter())?;
            }
        }
        self.check_rate(self.writes.as_ref(), "writes")
    }

    fn check_keys<'k>(&self, keys: impl ExactSizeIterator<Item = &'k str>) -> Result<(), StoreError> {
        let count = keys.len();
        if count > MAX_BATCH_KEYS {
            let text = format!("{count} keys in one call, the limit is {MAX_BATCH_KEYS}");
            return Err(StoreError::Limit(text));
        }
        for key in keys {
            let (length, most) = (key.len(), self.limits.key_bytes);
            if length > most {
                let whose = self.limits.whose();
                let text = format!("a key has {length} bytes, the limit is {most}{whose}");
                return Err(StoreError::Limit(text));
            }
        }
        Ok(())
    }

    fn check_value(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        let (length, most) = (value.len(), self.limits.value_bytes);
        if length <= most {
            return Ok(());
        }
        let whose = self.limits.whose();
        Err(StoreError::Limit(format!("the value of `{key}` has {length} bytes, the limit is {most}{whose}")))
    }

    fn check_rate(&self, rate: Option<&Rate>, what: &str) -> Result<(), StoreError> {
        match rate {
            Some(rate) if !rate.take() => {
                let (most, whose) = (rate.per_second, self.limits.whose());
                Err(StoreError::Limit(format!("more than {most} {what} a second{whose}")))
            }
            _ => Ok(()),
        }
    }
}

/// A token bucket: a second's worth may come at once.
struct Rate {
    per_second: u32,
    state: Mutex<(f64, Instant)>,
}

impl Rate {
    fn new(per_second: u32) -> Self {
        Self { per_second, state: Mutex::new((per_second.into(), Instant::now())) }
    }

    fn take(&self) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (tokens, at) = &mut *state;
        let now = Instant::now();
        let most = f64::from(self.per_second);
        *tokens = (*tokens + now.duration_since(*at).as_secs_f64() * most).min(most);
        *at = now;
        let allowed = *tokens >= 1.0;
        if allowed {
            *tokens -= 1.0;
        }
        allowed
    }
}
