//! Checkout without fetching: of a working directory that was packed, or of a commit that this project has
//! checked out before. A commit's id is a digest of its content, so what it gave once it gives again.

use artifact::{Digest, Store};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::error::ApiError;
use crate::run::{CallReport, Run};
use crate::table;

/// The component that fetches.
pub(super) const COMPONENT: &str = "stage-checkout";
/// Its parameters that decide what comes of a commit. Where the commit was found, and by what token, don't.
const DECISIVE: [&str; 5] = ["repository", "commit", "symlinks", "submodules", "lfs"];

/// Below this a commit is fetched whole, in bytes of its files: asking twice would take longer.
const MIN_BASE_BYTES: u64 = 1 << 20;
/// The largest checkout that the next one builds on, in bytes of its files: both are in the stage's memory.
const MAX_BASE_BYTES: u64 = 64 << 20;
/// The input by which the stage is given what the store has.
const BASE: &str = "base";

/// What a checkout gave.
#[derive(Serialize, Deserialize)]
struct Kept {
    run: String,
    project: String,
    record: Option<String>,
    artifacts: Value,
    result: Value,
}

/// What the store has of a checkout.
pub(super) enum Found {
    /// All: the stage's output.
    Answer(Value),
    /// Perhaps some: the files of the project's last checkout.
    Base(Option<Digest>),
}

/// Answers a checkout without calling the stage, if that can be done.
pub(super) fn answer(
    store: &impl Store,
    run: &Run,
    input: &Value,
    report: &mut CallReport,
) -> Result<Found, ApiError> {
    if let Some(source) = &run.source {
        let result = json!({ "commit": null, "working_directory": true });
        return Ok(Found::Answer(merged(input, &json!({ "source": source }), result)));
    }
    if run.no_cache {
        return Ok(Found::Base(None));
    }
    let mut keys: Vec<String> = key(&run.project, run.fork.as_deref(), input).into_iter().collect();
    // A fork reads what the project's own branches read.
    keys.extend(run.fork.as_ref().and_then(|_| key(&run.project, None, input)));
    keys.push(last_key(&run.project, input));
    let mut found = store.get_many(&keys)?;
    let last = found.pop().flatten();
    for (key, bytes) in keys.iter().zip(found) {
        let Some(kept) = bytes.map(|bytes| table::decode::<Kept>(key, &bytes)).transpose()? else { continue };
        if is_stored(store, &kept.artifacts)? {
            report.cached = kept.run != run.id;
            report.from_run = report.cached.then_some(kept.run);
            report.record = kept.record;
            report.artifacts = kept.artifacts.clone();
            report.result = kept.result.clone();
            return Ok(Found::Answer(merged(input, &kept.artifacts, kept.result)));
        }
    }
    let last = last.and_then(|bytes| serde_json::from_slice::<Kept>(&bytes).ok());
    match last {
        Some(last) if is_base(&last.result) && is_stored(store, &last.artifacts)? => {
            let source = last.artifacts["source"].as_str();
            Ok(Found::Base(source.and_then(|digest| digest.parse().ok())))
        }
        _ => Ok(Found::Base(None)),
    }
}

/// What the stage is asked, given the files of another commit.
pub(super) fn on_base(input: &Value, base: Option<Digest>) -> Value {
    let mut asked = input.clone();
    if let (Some(base), Some(members)) = (base, asked.as_object_mut())
        && !members.contains_key("inputs")
    {
        let base = json!({ "artifact": base, "path": BASE, "include": ["**"] });
        members.insert("inputs".to_owned(), json!({ BASE: base }));
    }
    asked
}

/// Whether a checkout is of a size at which the next one builds on it.
fn is_base(result: &Value) -> bool {
    result["bytes"].as_u64().is_some_and(|bytes| (MIN_BASE_BYTES..=MAX_BASE_BYTES).contains(&bytes))
}

/// Keeps what a checkout gave, for the next one of the same commit, and for those of others.
pub(super) fn keep(
    store: &impl Store,
    run: &Run,
    input: &Value,
    report: &CallReport,
) -> Result<(), ApiError> {
    let mut keys: Vec<String> = key(&run.project, run.fork.as_deref(), input).into_iter().collect();
    if run.fork.is_none() && is_base(&report.result) {
        keys.push(last_key(&run.project, input));
    }
    let kept = Kept {
        run: run.id.clone(),
        project: run.project.clone(),
        record: report.record.clone(),
        artifacts: report.artifacts.clone(),
        result: report.result.clone(),
    };
    let bytes = serde_json::to_vec(&kept).map_err(|error| ApiError::corrupt("checkout/…", error))?;
    let writes: Vec<_> = keys.into_iter().map(|key| (key, bytes.clone())).collect();
    Ok(store.set_many(&writes)?)
}

/// Where a checkout is kept: by project, so that none sees another's private source, and by fork. `None`: the input
/// names no commit.
fn key(project: &str, fork: Option<&str>, input: &Value) -> Option<String> {
    let parameters = parameters(input)?;
    let commit = parameters.get("commit")?.as_str()?;
    if commit.len() != 40 || !commit.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let decisive: Vec<String> =
        DECISIVE.iter().map(|name| parameters.get(*name).map(Value::to_string).unwrap_or_default()).collect();
    Some(named(&json!([project, fork, decisive])))
}

/// Where a project's last checkout of a repository is kept.
fn last_key(project: &str, input: &Value) -> String {
    let repository = parameters(input).and_then(|parameters| parameters.get("repository"));
    named(&json!(["last", project, repository]))
}

fn parameters(input: &Value) -> Option<&Map<String, Value>> {
    match &input["parameters"] {
        Value::Object(parameters) => Some(parameters),
        _ => input.as_object(),
    }
}

fn named(parts: &Value) -> String {
    format!("checkout/{}", Digest::of(parts.to_string().as_bytes()).hex())
}

fn is_stored(store: &impl Store, artifacts: &Value) -> Result<bool, ApiError> {
    for digest in artifacts.as_object().into_iter().flatten().map(|(_, digest)| digest) {
        let digest: Option<Digest> = digest.as_str().and_then(|text| text.parse().ok());
        let Some(digest) = digest else { return Ok(false) };
        if !store.exists(&format!("tree/{}", digest.hex()))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The output of a stage that was not called.
fn merged(input: &Value, artifacts: &Value, result: Value) -> Value {
    let mut output: Map<String, Value> = input.as_object().cloned().unwrap_or_default();
    for name in ["inputs", "parameters", "secrets"] {
        output.remove(name);
    }
    let mut all: Map<String, Value> =
        output.get("artifacts").and_then(Value::as_object).cloned().unwrap_or_default();
    all.extend(artifacts.as_object().cloned().unwrap_or_default());
    output.insert("artifacts".to_owned(), Value::Object(all));
    output.insert("result".to_owned(), result);
    Value::Object(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    #[track_caller]
    fn check_same(one: &Value, other: &Value, expected: bool) {
        let (one, other) = (key("p", None, one), key("p", None, other));
        assert_eq!(one.is_some() && one == other, expected, "{one:?} {other:?}");
    }

    #[test]
    fn a_commit_decides() {
        let input = json!({ "repository": "r", "commit": COMMIT, "ref": "a" });
        check_same(&input, &json!({ "repository": "r", "commit": COMMIT, "ref": "b" }), true);
        check_same(&input, &json!({ "parameters": { "repository": "r", "commit": COMMIT } }), true);
        check_same(&input, &json!({ "repository": "s", "commit": COMMIT }), false);
        check_same(&input, &json!({ "repository": "r", "commit": COMMIT, "lfs": "fail" }), false);
        check_same(&json!({ "repository": "r" }), &json!({ "repository": "r" }), false);
        check_same(&json!({ "commit": "main" }), &json!({ "commit": "main" }), false);
        assert_ne!(key("p", None, &input), key("q", None, &input));
        assert_ne!(key("p", None, &input), key("p", Some("f"), &input));
    }

    #[test]
    fn adds_to_what_came_before() {
        let input = json!({ "site": "x", "parameters": {}, "artifacts": { "a": "1" }, "result": 0 });
        let output = merged(&input, &json!({ "source": "2" }), json!({ "commit": "c" }));
        let expected =
            json!({ "site": "x", "artifacts": { "a": "1", "source": "2" }, "result": { "commit": "c" } });
        assert_eq!(output, expected);
    }
}
