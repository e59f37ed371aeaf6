//! Dates of front matter.

use std::sync::LazyLock;

use chrono::{DateTime, FixedOffset, NaiveDate, TimeZone};
use regex::Regex;

/// The forms of TOML and YAML: a date, with or without a time, with or without an offset.
static DATE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^(\d{4})-(\d\d?)-(\d\d?)(?:(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(\.\d+)?[ \t]*(?:[Zz]|([-+])(\d\d?)(?::?(\d\d))?)?)?$",
    )
    .expect("a valid pattern")
});

/// A date at the beginning of a file's name, and what follows it.
static NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[-+]\d\d:\d\d))?)(?:\s?[_-](.+))?$")
        .expect("a valid pattern")
});

/// What a date means; without an offset, in UTC.
pub(crate) fn parse(text: &str) -> Option<DateTime<FixedOffset>> {
    let parts = DATE.captures(text.trim())?;
    let number = |at: usize| parts.get(at).map_or(Some(0), |part| part.as_str().parse::<u32>().ok());
    let day = NaiveDate::from_ymd_opt(i32::try_from(number(1)?).ok()?, number(2)?, number(3)?)?;
    let fraction =
        parts.get(7).map_or(Some(0.0), |part| format!("0{}", part.as_str()).parse::<f64>().ok())?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is below a second")]
    let nanos = (fraction * 1e9) as u32;
    let time = day.and_hms_nano_opt(number(4)?, number(5)?, number(6)?.min(59), nanos)?;
    let minutes = i32::try_from(number(9)? * 60 + number(10)?).ok()?;
    let minutes = if parts.get(8).is_some_and(|sign| sign.as_str() == "-") { -minutes } else { minutes };
    FixedOffset::east_opt(minutes * 60)?.from_local_datetime(&time).single()
}

/// Whether it is a date that templates understand as it stands.
pub(crate) fn is_rfc3339(text: &str) -> bool {
    DateTime::parse_from_rfc3339(text).is_ok()
        || chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").is_ok()
        || text.len() == 10 && NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

/// The date with which a file's name begins, and the name without it, if there is more.
pub(crate) fn of_name(name: &str) -> Option<(&str, Option<&str>)> {
    let parts = NAME.captures(name)?;
    let date = parts.get(1)?.as_str();
    parse(date)?;
    Some((date, parts.get(2).map(|rest| rest.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(parse(text).map(|date| date.to_rfc3339()).as_deref(), expected, "{text}");
    }

    #[test]
    fn dates_are_read() {
        check("2024-05-01", Some("2024-05-01T00:00:00+00:00"));
        check("2024-05-01T10:20:30Z", Some("2024-05-01T10:20:30+00:00"));
        check("2024-05-01T10:20:30-02:30", Some("2024-05-01T10:20:30-02:30"));
        check("2024-5-1 1:02:03 +2", Some("2024-05-01T01:02:03+02:00"));
        check("2024-13-01", None);
        check("now", None);
    }

    #[test]
    fn names_begin_with_dates() {
        assert_eq!(of_name("2024-05-01-title"), Some(("2024-05-01", Some("title"))));
        assert_eq!(of_name("2024-05-01_title"), Some(("2024-05-01", Some("title"))));
        assert_eq!(of_name("2024-05-01"), Some(("2024-05-01", None)));
        assert_eq!(of_name("2024-05-01T10:00:00Z-x"), Some(("2024-05-01T10:00:00Z", Some("x"))));
        assert_eq!(of_name("2024-05-99-x"), None);
        assert_eq!(of_name("title"), None);
    }
}
