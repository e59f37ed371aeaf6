//! Moments by a picture, as in XPath's `format-dateTime`: `[Y0001]-[M01]-[D01]`.

mod calendar;
mod markers;
mod read;

use calendar::Moment;
use markers::{Marker, Part};

use super::error::Fault;

pub(super) use read::parse;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Milliseconds before and after 1970 that are formatted: what JavaScript takes, too.
const MAX_MILLIS: f64 = 8.64e15;

/// A moment by a picture, in a time zone such as `+0130`.
pub(super) fn format(millis: f64, picture: Option<&str>, zone: Option<&str>) -> Result<String, Fault> {
    if !millis.is_finite() || millis.abs() > MAX_MILLIS {
        return Err(Fault::new("D3137", format!("{millis} is out of the range of moments")));
    }
    let offset_minutes = zone.map_or(Ok(0), zone_minutes)?;
    #[allow(clippy::cast_possible_truncation, reason = "it was looked at just before")]
    let moment = Moment::at(millis.floor() as i64 + offset_minutes * 60_000, offset_minutes);
    let default = if offset_minutes == 0 {
        "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]"
    } else {
        "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01]"
    };
    let mut text = String::new();
    for part in markers::parse(picture.unwrap_or(default))? {
        match part {
            Part::Literal(literal) => text.push_str(&literal),
            Part::Marker(marker) => text.push_str(&component(&moment, &marker)?),
        }
    }
    Ok(text)
}

/// `+0130` in minutes.
fn zone_minutes(zone: &str) -> Result<i64, Fault> {
    let number: i64 = zone
        .trim_start_matches('+')
        .parse()
        .map_err(|_| Fault::new("D3134", format!("`{zone}` isn't a time zone: write it as in `+0130`")))?;
    Ok(number.div_euclid(100) * 60 + number.rem_euclid(100))
}

fn component(moment: &Moment, marker: &Marker) -> Result<String, Fault> {
    let unsupported = || Fault::new("D3133", format!("the component `{}` has no names", marker.component));
    let text = match marker.component {
        'P' => return Ok(marker.cased(if moment.hour >= 12 { "pm" } else { "am" })),
        'C' | 'E' => return Ok("ISO".to_owned()),
        'Z' | 'z' => return zone(moment, marker),
        'f' => fraction(moment, marker)?,
        _ => {
            let number = moment.component(marker.component);
            match (&marker.names, &marker.integer) {
                (Some(_), _) => {
                    let index = usize::try_from(number - 1).unwrap_or(0);
                    let name = match marker.component {
                        'M' | 'x' => MONTHS.get(index),
                        'F' => DAYS.get(index),
                        _ => return Err(unsupported()),
                    };
                    let name = marker.cased(name.ok_or_else(unsupported)?);
                    match marker.most {
                        Some(most) => name.chars().take(most).collect(),
                        None => name,
                    }
                }
                (None, Some(picture)) => {
                    #[allow(clippy::cast_precision_loss, reason = "the parts of a moment are small")]
                    let number = match marker.year_digits {
                        Some(digits) => number % 10_i64.pow(u32::try_from(digits.min(18)).unwrap_or(18)),
                        None => number,
                    } as f64;
                    picture.format(number)?
                }
                (None, None) => return Err(unsupported()),
            }
        }
    };
    Ok(text)
}

fn fraction(moment: &Moment, marker: &Marker) -> Result<String, Fault> {
    let picture = marker.integer.as_ref().ok_or_else(|| Fault::new("D3132", "the fraction needs digits"))?;
    #[allow(clippy::cast_precision_loss, reason = "it is less than 1,000")]
    picture.format(moment.millisecond as f64)
}

fn zone(moment: &Moment, marker: &Marker) -> Result<String, Fault> {
    let picture = marker.integer.as_ref().ok_or_else(|| Fault::new("D3132", "the time zone needs digits"))?;
    let (hours, minutes) = (moment.offset_minutes.abs() / 60, moment.offset_minutes.abs() % 60);
    if moment.offset_minutes == 0 && marker.traditional {
        return Ok("Z".to_owned());
    }
    #[allow(clippy::cast_precision_loss, reason = "it is less than 10,000")]
    let digits = match (picture.is_grouped(), picture.mandatory()) {
        (true, _) => picture.format((hours * 100 + minutes) as f64)?,
        (false, 1 | 2) => {
            let text = picture.format(hours as f64)?;
            if minutes == 0 { text } else { format!("{text}:{minutes:02}") }
        }
        (false, 3 | 4) => picture.format((hours * 100 + minutes) as f64)?,
        (false, digits) => {
            return Err(Fault::new("D3134", format!("a time zone can't have {digits} digits")));
        }
    };
    let sign = if moment.offset_minutes < 0 { '-' } else { '+' };
    let prefix = if marker.component == 'z' { "GMT" } else { "" };
    Ok(format!("{prefix}{sign}{digits}"))
}
