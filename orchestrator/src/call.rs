//! One call of a stage: what is sent, and what its answer, or the lack of one, means.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::host::{CallError, ComponentAnswer, ComponentCall, Host};
use crate::run::CallReport;

/// How often a call is made again, under the same key, when the host and not the stage failed.
pub const MAX_REPEATS: u32 = 3;
/// First pause before a repetition, in milliseconds; doubled each time.
const FIRST_PAUSE_MS: u64 = 100;
/// How long a call is made again while the store fails for the stage, in milliseconds. If it fails for the driver, too,
/// that ends long before, and nothing of it is in the run's history.
pub const STORE_PATIENCE_MS: u64 = 60_000;
/// Longest pause before a repetition, in milliseconds.
const LONGEST_PAUSE_MS: u64 = 2_000;
/// A stage's answer may have so many bytes.
const MAX_ANSWER_BYTES: usize = 4 << 20;

/// What a stage is sent.
#[derive(Debug, Clone, Serialize)]
pub struct Envelope {
    /// Project's name.
    pub project: String,
    /// Run's id.
    pub run: String,
    /// State's name.
    pub state: String,
    /// Number of the state entry within the run.
    pub entry: u64,
    /// Counts from 1.
    pub attempt: u32,
    /// The same for each repetition of this call.
    pub key: String,
    /// The state's effective input.
    pub input: Value,
    /// Token for other components of the application.
    pub grant: String,
    /// Secrets that the state asks for.
    pub secrets: Vec<Secret>,
    /// Earlier results are not used.
    pub no_cache: bool,
    /// Results of hermetic stages are shared with other projects.
    pub shares_cache: bool,
    /// The fork whose code runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fork: Option<String>,
}

/// The idempotency key of a call: the same for each repetition of it, and for no other.
pub fn key(run: &str, entry: u64, attempt: u32) -> String {
    format!("{run}-{entry}-{attempt}")
}

/// A secret, resolved.
#[derive(Clone, Serialize)]
pub struct Secret {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secret({})", self.name)
    }
}

/// How a call ended.
#[derive(Debug)]
pub enum Outcome {
    /// With an output.
    Succeeded(Value),
    /// With an error for Retry and Catch.
    Failed {
        /// Error name.
        error: String,
        /// Its cause.
        cause: String,
    },
}

/// What stage-http answers.
#[derive(Debug, Deserialize)]
struct Answer {
    outcome: String,
    #[serde(default)]
    output: Value,
    #[serde(default)]
    result: Value,
    #[serde(default)]
    artifacts: Value,
    #[serde(default)]
    cached: bool,
    from_run: Option<String>,
    record: Option<String>,
    #[serde(default)]
    error: String,
    #[serde(default)]
    cause: String,
}

/// Calls a stage, again while only the host fails, and tells how it went.
pub async fn call_stage(host: &impl Host, component: &str, envelope: &Envelope) -> (Outcome, CallReport) {
    let started_at_ms = host.now_ms();
    let mut report = CallReport::new(&envelope.state, component, started_at_ms);
    let outcome = match serde_json::to_vec(envelope) {
        Ok(body) => repeat(host, component, body, &mut report).await,
        Err(error) => failed("States.Runtime", error.to_string()),
    };
    #[expect(clippy::cast_precision_loss, reason = "a duration is far below 2^52 ms")]
    let duration_ms = host.now_ms().saturating_sub(started_at_ms) as f64;
    report.duration_ms = duration_ms;
    (outcome, report)
}

async fn repeat(host: &impl Host, component: &str, body: Vec<u8>, report: &mut CallReport) -> Outcome {
    let mut pause_ms = FIRST_PAUSE_MS;
    let mut repeats = 0;
    loop {
        let call = ComponentCall {
            component: component.to_owned(),
            method: "POST",
            path: "/".to_owned(),
            bearer: None,
            body: body.clone(),
        };
        let why = match judge(component, host.call(call).await, report) {
            Verdict::Ended(outcome) => return outcome,
            Verdict::StoreFailed(outcome) => {
                if host.now_ms().saturating_sub(report.started_at_ms) >= STORE_PATIENCE_MS {
                    return outcome;
                }
                "the store failed".to_owned()
            }
            Verdict::HostFailed(why) if repeats == MAX_REPEATS => {
                return failed(
                    "States.TaskFailed",
                    format!("stage `{component}` gave no answer in {} calls: {why}", repeats + 1),
                );
            }
            Verdict::HostFailed(why) => {
                repeats += 1;
                why
            }
        };
        host.log(&format!("stage `{component}` gave no answer and is called again: {why}"));
        host.sleep(pause_ms).await;
        pause_ms = (pause_ms * 2).min(LONGEST_PAUSE_MS);
    }
}

enum Verdict {
    Ended(Outcome),
    /// What the stage answers if nothing changes.
    StoreFailed(Outcome),
    HostFailed(String),
}

fn judge(component: &str, answer: Result<ComponentAnswer, CallError>, report: &mut CallReport) -> Verdict {
    let answer = match answer {
        Ok(answer) => answer,
        Err(CallError::UnknownComponent) => {
            return Verdict::Ended(failed(
                "States.TaskFailed",
                format!(
                    "the application has no component `{component}`; hint: add it to spin.toml, or \
                     name the right one in the project's `functions`"
                ),
            ));
        }
        Err(CallError::Transport(why)) => return Verdict::HostFailed(why),
    };
    if let Some(ended) = answer.ended {
        let error = if answer.status == 504 { "States.Timeout" } else { "States.TaskFailed" };
        return Verdict::Ended(failed(error, format!("stage `{component}`: {ended}")));
    }
    match answer.status {
        200 => Verdict::Ended(read(component, &answer.body, report)),
        503 => Verdict::StoreFailed(read(component, &answer.body, report)),
        404 => judge(component, Err(CallError::UnknownComponent), report),
        status => Verdict::HostFailed(format!("status {status}")),
    }
}

fn read(component: &str, body: &[u8], report: &mut CallReport) -> Outcome {
    if body.len() > MAX_ANSWER_BYTES {
        return failed(
            "States.DataLimitExceeded",
            format!("stage `{component}` answered more than {MAX_ANSWER_BYTES} bytes"),
        );
    }
    let answer: Answer = match serde_json::from_slice(body) {
        Ok(answer) => answer,
        Err(error) => {
            return failed(
                "States.TaskFailed",
                format!("component `{component}` answered something that no stage does: {error}"),
            );
        }
    };
    report.cached = answer.cached;
    report.from_run = answer.from_run;
    report.record = answer.record;
    report.artifacts = answer.artifacts;
    report.result = answer.result;
    if answer.outcome == "succeeded" {
        Outcome::Succeeded(answer.output)
    } else {
        Outcome::Failed { error: answer.error, cause: answer.cause }
    }
}

fn failed(error: &str, cause: impl Into<String>) -> Outcome {
    Outcome::Failed { error: error.to_owned(), cause: cause.into() }
}

#[cfg(test)]
mod tests;
