//! What a call is answered, and what is kept of the answer.

use std::collections::BTreeMap;

use artifact::{Digest, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::cache::made_of::MadeOf;

/// The envelope or the inputs that it asks for are not as they must be.
pub const INVALID_INPUT: &str = "Stage.InvalidInput";
/// The parameters are not what the stage takes.
pub const INVALID_PARAMETERS: &str = "Stage.InvalidParameters";
/// An artifact is in the store, but damaged.
pub const CORRUPT_ARTIFACT: &str = "Stage.CorruptArtifact";
/// The inputs are more than the workspace takes.
pub const LIMIT_EXCEEDED: &str = "Stage.LimitExceeded";
/// The result is not JSON.
pub const INVALID_RESULT: &str = "Stage.InvalidResult";
/// What the stage left under `out/` cannot be artifacts.
pub const INVALID_OUTPUT: &str = "Stage.InvalidOutput";
/// The stage failed with an error name that it may not use.
pub const INVALID_ERROR: &str = "Stage.InvalidError";
/// The stage called `exit` instead of giving a result. The cause has the code.
pub const EXITED: &str = "Stage.Exited";
/// A command ended with an exit code that is not accepted.
pub const COMMAND_FAILED: &str = "Command.Failed";
/// The store failed, so that nothing of this call is kept.
pub const STORE_FAILED: &str = "Stage.StoreFailed";
/// The workflow language's error for a result over [`MAX_RESULT_BYTES`].
pub const DATA_LIMIT_EXCEEDED: &str = "States.DataLimitExceeded";

/// The largest result, in bytes of JSON.
pub const MAX_RESULT_BYTES: usize = 256 << 10;
/// The longest error name, in bytes.
pub const MAX_ERROR_BYTES: usize = 256;
/// The longest cause, in bytes. What is more is cut.
pub const MAX_CAUSE_BYTES: usize = 32 << 10;

/// A call is not carried out, for this reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// An error name.
    pub error: &'static str,
    /// For a person.
    pub cause: String,
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self { error: STORE_FAILED, cause: error.to_string() }
    }
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// With a result.
    Succeeded,
    /// With an error and its cause.
    Failed,
}

/// What is kept of an answer, as JSON: all but what follows from the call's own input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// How it ended.
    pub outcome: Outcome,
    /// The result of a success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// The error name of a failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The cause of a failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// What the stage left under `out/`.
    #[serde(default)]
    pub artifacts: BTreeMap<String, Digest>,
    /// What it printed.
    pub log: String,
    /// How long it ran, in milliseconds.
    pub duration_ms: f64,
    /// The run that made it.
    pub run: String,
    /// The idempotency key of the call that made it.
    pub key: String,
    /// What it was made of, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_of: Option<MadeOf>,
}

/// An answer, as it is sent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// How it ended.
    pub outcome: Outcome,
    /// The document for the next state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// The result of a success.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// The error name of a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The cause of a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// What the stage left under `out/`.
    pub artifacts: BTreeMap<String, Digest>,
    /// What it printed.
    pub log: String,
    /// How long it ran, in milliseconds.
    pub duration_ms: f64,
    /// Whether another call had the result before.
    pub cached: bool,
    /// The run that made a result that was there before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_run: Option<String>,
    /// Where the answer is kept. Refusals are not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// Why equal calls may have run at the same time, if the store could not keep them apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unclaimed: Option<String>,
}

impl Answer {
    /// The answer that refuses a call.
    pub fn refused(refusal: Refusal) -> Self {
        Self {
            outcome: Outcome::Failed,
            output: None,
            result: None,
            error: Some(refusal.error.to_owned()),
            cause: Some(cut(refusal.cause, MAX_CAUSE_BYTES)),
            artifacts: BTreeMap::new(),
            log: String::new(),
            duration_ms: 0.0,
            cached: false,
            from_run: None,
            record: None,
            unclaimed: None,
        }
    }

    /// The answer that says what a record does, to a call with this input.
    pub fn of(record: Record, kept_at: &str, input: Map<String, Value>) -> Self {
        // `null` is a result, too, and JSON does not tell it from none.
        let (output, result) = match record.outcome {
            Outcome::Succeeded => (Some(output(input, &record)), Some(record.result.unwrap_or_default())),
            Outcome::Failed => (None, None),
        };
        Self {
            outcome: record.outcome,
            output,
            result,
            error: record.error,
            cause: record.cause,
            artifacts: record.artifacts,
            log: record.log,
            duration_ms: record.duration_ms,
            cached: false,
            from_run: None,
            record: Some(kept_at.to_owned()),
            unclaimed: None,
        }
    }

    /// Says that the result was there before, from this run.
    #[must_use]
    pub fn from_cache(mut self, run: String) -> Self {
        self.cached = true;
        self.from_run = Some(run);
        self
    }
}

/// The input less `inputs` and `parameters`, with the artifacts added and the result in its place.
fn output(mut document: Map<String, Value>, record: &Record) -> Value {
    document.remove("inputs");
    document.remove("parameters");
    let mut artifacts = match document.remove("artifacts") {
        Some(Value::Object(artifacts)) => artifacts,
        // Anything else was refused before the stage ran.
        _ => Map::new(),
    };
    for (name, digest) in &record.artifacts {
        artifacts.insert(name.clone(), digest.to_string().into());
    }
    document.insert("artifacts".to_owned(), artifacts.into());
    document.insert("result".to_owned(), record.result.clone().unwrap_or_default());
    document.into()
}

/// A text of at most so many bytes, its end marked if it was longer.
pub fn cut(mut text: String, max_bytes: usize) -> String {
    const MARK: &str = " …";
    if text.len() > max_bytes {
        text.truncate(text.floor_char_boundary(max_bytes - MARK.len()));
        text.push_str(MARK);
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record() -> Record {
        Record {
            outcome: Outcome::Succeeded,
            result: Some(json!({ "files": 2 })),
            error: None,
            cause: None,
            artifacts: [("site".to_owned(), Digest::of(b""))].into(),
            log: "done\n".to_owned(),
            duration_ms: 1.5,
            run: "r1".to_owned(),
            key: "r1/1/1".to_owned(),
            made_of: None,
        }
    }

    #[track_caller]
    fn check_output(input: Value, expected: &Value) {
        let Value::Object(input) = input else { panic!("not an object") };
        let answer = Answer::of(record(), "call/k", input);
        assert_eq!(answer.output.as_ref(), Some(expected));
    }

    #[test]
    fn the_output_is_the_input_and_what_came_of_it() {
        let site = Digest::of(b"").to_string();
        check_output(json!({}), &json!({ "artifacts": { "site": site }, "result": { "files": 2 } }));
        check_output(
            json!({
                "project": "docs", "inputs": {}, "parameters": {}, "result": "old",
                "artifacts": { "source": "sha256:…", "site": "old" },
            }),
            &json!({
                "project": "docs", "result": { "files": 2 },
                "artifacts": { "source": "sha256:…", "site": site },
            }),
        );
    }

    #[test]
    fn answers_are_as_agreed() {
        let site = Digest::of(b"").to_string();
        let answer = Answer::of(record(), "cache/x", Map::new()).from_cache("r0".to_owned());
        assert_eq!(
            serde_json::to_value(answer).unwrap(),
            json!({
                "outcome": "succeeded",
                "output": { "artifacts": { "site": site }, "result": { "files": 2 } },
                "result": { "files": 2 }, "artifacts": { "site": site }, "log": "done\n",
                "duration_ms": 1.5, "cached": true, "from_run": "r0", "record": "cache/x",
            })
        );
        let refused = Answer::refused(Refusal { error: INVALID_INPUT, cause: "no".to_owned() });
        assert_eq!(
            serde_json::to_value(refused).unwrap(),
            json!({
                "outcome": "failed", "error": "Stage.InvalidInput", "cause": "no",
                "artifacts": {}, "log": "", "duration_ms": 0.0, "cached": false,
            })
        );
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let json = serde_json::to_vec(&record()).unwrap();
        assert_eq!(serde_json::from_slice::<Record>(&json).unwrap(), record());
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(cut("abc".to_owned(), 3), "abc");
        assert_eq!(cut("ab".repeat(10), 10), "ababab …");
        assert_eq!(cut("é".repeat(10), 9), "éé …");
    }
}
