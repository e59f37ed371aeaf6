//! An event in memory together with its JSON: a record is written anew with each event, and its earlier events are
//! neither encoded nor copied again for that.

use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, de};

use super::Entry;
use crate::error::ApiError;

/// An event that does not change any more, and how it is kept. A clone shares both.
#[derive(Debug, Clone)]
pub struct Written(Arc<(Entry, String)>);

impl Written {
    /// Encodes an event of a run.
    pub fn new(run: &str, entry: Entry) -> Result<Self, ApiError> {
        let json =
            serde_json::to_string(&entry).map_err(|error| ApiError::corrupt(&super::key(run), error))?;
        Ok(Self(Arc::new((entry, json))))
    }

    /// How it is kept.
    pub(super) fn json(&self) -> &str {
        &self.0.1
    }

    /// The event.
    pub fn entry(&self) -> &Entry {
        &self.0.0
    }
}

impl Deref for Written {
    type Target = Entry;

    fn deref(&self) -> &Entry {
        self.entry()
    }
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entry = Entry::deserialize(deserializer)?;
        let json = serde_json::to_string(&entry).map_err(de::Error::custom)?;
        Ok(Self(Arc::new((entry, json))))
    }
}
