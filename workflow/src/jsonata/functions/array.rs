//! Arrays.

use super::super::error::Fault;
use super::super::evaluate::{Evaluator, shown};
use super::super::value::Val;
use super::argument;

#[allow(clippy::cast_precision_loss, reason = "no array is that long")]
pub(super) fn count<'a>(_: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(Val::Number(argument(arguments, 0).items().len() as f64))
}

pub(super) fn append<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (first, second) = (argument(arguments, 0), argument(arguments, 1));
    if first.is_undefined() {
        return Ok(second.clone());
    }
    if second.is_undefined() {
        return Ok(first.clone());
    }
    let mut items = first.items();
    items.extend(second.items());
    evaluator.spend(items.len())?;
    if first.is_array() { Val::array(items) } else { Val::sequence(items) }
}

pub(super) fn reverse<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let list = argument(arguments, 0);
    if list.is_undefined() {
        return Ok(Val::Undefined);
    }
    let mut items = list.items();
    evaluator.spend(items.len())?;
    items.reverse();
    Val::array(items)
}

pub(super) fn zip<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let shortest = arguments.iter().map(|list| list.len().unwrap_or(0)).min().unwrap_or(0);
    evaluator.spend(shortest * arguments.len())?;
    let rows =
        (0..shortest).map(|at| Val::array(arguments.iter().filter_map(|list| list.item(at)).collect()));
    Val::array(rows.collect::<Result<_, Fault>>()?)
}

pub(super) fn distinct<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let list = argument(arguments, 0);
    if !list.is_array() {
        return Ok(list.clone());
    }
    let mut kept: Vec<Val<'a>> = Vec::new();
    for item in list.items() {
        evaluator.spend(kept.len() / 4 + 1)?;
        let mut known = false;
        for other in &kept {
            if evaluator.same(other, &item)? {
                known = true;
                break;
            }
        }
        if !known {
            kept.push(item);
        }
    }
    if matches!(list, Val::Array(array) if array.sequence) { Val::sequence(kept) } else { Val::array(kept) }
}

pub(super) fn shuffle<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let list = argument(arguments, 0);
    if list.is_undefined() {
        return Ok(Val::Undefined);
    }
    let mut items = list.items();
    evaluator.spend(items.len() * 4)?;
    for at in (1..items.len()).rev() {
        let bits = evaluator.environment.random().borrow_mut().bits();
        let chosen = (u128::from(bits) * (at as u128 + 1)) >> 64;
        items.swap(at, usize::try_from(chosen).unwrap_or(at));
    }
    Val::array(items)
}

pub(super) fn sort<'a>(evaluator: &Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (list, comparator) = (argument(arguments, 0), argument(arguments, 1));
    if list.is_undefined() {
        return Ok(Val::Undefined);
    }
    let items = list.items();
    if !comparator.is_undefined() {
        let sorted = evaluator.merge_sort(items, &mut |left, right| {
            let verdict = evaluator.callback(comparator, vec![left.clone(), right.clone()])?;
            evaluator.truthy(&verdict)
        })?;
        return Val::array(sorted);
    }
    let numbers = items.iter().all(|item| matches!(item, Val::Number(_)));
    let texts = items.iter().all(|item| matches!(item, Val::Text(_)));
    if !numbers && !texts {
        return Err(Fault::new(
            "D3070",
            format!(
                "without a comparator, `$sort` takes an array of numbers or of strings, not {}",
                shown(list)
            ),
        ));
    }
    let sorted = evaluator.merge_sort(items, &mut |left, right| {
        Ok(match (left, right) {
            (Val::Number(left), Val::Number(right)) => left > right,
            (Val::Text(left), Val::Text(right)) => **left > **right,
            _ => false,
        })
    })?;
    Val::array(sorted)
}
