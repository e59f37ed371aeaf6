/// Which part of a file is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Range {
    /// All of it: nothing was asked for that can be understood, or several parts.
    Whole,
    /// The bytes from `first` to `last`, both included.
    Part { first: usize, last: usize },
    /// There is no such part.
    Unsatisfiable,
}

impl Range {
    /// Of the value of a `Range` header, for a file of this size.
    pub(super) fn parse(value: &str, size: usize) -> Self {
        Self::single(value, size).unwrap_or(Self::Whole)
    }

    fn single(value: &str, size: usize) -> Option<Self> {
        let (unit, set) = value.split_once('=')?;
        if !unit.trim().eq_ignore_ascii_case("bytes") || set.contains(',') {
            return None;
        }
        let (first, last) = set.trim().split_once('-')?;
        if first.is_empty() {
            let count = number(last)?;
            return Some(match size.checked_sub(1) {
                Some(end) if count > 0 => Self::Part { first: size.saturating_sub(count), last: end },
                _ => Self::Unsatisfiable,
            });
        }
        let first = number(first)?;
        let last = if last.is_empty() { usize::MAX } else { number(last)? };
        if last < first {
            return None;
        }
        Some(if first < size { Self::Part { first, last: last.min(size - 1) } } else { Self::Unsatisfiable })
    }
}

/// A number too large to count with is as good as the largest.
fn number(digits: &str) -> Option<usize> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(digits.parse().unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &str, size: usize, expected: Range) {
        assert_eq!(Range::parse(value, size), expected, "{value}");
    }

    #[test]
    fn single_ranges() {
        use Range::{Part, Unsatisfiable, Whole};
        check("bytes=0-0", 10, Part { first: 0, last: 0 });
        check("bytes=2-5", 10, Part { first: 2, last: 5 });
        check("bytes=2-", 10, Part { first: 2, last: 9 });
        check("bytes=2-99", 10, Part { first: 2, last: 9 });
        check("bytes=-3", 10, Part { first: 7, last: 9 });
        check("bytes=-30", 10, Part { first: 0, last: 9 });
        check("Bytes= 9-9 ", 10, Part { first: 9, last: 9 });
        check("bytes=0-99999999999999999999999", 10, Part { first: 0, last: 9 });
        check("bytes=10-", 10, Unsatisfiable);
        check("bytes=99999999999999999999999-", 10, Unsatisfiable);
        check("bytes=-0", 10, Unsatisfiable);
        check("bytes=0-", 0, Unsatisfiable);
        check("bytes=-1", 0, Unsatisfiable);
        for whole in
            ["bytes=5-2", "bytes=0-1,3-4", "bytes=", "bytes=-", "bytes=a-b", "bytes=+1-2", "items=0-1", ""]
        {
            check(whole, 10, Whole);
        }
    }
}
