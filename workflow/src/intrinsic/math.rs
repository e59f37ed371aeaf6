//! `States.Math…`.

use serde_json::Value;

use crate::random::{self, Random};

/// An argument as a whole number; fractions are rounded, halves up, as Java does.
pub(super) fn rounded(arguments: &[Value], at: usize, function: &str) -> Result<i64, String> {
    let wrong = || format!("argument {} of {function} must be a number", at + 1);
    let number = arguments.get(at).ok_or_else(wrong)?;
    if let Some(whole) = number.as_i64() {
        return Ok(whole);
    }
    let number = number.as_f64().ok_or_else(wrong)?;
    #[allow(clippy::cast_possible_truncation, reason = "the conversion saturates, as Java's does")]
    Ok((number + 0.5).floor() as i64)
}

pub(super) fn add(arguments: &[Value]) -> Result<Value, String> {
    let (left, right) = (rounded(arguments, 0, "States.MathAdd")?, rounded(arguments, 1, "States.MathAdd")?);
    left.checked_add(right)
        .map(Value::from)
        .ok_or_else(|| format!("the sum of {left} and {right} is out of range"))
}

pub(super) fn random(arguments: &[Value], random: &mut Random) -> Result<Value, String> {
    let low = rounded(arguments, 0, "States.MathRandom")?;
    let high = rounded(arguments, 1, "States.MathRandom")?;
    if low >= high {
        return Err(format!("the start {low} of States.MathRandom must be less than its end {high}"));
    }
    let number = match arguments.get(2) {
        Some(_) => random::seeded_between(rounded(arguments, 2, "States.MathRandom")?, low, high),
        None => random::scale(random.bits(), low, high),
    };
    Ok(Value::from(number))
}
