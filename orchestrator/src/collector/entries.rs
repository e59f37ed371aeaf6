//! The cache as people see it: what is in it, and how it is emptied.

use artifact::{List, Store};
use serde::Deserialize;
use serde_json::{Value, json};

use super::give_up;
use super::mark::is_cached;
use crate::api::Orchestrator;
use crate::error::ApiError;
use crate::host::Host;

/// Entries that are read or deleted at once.
const BATCH: usize = 32;

/// Which entries.
#[derive(Debug, Default)]
pub struct Filter<'a> {
    /// Only of this project.
    pub project: Option<&'a str>,
    /// Only of this state.
    pub state: Option<&'a str>,
}

/// What is read of an entry. Of a checkout, project and state follow from what it is.
#[derive(Deserialize)]
struct Shown {
    run: String,
    #[serde(default)]
    made_of: Option<MadeOf>,
    #[serde(default)]
    project: Option<String>,
    #[serde(default)]
    artifacts: Value,
    #[serde(default)]
    duration_ms: Option<f64>,
}

#[derive(Deserialize)]
struct MadeOf {
    project: String,
    state: String,
    component: String,
}

impl Shown {
    fn project(&self) -> Option<&str> {
        self.made_of.as_ref().map(|made| made.project.as_str()).or(self.project.as_deref())
    }

    fn state(&self) -> Option<&str> {
        self.made_of.as_ref().map(|made| made.state.as_str())
    }

    fn is_wanted(&self, filter: &Filter<'_>) -> bool {
        filter.project.is_none_or(|project| self.project() == Some(project))
            && filter.state.is_none_or(|state| self.state() == Some(state))
    }

    fn json(&self, key: &str) -> Value {
        json!({
            "key": key,
            "project": self.project(),
            "state": self.state(),
            "component": self.made_of.as_ref().map_or("stage-checkout", |made| &made.component),
            "run": self.run,
            "artifacts": self.artifacts,
            "duration_ms": self.duration_ms,
        })
    }
}

/// The newest entries, at most so many.
pub fn list<H: Host>(
    app: &Orchestrator<H>,
    filter: &Filter<'_>,
    limit: usize,
) -> Result<Vec<Value>, ApiError> {
    let mut entries = Vec::new();
    visit(app, |key, shown| {
        if shown.is_wanted(filter) {
            entries.push((shown.run.clone(), shown.json(key)));
        }
    })?;
    entries.sort_by(|(a, _), (b, _)| b.cmp(a));
    entries.truncate(limit);
    Ok(entries.into_iter().map(|(_, entry)| entry).collect())
}

/// Empties the cache, and gives how many entries it had. Artifacts go with the next collections.
pub fn clear<H: Host>(app: &Orchestrator<H>, filter: &Filter<'_>) -> Result<usize, ApiError> {
    give_up(app)?;
    let mut keys = Vec::new();
    visit(app, |key, shown| {
        if shown.is_wanted(filter) {
            keys.push(key.to_owned());
        }
    })?;
    for some in keys.chunks(BATCH) {
        app.host.store().delete_many(some)?;
    }
    Ok(keys.len())
}

fn visit<H: Host>(app: &Orchestrator<H>, mut visit: impl FnMut(&str, &Shown)) -> Result<(), ApiError> {
    let store = app.host.store();
    let mut cursor = None;
    loop {
        let page = store.page(cursor.as_deref())?;
        let keys: Vec<String> = page.keys.into_iter().filter(|key| is_cached(key)).collect();
        for some in keys.chunks(BATCH) {
            for (key, value) in some.iter().zip(store.get_many(some)?) {
                // A claim is no entry.
                if let Some(shown) = value.and_then(|value| serde_json::from_slice::<Shown>(&value).ok()) {
                    visit(key, &shown);
                }
            }
        }
        cursor = page.cursor;
        if cursor.is_none() {
            return Ok(());
        }
    }
}
