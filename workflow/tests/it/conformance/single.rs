//! Recorded tests of single states.

use serde_json::{Value, json};
use workflow::test_state::{Answer, InspectionLevel, Rejected, TestRequest, Tested, test_state};
use workflow::{CallTask, Happening};

use super::Verdict;
use super::compare::{case_difference, recorded};
use super::lambda::Recorded;
use crate::world::World;

/// Members of the inspection that aren't texts of JSON.
const PLAIN: [&str; 4] =
    ["errorDetails", "maxConcurrency", "toleratedFailureCount", "toleratedFailurePercentage"];

/// Tests the state and compares the answer.
pub(crate) fn check(case: &Value) -> Verdict {
    let level: InspectionLevel = match &case["call"]["inspectionLevel"] {
        Value::Null => InspectionLevel::Info,
        level => serde_json::from_value(level.clone()).expect("the level is known"),
    };
    let tested = match tested(case) {
        Ok(tested) => tested,
        Err(rejected) => {
            return Verdict::Failed(format!("it is rejected: {rejected:?} (expected {})", case["expect"]));
        }
    };
    let actual = recorded(&as_sent(tested.to_json(level)));
    let places = case["placeholder_paths"].as_array().into_iter().flatten();
    let placeholders: Vec<&str> = places.filter_map(Value::as_str).collect();
    let wild = |place: &str| placeholders.contains(&place);
    match case_difference(case, &case["expect"], &actual, "$.expect", &wild) {
        None => Verdict::Passed,
        Some(reason) => Verdict::Failed(format!("{reason} (expected {}, found {actual})", case["expect"])),
    }
}

/// The same for a request that AWS refused.
pub(crate) fn check_rejected(case: &Value) -> Verdict {
    let raw = &case["expect"]["raw"];
    let expected = match raw {
        Value::String(text) => text.clone(),
        raw => {
            let part = |name: &str| raw["Error"][name].as_str().unwrap_or_default();
            format!(
                "An error occurred ({}) when calling the TestState operation: {}",
                part("Code"),
                part("Message")
            )
        }
    };
    match tested(case) {
        Ok(tested) => Verdict::Failed(format!("it is accepted: {tested:?} (expected {expected})")),
        Err(rejected) => {
            let found = format!(
                "An error occurred ({:?}) when calling the TestState operation: {}",
                rejected.code, rejected.message
            );
            match found == expected {
                true => Verdict::Passed,
                false => Verdict::Failed(format!("expected {expected}, found {found}")),
            }
        }
    }
}

fn tested(case: &Value) -> Result<Tested, Rejected> {
    let mut request = case["call"].clone();
    let members = request.as_object_mut().expect("the call is an object");
    members.remove("inspectionLevel");
    for name in ["context", "variables"] {
        if let Some(Value::String(text)) = members.get(name) {
            let parsed = serde_json::from_str(text).expect("the text is JSON");
            members.insert(name.to_owned(), parsed);
        }
    }
    members.insert("definition".to_owned(), case["definition"].clone());
    if !case["input"].is_null() {
        members.insert("input".to_owned(), case["input"].clone());
    }
    let request: TestRequest = serde_json::from_value(request).expect("the call is one that can be made");
    let mut world = Recorded::of(case);
    test_state(&request, |call| answer(&mut world, call))
}

fn answer(world: &mut Recorded, call: &CallTask) -> Answer {
    let happenings = world.call(call);
    for (_, happening) in happenings {
        match happening {
            Happening::TaskSucceeded { output, .. } => return Ok(output),
            Happening::TaskFailed { error, cause, .. } => return Err((error, cause)),
            _ => {}
        }
    }
    panic!("nobody answers the call of {}", call.resource)
}

/// The inspection as it was sent: documents as texts.
fn as_sent(mut answer: Value) -> Value {
    if let Some(steps) = answer.get_mut("inspectionData").and_then(Value::as_object_mut) {
        for (name, data) in steps {
            if !PLAIN.contains(&name.as_str()) {
                *data = json!(data.to_string());
            }
        }
    }
    answer
}
