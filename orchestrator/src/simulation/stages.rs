//! The stages of a simulation. What they do outlives hosts.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// What stages did, and what they keep.
#[derive(Default)]
pub(crate) struct Stages {
    /// Answers by idempotency key.
    answers: RefCell<BTreeMap<String, Vec<u8>>>,
    /// Calls that some live host works on.
    claims: RefCell<BTreeSet<String>>,
    /// How often each call's work was done to its end.
    pub(crate) done: RefCell<BTreeMap<String, u32>>,
    /// The work that was done well: run, state and input.
    pub(crate) good: RefCell<BTreeMap<(String, String, String), u32>>,
    /// How often each call's answer was lost.
    lost: RefCell<BTreeMap<String, u32>>,
    /// The envelopes of all calls, repetitions left out.
    pub(crate) sent: RefCell<Vec<Value>>,
    /// Whether what was broken works now.
    pub(crate) mended: Cell<bool>,
}

/// Work under way. If its host dies, somebody else may do it.
pub(crate) struct Claim<'a> {
    stages: &'a Stages,
    key: String,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.stages.claims.borrow_mut().remove(&self.key);
    }
}

impl Stages {
    pub(crate) fn answer(&self, key: &str) -> Option<Vec<u8>> {
        self.answers.borrow().get(key).cloned()
    }

    /// Counts a loss of that call's answer.
    pub(crate) fn lose(&self, key: &str) -> u32 {
        let mut lost = self.lost.borrow_mut();
        let times = lost.entry(key.to_owned()).or_default();
        *times += 1;
        *times
    }

    /// `None`: somebody works on it.
    pub(crate) fn claim(&self, key: &str) -> Option<Claim<'_>> {
        let is_new = self.claims.borrow_mut().insert(key.to_owned());
        is_new.then(|| Claim { stages: self, key: key.to_owned() })
    }

    /// The end of a call's work: its effect, and the answer that is kept.
    pub(crate) fn finish(&self, envelope: &Value) -> Vec<u8> {
        let text = |member: &str| envelope[member].as_str().unwrap().to_owned();
        let key = text("key");
        *self.done.borrow_mut().entry(key.clone()).or_default() += 1;
        self.sent.borrow_mut().push(envelope.clone());
        let answer = self.judge(envelope);
        if answer["outcome"] == "succeeded" {
            let work = (text("run"), text("state"), envelope["input"].to_string());
            *self.good.borrow_mut().entry(work).or_default() += 1;
        }
        let body = answer.to_string().into_bytes();
        self.answers.borrow_mut().insert(key, body.clone());
        body
    }

    fn judge(&self, envelope: &Value) -> Value {
        let input = &envelope["input"];
        let attempt = envelope["attempt"].as_u64().unwrap();
        if input["fail_first"].as_u64().is_some_and(|times| attempt <= times) {
            return json!({ "outcome": "failed", "error": "Sim.Failed", "cause": "as asked" });
        }
        if input["broken"] == true && !self.mended.get() {
            return json!({ "outcome": "failed", "error": "Sim.Broken", "cause": "as asked" });
        }
        if let Some(name) = input["leave"].as_str() {
            return json!({ "outcome": "succeeded", "output": {}, "artifacts": { name: input["digest"] } });
        }
        if let Some(endpoint) = input["parameters"]["endpoint"].as_str() {
            return respond(endpoint);
        }
        if let Some(bytes) = input["long"].as_u64() {
            let text = "x".repeat(usize::try_from(bytes).unwrap());
            return json!({ "outcome": "succeeded", "output": { "text": text } });
        }
        let output = json!({ "ran": envelope["state"], "on": input });
        json!({ "outcome": "succeeded", "output": output, "result": {} })
    }
}

/// What the sender of requests says of a server whose status is the last part of the path.
fn respond(endpoint: &str) -> Value {
    match endpoint.rsplit('/').next().unwrap_or_default() {
        "200" => json!({ "outcome": "succeeded", "output": {}, "result": { "StatusCode": 200 } }),
        status => {
            json!({ "outcome": "failed", "error": format!("Http.StatusCode.{status}"), "cause": "as asked" })
        }
    }
}
