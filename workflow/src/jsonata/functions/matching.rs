//! Functions that search in texts.

use std::rc::Rc;

use indexmap::IndexMap;

use super::super::error::Fault;
use super::super::evaluate::{Evaluator, shown};
use super::super::regex::Pattern;
use super::super::value::Val;
use super::{Function, argument, number_argument, text_argument};

/// A match as the functions see it; places are counted in UTF-16 units, as in JavaScript.
struct Found<'a> {
    matched: String,
    start: usize,
    end: usize,
    groups: Vec<Val<'a>>,
    value: Val<'a>,
}

/// A match of a pattern as an object: what a pattern gives when it is called as a function. `from` is where the match
/// before it ended.
pub(in super::super) fn find_match<'a>(
    evaluator: &Evaluator<'a>,
    pattern: &'a Pattern,
    text: &str,
    from: Option<usize>,
) -> Result<Val<'a>, Fault> {
    evaluator.spend(16)?;
    evaluator.spend_text(text.len())?;
    let Some(found) = pattern.find(text, from.unwrap_or(0)) else {
        return Ok(Val::Undefined);
    };
    if found.start == found.end && from.is_some() {
        return Err(Fault::new(
            "D1004",
            "the regular expression matches an empty text, so it would never end",
        ));
    }
    let groups = found.groups.into_iter().map(|group| group.map_or(Val::text(""), Val::text));
    let next = Function::NextMatch { pattern, text: Rc::from(text), from: found.end };
    let members = [
        ("match", Val::text(&text[found.start..found.end])),
        ("start", units(&text[..found.start])),
        ("end", units(&text[..found.end])),
        ("groups", Val::array(groups.collect())?),
        ("next", Val::Function(Rc::new(next))),
    ];
    Val::object(members.into_iter().map(|(name, value)| (Rc::from(name), value)).collect())
}

fn units<'a>(text: &str) -> Val<'a> {
    #[allow(clippy::cast_precision_loss, reason = "no text is that long")]
    Val::Number(text.encode_utf16().count() as f64)
}

/// All matches of a pattern, or of a function that does as one.
fn matches<'a>(
    evaluator: &Evaluator<'a>,
    matcher: &Val<'a>,
    text: &str,
    limit: usize,
) -> Result<Vec<Found<'a>>, Fault> {
    let mut found = Vec::new();
    let mut value = if limit == 0 {
        Val::Undefined
    } else {
        evaluator.apply(matcher, vec![Val::text(text)], &Val::Undefined)?
    };
    while !value.is_undefined() {
        let this = read(&value).ok_or_else(|| {
            Fault::new(
                "T1010",
                "the matcher function must give an object with `match`, `start`, `end`, `groups` and `next`",
            )
        })?;
        let next = value.member("next").filter(|next| next.as_function().is_some());
        found.push(this);
        if found.len() >= limit {
            break;
        }
        value = match next {
            Some(next) => evaluator.apply(&next, Vec::new(), &Val::Undefined)?,
            None => Val::Undefined,
        };
    }
    Ok(found)
}

fn read<'a>(value: &Val<'a>) -> Option<Found<'a>> {
    let number = |name: &str| match value.member(name) {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the conversion saturates"
        )]
        Some(Val::Number(number)) => Some(number as usize),
        _ => None,
    };
    let matched = value.member("match")?.as_text()?.to_owned();
    Some(Found {
        start: number("start")?,
        end: number("end")?,
        groups: value.member("groups").map(|groups| groups.items()).unwrap_or_default(),
        matched,
        value: value.clone(),
    })
}

/// The number of bytes before a place that is counted in UTF-16 units.
fn byte_at(text: &str, place: usize) -> usize {
    let mut units = 0;
    for (at, c) in text.char_indices() {
        if units >= place {
            return at;
        }
        units += c.len_utf16();
    }
    text.len()
}

fn limit_of(arguments: &[Val<'_>], at: usize, code: &'static str, name: &str) -> Result<usize, Fault> {
    match number_argument(arguments, at) {
        None => Ok(usize::MAX),
        Some(limit) if limit < 0.0 => {
            Err(Fault::new(code, format!("the limit of `${name}` must not be negative")))
        }
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the conversion saturates"
        )]
        Some(limit) => Ok(limit.ceil() as usize),
    }
}

pub(super) fn contains<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (Some(text), pattern) = (text_argument(arguments, 0), argument(arguments, 1)) else {
        return Ok(Val::Undefined);
    };
    evaluator.spend_text(text.len())?;
    match pattern {
        Val::Undefined => Ok(Val::Undefined),
        Val::Text(part) => Ok(Val::Bool(text.contains(&**part))),
        pattern => Ok(Val::Bool(!matches(evaluator, pattern, text, 1)?.is_empty())),
    }
}

pub(super) fn find_all<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let Some(text) = text_argument(arguments, 0) else {
        return Ok(Val::Undefined);
    };
    let limit = limit_of(arguments, 2, "D3040", "match")?;
    let found = matches(evaluator, argument(arguments, 1), text, limit)?.into_iter().map(|found| {
        #[allow(clippy::cast_precision_loss, reason = "no text is that long")]
        let index = Val::Number(found.start as f64);
        let members =
            [("match", Val::text(found.matched)), ("index", index), ("groups", Val::array(found.groups)?)];
        Val::object(
            members.into_iter().map(|(name, value)| (Rc::from(name), value)).collect::<IndexMap<_, _>>(),
        )
    });
    Val::sequence(found.collect::<Result<_, Fault>>()?)
}

pub(super) fn split<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let Some(text) = text_argument(arguments, 0) else {
        return Ok(Val::Undefined);
    };
    let mut limit = limit_of(arguments, 2, "D3020", "split")?;
    if let (Val::Text(_), Some(written)) = (argument(arguments, 1), number_argument(arguments, 2))
        && written.fract() > 0.0
    {
        // A text is split into whole parts; only a pattern counts up to the limit.
        limit -= 1;
    }
    evaluator.spend_text(text.len())?;
    let mut parts: Vec<Val<'a>> = match argument(arguments, 1) {
        Val::Text(separator) if separator.is_empty() => {
            evaluator.spend(text.len())?;
            text.chars().take(limit).map(|c| Val::text(c.to_string())).collect()
        }
        Val::Text(separator) => text.split(&**separator).take(limit).map(Val::text).collect(),
        pattern => {
            let mut parts = Vec::new();
            let mut start = 0;
            for found in matches(evaluator, pattern, text, limit)? {
                parts.push(Val::text(&text[start..byte_at(text, found.start).max(start)]));
                start = byte_at(text, found.end);
            }
            parts.push(Val::text(&text[start..]));
            parts
        }
    };
    parts.truncate(limit);
    evaluator.spend(parts.len())?;
    Val::array(parts)
}

pub(super) fn replace<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let Some(text) = text_argument(arguments, 0) else {
        return Ok(Val::Undefined);
    };
    let limit = limit_of(arguments, 3, "D3011", "replace")?;
    evaluator.spend_text(text.len())?;
    let replacement = argument(arguments, 2);
    let replaced = match argument(arguments, 1) {
        Val::Text(part) if part.is_empty() => {
            return Err(Fault::new("D3010", "the second argument of `$replace` must not be an empty string"));
        }
        Val::Text(part) => {
            let with = replacement.as_text().unwrap_or_default();
            let count = text.matches(&**part).count().min(limit);
            evaluator.spend_text(text.len().saturating_add(count.saturating_mul(with.len())))?;
            text.replacen(&**part, with, count)
        }
        pattern => {
            let mut made = String::new();
            let mut start = 0;
            for found in matches(evaluator, pattern, text, limit)? {
                made.push_str(&text[start..byte_at(text, found.start).max(start)]);
                made.push_str(&substitute(evaluator, replacement, &found)?);
                evaluator.spend_text(made.len() / 16)?;
                start = byte_at(text, found.start) + found.matched.len();
            }
            made.push_str(&text[start.min(text.len())..]);
            made
        }
    };
    evaluator.spend_text(replaced.len())?;
    Ok(Val::text(replaced))
}

/// What stands in place of a match.
fn substitute<'a>(
    evaluator: &Evaluator<'a>,
    replacement: &Val<'a>,
    found: &Found<'a>,
) -> Result<String, Fault> {
    if let Some(template) = replacement.as_text() {
        return Ok(expand(template, found));
    }
    let value = evaluator.apply(replacement, vec![found.value.clone()], &Val::Undefined)?;
    match value.as_text() {
        Some(text) => Ok(text.to_owned()),
        None => Err(Fault::new("D3012", format!("a replacement must be a string, not {}", shown(&value)))),
    }
}

/// A template with `$0` for the match, `$1` … for its groups and `$$` for a dollar.
fn expand(template: &str, found: &Found<'_>) -> String {
    let mut made = String::with_capacity(template.len());
    let mut rest = template;
    let most_digits = found.groups.len().max(1).ilog10() as usize + 1;
    while let Some((before, after)) = rest.split_once('$') {
        made.push_str(before);
        rest = after;
        if let Some(after) = rest.strip_prefix('$') {
            made.push('$');
            rest = after;
            continue;
        }
        if let Some(after) = rest.strip_prefix('0') {
            made.push_str(&found.matched);
            rest = after;
            continue;
        }
        let mut digits = rest.bytes().take(most_digits).take_while(u8::is_ascii_digit).count();
        let number = |digits: usize| rest[..digits].parse::<usize>().ok();
        if digits > 1 && number(digits).is_some_and(|number| number > found.groups.len()) {
            digits -= 1;
        }
        match number(digits) {
            None => made.push('$'),
            Some(number) => {
                let group = number.checked_sub(1).and_then(|at| found.groups.get(at));
                made.push_str(group.and_then(Val::as_text).unwrap_or_default());
                rest = &rest[digits..];
            }
        }
    }
    made.push_str(rest);
    made
}
