//! How many runs of a project are under way at once, and what becomes of the others.

use serde::{Deserialize, Serialize};

use crate::driver::MAX_CALLS_IN_FLIGHT;
use crate::error::ApiError;
use crate::project::check_name;

/// Most runs at once that a project or the application may ask for.
pub const MAX_RUNS_AT_ONCE: usize = 10_000;

/// What a project says of its runs.
///
/// A *group* is a name: the runs of all projects that name the same group wait for each other. A run that waits
/// is a row in the store.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Concurrency {
    /// The group; the project's own name unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// What becomes of runs that can't begin at once.
    pub mode: Mode,
    /// How many of the group are under way at once: 1 unless given, and for `parallel` any number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_runs: Option<usize>,
    /// For `superseded`: a new run also cancels the older ones that are under way.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub cancel_running: bool,
    /// Stage calls that one run has under way at once; [`MAX_CALLS_IN_FLIGHT`] unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_calls: Option<usize>,
}

/// The modes of AWS `CodePipeline`, which locks a stage where a group here locks the whole run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Runs don't wait for each other, unless `max_runs` is given: then they wait in order.
    #[default]
    Parallel,
    /// Runs wait in order, and none is left out.
    Queued,
    /// One run waits at most, the newest: a new run takes the place of an older one that waits, which ends as
    /// cancelled, with error `Run.Superseded`. What is under way goes on to its end.
    Superseded,
}

impl Concurrency {
    /// How many runs of the group may be under way at once. `None`: any number.
    pub fn limit(&self) -> Option<usize> {
        match self.mode {
            Mode::Parallel => self.max_runs,
            Mode::Queued | Mode::Superseded => Some(self.max_runs.unwrap_or(1)),
        }
    }

    /// Calls that one run may have under way at once.
    pub fn calls(&self) -> usize {
        self.max_calls.unwrap_or(MAX_CALLS_IN_FLIGHT)
    }

    /// Checks what somebody wrote.
    pub fn check(&self) -> Result<(), ApiError> {
        let invalid = |message: String| Err(ApiError::bad_request("invalid-concurrency", message));
        if let Some(group) = &self.group {
            check_name("group", group)?;
        }
        if self.max_runs.is_some_and(|max| !(1..=MAX_RUNS_AT_ONCE).contains(&max)) {
            return invalid(format!("`max_runs` is not between 1 and {MAX_RUNS_AT_ONCE}"));
        }
        if self.max_calls.is_some_and(|max| !(1..=MAX_CALLS_IN_FLIGHT).contains(&max)) {
            return invalid(format!("`max_calls` is not between 1 and {MAX_CALLS_IN_FLIGHT}"));
        }
        if self.cancel_running && self.mode != Mode::Superseded {
            return invalid("`cancel_running` needs mode `superseded`".to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[track_caller]
    fn check(written: Value, limit: Option<usize>) {
        let concurrency: Concurrency = serde_json::from_value(written).unwrap();
        concurrency.check().unwrap();
        assert_eq!(concurrency.limit(), limit);
    }

    #[track_caller]
    fn check_refused(written: &Value) {
        let read = serde_json::from_value::<Concurrency>(written.clone());
        assert!(read.is_err() || read.unwrap().check().is_err(), "{written}");
    }

    #[test]
    fn limits_follow_from_the_mode() {
        check(json!({}), None);
        check(json!({ "mode": "parallel", "max_calls": 3 }), None);
        check(json!({ "max_runs": 4 }), Some(4));
        check(json!({ "mode": "queued" }), Some(1));
        check(json!({ "mode": "queued", "max_runs": 2, "group": "deploys" }), Some(2));
        check(json!({ "mode": "superseded", "cancel_running": true }), Some(1));
    }

    #[test]
    fn nonsense_is_refused() {
        for written in [
            json!({ "mode": "serial" }),
            json!({ "max_runs": 0 }),
            json!({ "max_runs": 10_001 }),
            json!({ "max_calls": 0 }),
            json!({ "max_calls": 17 }),
            json!({ "group": "No Name" }),
            json!({ "cancel_running": true }),
            json!({ "mode": "queued", "cancel_running": true }),
            json!({ "limit": 3 }),
        ] {
            check_refused(&written);
        }
    }
}
