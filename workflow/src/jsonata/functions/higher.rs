//! Functions that take functions.

use indexmap::IndexMap;

use super::super::error::Fault;
use super::super::evaluate::Evaluator;
use super::super::value::Val;
use super::argument;

#[allow(clippy::cast_precision_loss, reason = "no array is that long")]
fn position<'a>(at: usize) -> Val<'a> {
    Val::Number(at as f64)
}

pub(super) fn map<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (list, function) = (argument(arguments, 0), argument(arguments, 1));
    if list.is_undefined() {
        return Ok(Val::Undefined);
    }
    let mut made = Vec::new();
    for (at, item) in list.items().into_iter().enumerate() {
        let value = evaluator.callback(function, vec![item, position(at), list.clone()])?;
        if !value.is_undefined() {
            made.push(value);
        }
    }
    Val::sequence(made)
}

pub(super) fn filter<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (list, function) = (argument(arguments, 0), argument(arguments, 1));
    if list.is_undefined() {
        return Ok(Val::Undefined);
    }
    let mut kept = Vec::new();
    for (at, item) in list.items().into_iter().enumerate() {
        let verdict = evaluator.callback(function, vec![item.clone(), position(at), list.clone()])?;
        if evaluator.truthy(&verdict)? {
            kept.push(item);
        }
    }
    Val::sequence(kept)
}

pub(super) fn single<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (list, function) = (argument(arguments, 0), argument(arguments, 1));
    if list.is_undefined() {
        return Ok(Val::Undefined);
    }
    let mut found = None;
    for (at, item) in list.items().into_iter().enumerate() {
        let fits = function.is_undefined()
            || evaluator
                .truthy(&evaluator.callback(function, vec![item.clone(), position(at), list.clone()])?)?;
        if fits {
            if found.is_some() {
                return Err(Fault::new("D3138", "`$single` expects exactly one match, but there are more"));
            }
            found = Some(item);
        }
    }
    found.ok_or_else(|| Fault::new("D3139", "`$single` expects exactly one match, but there is none"))
}

pub(super) fn reduce<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (list, function, start) = (argument(arguments, 0), argument(arguments, 1), argument(arguments, 2));
    if list.is_undefined() {
        return Ok(Val::Undefined);
    }
    if function.as_function().is_some_and(|function| function.arity() < 2) {
        return Err(Fault::new("D3050", "the function of `$reduce` must take at least two arguments"));
    }
    let items = list.items();
    let (mut value, first) = match (start.is_undefined(), items.first()) {
        (true, Some(item)) => (item.clone(), 1),
        _ => (start.clone(), 0),
    };
    for (at, item) in items.iter().enumerate().skip(first) {
        value = evaluator.callback(function, vec![value, item.clone(), position(at), list.clone()])?;
    }
    Ok(value)
}

pub(super) fn each<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (object, function) = (argument(arguments, 0), argument(arguments, 1));
    let mut made = Vec::new();
    for (name, value) in object.members().unwrap_or_default() {
        let value = evaluator.callback(function, vec![value, Val::text(name), object.clone()])?;
        if !value.is_undefined() {
            made.push(value);
        }
    }
    Val::sequence(made)
}

pub(super) fn sift<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (object, function) = (argument(arguments, 0), argument(arguments, 1));
    let mut kept = IndexMap::new();
    for (name, value) in object.members().unwrap_or_default() {
        let verdict =
            evaluator.callback(function, vec![value.clone(), Val::text(name.clone()), object.clone()])?;
        if evaluator.truthy(&verdict)? {
            kept.insert(name, value);
        }
    }
    if kept.is_empty() { Ok(Val::Undefined) } else { Val::object(kept) }
}
