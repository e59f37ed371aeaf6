//! `{key: value}`: objects, and grouping.

use std::rc::Rc;

use indexmap::IndexMap;

use super::ast::Node;
use super::error::Fault;
use super::evaluate::{Evaluator, shown};
use super::frame::Frame;
use super::value::{Tuple, Val};

/// What has the same key.
struct Entry<'a> {
    pair: usize,
    items: Vec<Val<'a>>,
    tuples: Vec<Tuple<'a>>,
}

impl<'a> Evaluator<'a> {
    /// Groups the items of a sequence by their keys, and computes the value of each group.
    pub(super) fn group(
        &self,
        pairs: &'a [(Node, Node)],
        input: &Val<'a>,
        frame: &Rc<Frame<'a>>,
    ) -> Result<Val<'a>, Fault> {
        let groups = match input {
            Val::Tuples(tuples) => self.tuple_groups(pairs, tuples, frame)?,
            input => self.item_groups(pairs, input, frame)?,
        };
        let mut made = IndexMap::with_capacity(groups.len());
        for (key, entry) in groups {
            let (_, value) = &pairs[entry.pair];
            let value = if entry.tuples.is_empty() {
                let context = joined(entry.items)?;
                self.evaluate(value, &context, frame)?
            } else {
                let tuple = merged(entry.tuples)?;
                self.evaluate(value, &tuple.item, &Frame::within(frame, tuple.bindings))?
            };
            if !value.is_undefined() {
                made.insert(key, value);
            }
        }
        Val::object(made)
    }

    fn item_groups(
        &self,
        pairs: &'a [(Node, Node)],
        input: &Val<'a>,
        frame: &Rc<Frame<'a>>,
    ) -> Result<IndexMap<Rc<str>, Entry<'a>>, Fault> {
        let mut groups: IndexMap<Rc<str>, Entry<'a>> = IndexMap::new();
        let mut items = input.items();
        if items.is_empty() {
            // An object can be written down where there is no input.
            items.push(Val::Undefined);
        }
        for item in items {
            for (pair, (key, _)) in pairs.iter().enumerate() {
                let Some(key) = key_of(&self.evaluate(key, &item, frame)?)? else { continue };
                let entry = entry(&mut groups, key, pair)?;
                entry.items.push(item.clone());
            }
        }
        Ok(groups)
    }

    fn tuple_groups(
        &self,
        pairs: &'a [(Node, Node)],
        tuples: &[Tuple<'a>],
        frame: &Rc<Frame<'a>>,
    ) -> Result<IndexMap<Rc<str>, Entry<'a>>, Fault> {
        let mut groups: IndexMap<Rc<str>, Entry<'a>> = IndexMap::new();
        for tuple in tuples {
            let scope = Frame::within(frame, tuple.bindings.clone());
            for (pair, (key, _)) in pairs.iter().enumerate() {
                let Some(key) = key_of(&self.evaluate(key, &tuple.item, &scope)?)? else { continue };
                let entry = entry(&mut groups, key, pair)?;
                entry.tuples.push(tuple.clone());
            }
        }
        Ok(groups)
    }
}

fn key_of(key: &Val<'_>) -> Result<Option<Rc<str>>, Fault> {
    match key {
        Val::Undefined => Ok(None),
        Val::Text(text) => Ok(Some(Rc::from(&**text))),
        other => {
            Err(Fault::new("T1003", format!("a key of an object must be a string, not {}", shown(other))))
        }
    }
}

fn entry<'g, 'a>(
    groups: &'g mut IndexMap<Rc<str>, Entry<'a>>,
    key: Rc<str>,
    pair: usize,
) -> Result<&'g mut Entry<'a>, Fault> {
    if groups.get(&key).is_some_and(|entry| entry.pair != pair) {
        return Err(Fault::new("D1009", format!("several expressions give the key `{key}`")));
    }
    Ok(groups.entry(key).or_insert_with(|| Entry { pair, items: Vec::new(), tuples: Vec::new() }))
}

/// The items of a group as the context of its value.
fn joined(mut items: Vec<Val<'_>>) -> Result<Val<'_>, Fault> {
    if items.len() == 1 {
        return Ok(items.remove(0));
    }
    let flat = items.into_iter().flat_map(|item| item.items()).collect();
    Val::sequence(flat)
}

/// Tuples of a group as one, whose item and bindings have the values of all.
fn merged(tuples: Vec<Tuple<'_>>) -> Result<Tuple<'_>, Fault> {
    let mut tuples = tuples.into_iter();
    let Some(first) = tuples.next() else {
        return Ok(Tuple::bare(Val::Undefined));
    };
    let rest: Vec<Tuple<'_>> = tuples.collect();
    if rest.is_empty() {
        return Ok(first);
    }
    let mut items = first.item.items();
    let mut bindings: Vec<_> =
        first.bindings.into_iter().map(|(name, value)| (name, value.items())).collect();
    for tuple in rest {
        items.extend(tuple.item.items());
        for (name, value) in tuple.bindings {
            match bindings.iter_mut().find(|(known, _)| *known == name) {
                Some((_, values)) => values.extend(value.items()),
                None => bindings.push((name, value.items())),
            }
        }
    }
    let bindings: Result<Vec<_>, Fault> =
        bindings.into_iter().map(|(name, values)| Ok((name, Val::sequence(values)?))).collect();
    Ok(Tuple { item: Val::sequence(items)?, bindings: bindings? })
}
