//! `| pattern | update, delete |`: a copy of an object with changes.

use std::collections::HashMap;
use std::rc::Rc;

use indexmap::IndexMap;

use super::ast::{Kind, Node};
use super::error::Fault;
use super::evaluate::{Evaluator, shown};
use super::frame::Frame;
use super::value::{Object, Val};

/// The new members of objects, by the object's address in the copy.
type Changes<'a> = HashMap<*const Object<'a>, IndexMap<Rc<str>, Val<'a>>>;

impl<'a> Evaluator<'a> {
    pub(super) fn transform(
        &self,
        node: &'a Node,
        subject: &Val<'a>,
        frame: &Rc<Frame<'a>>,
    ) -> Result<Val<'a>, Fault> {
        let Kind::Transform { pattern, update, delete } = &node.kind else {
            return Ok(Val::Undefined);
        };
        if subject.is_undefined() {
            return Ok(Val::Undefined);
        }
        if !subject.is_object() && !subject.is_array() {
            return Err(Fault::new(
                "T0410",
                format!("only objects and arrays can be transformed, not {}", shown(subject)),
            ));
        }
        let copy = self.owned(subject)?;
        let matches = self.evaluate(pattern, &copy, frame)?.items();
        let mut changes = Changes::new();
        for found in matches {
            let mut members: IndexMap<Rc<str>, Val<'a>> = match &found {
                Val::Object(object) => match changes.get(&Rc::as_ptr(object)) {
                    Some(members) => members.clone(),
                    None => object.members.clone(),
                },
                _ => IndexMap::new(),
            };
            match self.evaluate(update, &found, frame)? {
                Val::Undefined => {}
                update => match update.members() {
                    Some(new) => members.extend(new),
                    None => {
                        return Err(Fault::new(
                            "T2011",
                            format!("an update must be an object, not {}", shown(&update)),
                        ));
                    }
                },
            }
            if let Some(delete) = delete {
                for name in self.evaluate(delete, &found, frame)?.items() {
                    match name.as_text() {
                        Some(name) => {
                            members.shift_remove(name);
                        }
                        None => {
                            let message = format!(
                                "what is deleted must be a string or an array of strings, not {}",
                                shown(&name)
                            );
                            return Err(Fault::new("T2012", message));
                        }
                    }
                }
            }
            if let Val::Object(object) = &found {
                changes.insert(Rc::as_ptr(object), members);
            }
        }
        self.rebuilt(&copy, &changes)
    }

    /// A copy in which each object has an address of its own.
    fn owned(&self, value: &Val<'a>) -> Result<Val<'a>, Fault> {
        self.spend(1)?;
        if value.is_array() {
            let items: Result<Vec<_>, Fault> =
                value.items().iter().map(|item| self.deeper(|| self.owned(item))).collect();
            return Val::array(items?);
        }
        match value.members() {
            None => Ok(value.clone()),
            Some(members) => {
                let members: Result<IndexMap<_, _>, Fault> = members
                    .into_iter()
                    .map(|(name, member)| Ok((name, self.deeper(|| self.owned(&member))?)))
                    .collect();
                Val::object(members?)
            }
        }
    }

    fn rebuilt(&self, value: &Val<'a>, changes: &Changes<'a>) -> Result<Val<'a>, Fault> {
        self.spend(1)?;
        match value {
            Val::Array(array) => {
                let items: Result<Vec<_>, Fault> =
                    array.items.iter().map(|item| self.deeper(|| self.rebuilt(item, changes))).collect();
                Val::array(items?)
            }
            Val::Object(object) => {
                let members = changes.get(&Rc::as_ptr(object)).unwrap_or(&object.members);
                let members: Result<IndexMap<_, _>, Fault> = members
                    .iter()
                    .map(|(name, member)| {
                        Ok((Rc::clone(name), self.deeper(|| self.rebuilt(member, changes))?))
                    })
                    .collect();
                Val::object(members?)
            }
            other => Ok(other.clone()),
        }
    }
}
