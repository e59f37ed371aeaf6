//! Sees every durable write, and holds it to what must never happen.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use artifact::MemoryStore;

use crate::run::{Run, Status};

/// The history of each run, as it was durable at any moment, and who is under way.
#[derive(Default)]
pub(crate) struct Watch {
    told: RefCell<BTreeMap<String, Vec<String>>>,
    under_way: RefCell<BTreeSet<String>>,
    /// How many runs may be under way at once.
    pub(crate) max_runs: Cell<Option<usize>>,
}

impl Watch {
    /// A record of a run may only go on from the one before: what was durable once stays.
    pub(crate) fn wrote(&self, store: &MemoryStore, key: &str, value: &[u8]) {
        let Some(id) = key.strip_prefix("run/").filter(|id| !id.contains('/')) else { return };
        let run: Run = serde_json::from_slice(value).unwrap();
        let mut under_way = self.under_way.borrow_mut();
        if run.status == Status::Running {
            under_way.insert(run.id.clone());
        } else {
            under_way.remove(&run.id);
        }
        let max = self.max_runs.get().unwrap_or(usize::MAX);
        assert!(under_way.len() <= max, "{under_way:?} are under way at once");
        let mut told = self.told.borrow_mut();
        let history = told.entry(id.to_owned()).or_default();
        assert!(run.events() >= history.len(), "run {id} lost events");
        // What has gone to chunks by this write is read from them.
        let known = if run.chunked_events > history.len() { 0 } else { run.chunked_events };
        let newest = if known == 0 {
            crate::run::kept(store, &run).unwrap()
        } else {
            run.tail.iter().map(|written| written.entry().clone()).collect()
        };
        for (index, entry) in newest.iter().enumerate() {
            let entry = serde_json::to_string(entry).unwrap();
            match history.get(known + index) {
                // A sign of life takes the place of the one before it.
                Some(before) if before.contains("task_heartbeat") && entry.contains("task_heartbeat") => {
                    history[known + index] = entry;
                }
                Some(before) => assert_eq!(*before, entry, "run {id} has another history"),
                None => history.push(entry),
            }
        }
        assert_eq!(history.len(), run.events(), "run {id} has a gap in its history");
    }

    /// A run's history as it was seen to grow.
    pub(crate) fn history(&self, id: &str) -> Vec<String> {
        self.told.borrow().get(id).cloned().unwrap_or_default()
    }
}
