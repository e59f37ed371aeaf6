//! Integers by a picture, as in XPath's `format-integer`: `#,##0`, `i`, `Ww;o` …

use super::error::Fault;

/// A parsed picture.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    style: Style,
    case: Case,
    ordinal: bool,
}

#[derive(Clone, Debug)]
enum Style {
    Decimal(Decimal),
    Letters,
    Roman,
    Words,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Upper,
    Lower,
    Title,
}

#[derive(Clone, Debug)]
struct Decimal {
    zero: u32,
    mandatory: usize,
    optional: usize,
    grouping: Grouping,
    /// So many digits exactly, when it is read.
    width: Option<usize>,
}

#[derive(Clone, Debug)]
enum Grouping {
    None,
    Every(usize, char),
    /// Digits to the right of each separator.
    At(Vec<(usize, char)>),
}

/// The zeros of the decimal digits of the scripts.
const ZEROS: [u32; 37] = [
    0x30, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66,
    0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50,
    0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
];

const SMALL: [&str; 20] = [
    "Zero",
    "One",
    "Two",
    "Three",
    "Four",
    "Five",
    "Six",
    "Seven",
    "Eight",
    "Nine",
    "Ten",
    "Eleven",
    "Twelve",
    "Thirteen",
    "Fourteen",
    "Fifteen",
    "Sixteen",
    "Seventeen",
    "Eighteen",
    "Nineteen",
];
const SMALL_ORDINALS: [&str; 20] = [
    "Zeroth",
    "First",
    "Second",
    "Third",
    "Fourth",
    "Fifth",
    "Sixth",
    "Seventh",
    "Eighth",
    "Ninth",
    "Tenth",
    "Eleventh",
    "Twelfth",
    "Thirteenth",
    "Fourteenth",
    "Fifteenth",
    "Sixteenth",
    "Seventeenth",
    "Eighteenth",
    "Nineteenth",
];
const TENS: [&str; 8] = ["Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety"];
const MAGNITUDES: [&str; 4] = ["Thousand", "Million", "Billion", "Trillion"];
const ROMAN: [(f64, &str); 13] = [
    (1000.0, "m"),
    (900.0, "cm"),
    (500.0, "d"),
    (400.0, "cd"),
    (100.0, "c"),
    (90.0, "xc"),
    (50.0, "l"),
    (40.0, "xl"),
    (10.0, "x"),
    (9.0, "ix"),
    (5.0, "v"),
    (4.0, "iv"),
    (1.0, "i"),
];

/// Numbers that can be written as letters or in Roman; larger ones would be endless.
const MAX_WRITTEN: f64 = 1e60;
/// Numbers that are written in Roman.
const MAX_ROMAN: f64 = 100_000.0;

impl Picture {
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        let (primary, modifier) = text.rsplit_once(';').unwrap_or((text, ""));
        let (style, case) = match primary {
            "A" => (Style::Letters, Case::Upper),
            "a" => (Style::Letters, Case::Lower),
            "I" => (Style::Roman, Case::Upper),
            "i" => (Style::Roman, Case::Lower),
            "W" => (Style::Words, Case::Upper),
            "Ww" => (Style::Words, Case::Title),
            "w" => (Style::Words, Case::Lower),
            digits => (Style::Decimal(Decimal::parse(digits)?), Case::Lower),
        };
        Ok(Self { style, case, ordinal: modifier.starts_with('o') })
    }

    /// The number, which is whole, by the picture.
    pub(super) fn format(&self, number: f64) -> Result<String, Fault> {
        let size = number.abs();
        if !matches!(self.style, Style::Decimal(_)) && size > MAX_WRITTEN
            || matches!(self.style, Style::Roman) && size > MAX_ROMAN
        {
            return Err(Fault::new("D3130", format!("the number {number} is too large for such a picture")));
        }
        let text = match &self.style {
            Style::Letters => letters(size),
            Style::Roman => roman(size),
            Style::Words => words(size, false, self.ordinal),
            Style::Decimal(decimal) => decimal.format(size, self.ordinal),
        };
        let text = match (&self.style, self.case) {
            (Style::Decimal(_), _) | (Style::Words, Case::Title) => text,
            (_, Case::Upper) => text.to_uppercase(),
            (_, _) => text.to_lowercase(),
        };
        Ok(if number < 0.0 { format!("-{text}") } else { text })
    }

    /// What a text that follows the picture stands for.
    pub(super) fn parse_value(&self, text: &str) -> Option<f64> {
        match &self.style {
            Style::Letters => {
                Some(text.to_lowercase().chars().fold(0.0, |sum, c| {
                    sum * 26.0 + f64::from(u32::from(c).saturating_sub(u32::from('a')) + 1)
                }))
            }
            Style::Roman => Some(from_roman(text)),
            Style::Words => Some(from_words(&text.to_lowercase())),
            Style::Decimal(decimal) => decimal.parse_value(text, self.ordinal),
        }
    }

    /// A regular expression for what the picture makes.
    pub(super) fn pattern(&self) -> String {
        match &self.style {
            Style::Letters => "[a-z]+".to_owned(),
            Style::Roman => "[mdclxvi]+".to_owned(),
            Style::Words => {
                let mut known: Vec<String> = vocabulary().into_iter().map(|(word, _)| word).collect();
                known.sort_by_key(|word| std::cmp::Reverse(word.len()));
                format!("(?:{}|and|[\\-, ])+", known.join("|"))
            }
            Style::Decimal(decimal) => {
                let count = decimal.width.map_or("+".to_owned(), |width| format!("{{{width}}}"));
                let suffix = if self.ordinal { "(?:th|st|nd|rd)" } else { "" };
                format!("[0-9]{count}{suffix}")
            }
        }
    }

    /// At least so many digits.
    pub(super) fn widen(&mut self, least: usize) {
        if let Style::Decimal(decimal) = &mut self.style {
            decimal.mandatory = decimal.mandatory.max(least);
        }
    }

    /// Exactly so many digits.
    pub(super) fn fix(&mut self, digits: usize) {
        if let Style::Decimal(decimal) = &mut self.style {
            decimal.mandatory = digits;
        }
    }

    /// When it is read, it takes as many digits as it must have, since another number follows at once.
    pub(super) fn fix_width(&mut self) {
        if let Style::Decimal(decimal) = &mut self.style {
            decimal.width = Some(decimal.mandatory);
        }
    }

    /// Digits that it may have by its picture; 0 where it isn't decimal.
    pub(super) fn digits(&self) -> usize {
        match &self.style {
            Style::Decimal(decimal) => decimal.mandatory + decimal.optional,
            _ => 0,
        }
    }

    /// Digits that it must have; 0 where it isn't decimal.
    pub(super) fn mandatory(&self) -> usize {
        match &self.style {
            Style::Decimal(decimal) => decimal.mandatory,
            _ => 0,
        }
    }

    /// Whether digits are grouped.
    pub(super) fn is_grouped(&self) -> bool {
        matches!(&self.style, Style::Decimal(Decimal { grouping: Grouping::Every(..), .. }))
            || matches!(&self.style, Style::Decimal(Decimal { grouping: Grouping::At(at), .. }) if !at.is_empty())
    }
}

impl Decimal {
    fn parse(picture: &str) -> Result<Self, Fault> {
        let mut zero = None;
        let (mut mandatory, mut optional, mut position) = (0, 0, 0);
        let mut separators = Vec::new();
        for c in picture.chars().rev() {
            let code = u32::from(c);
            if let Some(start) = ZEROS.iter().find(|start| (**start..**start + 10).contains(&code)) {
                if zero.is_some_and(|zero| zero != *start) {
                    return Err(Fault::new("D3131", "a picture can't mix the digits of several scripts"));
                }
                zero = Some(*start);
                mandatory += 1;
                position += 1;
            } else if c == '#' {
                optional += 1;
                position += 1;
            } else {
                separators.push((position, c));
            }
        }
        let zero =
            zero.ok_or_else(|| Fault::new("D3130", format!("the picture `{picture}` isn't supported")))?;
        Ok(Self { zero, mandatory, optional, grouping: Grouping::of(separators), width: None })
    }

    fn format(&self, number: f64, ordinal: bool) -> String {
        let mut digits: Vec<char> = format!("{number:.0}").chars().collect();
        while digits.len() < self.mandatory {
            digits.insert(0, '0');
        }
        let last_two: String = digits[digits.len().saturating_sub(2)..].iter().collect();
        if self.zero != 0x30 {
            let shifted = |c: &char| char::from_u32(u32::from(*c) - 0x30 + self.zero).unwrap_or(*c);
            digits = digits.iter().map(shifted).collect();
        }
        match &self.grouping {
            Grouping::None => {}
            Grouping::Every(size, separator) => {
                digits = regrouped(&digits, *separator, *size);
            }
            Grouping::At(separators) => {
                for (position, separator) in separators.iter().rev() {
                    if let Some(place) = digits.len().checked_sub(*position) {
                        digits.insert(place, *separator);
                    }
                }
            }
        }
        let mut text: String = digits.into_iter().collect();
        if ordinal {
            text.push_str(match last_two.as_str() {
                "11" | "12" | "13" => "th",
                tens if tens.len() > 1 && tens.starts_with('1') => "th",
                other => match other.chars().last() {
                    Some('1') => "st",
                    Some('2') => "nd",
                    Some('3') => "rd",
                    _ => "th",
                },
            });
        }
        text
    }

    fn parse_value(&self, text: &str, ordinal: bool) -> Option<f64> {
        let digits = match ordinal {
            true => text.get(..text.len().checked_sub(2)?)?,
            false => text,
        };
        let plain: String = digits
            .chars()
            .filter(|c| match &self.grouping {
                Grouping::None => true,
                Grouping::Every(_, separator) => c != separator,
                Grouping::At(separators) => !separators.iter().any(|(_, separator)| separator == c),
            })
            .map(|c| {
                u32::from(c).checked_sub(self.zero).and_then(|digit| char::from_digit(digit, 10)).unwrap_or(c)
            })
            .collect();
        let end = plain.find(|c: char| !c.is_ascii_digit()).unwrap_or(plain.len());
        plain[..end].parse().ok()
    }
}

/// Digits with a separator after each group, counted from the right.
fn regrouped(digits: &[char], separator: char, size: usize) -> Vec<char> {
    let plain: Vec<char> = digits.iter().copied().filter(|c| *c != separator).collect();
    let mut grouped = Vec::with_capacity(plain.len() * 2);
    for (at, digit) in plain.iter().enumerate() {
        if at > 0 && (plain.len() - at).is_multiple_of(size) {
            grouped.push(separator);
        }
        grouped.push(*digit);
    }
    grouped
}

impl Grouping {
    fn of(separators: Vec<(usize, char)>) -> Self {
        let Some((_, first)) = separators.first().copied() else {
            return Self::None;
        };
        let positions: Vec<usize> = separators.iter().map(|(position, _)| *position).collect();
        match regular(&positions) {
            Some(size) if separators.iter().all(|(_, c)| *c == first) => Self::Every(size, first),
            _ => Self::At(separators),
        }
    }
}

/// The size of groups, where all positions are multiples of it and none is missing.
pub(super) fn regular(positions: &[usize]) -> Option<usize> {
    fn divisor(left: usize, right: usize) -> usize {
        if right == 0 { left } else { divisor(right, left % right) }
    }
    let size = positions.iter().copied().reduce(divisor).filter(|size| *size > 0)?;
    (1..=positions.len()).all(|count| positions.contains(&(count * size))).then_some(size)
}

fn letters(mut number: f64) -> String {
    let mut letters = Vec::new();
    while number >= 1.0 {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is less than 26")]
        letters.push(char::from(b'a' + ((number - 1.0) % 26.0) as u8));
        number = ((number - 1.0) / 26.0).floor();
    }
    letters.into_iter().rev().collect()
}

fn roman(mut number: f64) -> String {
    let mut text = String::new();
    for (value, numeral) in ROMAN {
        while number >= value {
            text.push_str(numeral);
            number -= value;
        }
    }
    text
}

fn from_roman(text: &str) -> f64 {
    let (mut sum, mut highest) = (0.0, 1.0);
    for c in text.to_lowercase().chars().rev() {
        let value = ROMAN
            .iter()
            .find(|(_, numeral)| numeral.len() == 1 && numeral.starts_with(c))
            .map_or(0.0, |(value, _)| *value);
        if value < highest {
            sum -= value;
        } else {
            highest = value;
            sum += value;
        }
    }
    sum
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "each index is small where it is used"
)]
fn words(number: f64, after: bool, ordinal: bool) -> String {
    let and = if after { " and " } else { "" };
    let comma = if after { ", " } else { "" };
    if number < 20.0 {
        let list = if ordinal { &SMALL_ORDINALS } else { &SMALL };
        return format!("{and}{}", list[number as usize]);
    }
    if number < 100.0 {
        let tens = TENS[(number / 10.0) as usize - 2];
        let rest = number % 10.0;
        return match (rest > 0.0, ordinal) {
            (true, _) => format!("{and}{tens}-{}", words(rest, false, ordinal)),
            (false, true) => format!("{and}{}ieth", &tens[..tens.len() - 1]),
            (false, false) => format!("{and}{tens}"),
        };
    }
    let (factor, unit, lead) = if number < 1000.0 {
        (100.0, "Hundred", SMALL[(number / 100.0) as usize].to_owned())
    } else {
        let magnitude = ((number.log10() / 3.0).floor() as usize).min(MAGNITUDES.len());
        let factor = 1000_f64.powi(i32::try_from(magnitude).unwrap_or(1));
        (factor, MAGNITUDES[magnitude - 1], words((number / factor).floor(), false, false))
    };
    let rest = number - (number / factor).floor() * factor;
    let tail = if rest > 0.0 {
        words(rest, true, ordinal)
    } else if ordinal {
        "th".to_owned()
    } else {
        String::new()
    };
    format!("{comma}{lead} {unit}{tail}")
}

/// Each word, in lower case, and its value.
fn vocabulary() -> Vec<(String, f64)> {
    let mut known = Vec::new();
    for (at, (word, ordinal)) in (0_u32..).zip(SMALL.iter().zip(SMALL_ORDINALS)) {
        known.push((word.to_lowercase(), f64::from(at)));
        known.push((ordinal.to_lowercase(), f64::from(at)));
    }
    for (at, word) in (2_u32..).zip(TENS) {
        known.push((word.to_lowercase(), f64::from(at * 10)));
        known.push((format!("{}ieth", &word.to_lowercase()[..word.len() - 1]), f64::from(at * 10)));
    }
    known.push(("hundred".to_owned(), 100.0));
    known.push(("hundredth".to_owned(), 100.0));
    for (at, word) in (1_i32..).zip(MAGNITUDES) {
        let value = 1000_f64.powi(at);
        known.push((word.to_lowercase(), value));
        known.push((format!("{}th", word.to_lowercase()), value));
    }
    known
}

fn from_words(text: &str) -> f64 {
    let known = vocabulary();
    let mut parts: Vec<f64> = vec![0.0];
    let text = text.replace(" and ", " ");
    for word in text.split([' ', ',', '-']).filter(|word| !word.is_empty()) {
        let Some((_, value)) = known.iter().find(|(known, _)| known == word) else { continue };
        let last = parts.pop().unwrap_or(0.0);
        if *value < 100.0 {
            if last >= 1000.0 {
                parts.push(last);
                parts.push(*value);
            } else {
                parts.push(last + value);
            }
        } else {
            parts.push(last * value);
        }
    }
    parts.into_iter().sum()
}
