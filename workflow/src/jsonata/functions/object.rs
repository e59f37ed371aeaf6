//! Objects, types and truth.

use std::rc::Rc;

use indexmap::{IndexMap, IndexSet};

use super::super::error::Fault;
use super::super::evaluate::Evaluator;
use super::super::value::Val;
use super::{argument, text_argument};

pub(super) fn boolean<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(match argument(arguments, 0) {
        Val::Undefined => Val::Undefined,
        value => Val::Bool(evaluator.truthy(value)?),
    })
}

pub(super) fn not<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(match argument(arguments, 0) {
        Val::Undefined => Val::Undefined,
        value => Val::Bool(!evaluator.truthy(value)?),
    })
}

pub(super) fn exists<'a>(_: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(Val::Bool(!argument(arguments, 0).is_undefined()))
}

pub(super) fn type_of<'a>(_: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let name = match argument(arguments, 0) {
        Val::Undefined => return Ok(Val::Undefined),
        Val::Null => "null",
        Val::Bool(_) => "boolean",
        Val::Number(_) => "number",
        Val::Text(_) => "string",
        Val::Array(_) | Val::JsonArray(_) | Val::Tuples(_) => "array",
        Val::Object(_) | Val::JsonObject(_) => "object",
        Val::Function(_) => "function",
    };
    Ok(Val::text(name))
}

pub(super) fn error<'a>(_: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Err(Fault::new("D3137", text_argument(arguments, 0).unwrap_or("$error() function evaluated")))
}

pub(super) fn assert<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    if evaluator.truthy(argument(arguments, 0))? {
        Ok(Val::Undefined)
    } else {
        Err(Fault::new("D3141", text_argument(arguments, 1).unwrap_or("$assert() statement failed")))
    }
}

pub(super) fn clone<'a>(_: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(argument(arguments, 0).clone())
}

pub(super) fn lookup<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    match text_argument(arguments, 1) {
        Some(name) => evaluator.lookup(argument(arguments, 0), name),
        None => Ok(Val::Undefined),
    }
}

pub(super) fn keys<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let mut names = IndexSet::new();
    collect_keys(evaluator, argument(arguments, 0), &mut names)?;
    Val::sequence(names.into_iter().map(Val::text).collect())
}

fn collect_keys<'a>(
    evaluator: &Evaluator<'a>,
    value: &Val<'a>,
    names: &mut IndexSet<Rc<str>>,
) -> Result<(), Fault> {
    evaluator.spend(1)?;
    if value.is_array() {
        return evaluator
            .deeper(|| value.items().iter().try_for_each(|item| collect_keys(evaluator, item, names)));
    }
    names.extend(value.members().unwrap_or_default().into_iter().map(|(name, _)| name));
    Ok(())
}

pub(super) fn spread<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let value = argument(arguments, 0);
    if !value.is_array() && !value.is_object() {
        return Ok(value.clone());
    }
    let mut made = Vec::new();
    spread_into(evaluator, value, &mut made)?;
    Val::sequence(made)
}

fn spread_into<'a>(evaluator: &Evaluator<'a>, value: &Val<'a>, made: &mut Vec<Val<'a>>) -> Result<(), Fault> {
    evaluator.spend(1)?;
    if value.is_array() {
        return evaluator
            .deeper(|| value.items().iter().try_for_each(|item| spread_into(evaluator, item, made)));
    }
    match value.members() {
        None => made.push(value.clone()),
        Some(members) => {
            for (name, member) in members {
                made.push(Val::object(IndexMap::from([(name, member)]))?);
            }
        }
    }
    Ok(())
}

pub(super) fn merge<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let list = argument(arguments, 0);
    if list.is_undefined() {
        return Ok(Val::Undefined);
    }
    let mut merged = IndexMap::new();
    for item in list.items() {
        let members = item.members().unwrap_or_default();
        evaluator.spend(members.len())?;
        merged.extend(members);
    }
    Val::object(merged)
}
