//! Sees every durable write, and holds it to what must never happen.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::run::Run;

/// The history of each run, as it was durable at any moment.
#[derive(Default)]
pub(crate) struct Watch(RefCell<BTreeMap<String, Vec<String>>>);

impl Watch {
    /// A record of a run may only go on from the one before: what was durable once stays.
    pub(crate) fn wrote(&self, key: &str, value: &[u8]) {
        let Some(id) = key.strip_prefix("run/").filter(|id| !id.contains('/')) else { return };
        let run: Run = serde_json::from_slice(value).unwrap();
        let mut told = self.0.borrow_mut();
        let history = told.entry(id.to_owned()).or_default();
        assert!(run.events() >= history.len(), "run {id} lost events");
        // What was moved out of the record before it was ever in it is not looked at.
        history.resize(history.len().max(run.chunked_events), String::new());
        for (index, entry) in run.tail.iter().enumerate() {
            let entry = serde_json::to_string(entry).unwrap();
            match history.get(run.chunked_events + index) {
                // A sign of life takes the place of the one before it.
                Some(before) if before.contains("task_heartbeat") && entry.contains("task_heartbeat") => {
                    history[run.chunked_events + index] = entry;
                }
                Some(before) => assert_eq!(*before, entry, "run {id} has another history"),
                None => history.push(entry),
            }
        }
        assert_eq!(history.len(), run.events(), "run {id} has a gap in its history");
    }

    /// A run's history as it was seen to grow.
    pub(crate) fn history(&self, id: &str) -> Vec<String> {
        self.0.borrow().get(id).cloned().unwrap_or_default()
    }
}
