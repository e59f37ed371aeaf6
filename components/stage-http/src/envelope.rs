//! What a call is sent.

use artifact::MAX_KEY_BYTES;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::answer::{INVALID_INPUT, Refusal};
use crate::host::{Caller, Secret};

/// The largest envelope, in bytes. The workflow language limits an input to 256 KiB; the rest is for
/// secrets and for how JSON writes characters.
pub const MAX_ENVELOPE_BYTES: usize = 2 << 20;
/// The longest idempotency key, in bytes: `call/<key>` is a key of the store.
pub const MAX_CALL_KEY_BYTES: usize = MAX_KEY_BYTES - "call/".len();
/// The longest name of a project, a run or a state, in bytes: all are kept in records.
pub const MAX_NAME_BYTES: usize = 512;
/// The most secrets of one call.
pub const MAX_SECRETS: usize = 64;
/// The largest value of a secret, in bytes.
pub const MAX_SECRET_BYTES: usize = 64 << 10;

/// A call of a stage, as the orchestrator sends it. Members that are not known are passed over.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Envelope {
    /// The project's name.
    pub project: String,
    /// The run's id.
    pub run: String,
    /// The state's name.
    pub state: String,
    /// Number of the state entry within the run.
    pub entry: u64,
    /// Counts from 1, one more at each retry of the same entry.
    pub attempt: u32,
    /// The same for each repetition of this call, another for every other call.
    pub key: String,
    /// The state's effective input.
    pub input: Map<String, Value>,
    /// Bearer token for other components.
    #[serde(default)]
    pub grant: String,
    /// Secrets that this stage may see.
    #[serde(default)]
    pub secrets: Vec<Secret>,
    /// Whether earlier results are passed over.
    #[serde(default)]
    pub no_cache: bool,
    /// Whether the project shares results of hermetic stages with others that do.
    #[serde(default)]
    pub shares_cache: bool,
    /// The fork whose code runs: it is answered by the project's results, and its own are for itself alone.
    #[serde(default)]
    pub fork: Option<String>,
}

impl Envelope {
    /// Reads an envelope.
    pub fn parse(body: &[u8]) -> Result<Self, Refusal> {
        if body.len() > MAX_ENVELOPE_BYTES {
            return Err(too_large());
        }
        let envelope: Self = serde_json::from_slice(body)
            .map_err(|error| refusal(format!("the envelope is malformed: {error}")))?;
        envelope.check()?;
        Ok(envelope)
    }

    /// Where the answer of this call is kept, unless it is one that serves equal calls, too.
    pub fn record_key(&self) -> String {
        format!("call/{}", self.key)
    }

    /// The state entry, whose attempts come one after the other.
    pub fn entry_id(&self) -> String {
        format!("{}/{}", self.run, self.entry)
    }

    /// What a stage with effects is told.
    pub fn caller(&self) -> Caller {
        Caller {
            project: self.project.clone(),
            run: self.run.clone(),
            state: self.state.clone(),
            attempt: self.attempt,
            idempotency_key: self.key.clone(),
            grant: self.grant.clone(),
            secrets: self.secrets.clone(),
        }
    }

    fn check(&self) -> Result<(), Refusal> {
        if self.key.is_empty() || self.key.len() > MAX_CALL_KEY_BYTES {
            return Err(refusal(format!(
                "`key` of the envelope has {} bytes: between 1 and {MAX_CALL_KEY_BYTES} are needed",
                self.key.len()
            )));
        }
        for (member, name) in [("project", &self.project), ("run", &self.run), ("state", &self.state)] {
            if name.len() > MAX_NAME_BYTES {
                return Err(refusal(format!(
                    "`{member}` of the envelope has {} bytes: the limit is {MAX_NAME_BYTES}",
                    name.len()
                )));
            }
        }
        if self.attempt == 0 {
            return Err(refusal("`attempt` of the envelope is 0: attempts count from 1".to_owned()));
        }
        if self.secrets.len() > MAX_SECRETS {
            return Err(refusal(format!(
                "the envelope has {} secrets: the limit is {MAX_SECRETS}",
                self.secrets.len()
            )));
        }
        match self.secrets.iter().find(|secret| secret.value.len() > MAX_SECRET_BYTES) {
            None => Ok(()),
            Some(large) => Err(refusal(format!(
                "secret `{}` has {} bytes: the limit is {MAX_SECRET_BYTES}",
                large.name,
                large.value.len()
            ))),
        }
    }
}

/// What is answered to an envelope over [`MAX_ENVELOPE_BYTES`].
pub fn too_large() -> Refusal {
    refusal(format!("the envelope is larger than {MAX_ENVELOPE_BYTES} bytes"))
}

fn refusal(cause: String) -> Refusal {
    Refusal { error: INVALID_INPUT, cause }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn envelope() -> Value {
        json!({
            "project": "docs", "run": "r1", "state": "Lint", "entry": 3, "attempt": 1, "key": "r1/3/1",
            "input": {}, "grant": "token", "secrets": [{ "name": "T", "value": "x" }], "no_cache": true,
        })
    }

    #[test]
    fn reads_an_envelope() {
        let envelope = Envelope::parse(envelope().to_string().as_bytes()).unwrap();
        assert_eq!(envelope.record_key(), "call/r1/3/1");
        assert_eq!(envelope.entry_id(), "r1/3");
        assert_eq!(envelope.caller().secrets[0].value, "x");
        assert!(envelope.no_cache);
        assert!(!format!("{envelope:?}").contains("\"x\""), "a secret's value is shown");
    }

    #[track_caller]
    fn check_refused(change: &Value, expected: &str) {
        let mut envelope = envelope();
        for (name, value) in change.as_object().unwrap() {
            envelope[name] = value.clone();
        }
        let refusal = Envelope::parse(envelope.to_string().as_bytes()).unwrap_err();
        assert_eq!(refusal.error, "Stage.InvalidInput");
        assert_eq!(refusal.cause.split(" at line").next().unwrap(), expected);
    }

    #[test]
    fn malformed_envelopes_are_refused() {
        let malformed = "the envelope is malformed";
        check_refused(
            &json!({ "input": [] }),
            &format!("{malformed}: invalid type: sequence, expected a map"),
        );
        check_refused(
            &json!({ "entry": -1 }),
            &format!("{malformed}: invalid value: integer `-1`, expected u64"),
        );
        check_refused(&json!({ "attempt": 0 }), "`attempt` of the envelope is 0: attempts count from 1");
        check_refused(
            &json!({ "key": "" }),
            "`key` of the envelope has 0 bytes: between 1 and 250 are needed",
        );
        check_refused(
            &json!({ "key": "k".repeat(251) }),
            "`key` of the envelope has 251 bytes: between 1 and 250 are needed",
        );
        let long = json!({ "run": "r".repeat(513) });
        check_refused(&long, "`run` of the envelope has 513 bytes: the limit is 512");
        let secret = |length| json!({ "name": "T", "value": "x".repeat(length) });
        check_refused(
            &json!({ "secrets": [secret(65_537)] }),
            "secret `T` has 65537 bytes: the limit is 65536",
        );
        check_refused(
            &json!({ "secrets": vec![secret(1); 65] }),
            "the envelope has 65 secrets: the limit is 64",
        );
        let large = json!({ "state": "x".repeat(MAX_ENVELOPE_BYTES) });
        check_refused(&large, "the envelope is larger than 2097152 bytes");
        let cut = Envelope::parse(b"{\"project\":").unwrap_err();
        assert!(cut.cause.starts_with("the envelope is malformed: EOF"), "{}", cut.cause);
    }
}
