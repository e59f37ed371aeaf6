//! Paths: steps, filters, and bindings that go along.

use std::rc::Rc;

use super::ast::{Kind, Node, Stage};
use super::error::Fault;
use super::evaluate::Evaluator;
use super::frame::{Frame, Name};
use super::value::{Array, Tuple, Val};

impl<'a> Evaluator<'a> {
    pub(super) fn path(
        &self,
        node: &'a Node,
        input: &Val<'a>,
        frame: &Rc<Frame<'a>>,
    ) -> Result<Val<'a>, Fault> {
        let Kind::Path { steps, keep_singleton } = &node.kind else {
            return Ok(Val::Undefined);
        };
        let absolute = matches!(steps.first().map(|step| &step.kind), Some(Kind::Variable(_)));
        let mut sequence =
            if input.is_array() && !absolute { input.clone() } else { Val::sequence(vec![input.clone()])? };
        let mut tuples: Option<Vec<Tuple<'a>>> = None;
        let mut carrying = false;
        for (at, step) in steps.iter().enumerate() {
            carrying |= step.tuple;
            if at == 0 && step.constructs {
                sequence = self.evaluate(step, &sequence, frame)?;
            } else if carrying {
                tuples = Some(self.tuple_step(step, &sequence, tuples, frame)?);
            } else {
                sequence = self.step(step, &sequence, frame, at + 1 == steps.len())?;
            }
            if !carrying && (sequence.is_undefined() || sequence.len() == Some(0)) {
                break;
            }
        }
        if let Some(tuples) = tuples {
            if let Some(group) = &node.group {
                return self.group(&group.pairs, &Val::Tuples(Rc::new(tuples)), frame);
            }
            if node.tuple {
                return Ok(Val::Tuples(Rc::new(tuples)));
            }
            sequence = Val::sequence(tuples.into_iter().map(|tuple| tuple.item).collect())?;
        }
        if *keep_singleton {
            sequence = keep(sequence)?;
        }
        match &node.group {
            Some(group) => self.group(&group.pairs, &sequence, frame),
            None => Ok(sequence),
        }
    }

    fn step(
        &self,
        step: &'a Node,
        input: &Val<'a>,
        frame: &Rc<Frame<'a>>,
        last: bool,
    ) -> Result<Val<'a>, Fault> {
        if let Kind::Sort(terms) = &step.kind {
            let sorted = self.sort_items(terms, input, frame)?;
            return self.stages(step, sorted, frame);
        }
        let mut results = Vec::new();
        for item in input.items() {
            let mut value = self.evaluate(step, &item, frame)?;
            for stage in &step.stages {
                if let Stage::Filter(predicate) = stage {
                    value = self.filter(predicate, value, frame)?;
                }
            }
            if !value.is_undefined() {
                results.push(value);
            }
        }
        if last
            && results.len() == 1
            && results[0].is_array()
            && !matches!(&results[0], Val::Array(array) if array.sequence)
        {
            return Ok(results.remove(0));
        }
        let mut flat = Vec::with_capacity(results.len());
        for value in results {
            match &value {
                Val::Array(array) if !array.constructed => flat.extend(array.items.iter().cloned()),
                Val::JsonArray(_) => flat.extend(value.items()),
                _ => flat.push(value),
            }
        }
        self.spend(flat.len())?;
        Val::sequence(flat)
    }

    fn stages(&self, step: &'a Node, mut value: Val<'a>, frame: &Rc<Frame<'a>>) -> Result<Val<'a>, Fault> {
        for stage in &step.stages {
            if let Stage::Filter(predicate) = stage {
                value = self.filter(predicate, value, frame)?;
            }
        }
        Ok(value)
    }

    fn tuple_step(
        &self,
        step: &'a Node,
        input: &Val<'a>,
        tuples: Option<Vec<Tuple<'a>>>,
        frame: &Rc<Frame<'a>>,
    ) -> Result<Vec<Tuple<'a>>, Fault> {
        if let Kind::Sort(terms) = &step.kind {
            let sorted = match tuples {
                Some(tuples) => self.sort_tuples(terms, tuples, frame)?,
                None => {
                    let sorted = self.sort_items(terms, input, frame)?.items().into_iter().enumerate();
                    sorted.map(|(position, item)| self.numbered(step, item, position)).collect()
                }
            };
            return self.tuple_stages(step, sorted, frame);
        }
        let tuples = tuples.unwrap_or_else(|| input.items().into_iter().map(Tuple::bare).collect());
        let mut made = Vec::new();
        for tuple in tuples {
            let scope = Frame::within(frame, tuple.bindings.clone());
            let value = self.evaluate(step, &tuple.item, &scope)?;
            match value {
                Val::Undefined => {}
                Val::Tuples(inner) => {
                    for more in inner.iter() {
                        let mut joined = tuple.clone();
                        joined.item = more.item.clone();
                        for (name, value) in &more.bindings {
                            joined.bind(*name, value.clone());
                        }
                        made.push(joined);
                    }
                }
                value => {
                    for (position, item) in value.items().into_iter().enumerate() {
                        made.push(self.bound(step, &tuple, item, position));
                    }
                }
            }
            self.spend(made.len() / 8)?;
        }
        self.tuple_stages(step, made, frame)
    }

    fn numbered(&self, step: &'a Node, item: Val<'a>, position: usize) -> Tuple<'a> {
        let mut tuple = Tuple::bare(item);
        if let Some(index) = &step.index {
            tuple.bind(Name::Variable(index), number(position));
        }
        tuple
    }

    fn bound(&self, step: &'a Node, from: &Tuple<'a>, item: Val<'a>, position: usize) -> Tuple<'a> {
        let mut tuple = from.clone();
        match &step.focus {
            Some(focus) => tuple.bind(Name::Variable(focus), item),
            None => tuple.item = item,
        }
        if let Some(index) = &step.index {
            tuple.bind(Name::Variable(index), number(position));
        }
        if let Some(slot) = step.ancestor {
            tuple.bind(Name::Ancestor(self.labels[slot]), from.item.clone());
        }
        tuple
    }

    fn tuple_stages(
        &self,
        step: &'a Node,
        mut tuples: Vec<Tuple<'a>>,
        frame: &Rc<Frame<'a>>,
    ) -> Result<Vec<Tuple<'a>>, Fault> {
        for stage in &step.stages {
            match stage {
                Stage::Filter(predicate) => {
                    tuples = match self.filter(predicate, Val::Tuples(Rc::new(tuples)), frame)? {
                        Val::Tuples(kept) => Rc::unwrap_or_clone(kept),
                        _ => Vec::new(),
                    };
                }
                Stage::Index(name) => {
                    for (position, tuple) in tuples.iter_mut().enumerate() {
                        tuple.bind(Name::Variable(name), number(position));
                    }
                }
            }
        }
        Ok(tuples)
    }

    /// `[…]` after a value: the items at a position, or those for which a condition holds.
    pub(super) fn filter(
        &self,
        predicate: &'a Node,
        input: Val<'a>,
        frame: &Rc<Frame<'a>>,
    ) -> Result<Val<'a>, Fault> {
        if let Val::Tuples(tuples) = &input {
            return self.filter_tuples(predicate, tuples, frame);
        }
        if input.is_undefined() {
            return Val::sequence(Vec::new());
        }
        let items = input.items();
        if let Kind::Number(position) = predicate.kind
            && predicate.predicates.is_empty()
        {
            return match at(position, items.len()).and_then(|index| items.get(index)) {
                Some(item) if item.is_array() => Ok(item.clone()),
                Some(item) => Val::sequence(vec![item.clone()]),
                None => Val::sequence(Vec::new()),
            };
        }
        let mut kept = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let verdict = self.evaluate(predicate, item, frame)?;
            for _ in 0..chosen(self, &verdict, index, items.len())? {
                kept.push(item.clone());
            }
        }
        Val::sequence(kept)
    }

    fn filter_tuples(
        &self,
        predicate: &'a Node,
        tuples: &Rc<Vec<Tuple<'a>>>,
        frame: &Rc<Frame<'a>>,
    ) -> Result<Val<'a>, Fault> {
        let mut kept = Vec::new();
        for (index, tuple) in tuples.iter().enumerate() {
            let scope = Frame::within(frame, tuple.bindings.clone());
            let verdict = self.evaluate(predicate, &tuple.item, &scope)?;
            for _ in 0..chosen(self, &verdict, index, tuples.len())? {
                kept.push(tuple.clone());
            }
        }
        Ok(Val::Tuples(Rc::new(kept)))
    }
}

fn number<'a>(position: usize) -> Val<'a> {
    #[allow(clippy::cast_precision_loss, reason = "no sequence is that long")]
    Val::Number(position as f64)
}

/// The index that a position means; negative ones count from the end.
fn at(position: f64, length: usize) -> Option<usize> {
    #[allow(clippy::cast_possible_truncation, reason = "the conversion saturates")]
    let whole = position.floor() as i64;
    let length = i64::try_from(length).ok()?;
    usize::try_from(if whole < 0 { length + whole } else { whole }).ok()
}

/// How often a filter's verdict chooses the item at `index`.
fn chosen<'a>(
    evaluator: &Evaluator<'a>,
    verdict: &Val<'a>,
    index: usize,
    length: usize,
) -> Result<usize, Fault> {
    let hits = |number: &f64| at(*number, length) == Some(index);
    Ok(match verdict {
        Val::Number(number) => usize::from(hits(number)),
        Val::Array(_) | Val::JsonArray(_) => {
            evaluator.spend(verdict.len().unwrap_or(0))?;
            let items = verdict.items();
            let numbers: Option<Vec<f64>> = items
                .iter()
                .map(|item| match item {
                    Val::Number(number) => Some(*number),
                    _ => None,
                })
                .collect();
            match numbers {
                Some(numbers) => numbers.iter().filter(|number| hits(number)).count(),
                None => usize::from(evaluator.truthy(verdict)?),
            }
        }
        other => usize::from(evaluator.truthy(other)?),
    })
}

/// `[]`: the result stays an array, whatever it has.
fn keep(sequence: Val<'_>) -> Result<Val<'_>, Fault> {
    match &sequence {
        Val::Array(array) if array.constructed && !array.sequence => {
            let mut outer = Array::new(vec![sequence], true)?;
            outer.keep_singleton = true;
            Ok(Val::Array(Rc::new(outer)))
        }
        Val::Array(array) => {
            let mut kept = (**array).clone();
            kept.keep_singleton = true;
            Ok(Val::Array(Rc::new(kept)))
        }
        _ => Ok(sequence),
    }
}
