//! The states that do their work by themselves: Pass, Choice, Wait, Succeed, Fail.

use serde_json::Value;

use super::Execution;
use super::control::{Failure, Move};
use super::flow::{named, scalar, shown, unexpected_result, unexpected_type};
use super::leave::assigned;
use super::strand::{Purpose, Step, Strand, StrandId};
use crate::data::Data;
use crate::definition::{Choice, Condition, Fail, Next, QueryLanguage, Scalar, Source, State, Wait};
use crate::expression::{Expression, Scope};
use crate::fault::{Fault, names};
use crate::timestamp::Timestamp;

/// Seconds that a Wait may last.
const MAX_WAIT_SECONDS: i64 = 99_999_999;

impl Execution {
    pub(super) fn pass(
        &mut self,
        strand: &mut Strand,
        state: &State,
        result: Option<&Data>,
    ) -> Result<Move, Fault> {
        let result = if let Some(result) = result {
            self.note("result", result);
            result.clone()
        } else {
            let effective = self.effective_input(strand, state)?;
            let context = self.context(strand, state);
            self.arguments(strand, state, &context, &effective)?
        };
        self.complete(strand, state, &result)
    }

    pub(super) fn succeed(&mut self, strand: &mut Strand, state: &State) -> Result<Move, Fault> {
        let effective = self.effective_input(strand, state)?;
        self.complete(strand, state, &effective)
    }

    pub(super) fn choose(
        &mut self,
        strand: &mut Strand,
        state: &State,
        choice: &Choice,
    ) -> Result<Move, Fault> {
        let effective = self.effective_input(strand, state)?;
        let context = self.context(strand, state);
        let scope = self.scope(strand, &context, &effective);
        let mut matched = None;
        for (at, rule) in choice.rules.iter().enumerate() {
            if holds(&rule.condition, &format!("Choices[{at}]/Condition"), &scope)? {
                matched = Some((at, rule));
                break;
            }
        }
        let Some((at, rule)) = matched else {
            let next = choice.default.ok_or_else(|| {
                Fault::new(
                    names::NO_CHOICE_MATCHED,
                    "The state has no choice that matches its input, and no default.",
                )
            })?;
            return match self.complete(strand, state, &effective)? {
                Move::Exit { output, .. } => Ok(Move::Exit { next: Next::State(next), output }),
                other => Ok(other),
            };
        };
        let assigned = assigned(rule.assign.as_ref(), &format!("Choices[{at}]/Assign"), &scope)?;
        let output = match (&rule.output, state.language) {
            (Some(template), _) => template.evaluate(&format!("Choices[{at}]/Output"), &scope)?,
            (None, QueryLanguage::Jsonata) => effective.clone(),
            (None, QueryLanguage::JsonPath) => {
                super::flow::select(&state.flow.output_path, "OutputPath", &scope)?
            }
        };
        self.exit(strand, state, Next::State(rule.next), output, assigned)
    }

    pub(super) fn wait(
        &mut self,
        id: StrandId,
        strand: &mut Strand,
        state: &State,
        wait: &Wait,
    ) -> Result<Move, Fault> {
        let effective = self.effective_input(strand, state)?;
        let context = self.context(strand, state);
        let scope = self.scope(strand, &context, &effective);
        let until_ms = match wait {
            Wait::Seconds(field) => {
                let seconds = wait_seconds(field, &scope)?;
                strand.entered_ms.saturating_add(seconds.saturating_mul(1_000))
            }
            Wait::Timestamp(field) => wait_moment(field, &scope)?.milliseconds(),
        };
        if until_ms <= self.now_ms {
            return self.complete(strand, state, &effective);
        }
        let timer = self.start_timer(until_ms, Purpose::Wake(id));
        strand.step = Step::Waiting { timer };
        Ok(Move::Block)
    }

    /// A Wait state's moment has come.
    pub(super) fn waited(&mut self, strand: &mut Strand, state: &State) -> Result<Move, Fault> {
        let effective = self.effective_input(strand, state)?;
        self.complete(strand, state, &effective)
    }

    pub(super) fn fail(&mut self, strand: &mut Strand, state: &State, fail: &Fail) -> Result<Move, Fault> {
        if state.language == QueryLanguage::JsonPath {
            self.note("afterInputPath", &strand.input);
        }
        let context = self.context(strand, state);
        let scope = self.scope(strand, &context, &strand.input);
        let error = fail_text(fail.error.as_ref(), &scope)?;
        let cause = fail_text(fail.cause.as_ref(), &scope)?;
        Ok(Move::Fail(Failure { error, cause }))
    }
}

fn holds(condition: &Condition, field: &str, scope: &Scope<'_>) -> Result<bool, Fault> {
    match condition {
        Condition::And(inner) => {
            for inner in inner {
                if !holds(inner, field, scope)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        Condition::Or(inner) => {
            for inner in inner {
                if holds(inner, field, scope)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Condition::Not(inner) => Ok(!holds(inner, field, scope)?),
        Condition::Compare(comparison) => comparison.holds(scope),
        Condition::Holds(Source::Literal(value)) => Ok(*value == Value::Bool(true)),
        Condition::Holds(Source::Expression(expression)) => {
            let value = expression.evaluate(field, scope)?;
            value.as_bool().ok_or_else(|| unexpected_result(expression.text(), field, "boolean", &value))
        }
    }
}

fn wait_seconds(field: &Scalar, scope: &Scope<'_>) -> Result<u64, Fault> {
    let value = match field.expression() {
        Some(expression @ (Expression::Path(_) | Expression::Call(_))) => {
            expression.evaluate(field.field, scope).map_err(|_| {
                Fault::runtime(format!(
                    "The SecondsPath parameter does not reference an input value: {}",
                    expression.text()
                ))
            })?
        }
        _ => scalar(field, scope)?,
    };
    let whole = crate::number::whole(&value).filter(|seconds| *seconds <= MAX_WAIT_SECONDS);
    match (field.expression(), whole) {
        (_, Some(seconds @ 0..)) => Ok(seconds.unsigned_abs()),
        (Some(Expression::Jsonata(program)), Some(_)) => Err(Fault::evaluation(
            field.field,
            format!(
                "The JSONata expression '{}' specified for the field '{}' returned a value that is not a non-negative integer: {value}",
                program.text(),
                field.field
            ),
        )),
        (Some(Expression::Jsonata(_)), None) => Err(unexpected_type(field, "integer", &value)),
        (Some(expression), Some(_)) => Err(Fault::runtime(format!(
            "The SecondsPath parameter references a negative value: {} == {}",
            expression.text(),
            shown(&value)
        ))),
        (Some(expression), None) => Err(Fault::runtime(format!(
            "The SecondsPath parameter cannot be parsed as a long value: {} == {}",
            expression.text(),
            shown(&value)
        ))),
        (None, _) => Err(unexpected_type(field, "integer", &value)),
    }
}

fn wait_moment(field: &Scalar, scope: &Scope<'_>) -> Result<Timestamp, Fault> {
    let value = match field.expression() {
        Some(expression @ (Expression::Path(_) | Expression::Call(_))) => {
            expression.evaluate(field.field, scope).map_err(|_| {
                let text = expression.text();
                Fault::runtime(format!(
                    "The TimestampPath parameter does not reference an input value: {text}"
                ))
            })?
        }
        _ => scalar(field, scope)?,
    };
    let moment = value.as_str().and_then(Timestamp::parse);
    moment.ok_or_else(|| match field.expression() {
        Some(Expression::Jsonata(_)) | None if value.is_string() => Fault::evaluation(
            field.field,
            format!(
                "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: {}",
                shown(&value)
            ),
        ),
        Some(Expression::Jsonata(_)) | None => unexpected_type(field, "string", &value),
        Some(expression) => Fault::runtime(format!(
            "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: {} == {}",
            expression.text(),
            shown(&value)
        )),
    })
}

fn fail_text(field: Option<&Scalar>, scope: &Scope<'_>) -> Result<Option<String>, Fault> {
    let Some(field) = field else { return Ok(None) };
    let value = match &field.source {
        Source::Literal(value) => Data::new(value.clone()),
        Source::Expression(expression @ Expression::Jsonata(_)) => named(expression, field.field, scope)?,
        Source::Expression(expression) => expression.evaluate(field.field, scope)?,
    };
    match &*value {
        Value::String(text) => Ok(Some(text.clone())),
        other => Err(match field.expression() {
            Some(Expression::Jsonata(program)) => {
                unexpected_result(program.text(), field.field, "string", other)
            }
            _ => Fault::runtime(format!("The {} field must be a string, but was: {other}", field.field)),
        }),
    }
}
