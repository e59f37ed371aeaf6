//! Recorded verdicts on definitions.

use serde_json::Value;
use workflow::{Definition, MachineType, Problem};

use super::Verdict;

/// Reads the definition and compares the verdict.
pub(crate) fn check(case: &Value) -> Verdict {
    let text = match &case["definition"] {
        Value::Null => case["definition_text"].as_str().unwrap_or_default().to_owned(),
        definition => definition.to_string(),
    };
    let express = case["expect"].to_string().contains("Express state machine");
    let machine_type = if express { MachineType::Express } else { MachineType::Standard };
    let found = Definition::parse_as(&text, machine_type);
    let valid = case["expect"]["valid"]
        .as_bool()
        .or_else(|| Some(case["expect"]["result"].as_str()? == "OK"))
        .unwrap_or(case["expect"]["rejected"] != Value::Bool(true));
    match (valid, found) {
        (true, Ok(_)) => Verdict::Passed,
        (false, Err(problems)) => check_location(case, &problems),
        (true, Err(problems)) => {
            let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
            Verdict::Failed(format!("it is refused: {}", shown.join(" | ")))
        }
        (false, Ok(_)) => Verdict::Failed(format!("it is accepted: {text}")),
    }
}

/// Where AWS says where the problem is, one of ours must be there, or below.
fn check_location(case: &Value, problems: &[Problem]) -> Verdict {
    let places = case["expect"]["diagnostics"].as_array().into_iter().flatten();
    for place in places.filter_map(|diagnostic| diagnostic["location"].as_str()) {
        if !problems.iter().any(|problem| problem.pointer.starts_with(place)) {
            return Verdict::Failed(format!("no problem at {place}: {problems:?}"));
        }
    }
    Verdict::Passed
}

/// Compares the variables that each state reads.
pub(crate) fn check_references(case: &Value) -> Verdict {
    let definition = match Definition::from_value(&case["definition"]) {
        Ok(definition) => definition,
        Err(problems) => return Verdict::Failed(format!("the definition is refused: {problems:?}")),
    };
    let found = serde_json::to_value(definition.variable_references()).unwrap_or_default();
    let wanted = &case["expect"]["variableReferences"];
    if found == *wanted {
        Verdict::Passed
    } else {
        Verdict::Failed(format!("expected {wanted}, found {found}"))
    }
}
