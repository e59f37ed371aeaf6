//! What services answer, as far as it is known: a mocked result is held against it.

use serde_json::{Map, Value};

use crate::resource::{Pattern, Resource};

/// The answers, by `service:action`. A shape is a name (`string`, `number`, `boolean`, `any`) or an object with one of: `list`,
/// `map` (of any names), `enum`, `length` or `range` (least and most), `object` (its fields; those with `!` are required).
const MODELS: &str = include_str!("models.json");

/// Holds a result against what the resource answers. The error is the rest of AWS's message.
pub(super) fn check(resource: &Resource, result: &Value, strict: bool) -> Result<(), String> {
    let Some(name) = model_name(resource) else {
        return Ok(());
    };
    let models: Map<String, Value> = serde_json::from_str(MODELS).unwrap_or_default();
    match models.get(&name) {
        Some(shape) => value(result, shape, "", strict),
        None => Ok(()),
    }
}

/// The model of a resource's answer. A task token's answer is anyone's.
fn model_name(resource: &Resource) -> Option<String> {
    let Resource::Service { service, action, pattern } = resource else {
        return None;
    };
    let service = service.strip_prefix("aws-sdk:").unwrap_or(service);
    let service = if service == "sfn" { "states" } else { service };
    match pattern {
        Pattern::WaitForTaskToken => None,
        Pattern::RequestResponse => Some(format!("{service}:{action}")),
        Pattern::Sync => Some(format!("{service}:{action}.sync")),
        Pattern::Sync2 => Some(format!("{service}:{action}.sync:2")),
    }
}

fn value(found: &Value, shape: &Value, field: &str, strict: bool) -> Result<(), String> {
    let must = |fits: bool, what: &str| match fits {
        true => Ok(()),
        false => Err(format!("Field '{field}' must be {what}")),
    };
    if let Some(name) = shape.as_str() {
        return match name {
            "string" => must(found.is_string(), "a string"),
            "number" => must(found.is_number(), "a number"),
            "boolean" => must(found.is_boolean(), "a boolean"),
            _ => Ok(()),
        };
    }
    let (Some((kind, of)), found) = (shape.as_object().and_then(|shape| shape.iter().next()), found) else {
        return Ok(());
    };
    match kind.as_str() {
        "list" => {
            must(found.is_array(), "an array")?;
            found.as_array().into_iter().flatten().try_for_each(|item| value(item, of, field, strict))
        }
        "map" => {
            must(found.is_object(), "an object")?;
            found
                .as_object()
                .into_iter()
                .flatten()
                .try_for_each(|(_, member)| value(member, of, field, strict))
        }
        "enum" => {
            must(found.is_string(), "a string")?;
            match of.as_array().is_some_and(|known| known.contains(found)) {
                true => Ok(()),
                false => Err(format!("Field '{field}' is not an expected value")),
            }
        }
        "length" => {
            must(found.is_string(), "a string")?;
            let length = found.as_str().map_or(0, |text| text.chars().count());
            let length = f64::from(u32::try_from(length).unwrap_or(u32::MAX));
            within(length, of, field, ["is smaller than the minimum length", "exceeds the maximum length"])
        }
        "range" => {
            must(found.is_number(), "a number")?;
            let number = found.as_f64().unwrap_or(0.0);
            within(number, of, field, ["is less than the minimum value", "exceeds the maximum value"])
        }
        _ => object(found, of, field, strict),
    }
}

/// Whether a number is within the bounds of a shape, each of which may be null.
fn within(number: f64, bounds: &Value, field: &str, [below, above]: [&str; 2]) -> Result<(), String> {
    if bounds[0].as_f64().is_some_and(|least| number < least) {
        return Err(format!("Field '{field}' {below}"));
    }
    if bounds[1].as_f64().is_some_and(|most| number > most) {
        return Err(format!("Field '{field}' {above}"));
    }
    Ok(())
}

fn object(found: &Value, fields: &Value, field: &str, strict: bool) -> Result<(), String> {
    let Some(found) = found.as_object() else {
        return Err(match field {
            "" => "Mock result must be a valid JSON object".to_owned(),
            field => format!("Field '{field}' must be an object"),
        });
    };
    let fields = fields.as_object().into_iter().flatten();
    for (name, shape) in fields {
        let plain = name.strip_suffix('!').unwrap_or(name);
        match found.get(plain) {
            Some(member) => value(member, shape, plain, strict)?,
            None if strict && name.ends_with('!') => {
                return Err(format!("Required field '{plain}' is missing"));
            }
            None => {}
        }
    }
    Ok(())
}
