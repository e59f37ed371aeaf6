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

/// What a checkout gave.
#[derive(Serialize, Deserialize)]
struct Kept {
    run: String,
    record: Option<String>,
    artifacts: Value,
    result: Value,
}

/// Answers a checkout without calling the stage, if that can be done.
pub(super) fn answer(
    store: &impl Store,
    run: &Run,
    input: &Value,
    report: &mut CallReport,
) -> Result<Option<Value>, ApiError> {
    if let Some(source) = &run.source {
        let result = json!({ "commit": null, "working_directory": true });
        return Ok(Some(merged(input, &json!({ "source": source }), result)));
    }
    let Some(key) = key(&run.project, input).filter(|_| !run.no_cache) else { return Ok(None) };
    let Some(kept) = table::read::<Kept>(store, &key)? else { return Ok(None) };
    if !is_stored(store, &kept.artifacts)? {
        return Ok(None);
    }
    report.cached = kept.run != run.id;
    report.from_run = report.cached.then_some(kept.run);
    report.record = kept.record;
    report.artifacts = kept.artifacts.clone();
    report.result = kept.result.clone();
    Ok(Some(merged(input, &kept.artifacts, kept.result)))
}

/// Keeps what a checkout gave, for the next one of the same commit.
pub(super) fn keep(
    store: &impl Store,
    run: &Run,
    input: &Value,
    report: &CallReport,
) -> Result<(), ApiError> {
    let Some(key) = key(&run.project, input) else { return Ok(()) };
    let kept = Kept {
        run: run.id.clone(),
        record: report.record.clone(),
        artifacts: report.artifacts.clone(),
        result: report.result.clone(),
    };
    let bytes = serde_json::to_vec(&kept).map_err(|error| ApiError::corrupt(&key, error))?;
    Ok(store.set(&key, &bytes)?)
}

/// Where a checkout is kept: by project, so that none sees another's private source. `None`: the input
/// names no commit.
fn key(project: &str, input: &Value) -> Option<String> {
    let parameters = match &input["parameters"] {
        Value::Object(parameters) => parameters,
        _ => input.as_object()?,
    };
    let commit = parameters.get("commit")?.as_str()?;
    if commit.len() != 40 || !commit.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let decisive: Vec<String> =
        DECISIVE.iter().map(|name| parameters.get(*name).map(Value::to_string).unwrap_or_default()).collect();
    let text = json!([project, decisive]).to_string();
    Some(format!("checkout/{}", Digest::of(text.as_bytes()).hex()))
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
        let (one, other) = (key("p", one), key("p", other));
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
        assert_ne!(key("p", &input), key("q", &input));
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
