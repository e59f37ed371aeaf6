//! Numbers by a picture, as in XPath's `format-number`: `#,##0.00`, `00%`, `0.0e0` …

use super::error::Fault;
use super::functions::rounded;
use super::integer::regular;
use super::value::Val;

/// The characters that have a meaning.
struct Symbols {
    decimal: String,
    grouping: String,
    exponent: String,
    minus: String,
    percent: String,
    per_mille: String,
    zero: char,
    digit: String,
    separator: String,
}

/// One side of a picture, taken apart.
struct Parts {
    prefix: String,
    suffix: String,
    integer: String,
    fraction: String,
    exponent: Option<String>,
    percent: bool,
    per_mille: bool,
}

/// What a side asks for.
struct Shape {
    prefix: String,
    suffix: String,
    integer_groups: Vec<usize>,
    regular: Option<usize>,
    fraction_groups: Vec<usize>,
    least_integer: usize,
    scale: usize,
    least_fraction: usize,
    most_fraction: usize,
    least_exponent: usize,
    factor: f64,
}

/// The number by the picture.
pub(super) fn format(number: f64, picture: &str, options: &Val<'_>) -> Result<String, Fault> {
    let symbols = Symbols::new(options)?;
    let sides: Vec<&str> = picture.split(symbols.separator.as_str()).collect();
    if sides.len() > 2 {
        return Err(Fault::new("D3080", "a picture has at most two sides"));
    }
    let mut shapes = Vec::with_capacity(2);
    for side in &sides {
        let parts = symbols.parts(side)?;
        shapes.push(symbols.shape(&parts));
    }
    let negative = number < 0.0;
    let mut shape = match (shapes.pop(), shapes.pop()) {
        (Some(second), Some(_)) if negative => second,
        (Some(_), Some(first)) => first,
        (Some(mut only), None) => {
            if negative {
                only.prefix = symbols.minus.clone() + &only.prefix;
            }
            only
        }
        _ => return Err(Fault::new("D3080", "the picture is empty")),
    };
    let text = symbols.digits(number.abs() * shape.factor, &mut shape);
    Ok(text)
}

impl Symbols {
    fn new(options: &Val<'_>) -> Result<Self, Fault> {
        let text = |name: &str, default: &str| -> String {
            options
                .member(name)
                .and_then(|value| value.as_text().map(str::to_owned))
                .unwrap_or_else(|| default.to_owned())
        };
        let zero = text("zero-digit", "0")
            .chars()
            .next()
            .ok_or_else(|| Fault::new("D3137", "`zero-digit` is empty"))?;
        let separator = text("pattern-separator", ";");
        if separator.is_empty() {
            return Err(Fault::new("D3137", "`pattern-separator` is empty"));
        }
        Ok(Self {
            decimal: text("decimal-separator", "."),
            grouping: text("grouping-separator", ","),
            exponent: text("exponent-separator", "e"),
            minus: text("minus-sign", "-"),
            percent: text("percent", "%"),
            per_mille: text("per-mille", "\u{2030}"),
            zero,
            digit: text("digit", "#"),
            separator,
        })
    }

    fn is_digit(&self, c: char) -> bool {
        (u32::from(self.zero)..u32::from(self.zero) + 10).contains(&u32::from(c))
    }

    fn is_optional(&self, c: char) -> bool {
        self.digit.starts_with(c)
    }

    fn is_active(&self, c: char) -> bool {
        let exponent = self.exponent.starts_with(c);
        self.is_digit(c)
            || self.is_optional(c)
            || self.decimal.starts_with(c)
            || self.grouping.starts_with(c)
            || exponent
    }

    fn parts(&self, side: &str) -> Result<Parts, Fault> {
        let plain_active = |c: char| self.is_active(c) && !self.exponent.starts_with(c);
        let start = side.find(plain_active).unwrap_or(side.len());
        let end = side
            .char_indices()
            .rev()
            .find(|(_, c)| plain_active(*c))
            .map_or(start, |(at, c)| at + c.len_utf8());
        let active = &side[start..end.max(start)];
        let (mantissa, exponent) = match active.split_once(self.exponent.as_str()) {
            Some((mantissa, exponent)) => (mantissa, Some(exponent.to_owned())),
            None => (active, None),
        };
        let (integer, fraction) = mantissa.split_once(self.decimal.as_str()).unwrap_or((mantissa, ""));
        let parts = Parts {
            prefix: side[..start].to_owned(),
            suffix: side[end.max(start)..].to_owned(),
            integer: integer.to_owned(),
            fraction: fraction.to_owned(),
            exponent,
            percent: side.contains(self.percent.as_str()),
            per_mille: side.contains(self.per_mille.as_str()),
        };
        match self.wrong(side, active, mantissa, &parts) {
            None => Ok(parts),
            Some((code, message)) => Err(Fault::new(code, format!("the picture `{side}` {message}"))),
        }
    }

    fn wrong(
        &self,
        side: &str,
        active: &str,
        mantissa: &str,
        parts: &Parts,
    ) -> Option<(&'static str, &'static str)> {
        let count = |symbol: &str| side.matches(symbol).count();
        let beside = |text: &str| -> bool {
            let (before, after) = text.split_once(self.decimal.as_str()).unwrap_or((text, ""));
            before.ends_with(&self.grouping) || after.starts_with(&self.grouping)
        };
        let exponent = parts.exponent.as_deref();
        let checks = [
            (count(&self.decimal) > 1, "D3081", "has more than one decimal separator"),
            (count(&self.percent) > 1, "D3082", "has more than one percent sign"),
            (count(&self.per_mille) > 1, "D3083", "has more than one per-mille sign"),
            (parts.percent && parts.per_mille, "D3084", "has both a percent and a per-mille sign"),
            (!mantissa.chars().any(|c| self.is_digit(c) || self.is_optional(c)), "D3085", "has no digit"),
            (
                !active.chars().all(|c| self.is_active(c)),
                "D3086",
                "has a passive character between active ones",
            ),
            (
                mantissa.contains(&self.decimal) && beside(mantissa),
                "D3087",
                "has a grouping separator beside the decimal separator",
            ),
            (
                !mantissa.contains(&self.decimal) && parts.integer.ends_with(&self.grouping),
                "D3088",
                "has a grouping separator at the end of its integer part",
            ),
            (
                side.contains(&self.grouping.repeat(2)) && !self.grouping.is_empty(),
                "D3089",
                "has two grouping separators in a row",
            ),
            (
                parts
                    .integer
                    .find(|c| self.is_optional(c))
                    .is_some_and(|at| parts.integer[..at].contains(|c| self.is_digit(c))),
                "D3090",
                "has an optional digit after a mandatory one in its integer part",
            ),
            (
                parts
                    .fraction
                    .rfind(|c| self.is_optional(c))
                    .is_some_and(|at| parts.fraction[at..].contains(|c| self.is_digit(c))),
                "D3091",
                "has a mandatory digit after an optional one in its fraction",
            ),
            (
                exponent.is_some_and(|text| !text.is_empty()) && (parts.percent || parts.per_mille),
                "D3092",
                "has an exponent beside a percent or per-mille sign",
            ),
            (
                exponent.is_some_and(|text| text.is_empty() || !text.chars().all(|c| self.is_digit(c))),
                "D3093",
                "has an exponent that isn't made of digits",
            ),
        ];
        checks.into_iter().find(|(wrong, ..)| *wrong).map(|(_, code, message)| (code, message))
    }

    fn groups(&self, part: &str, from_left: bool) -> Vec<usize> {
        let any = |text: &str| text.chars().filter(|c| self.is_digit(*c) || self.is_optional(*c)).count();
        part.match_indices(self.grouping.as_str())
            .filter(|(_, found)| !found.is_empty())
            .map(|(at, _)| if from_left { any(&part[..at]) } else { any(&part[at..]) })
            .collect()
    }

    fn shape(&self, parts: &Parts) -> Shape {
        let mandatory = |text: &str| text.chars().filter(|c| self.is_digit(*c)).count();
        let any = |text: &str| text.chars().filter(|c| self.is_digit(*c) || self.is_optional(*c)).count();
        let mut least_integer = mandatory(&parts.integer);
        let scale = least_integer;
        let (mut least_fraction, mut most_fraction) = (mandatory(&parts.fraction), any(&parts.fraction));
        if least_integer == 0 && most_fraction == 0 {
            if parts.exponent.is_some() {
                least_fraction = 1;
                most_fraction = 1;
            } else {
                least_integer = 1;
            }
        }
        if parts.exponent.is_some() && least_integer == 0 && parts.integer.contains(|c| self.is_optional(c)) {
            least_integer = 1;
        }
        if least_integer == 0 && least_fraction == 0 {
            least_fraction = 1;
        }
        let integer_groups = self.groups(&parts.integer, false);
        Shape {
            prefix: parts.prefix.clone(),
            suffix: parts.suffix.clone(),
            regular: regular(&integer_groups),
            integer_groups,
            fraction_groups: self.groups(&parts.fraction, true),
            least_integer,
            scale,
            least_fraction,
            most_fraction,
            least_exponent: parts.exponent.as_deref().map_or(0, mandatory),
            factor: match (parts.percent, parts.per_mille) {
                (true, _) => 100.0,
                (false, true) => 1000.0,
                (false, false) => 1.0,
            },
        }
    }

    fn digits(&self, number: f64, shape: &mut Shape) -> String {
        let (mantissa, exponent) = scaled(number, shape);
        let places = i32::try_from(shape.most_fraction).unwrap_or(i32::MAX);
        let rounded = rounded(mantissa, places);
        let plain = format!("{rounded:.*}", shape.most_fraction);
        let (integer, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
        let integer = integer.trim_start_matches('0');
        let mut fraction = fraction.trim_end_matches('0').to_owned();
        let mut integer =
            format!("{}{integer}", "0".repeat(shape.least_integer.saturating_sub(integer.len())));
        fraction.push_str(&"0".repeat(shape.least_fraction.saturating_sub(fraction.len())));
        integer = self.grouped_integer(&integer, shape);
        let fraction = self.grouped_fraction(&fraction, shape);
        let mut text = self.shifted(&integer);
        if !fraction.is_empty() {
            text.push_str(&self.decimal);
            text.push_str(&self.shifted(&fraction));
        }
        if shape.least_exponent > 0 {
            text.push_str(&self.exponent);
            if exponent < 0 {
                text.push_str(&self.minus);
            }
            text.push_str(&self.shifted(&format!(
                "{:0width$}",
                exponent.abs(),
                width = shape.least_exponent
            )));
        }
        format!("{}{text}{}", shape.prefix, shape.suffix)
    }

    fn grouped_integer(&self, digits: &str, shape: &Shape) -> String {
        let count = digits.len();
        let mut text = String::with_capacity(count * 2);
        for (at, digit) in digits.chars().enumerate() {
            let right = count - at;
            let here = match shape.regular {
                Some(size) => at > 0 && right.is_multiple_of(size),
                None => at > 0 && shape.integer_groups.contains(&right),
            };
            if here {
                text.push_str(&self.grouping);
            }
            text.push(digit);
        }
        text
    }

    fn grouped_fraction(&self, digits: &str, shape: &Shape) -> String {
        let mut text = String::with_capacity(digits.len() * 2);
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && shape.fraction_groups.contains(&at) {
                text.push_str(&self.grouping);
            }
            text.push(digit);
        }
        text
    }

    /// Digits in the script of the picture.
    fn shifted(&self, text: &str) -> String {
        let shift = |c: char| match c.to_digit(10) {
            Some(digit) => char::from_u32(u32::from(self.zero) + digit).unwrap_or(c),
            None => c,
        };
        text.chars().map(shift).collect()
    }
}

/// The number as mantissa and power of ten, where the picture has an exponent.
fn scaled(number: f64, shape: &Shape) -> (f64, i32) {
    if shape.least_exponent == 0 || number == 0.0 {
        return (number, 0);
    }
    let scale = i32::try_from(shape.scale).unwrap_or(i32::MAX);
    let (most, least) = (10_f64.powi(scale), 10_f64.powi(scale - 1));
    let (mut mantissa, mut exponent) = (number, 0);
    while mantissa < least {
        mantissa *= 10.0;
        exponent -= 1;
    }
    while mantissa > most {
        mantissa /= 10.0;
        exponent += 1;
    }
    (mantissa, exponent)
}
