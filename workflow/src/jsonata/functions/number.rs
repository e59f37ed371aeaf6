//! Numbers and moments.

use super::super::datetime;
use super::super::error::Fault;
use super::super::evaluate::{Evaluator, shown};
use super::super::value::Val;
use super::super::{convert, integer, picture};
use super::{argument, number_argument, text_argument};

/// Applies a function to the first argument, which gives nothing where it is nothing.
fn on_number<'a>(
    arguments: &[Val<'a>],
    function: impl FnOnce(f64) -> Result<f64, Fault>,
) -> Result<Val<'a>, Fault> {
    match number_argument(arguments, 0) {
        None => Ok(Val::Undefined),
        Some(number) => function(number).map(Val::Number),
    }
}

pub(super) fn abs<'a>(_: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    on_number(arguments, |number| Ok(number.abs()))
}

pub(super) fn ceil<'a>(_: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    on_number(arguments, |number| Ok(number.ceil()))
}

pub(super) fn floor<'a>(_: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    on_number(arguments, |number| Ok(number.floor()))
}

pub(super) fn sqrt<'a>(_: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    on_number(arguments, |number| {
        if number < 0.0 {
            return Err(Fault::new(
                "D3060",
                format!("`$sqrt` can't be applied to a negative number: {number}"),
            ));
        }
        Ok(number.sqrt())
    })
}

pub(super) fn power<'a>(_: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let exponent = number_argument(arguments, 1).unwrap_or(f64::NAN);
    on_number(arguments, |number| {
        let power = number.powf(exponent);
        if !power.is_finite() {
            return Err(Fault::new("D3061", format!("`$power` of {number} and {exponent} is out of range")));
        }
        Ok(power)
    })
}

pub(super) fn round<'a>(_: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    #[allow(clippy::cast_possible_truncation, reason = "the conversion saturates")]
    let places = number_argument(arguments, 1).unwrap_or(0.0) as i32;
    on_number(arguments, |number| Ok(rounded(number, places)))
}

/// Rounds to decimal places, halves to the even neighbour.
pub(in super::super) fn rounded(number: f64, places: i32) -> f64 {
    // Shifting the point in the text avoids the errors of a multiplication.
    let shifted = |number: f64, places: i32| -> f64 {
        let text = format!("{number:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let exponent = exponent.parse::<i32>().unwrap_or(0).saturating_add(places);
        format!("{digits}e{exponent}").parse().unwrap_or(number)
    };
    let rounded = shifted(shifted(number, places).round_ties_even(), places.saturating_neg());
    if rounded == 0.0 { 0.0 } else { rounded }
}

pub(super) fn number<'a>(_: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let value = argument(arguments, 0);
    let number = match value {
        Val::Undefined => return Ok(Val::Undefined),
        Val::Number(number) => Some(*number),
        Val::Bool(flag) => Some(f64::from(*flag)),
        Val::Text(text) => read_number(text),
        _ => None,
    };
    number
        .map(Val::Number)
        .ok_or_else(|| Fault::new("D3030", format!("unable to cast {} to a number", shown(value))))
}

fn read_number(text: &str) -> Option<f64> {
    for (prefixes, radix) in [(["0x", "0X"], 16), (["0o", "0O"], 8), (["0b", "0B"], 2)] {
        for prefix in prefixes {
            if let Some(digits) = text.strip_prefix(prefix) {
                #[allow(clippy::cast_precision_loss, reason = "as JavaScript does")]
                return u64::from_str_radix(digits, radix)
                    .ok()
                    .filter(|_| !digits.starts_with('+'))
                    .map(|n| n as f64);
            }
        }
    }
    // Unlike JSON, the language takes leading zeros.
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1.0, digits),
        None => (1.0, text),
    };
    let zeros = digits.bytes().take_while(|byte| *byte == b'0').count();
    let plain = match digits.as_bytes().get(zeros) {
        Some(byte) if byte.is_ascii_digit() => &digits[zeros..],
        _ => &digits[zeros.saturating_sub(1)..],
    };
    if plain.starts_with('-') {
        return None;
    }
    convert::parse_number(plain).map(|number| sign * number)
}

fn numbers(arguments: &[Val<'_>]) -> Option<Vec<f64>> {
    let list = argument(arguments, 0);
    if list.is_undefined() {
        return None;
    }
    let items = list.items().into_iter();
    Some(
        items
            .filter_map(|item| match item {
                Val::Number(number) => Some(number),
                _ => None,
            })
            .collect(),
    )
}

pub(super) fn sum<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    fold(evaluator, arguments, |numbers| Some(numbers.iter().sum()))
}

pub(super) fn max<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    fold(evaluator, arguments, |numbers| numbers.iter().copied().reduce(f64::max))
}

pub(super) fn min<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    fold(evaluator, arguments, |numbers| numbers.iter().copied().reduce(f64::min))
}

pub(super) fn average<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    #[allow(clippy::cast_precision_loss, reason = "no array is that long")]
    fold(evaluator, arguments, |numbers| {
        (!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / numbers.len() as f64)
    })
}

fn fold<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[Val<'a>],
    function: impl FnOnce(&[f64]) -> Option<f64>,
) -> Result<Val<'a>, Fault> {
    let Some(numbers) = numbers(arguments) else {
        return Ok(Val::Undefined);
    };
    evaluator.spend(numbers.len())?;
    match function(&numbers) {
        None => Ok(Val::Undefined),
        Some(number) if number.is_finite() => Ok(Val::Number(number)),
        Some(_) => Err(Fault::new("D1001", "the result is out of range")),
    }
}

pub(super) fn format_base<'a>(_: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let Some(number) = number_argument(arguments, 0) else {
        return Ok(Val::Undefined);
    };
    let radix = rounded(number_argument(arguments, 1).unwrap_or(10.0), 0);
    if !(2.0..=36.0).contains(&radix) {
        return Err(Fault::new(
            "D3100",
            format!("the radix of `$formatBase` must be between 2 and 36, not {radix}"),
        ));
    }
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the one saturates, the other is small"
    )]
    let (mut rest, radix) = (rounded(number, 0).abs() as u128, radix as u32);
    let mut digits = Vec::new();
    loop {
        let digit = u32::try_from(rest % u128::from(radix)).unwrap_or(0);
        digits.push(char::from_digit(digit, radix).unwrap_or('0'));
        rest /= u128::from(radix);
        if rest == 0 {
            break;
        }
    }
    let negative = rounded(number, 0) < 0.0;
    let text: String = negative.then_some('-').into_iter().chain(digits.into_iter().rev()).collect();
    Ok(Val::text(text))
}

pub(super) fn format_number<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (Some(number), Some(text)) = (number_argument(arguments, 0), text_argument(arguments, 1)) else {
        return Ok(Val::Undefined);
    };
    evaluator.spend_text(text.len() * 16)?;
    picture::format(number, text, argument(arguments, 2)).map(Val::text)
}

pub(super) fn format_integer<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (Some(number), Some(text)) = (number_argument(arguments, 0), text_argument(arguments, 1)) else {
        return Ok(Val::Undefined);
    };
    evaluator.spend_text(text.len() * 16)?;
    integer::Picture::parse(text)?.format(number.floor()).map(Val::text)
}

pub(super) fn parse_integer<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (Some(value), Some(text)) = (text_argument(arguments, 0), text_argument(arguments, 1)) else {
        return Ok(Val::Undefined);
    };
    evaluator.spend_text((text.len() + value.len()) * 16)?;
    Ok(integer::Picture::parse(text)?.parse_value(value).map_or(Val::Undefined, Val::Number))
}

#[allow(clippy::cast_precision_loss, reason = "it is far below 2^53")]
fn now_ms(evaluator: &Evaluator<'_>) -> f64 {
    evaluator.environment.now_ms() as f64
}

pub(super) fn millis<'a>(evaluator: &Evaluator<'a>, _: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(Val::Number(now_ms(evaluator)))
}

pub(super) fn now<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    datetime::format(now_ms(evaluator), text_argument(arguments, 0), text_argument(arguments, 1))
        .map(Val::text)
}

pub(super) fn from_millis<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let Some(millis) = number_argument(arguments, 0) else {
        return Ok(Val::Undefined);
    };
    let picture = text_argument(arguments, 1);
    evaluator.spend_text(picture.map_or(0, str::len) * 64)?;
    datetime::format(millis, picture, text_argument(arguments, 2)).map(Val::text)
}

pub(super) fn to_millis<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let Some(text) = text_argument(arguments, 0) else {
        return Ok(Val::Undefined);
    };
    let picture = text_argument(arguments, 1);
    evaluator.spend_text((text.len() + picture.map_or(0, str::len)) * 64)?;
    Ok(datetime::parse(text, picture, now_ms(evaluator))?.map_or(Val::Undefined, Val::Number))
}
