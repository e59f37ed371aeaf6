//! `States.Array…`.

use serde_json::Value;

use super::MAX_RANGE_ITEMS;
use super::math::rounded;
use crate::number::same;

pub(super) fn items<'a>(arguments: &'a [Value], at: usize, function: &str) -> Result<&'a Vec<Value>, String> {
    arguments
        .get(at)
        .and_then(Value::as_array)
        .ok_or_else(|| format!("argument {} of {function} must be an array", at + 1))
}

pub(super) fn contains(arguments: &[Value]) -> Result<Value, String> {
    let items = items(arguments, 0, "States.ArrayContains")?;
    let wanted = arguments.get(1).unwrap_or(&Value::Null);
    Ok(Value::Bool(items.iter().any(|item| same(item, wanted))))
}

pub(super) fn get_item(arguments: &[Value]) -> Result<Value, String> {
    let items = items(arguments, 0, "States.ArrayGetItem")?;
    let index = rounded(arguments, 1, "States.ArrayGetItem")?;
    usize::try_from(index)
        .ok()
        .and_then(|index| items.get(index))
        .cloned()
        .ok_or_else(|| format!("index {index} is out of bounds for an array of {} items", items.len()))
}

pub(super) fn length(arguments: &[Value]) -> Result<Value, String> {
    Ok(Value::from(items(arguments, 0, "States.ArrayLength")?.len()))
}

pub(super) fn partition(arguments: &[Value]) -> Result<Value, String> {
    let items = items(arguments, 0, "States.ArrayPartition")?;
    partition_of(items, rounded(arguments, 1, "States.ArrayPartition")?)
}

/// Chunks of `size` items, the last one maybe shorter.
fn partition_of(items: &[Value], size: i64) -> Result<Value, String> {
    let size = usize::try_from(size)
        .ok()
        .filter(|size| *size > 0)
        .ok_or_else(|| format!("the chunk size must be a positive number, not {size}"))?;
    Ok(items.chunks(size).map(|chunk| Value::Array(chunk.to_vec())).collect())
}

pub(super) fn range(arguments: &[Value]) -> Result<Value, String> {
    let number = |at| rounded(arguments, at, "States.ArrayRange");
    range_of(number(0)?, number(1)?, number(2)?).map(Value::Array)
}

/// `first`, `first + step` … up to `last`, included where it is hit.
pub(crate) fn range_of(first: i64, last: i64, step: i64) -> Result<Vec<Value>, String> {
    if step == 0 {
        return Err("the step of a range can't be 0".to_owned());
    }
    let mut items = Vec::new();
    let mut next = Some(first);
    while let Some(number) = next {
        if (step > 0 && number > last) || (step < 0 && number < last) {
            break;
        }
        if items.len() == MAX_RANGE_ITEMS {
            return Err(format!("the range has more than {MAX_RANGE_ITEMS} items"));
        }
        items.push(Value::from(number));
        next = number.checked_add(step);
    }
    Ok(items)
}

pub(super) fn unique(arguments: &[Value]) -> Result<Value, String> {
    let mut seen = std::collections::HashSet::new();
    let mut kept: Vec<Value> = Vec::new();
    for item in items(arguments, 0, "States.ArrayUnique")? {
        if seen.insert(key(item)) {
            kept.push(item.clone());
        }
    }
    Ok(Value::Array(kept))
}

/// A text that is equal for values that mean the same.
fn key(value: &Value) -> String {
    match value {
        Value::Number(number) => number.as_f64().map_or_else(|| number.to_string(), |n| n.to_string()),
        Value::Array(items) => {
            let keys: Vec<String> = items.iter().map(key).collect();
            format!("[{}]", keys.join(","))
        }
        Value::Object(members) => {
            let mut keys: Vec<String> = members
                .iter()
                .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), key(value)))
                .collect();
            keys.sort_unstable();
            format!("{{{}}}", keys.join(","))
        }
        other => other.to_string(),
    }
}
