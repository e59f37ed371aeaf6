//! A task as a runner is given it, and what it is answered.

use std::collections::BTreeMap;
use std::time::Duration;

use artifact::{Digest, tree::check_path};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use stage_http::answer::{INVALID_INPUT, INVALID_PARAMETERS};
use stage_http::host::Secret;
use stage_http::inputs::{self, Input};

use super::limits::{Limits, MIB};

/// What a state says of its command: in `parameters`, or beside `inputs`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Parameters {
    /// The program and its arguments.
    pub(super) command: Vec<String>,
    /// Variables of its environment.
    pub(super) env: BTreeMap<String, String>,
    /// Where it begins, relative to the folder of the inputs.
    pub(super) cwd: Option<String>,
    /// Programs by name or path, and the SHA-256 that each must have.
    pub(super) digests: BTreeMap<String, Digest>,
    /// Whether it has a network; it does unless this is `false`.
    pub(super) network: Option<bool>,
    /// Less memory than the runner allows, in MiB.
    pub(super) memory_mib: Option<u64>,
    /// Fewer processes than the runner allows.
    pub(super) processes: Option<u64>,
    /// Less time than the runner allows, in seconds.
    pub(super) time_s: Option<u64>,
}

/// Names of the members of [`Parameters`].
const NAMES: [&str; 8] = ["command", "env", "cwd", "digests", "network", "memory_mib", "processes", "time_s"];

/// A task.
#[derive(Debug)]
pub(super) struct Task {
    /// By which the task is answered, and nothing else.
    pub(super) token: String,
    /// Its state's input.
    document: Map<String, Value>,
    /// Secrets that its state asks for.
    pub(super) secrets: Vec<Secret>,
    /// Where it stands, for people.
    pub(super) title: String,
    /// Variables that tell the command where it stands.
    pub(super) place: Vec<(String, String)>,
    /// How long the worker may be silent.
    pub(super) heartbeat: Option<Duration>,
}

/// A task that names what it wants rightly.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) parameters: Parameters,
    pub(super) inputs: Vec<Input>,
    pub(super) limits: Limits,
}

/// Why a task failed, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) error: &'static str,
    pub(super) cause: String,
}

impl Failure {
    pub(super) fn new(error: &'static str, cause: impl Into<String>) -> Self {
        Self { error, cause: cause.into() }
    }
}

impl Task {
    /// Reads what a poll was answered.
    pub(super) fn read(answer: &Value) -> Option<Self> {
        let text = |name: &str| answer[name].as_str().map(str::to_owned);
        let (project, run, state) = (text("project")?, text("run")?, text("state")?);
        let attempt = answer["attempt"].as_u64()?;
        let place = [
            ("ROPEWALK_PROJECT", project.clone()),
            ("ROPEWALK_RUN", run.clone()),
            ("ROPEWALK_STATE", state.clone()),
            ("ROPEWALK_ATTEMPT", attempt.to_string()),
        ];
        Some(Self {
            token: text("token")?,
            document: answer["input"].as_object().cloned().unwrap_or_default(),
            secrets: match &answer["secrets"] {
                Value::Null => Vec::new(),
                // Without them nothing would be masked either.
                secrets => serde_json::from_value(secrets.clone()).ok()?,
            },
            title: format!("{project}, run {run}, {state} (attempt {attempt})"),
            place: place.map(|(name, value)| (name.to_owned(), value)).into(),
            heartbeat: answer["heartbeat_seconds"].as_u64().map(Duration::from_secs),
        })
    }

    /// Checks what it asks for. It gets no more than the runner allows.
    pub(super) fn job(&self, limits: &Limits) -> Result<Job, Failure> {
        let parameters = self.parameters()?;
        let wrong = |cause: String| Failure::new(INVALID_PARAMETERS, cause);
        if parameters.command.first().is_none_or(String::is_empty) {
            return Err(wrong(
                "`command` names no program: hint: `\"command\": [\"npm\", \"test\"]`".to_owned(),
            ));
        }
        let texts = parameters.command.iter().chain(parameters.env.values());
        if texts.chain(self.secrets.iter().map(|secret| &secret.value)).any(|text| text.contains('\0')) {
            return Err(wrong("a NUL stands in `command`, `env` or a secret".to_owned()));
        }
        let names = parameters.env.keys().chain(self.secrets.iter().map(|secret| &secret.name));
        if let Some(name) = names.into_iter().find(|name| !is_variable(name)) {
            return Err(wrong(format!("`{name}` cannot name a variable of the environment")));
        }
        if let Some(cwd) = parameters.cwd.as_deref().filter(|cwd| *cwd != ".") {
            check_path(cwd).map_err(|error| wrong(format!("`cwd`: {error}")))?;
        }
        let limits = limits.lowered(&parameters)?;
        let inputs = inputs::resolve(&self.document, &["**".to_owned()])
            .map_err(|refusal| Failure { error: refusal.error, cause: refusal.cause })?;
        Ok(Job { parameters, inputs, limits })
    }

    fn parameters(&self) -> Result<Parameters, Failure> {
        let given = match self.document.get("parameters") {
            Some(parameters) => parameters.clone(),
            None => NAMES
                .iter()
                .filter_map(|name| Some(((*name).to_owned(), self.document.get(*name)?.clone())))
                .collect::<Map<_, _>>()
                .into(),
        };
        serde_json::from_value(given)
            .map_err(|error| Failure::new(INVALID_PARAMETERS, format!("the parameters are wrong: {error}")))
    }

    /// The task's output: what came in, less what was for the runner, with what came of it, as a stage's is.
    pub(super) fn output(
        &self,
        artifacts: &BTreeMap<String, Digest>,
        result: &Value,
    ) -> Result<Value, Failure> {
        let mut output = self.document.clone();
        for name in NAMES.iter().chain(&["inputs", "parameters"]) {
            output.remove(*name);
        }
        let mut all = match inputs::artifacts(&self.document) {
            Ok(before) => before.cloned().unwrap_or_default(),
            Err(refusal) => return Err(Failure::new(INVALID_INPUT, refusal.cause)),
        };
        all.extend(artifacts.iter().map(|(name, digest)| (name.clone(), json!(digest))));
        output.insert("artifacts".to_owned(), all.into());
        output.insert("result".to_owned(), result.clone());
        Ok(output.into())
    }
}

impl Limits {
    /// What a task asks for, as far as the runner allows it.
    fn lowered(&self, parameters: &Parameters) -> Result<Self, Failure> {
        let asked = [
            ("memory_mib", parameters.memory_mib, self.memory_bytes / MIB),
            ("processes", parameters.processes, self.processes),
            ("time_s", parameters.time_s, self.time.as_secs()),
        ];
        for (name, asked, most) in asked {
            if asked.is_some_and(|asked| !(1..=most).contains(&asked)) {
                let cause = format!("`{name}` is not a number from 1 to {most}, which is the runner's limit");
                return Err(Failure::new(INVALID_PARAMETERS, cause));
            }
        }
        Ok(Self {
            memory_bytes: parameters.memory_mib.map_or(self.memory_bytes, |mib| mib * MIB),
            processes: parameters.processes.unwrap_or(self.processes),
            time: parameters.time_s.map_or(self.time, Duration::from_secs),
            ..*self
        })
    }
}

fn is_variable(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    name.bytes().all(plain) && name.bytes().next().is_some_and(|first| !first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn task(input: &Value, secrets: &Value) -> Task {
        let answer = json!({
            "token": "rt1", "project": "p", "run": "01a", "state": "Test", "attempt": 2,
            "input": input, "secrets": secrets, "heartbeat_seconds": 30,
        });
        Task::read(&answer).unwrap()
    }

    fn limits() -> Limits {
        Limits { memory_bytes: 1024 * MIB, processes: 100, time: Duration::from_mins(1), output_bytes: 1 }
    }

    #[track_caller]
    fn check(input: Value, expected: &[&str]) {
        let job = task(&input, &json!([])).job(&limits()).unwrap();
        assert_eq!(job.parameters.command, expected);
    }

    #[test]
    fn a_command_stands_in_the_parameters_or_beside_the_inputs() {
        check(json!({ "command": ["npm", "test"], "branch": "main" }), &["npm", "test"]);
        check(json!({ "parameters": { "command": ["make"] }, "command": ["other"] }), &["make"]);
    }

    #[track_caller]
    fn check_refused(input: Value, expected: &str) {
        let refused = task(&input, &json!([])).job(&limits()).unwrap_err();
        assert!(refused.cause.contains(expected), "{}", refused.cause);
        assert!(["Stage.InvalidParameters", "Stage.InvalidInput"].contains(&refused.error));
    }

    #[test]
    fn what_is_wrong_is_named() {
        check_refused(json!({}), "`command` names no program");
        check_refused(json!({ "command": [""] }), "`command` names no program");
        check_refused(json!({ "command": "npm test" }), "expected a sequence");
        check_refused(json!({ "parameters": { "command": ["a"], "shell": true } }), "unknown field `shell`");
        check_refused(json!({ "command": ["a\u{0}"] }), "a NUL stands in");
        check_refused(json!({ "command": ["a"], "env": { "A=B": "x" } }), "`A=B` cannot name a variable");
        check_refused(json!({ "command": ["a"], "cwd": "../x" }), "a part is `..`");
        check_refused(json!({ "command": ["a"], "cwd": "/etc" }), "it is absolute");
        check_refused(
            json!({ "command": ["a"], "memory_mib": 2048 }),
            "`memory_mib` is not a number from 1 to 1024",
        );
        check_refused(
            json!({ "command": ["a"], "processes": 0 }),
            "`processes` is not a number from 1 to 100",
        );
        check_refused(json!({ "command": ["a"], "time_s": 61 }), "`time_s` is not a number from 1 to 60");
        check_refused(json!({ "command": ["a"], "digests": { "a": "md5:1" } }), "is not a digest");
        check_refused(json!({ "command": ["a"], "inputs": { "a": "main" } }), "`main` is not a digest");
        let secret = task(&json!({ "command": ["a"] }), &json!([{ "name": "git-token", "value": "x" }]));
        assert!(secret.job(&limits()).unwrap_err().cause.contains("`git-token` cannot name a variable"));
    }

    #[test]
    fn a_task_whose_secrets_cannot_be_read_is_none() {
        let answer = |secrets: Value| json!({ "token": "rt1", "project": "p", "run": "01a", "state": "Test", "attempt": 1, "secrets": secrets });
        assert!(Task::read(&answer(Value::Null)).is_some_and(|task| task.secrets.is_empty()));
        assert!(Task::read(&answer(json!([{ "name": "S" }]))).is_none());
    }

    #[test]
    fn the_output_is_that_of_a_stage() {
        let input = json!({
            "command": ["a"], "env": {}, "inputs": {}, "branch": "main", "result": 1,
            "artifacts": { "source": DIGEST },
        });
        let artifacts = BTreeMap::from([("program".to_owned(), DIGEST.parse().unwrap())]);
        let output = task(&input, &json!([])).output(&artifacts, &json!({ "exit_code": 0 })).unwrap();
        let expected = json!({
            "branch": "main", "result": { "exit_code": 0 },
            "artifacts": { "source": DIGEST, "program": DIGEST },
        });
        assert_eq!(output, expected);
    }
}
