//! Reading moments.

use std::collections::BTreeMap;

use super::super::error::Fault;
use super::super::regex::Pattern;
use super::calendar::{self, Moment};
use super::markers::{self, Marker, Part};
use super::{DAYS, MONTHS};

/// Milliseconds since the epoch of a text; `None` where it doesn't follow the picture.
pub(in super::super) fn parse(text: &str, picture: Option<&str>, now_ms: f64) -> Result<Option<f64>, Fault> {
    match picture {
        None => iso(text)
            .map(Some)
            .ok_or_else(|| Fault::new("D3110", format!("`{text}` isn't a moment in the form of ISO 8601"))),
        Some(picture) => by_picture(text, picture, now_ms),
    }
}

#[allow(clippy::cast_precision_loss, reason = "moments are far below 2^53")]
fn exact(millis: i64) -> f64 {
    millis as f64
}

/// `2017-10-30T16:25:32.935Z`, also shorter.
fn iso(text: &str) -> Option<f64> {
    const SHAPE: &str = "^(\\d{4})(?:-([01]\\d)(?:-([0-3]\\d))?)?(?:T([0-2]\\d):([0-5]\\d):([0-5]\\d))?(?:\\.(\\d+))?(?:([+-])([0-2]\\d):?([0-5]\\d)|Z)?$";
    let found = Pattern::compile(SHAPE, "").ok()?.find(text, 0)?;
    let part = |at: usize| found.groups.get(at).and_then(Option::as_deref);
    let number = |at: usize, default: i64| part(at).map_or(Some(default), |text| text.parse().ok());
    let (month, day) = (number(1, 1)?, number(2, 1)?);
    let (hour, minute, second) = (number(3, 0)?, number(4, 0)?, number(5, 0)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 {
        return None;
    }
    let fraction = part(6).map_or(0, |digits| {
        let padded = format!("{digits}000");
        padded[..3].parse().unwrap_or(0)
    });
    let offset = number(8, 0)? * 60 + number(9, 0)?;
    let sign = if part(7) == Some("-") { -1 } else { 1 };
    let millis = calendar::millis(number(0, 0)?, month, day, [hour, minute, second, fraction]);
    Some(exact(millis - sign * offset * 60_000))
}

fn by_picture(text: &str, picture: &str, now_ms: f64) -> Result<Option<f64>, Fault> {
    let parts = markers::parse(picture)?;
    let mut shape = "^".to_owned();
    let mut order = Vec::new();
    for part in &parts {
        match part {
            Part::Literal(literal) => shape.push_str(&escaped(literal)),
            Part::Marker(marker) => {
                shape = format!("{shape}({})", pattern(marker)?);
                order.push(marker);
            }
        }
    }
    shape.push('$');
    let compiled = Pattern::compile(&shape, "i").map_err(|reason| Fault::new("D3137", reason))?;
    let Some(found) = compiled.find(text, 0) else {
        return Ok(None);
    };
    let mut components = BTreeMap::new();
    for (marker, value) in order.into_iter().zip(&found.groups) {
        let value = value.as_deref().unwrap_or_default();
        match read(marker, value) {
            Some(number) => {
                components.insert(marker.component, number);
            }
            None => return Ok(None),
        }
    }
    if components.is_empty() {
        return Ok(None);
    }
    assemble(components, now_ms).map(Some)
}

fn escaped(literal: &str) -> String {
    let mut text = String::new();
    for c in literal.chars() {
        if c.is_ascii_punctuation() {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

fn pattern(marker: &Marker) -> Result<String, Fault> {
    Ok(match (marker.component, &marker.integer) {
        ('Z' | 'z', _) => {
            let prefix = if marker.component == 'z' { "GMT" } else { "" };
            let digits = marker.integer.as_ref().map_or("[0-9]+:?[0-9]*", |picture| {
                if picture.is_grouped() { "[0-9]+:[0-9]+" } else { "[0-9]+" }
            });
            format!("{prefix}(?:[-+]{digits}|Z)")
        }
        ('f', _) => "[0-9]+".to_owned(),
        (_, Some(picture)) => picture.pattern(),
        ('M' | 'x' | 'F' | 'P', None) => "[a-zA-Z]+".to_owned(),
        (component, None) => {
            return Err(Fault::new(
                "D3133",
                format!("the component `{component}` can't be read by its name"),
            ));
        }
    })
}

fn read(marker: &Marker, value: &str) -> Option<f64> {
    let named = |names: &[&str]| {
        let cut = |name: &str| -> String { name.chars().take(marker.most.unwrap_or(usize::MAX)).collect() };
        let found = (1_u32..).zip(names).find(|(_, name)| cut(name).eq_ignore_ascii_case(value));
        found.map(|(at, _)| f64::from(at))
    };
    match (marker.component, &marker.integer) {
        ('Z' | 'z', _) => zone(value.trim_start_matches("GMT").trim_start_matches("gmt")),
        ('f', _) => {
            let digits: String = value.chars().take(3).collect();
            format!("0.{digits}").parse::<f64>().ok().map(|fraction| (fraction * 1_000.0).round())
        }
        (_, Some(picture)) => picture.parse_value(value),
        ('M' | 'x', None) => named(&MONTHS),
        ('F', None) => named(&DAYS),
        ('P', None) => match value.to_lowercase().as_str() {
            "am" => Some(0.0),
            "pm" => Some(1.0),
            _ => None,
        },
        _ => None,
    }
}

/// A time zone in minutes.
fn zone(value: &str) -> Option<f64> {
    if value.eq_ignore_ascii_case("z") {
        return Some(0.0);
    }
    let (sign, digits) = match value.split_at_checked(1)? {
        ("-", digits) => (-1.0, digits),
        (_, digits) => (1.0, digits),
    };
    let (hours, minutes): (f64, f64) = match digits.split_once(':') {
        Some((hours, minutes)) => (hours.parse().ok()?, minutes.parse().ok()?),
        None if digits.len() <= 2 => (digits.parse().ok()?, 0.0),
        None => (digits[..2].parse().ok()?, digits[2..].parse().ok()?),
    };
    Some(sign * (hours * 60.0 + minutes))
}

/// Puts a moment together: what is coarser than all that is given comes from now, what is finer is zero, and there must be no
/// gap in between.
fn assemble(mut given: BTreeMap<char, f64>, now_ms: f64) -> Result<f64, Fault> {
    let missing = || Fault::new("D3136", "the picture doesn't have all parts that a moment needs");
    let has = |letters: &str| letters.chars().any(|letter| given.contains_key(&letter));
    let by_day_of_year = !has("MD") && has("d");
    if !has("MDd") && has("XxWw") {
        return Err(missing());
    }
    let half_days = !has("H") && has("Ph");
    let date = if by_day_of_year { "Yd" } else { "YMD" };
    let time = if half_days { "Phmsf" } else { "Hmsf" };
    #[allow(clippy::cast_possible_truncation, reason = "moments are far below 2^63")]
    let now = Moment::at(now_ms as i64, 0);
    let (mut begun, mut ended) = (false, false);
    for letter in date.chars().chain(time.chars()) {
        let std::collections::btree_map::Entry::Vacant(vacant) = given.entry(letter) else {
            begun = true;
            if ended {
                return Err(missing());
            }
            continue;
        };
        if begun {
            vacant.insert(f64::from(u8::from("MDd".contains(letter))));
            ended = true;
        } else {
            given.insert(letter, exact(now.component(letter)));
        }
    }
    #[allow(clippy::cast_possible_truncation, reason = "the conversion saturates")]
    let part = |letter: char| given.get(&letter).map_or(0, |number| *number as i64);
    let hour = if half_days { part('h') % 12 + 12 * part('P') } else { part('H') };
    let of_day = [hour, part('m'), part('s'), part('f')];
    let (month, day) = if by_day_of_year { (1, part('d')) } else { (part('M').max(1), part('D')) };
    let year = part('Y');
    if !(-270_000..=270_000).contains(&year)
        || [month, day].iter().chain(&of_day).any(|part| !(0..=100_000).contains(part))
    {
        return Err(Fault::new("D3137", "a part of the moment is out of range"));
    }
    let offset = given.get(&'Z').or(given.get(&'z')).copied().unwrap_or(0.0);
    Ok(exact(calendar::millis(year, month, day, of_day)) - offset * 60_000.0)
}
