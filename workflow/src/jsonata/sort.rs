//! Sorting: a stable merge sort whose comparisons may fail.

use std::cmp::Ordering;
use std::rc::Rc;

use super::ast::SortTerm;
use super::error::Fault;
use super::evaluate::{Evaluator, shown};
use super::frame::Frame;
use super::value::{Tuple, Val};

impl<'a> Evaluator<'a> {
    /// `^(…)` on plain items.
    pub(super) fn sort_items(
        &self,
        terms: &'a [SortTerm],
        input: &Val<'a>,
        frame: &Rc<Frame<'a>>,
    ) -> Result<Val<'a>, Fault> {
        let tuples = input.items().into_iter().map(Tuple::bare).collect();
        let sorted = self.sort_tuples(terms, tuples, frame)?;
        Val::sequence(sorted.into_iter().map(|tuple| tuple.item).collect())
    }

    /// `^(…)` on items with bindings.
    pub(super) fn sort_tuples(
        &self,
        terms: &'a [SortTerm],
        tuples: Vec<Tuple<'a>>,
        frame: &Rc<Frame<'a>>,
    ) -> Result<Vec<Tuple<'a>>, Fault> {
        // Each key is computed once, not at each comparison.
        let mut keyed = Vec::with_capacity(tuples.len());
        for tuple in tuples {
            let scope = if tuple.bindings.is_empty() {
                Rc::clone(frame)
            } else {
                Frame::within(frame, tuple.bindings.clone())
            };
            let keys: Result<Vec<Val<'a>>, Fault> =
                terms.iter().map(|term| self.evaluate(&term.expression, &tuple.item, &scope)).collect();
            keyed.push((keys?, tuple));
        }
        let sorted = self.merge_sort(keyed, &mut |(left, _), (right, _)| self.swapped(terms, left, right))?;
        Ok(sorted.into_iter().map(|(_, tuple)| tuple).collect())
    }

    fn swapped(&self, terms: &[SortTerm], left: &[Val<'a>], right: &[Val<'a>]) -> Result<bool, Fault> {
        for ((term, left), right) in terms.iter().zip(left).zip(right) {
            let order = match (left.is_undefined(), right.is_undefined()) {
                (true, true) => continue,
                (true, false) => return Ok(true),
                (false, true) => return Ok(false),
                (false, false) => key_order(left, right)?,
            };
            let order = if term.descending { order.reverse() } else { order };
            if order != Ordering::Equal {
                return Ok(order == Ordering::Greater);
            }
        }
        Ok(false)
    }

    /// Sorts; `swap` tells whether two neighbours have to change places.
    pub(super) fn merge_sort<T>(
        &self,
        items: Vec<T>,
        swap: &mut dyn FnMut(&T, &T) -> Result<bool, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let mut runs: Vec<std::collections::VecDeque<T>> =
            items.into_iter().map(|item| [item].into()).collect();
        while runs.len() > 1 {
            let mut merged = Vec::with_capacity(runs.len().div_ceil(2));
            let mut pairs = runs.into_iter();
            while let Some(mut left) = pairs.next() {
                let Some(mut right) = pairs.next() else {
                    merged.push(left);
                    break;
                };
                self.spend(left.len() + right.len())?;
                let mut run = std::collections::VecDeque::with_capacity(left.len() + right.len());
                while let (Some(first), Some(second)) = (left.front(), right.front()) {
                    let next = if swap(first, second)? { &mut right } else { &mut left };
                    run.extend(next.pop_front());
                }
                run.extend(left);
                run.extend(right);
                merged.push(run);
            }
            runs = merged;
        }
        Ok(runs.pop().unwrap_or_default().into())
    }
}

fn key_order<'a>(left: &Val<'a>, right: &Val<'a>) -> Result<Ordering, Fault> {
    match (left, right) {
        (Val::Number(left), Val::Number(right)) => Ok(left.partial_cmp(right).unwrap_or(Ordering::Equal)),
        (Val::Text(left), Val::Text(right)) => Ok((**left).cmp(right)),
        (Val::Number(_) | Val::Text(_), Val::Number(_) | Val::Text(_)) => Err(Fault::new(
            "T2007",
            format!("can't sort {} and {} together: they are of different types", shown(left), shown(right)),
        )),
        (Val::Number(_) | Val::Text(_), other) | (other, _) => {
            Err(Fault::new("T2008", format!("a sort key must be a number or a string, not {}", shown(other))))
        }
    }
}
