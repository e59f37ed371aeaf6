//! Operators between two values.

use super::ast::Operator;
use super::convert;
use super::error::Fault;
use super::evaluate::{Evaluator, shown};
use super::value::Val;

/// Items that a range may have.
const MAX_RANGE: f64 = 1e6;

impl<'a> Evaluator<'a> {
    pub(super) fn operate(
        &self,
        operator: Operator,
        left: &Val<'a>,
        right: &Val<'a>,
    ) -> Result<Val<'a>, Fault> {
        match operator {
            Operator::Add | Operator::Subtract | Operator::Multiply | Operator::Divide | Operator::Modulo => {
                arithmetic(operator, left, right)
            }
            Operator::Equal | Operator::NotEqual => {
                if left.is_undefined() || right.is_undefined() {
                    return Ok(Val::Bool(false));
                }
                Ok(Val::Bool(self.same(left, right)? == (operator == Operator::Equal)))
            }
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                compare(operator, left, right)
            }
            Operator::Concatenate => {
                let (left, right) = (convert::to_text(left)?, convert::to_text(right)?);
                self.spend_text(left.len() + right.len())?;
                Ok(Val::text(left + &right))
            }
            // The left side was looked at already.
            Operator::And | Operator::Or => Ok(Val::Bool(self.truthy(right)?)),
            Operator::In => {
                if left.is_undefined() || right.is_undefined() {
                    return Ok(Val::Bool(false));
                }
                let items = right.items();
                self.spend(items.len())?;
                let simple = !left.is_array() && !left.is_object();
                for item in items.iter().filter(|_| simple) {
                    if self.same(item, left)? {
                        return Ok(Val::Bool(true));
                    }
                }
                Ok(Val::Bool(false))
            }
            Operator::Range => self.range(left, right),
        }
    }

    fn range(&self, first: &Val<'a>, last: &Val<'a>) -> Result<Val<'a>, Fault> {
        let whole = |value: &Val<'a>, code, side| match value {
            Val::Undefined => Ok(None),
            Val::Number(number) if number.fract() == 0.0 => Ok(Some(*number)),
            other => Err(Fault::new(
                code,
                format!("the {side} side of `..` must be an integer, not {}", shown(other)),
            )),
        };
        let (first, last) = (whole(first, "T2003", "left")?, whole(last, "T2004", "right")?);
        let (Some(first), Some(last)) = (first, last) else {
            return Ok(Val::Undefined);
        };
        if first > last {
            return Ok(Val::Undefined);
        }
        let size = last - first + 1.0;
        if size > MAX_RANGE {
            return Err(Fault::new("D2014", format!("the range has {size} items, more than {MAX_RANGE}")));
        }
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is whole and at most a million"
        )]
        let size = size as u32;
        self.spend(size as usize)?;
        Val::sequence((0..size).map(|offset| Val::Number(first + f64::from(offset))).collect())
    }
}

fn arithmetic<'a>(operator: Operator, left: &Val<'a>, right: &Val<'a>) -> Result<Val<'a>, Fault> {
    let number = |value: &Val<'a>, code, side| match value {
        Val::Undefined => Ok(None),
        Val::Number(number) => Ok(Some(*number)),
        other => Err(Fault::new(
            code,
            format!("the {side} side of `{}` must be a number, not {}", operator.symbol(), shown(other)),
        )),
    };
    let (left, right) = (number(left, "T2001", "left")?, number(right, "T2002", "right")?);
    let (Some(left), Some(right)) = (left, right) else {
        return Ok(Val::Undefined);
    };
    let result = match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide => left / right,
        _ => left % right,
    };
    if result.is_finite() {
        Ok(Val::Number(result))
    } else {
        Err(Fault::new(
            "D1001",
            format!("the result of `{left} {} {right}` is out of range", operator.symbol()),
        ))
    }
}

fn compare<'a>(operator: Operator, left: &Val<'a>, right: &Val<'a>) -> Result<Val<'a>, Fault> {
    let comparable = |value: &Val<'a>| matches!(value, Val::Undefined | Val::Number(_) | Val::Text(_));
    if let Some(wrong) = [left, right].into_iter().find(|value| !comparable(value)) {
        return Err(Fault::new(
            "T2010",
            format!("both sides of `{}` must be numbers or strings, not {}", operator.symbol(), shown(wrong)),
        ));
    }
    let order = match (left, right) {
        (Val::Undefined, _) | (_, Val::Undefined) => return Ok(Val::Undefined),
        (Val::Number(left), Val::Number(right)) => left.partial_cmp(right),
        (Val::Text(left), Val::Text(right)) => Some((**left).cmp(right)),
        _ => {
            return Err(Fault::new(
                "T2009",
                format!(
                    "{} and {} can't be compared: they are of different types",
                    shown(left),
                    shown(right)
                ),
            ));
        }
    };
    Ok(Val::Bool(match operator {
        Operator::Less => order.is_some_and(std::cmp::Ordering::is_lt),
        Operator::LessOrEqual => order.is_some_and(std::cmp::Ordering::is_le),
        Operator::Greater => order.is_some_and(std::cmp::Ordering::is_gt),
        _ => order.is_some_and(std::cmp::Ordering::is_ge),
    }))
}
