//! The functions that AWS Step Functions adds.

use serde_json::Value;

use super::super::convert;
use super::super::error::Fault;
use super::super::evaluate::Evaluator;
use super::super::value::Val;
use super::{argument, number_argument, text_argument};
use crate::intrinsic;
use crate::random;

fn failed(reason: String) -> Fault {
    Fault::new("D3137", reason)
}

fn whole(number: f64) -> i64 {
    #[allow(clippy::cast_possible_truncation, reason = "the conversion saturates")]
    let whole = (number + 0.5).floor() as i64;
    whole
}

pub(super) fn partition<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let list = argument(arguments, 0);
    let (false, Some(size)) = (list.is_undefined(), number_argument(arguments, 1)) else {
        return Ok(Val::Undefined);
    };
    let size = usize::try_from(whole(size)).ok().filter(|size| *size > 0).ok_or_else(|| {
        failed(format!("the chunk size of `$partition` must be a positive number, not {size}"))
    })?;
    let items = list.items();
    evaluator.spend(items.len())?;
    let chunks = items.chunks(size).map(|chunk| Val::array(chunk.to_vec()));
    Val::array(chunks.collect::<Result<_, Fault>>()?)
}

pub(super) fn range<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (Some(first), Some(last)) = (number_argument(arguments, 0), number_argument(arguments, 1)) else {
        return Ok(Val::Undefined);
    };
    let step = number_argument(arguments, 2).unwrap_or(1.0);
    let items = intrinsic::range_of(whole(first), whole(last), whole(step)).map_err(failed)?;
    evaluator.spend(items.len())?;
    Val::sequence(items.into_iter().map(|item| Val::Number(item.as_f64().unwrap_or(0.0))).collect())
}

pub(super) fn hash<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let Some(text) = text_argument(arguments, 0) else {
        return Ok(Val::Undefined);
    };
    evaluator.spend_text(text.len())?;
    let algorithm = text_argument(arguments, 1).unwrap_or("SHA-256");
    intrinsic::hash_of(text, algorithm).map(Val::text).map_err(failed)
}

pub(super) fn parse<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let Some(text) = text_argument(arguments, 0) else {
        return Ok(argument(arguments, 0).clone());
    };
    evaluator.spend_text(text.len() * 4)?;
    let parsed: Value =
        intrinsic::parse_json(text).map_err(|reason| failed(format!("`$parse`: {reason}")))?;
    convert::from_json(parsed)
}

pub(super) fn uuid<'a>(evaluator: &Evaluator<'a>, _: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(Val::text(evaluator.environment.random().borrow_mut().uuid()))
}

pub(super) fn random<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(Val::Number(match number_argument(arguments, 0) {
        Some(seed) => random::seeded_fraction(whole(seed)),
        None => evaluator.environment.random().borrow_mut().fraction(),
    }))
}
