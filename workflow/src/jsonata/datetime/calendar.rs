//! The parts of a moment.

use crate::timestamp::{civil_from_days, days_from_civil};

const DAY_MILLIS: i64 = 86_400_000;

/// A moment, taken apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    days: i64,
    pub(super) year: i64,
    pub(super) month: i64,
    pub(super) day: i64,
    pub(super) hour: i64,
    minute: i64,
    second: i64,
    pub(super) millisecond: i64,
    pub(super) offset_minutes: i64,
}

impl Moment {
    /// The moment that a clock in the time zone shows.
    pub(super) fn at(local_millis: i64, offset_minutes: i64) -> Self {
        let days = local_millis.div_euclid(DAY_MILLIS);
        let of_day = local_millis.rem_euclid(DAY_MILLIS);
        let (year, month, day) = civil_from_days(days);
        Self {
            days,
            year,
            month,
            day,
            hour: of_day / 3_600_000,
            minute: of_day / 60_000 % 60,
            second: of_day / 1_000 % 60,
            millisecond: of_day % 1_000,
            offset_minutes,
        }
    }

    /// A component by its letter.
    pub(super) fn component(&self, letter: char) -> i64 {
        match letter {
            'Y' => self.year,
            'M' => self.month,
            'D' => self.day,
            'd' => self.days - days_from_civil(self.year, 1, 1) + 1,
            'F' => (self.days + 3).rem_euclid(7) + 1,
            'W' => self.week(
                first_week(self.year, 1),
                first_week(self.year + 1, 1),
                first_week(self.year - 1, 1),
            ),
            'w' => {
                let (next, previous) =
                    (next_month(self.year, self.month), previous_month(self.year, self.month));
                let first = first_week(self.year, self.month);
                self.week(first, first_week(next.0, next.1), first_week(previous.0, previous.1))
            }
            'X' => {
                if self.days < first_week(self.year, 1) {
                    self.year - 1
                } else if self.days >= first_week(self.year + 1, 1) {
                    self.year + 1
                } else {
                    self.year
                }
            }
            'x' => {
                let (next, previous) =
                    (next_month(self.year, self.month), previous_month(self.year, self.month));
                if self.days < first_week(self.year, self.month) {
                    previous.1
                } else if self.days >= first_week(next.0, next.1) {
                    next.1
                } else {
                    self.month
                }
            }
            'H' => self.hour,
            'h' => (self.hour + 11) % 12 + 1,
            'm' => self.minute,
            's' => self.second,
            'f' => self.millisecond,
            _ => 0,
        }
    }

    /// The number of the week, given the first days of this, the next and the previous period.
    fn week(&self, this: i64, next: i64, previous: i64) -> i64 {
        let start = if self.days >= next {
            next
        } else if self.days < this {
            previous
        } else {
            this
        };
        (self.days - start) / 7 + 1
    }
}

fn next_month(year: i64, month: i64) -> (i64, i64) {
    if month == 12 { (year + 1, 1) } else { (year, month + 1) }
}

fn previous_month(year: i64, month: i64) -> (i64, i64) {
    if month == 1 { (year - 1, 12) } else { (year, month - 1) }
}

/// The Monday of the week that has the first Thursday.
fn first_week(year: i64, month: i64) -> i64 {
    let first = days_from_civil(year, month, 1);
    let weekday = (first + 3).rem_euclid(7);
    if weekday > 3 { first + 7 - weekday } else { first - weekday }
}

/// Milliseconds since the epoch; parts out of range carry over.
pub(super) fn millis(year: i64, month: i64, day: i64, [hour, minute, second, millisecond]: [i64; 4]) -> i64 {
    let months = year * 12 + month - 1;
    let days = days_from_civil(months.div_euclid(12), months.rem_euclid(12) + 1, 1) + day - 1;
    days * DAY_MILLIS + hour * 3_600_000 + minute * 60_000 + second * 1_000 + millisecond
}
