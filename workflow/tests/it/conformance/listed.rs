//! Cases that don't count, each with its reason.

use serde_json::Value;

/// Cases by their name.
const BY_NAME: [(&str, &str); 6] = [
    (
        "test_max_concurrency_path_negative",
        "the recording stops after the first event, before anything of interest",
    ),
    (
        "test_activity_task_on_deleted",
        "an activity of Ropewalk needn't be created, so that it can't be missing when a state calls it",
    ),
    (
        "test_lambda_invoke_with_retry_extended_input",
        "recorded before the context object had `Execution.RedriveCount`, which other recordings have",
    ),
    (
        "valid-map-with-item-batcher-jsonata",
        "a JSONPath state in a JSONata machine, which AWS refuses (recorded as INVALID_DOWNGRADE_QUERY_LANGUAGE)",
    ),
    (
        "invalid-json-surround-syntax-extra-spaces",
        "a linter's opinion: AWS takes any spaces within `{% … %}`",
    ),
    ("invalid-jsonata-surround-syntax-no-spaces", "a linter's opinion: AWS takes `{%10%}` without spaces"),
];

/// Why a case doesn't count; `None` where it does.
pub(crate) fn reason(case: &Value) -> Option<&'static str> {
    let name = case["name"].as_str().unwrap_or_default();
    if let Some((_, reason)) = BY_NAME.iter().find(|(known, _)| *known == name) {
        return Some(reason);
    }
    if case["kind"] == "execution" && case["definition"].is_null() {
        return Some("the recording has no definition");
    }
    None
}
