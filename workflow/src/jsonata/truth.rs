//! What counts as true, and what as the same. Values may share their parts, so that each look at one is a step.

use std::rc::Rc;

use super::error::Fault;
use super::evaluate::Evaluator;
use super::value::Val;

impl<'a> Evaluator<'a> {
    /// Whether a value counts as true.
    pub(super) fn truthy(&self, value: &Val<'a>) -> Result<bool, Fault> {
        Ok(match value {
            Val::Bool(flag) => *flag,
            Val::Number(number) => *number != 0.0,
            Val::Text(text) => !text.is_empty(),
            Val::Object(object) => !object.members.is_empty(),
            Val::JsonObject(members) => !members.is_empty(),
            Val::Array(_) | Val::JsonArray(_) => {
                self.spend(value.len().unwrap_or(0))?;
                for item in &value.items() {
                    if self.truthy(item)? {
                        return Ok(true);
                    }
                }
                false
            }
            Val::Undefined | Val::Null | Val::Function(_) | Val::Tuples(_) => false,
        })
    }

    /// Whether two values mean the same. Functions are the same only as themselves.
    pub(super) fn same(&self, left: &Val<'a>, right: &Val<'a>) -> Result<bool, Fault> {
        Ok(match (left, right) {
            (Val::Null, Val::Null) => true,
            (Val::Bool(left), Val::Bool(right)) => left == right,
            #[allow(clippy::float_cmp, reason = "equality of the language is exact")]
            (Val::Number(left), Val::Number(right)) => left == right,
            (Val::Text(left), Val::Text(right)) => **left == **right,
            (Val::Function(left), Val::Function(right)) => Rc::ptr_eq(left, right),
            (left, right) if left.is_array() && right.is_array() => {
                if left.len() != right.len() {
                    return Ok(false);
                }
                self.spend(left.len().unwrap_or(0))?;
                for (left, right) in left.items().iter().zip(&right.items()) {
                    if !self.same(left, right)? {
                        return Ok(false);
                    }
                }
                true
            }
            (left, right) => {
                let (Some(members), Some(others)) = (left.members(), right.members()) else {
                    return Ok(false);
                };
                self.spend(members.len() + others.len())?;
                if members.len() != others.len() {
                    return Ok(false);
                }
                for (name, value) in &members {
                    let Some(other) = right.member(name) else {
                        return Ok(false);
                    };
                    if !self.same(value, &other)? {
                        return Ok(false);
                    }
                }
                true
            }
        })
    }
}
