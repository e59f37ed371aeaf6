//! What a state's data looked like after each step.

use serde::Deserialize;
use serde_json::Value;

/// How much of the data flow is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum InspectionLevel {
    /// Status, output and error.
    #[default]
    Info,
    /// The data after each step, too.
    Debug,
    /// On AWS also the requests of HTTP tasks. Ropewalk's tests make none.
    Trace,
}

/// Steps of the data flow, in their order, by AWS's names: `input`, `afterInputPath`, `afterParameters`, `result` …
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inspection {
    steps: Vec<(&'static str, Value)>,
}

impl Inspection {
    /// Each step's name and the data after it.
    pub fn steps(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.steps.iter().map(|(step, data)| (*step, data))
    }

    /// The data after a step, where the state took it.
    pub fn after(&self, step: &str) -> Option<&Value> {
        self.steps.iter().find(|(known, _)| *known == step).map(|(_, data)| data)
    }

    /// The steps as one object.
    pub fn to_json(&self) -> Value {
        Value::Object(self.steps.iter().map(|(step, data)| ((*step).to_owned(), data.clone())).collect())
    }

    pub(crate) fn note(&mut self, step: &'static str, data: Value) {
        match self.steps.iter_mut().find(|(known, _)| *known == step) {
            Some((_, known)) => *known = data,
            None => self.steps.push((step, data)),
        }
    }
}
