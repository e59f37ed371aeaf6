//! Moments: given as text, written in each format as it wants them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::error::Error;

/// The latest moment that a tar header has room for, in seconds since 1970: eleven octal digits.
const MAX_SECONDS: i64 = 0o777_7777_7777;

/// A second between 1970 and 2242.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment(Timestamp);

impl Moment {
    /// Reads RFC 3339. Fractions of the second are dropped.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let refused = || {
            Error::parameter(
                "created",
                text,
                "a moment since 1970 as RFC 3339 has it: `2026-08-17T21:43:13+02:00`",
            )
        };
        let moment: Timestamp = text.parse().map_err(|_| refused())?;
        let seconds = moment.as_second();
        if !(0..=MAX_SECONDS).contains(&seconds) {
            return Err(refused());
        }
        Timestamp::from_second(seconds).map(Self).map_err(|_| refused())
    }

    /// Seconds since 1970.
    pub(crate) fn seconds(self) -> u64 {
        u64::try_from(self.0.as_second()).unwrap_or(0)
    }

    /// The same in UTC.
    pub(crate) fn utc(self) -> DateTime {
        TimeZone::UTC.to_datetime(self.0)
    }
}

impl std::fmt::Display for Moment {
    /// `2026-08-17T19:43:13Z`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(&str, u64)>) {
        let found = Moment::parse(text).ok().map(|moment| (moment.to_string(), moment.seconds()));
        assert_eq!(found, expected.map(|(text, seconds)| (text.to_owned(), seconds)));
    }

    #[test]
    fn reads_rfc_3339() {
        check("2026-08-17T21:43:13+02:00", Some(("2026-08-17T19:43:13Z", 1_786_995_793)));
        check("1970-01-01T00:00:00Z", Some(("1970-01-01T00:00:00Z", 0)));
        check("2026-08-17T19:43:13.75Z", Some(("2026-08-17T19:43:13Z", 1_786_995_793)));
        check("1969-12-31T23:59:59Z", None);
        check("2300-01-01T00:00:00Z", None);
        check("2026-08-17", None);
        check("yesterday", None);
        check("", None);
    }
}
