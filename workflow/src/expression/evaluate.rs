//! Computing expressions and templates.

use std::cell::{Cell, RefCell};

use serde_json::{Map, Value};

use super::{Expression, Template, short};
use crate::context::Context;
use crate::data::Data;
use crate::fault::{Fault, names};
use crate::intrinsic::{Argument, Call};
use crate::jsonata;
use crate::path::{Found, MAX_PATH_STEPS, Path, Roots, TooManySteps};
use crate::random::Random;
use crate::size::{self, Size};
use crate::variables::Variables;

/// What expressions see.
pub(crate) struct Scope<'a> {
    /// `$` of the JSONPath language.
    pub(crate) data: &'a Data,
    /// `$states.input`.
    pub(crate) input: &'a Data,
    /// `$states.result`.
    pub(crate) result: Option<&'a Data>,
    /// `$states.errorOutput`.
    pub(crate) error_output: Option<&'a Data>,
    /// `$$` and `$states.context`.
    pub(crate) context: &'a Context<'a>,
    pub(crate) variables: &'a Variables,
    pub(crate) random: &'a RefCell<Random>,
    pub(crate) steps: u64,
    /// Bytes of JSON that a document may have.
    pub(crate) data_bytes: usize,
}

impl<'a> Scope<'a> {
    /// The same with another `$`.
    pub(crate) fn with_data(&self, data: &'a Data) -> Self {
        Self { data, ..*self }
    }
}

impl Roots for Scope<'_> {
    fn data(&self) -> &Value {
        self.data
    }

    fn context(&self) -> &Value {
        self.context.value()
    }

    fn variable(&self, name: &str) -> Option<&Value> {
        self.variables.get(name).map(|data| &**data)
    }
}

impl Expression {
    /// The value, as found in the field `field`. Finding nothing is a fault.
    pub(crate) fn evaluate(&self, field: &str, scope: &Scope<'_>) -> Result<Data, Fault> {
        match self {
            Self::Path(path) => find(path, field, scope),
            Self::Call(call) => apply(call, scope, &Room::new(scope)).map(Data::new),
            Self::Jsonata(program) => match evaluate(program, field, scope)? {
                Some(value) => Ok(Data::new(value)),
                None => Err(Fault::evaluation(
                    field,
                    format!(
                        "The JSONata expression '{}' specified for the field '{field}' returned nothing (undefined).",
                        program.text()
                    ),
                )),
            },
        }
    }
}

fn find(path: &Path, field: &str, scope: &Scope<'_>) -> Result<Data, Fault> {
    located(path, scope)?.ok_or_else(|| Fault::runtime(missing(path, field, scope)))
}

/// What a path finds, sharing the document where the path is a whole one.
pub(crate) fn located(path: &Path, scope: &Scope<'_>) -> Result<Option<Data>, Fault> {
    if let Some(whole) = whole(path, scope) {
        return Ok(Some(whole));
    }
    Ok(found(path, scope)?.map(|found| Data::new(found.into_value())))
}

/// What a path finds. A fault where it looks for too long.
pub(crate) fn found<'a>(path: &Path, roots: &'a dyn Roots) -> Result<Option<Found<'a>>, Fault> {
    path.find(roots).map_err(|TooManySteps| {
        Fault::runtime(format!(
            "The JSONPath '{}' looks at more than {MAX_PATH_STEPS} values",
            short(path.text())
        ))
    })
}

fn whole(path: &Path, scope: &Scope<'_>) -> Option<Data> {
    if !path.segments.is_empty() || path.function.is_some() {
        return None;
    }
    match &path.root {
        crate::path::Root::Data => Some(scope.data.clone()),
        crate::path::Root::Variable(name) => scope.variables.get(name).cloned(),
        _ => None,
    }
}

fn missing(path: &Path, field: &str, scope: &Scope<'_>) -> String {
    format!(
        "The JSONPath '{path}' specified for the field '{field}' could not be found in the input '{}'",
        scope.data
    )
}

fn apply(call: &Call, scope: &Scope<'_>, room: &Room<'_>) -> Result<Value, Fault> {
    let mut arguments = Vec::with_capacity(call.arguments.len());
    for (at, argument) in call.arguments.iter().enumerate() {
        arguments.push(match argument {
            Argument::Literal(value) => value.clone(),
            Argument::Text { raw, value } => {
                let template = at == 0 && call.function == crate::intrinsic::Function::Format;
                Value::String(if template { raw.clone() } else { value.clone() })
            }
            Argument::Call(call) => apply(call, scope, room)?,
            Argument::Path(path) => match found(path, scope)? {
                Some(found) => {
                    room.take(&found)?;
                    found.into_value()
                }
                None => {
                    return Err(Fault::new(
                        names::INTRINSIC_FAILURE,
                        format!(
                            "The function '{}' had the following error: The JsonPath argument for the field '{path}' could \
                             not be found in the input '{}'",
                            call.text(),
                            scope.data
                        ),
                    ));
                }
            },
        });
    }
    let mut random = scope.random.borrow_mut();
    call.function.apply(arguments, &mut random).map_err(|reason| {
        let cause = format!("The function '{}' had the following error: {reason}", call.text());
        Fault::new(names::INTRINSIC_FAILURE, cause)
    })
}

fn evaluate(program: &jsonata::Program, field: &str, scope: &Scope<'_>) -> Result<Option<Value>, Fault> {
    program.evaluate(scope).map_err(|reason| {
        Fault::evaluation(
            field,
            format!("The JSONata expression '{}' specified for the field '{field}' threw an error during evaluation. {reason}", program.text()),
        )
    })
}

impl jsonata::Environment for Scope<'_> {
    fn input(&self) -> &Value {
        self.input
    }

    fn result(&self) -> Option<&Value> {
        self.result.map(|data| &**data)
    }

    fn error_output(&self) -> Option<&Value> {
        self.error_output.map(|data| &**data)
    }

    fn context(&self) -> &Value {
        self.context.value()
    }

    fn variable(&self, name: &str) -> Option<&Value> {
        self.variables.get(name).map(|data| &**data)
    }

    fn random(&self) -> &RefCell<Random> {
        self.random
    }

    fn steps(&self) -> u64 {
        self.steps
    }

    fn now_ms(&self) -> u64 {
        self.context.now_ms()
    }
}

/// The room that is left for what one template takes from the data: it may name the same document any number of times. The
/// size of the whole is checked exactly afterwards; this only ends in time what would be far over it.
struct Room<'s> {
    state: &'s str,
    bytes: Cell<usize>,
}

impl<'s> Room<'s> {
    fn new(scope: &'s Scope<'_>) -> Self {
        Self { state: scope.context.state, bytes: Cell::new(scope.data_bytes.saturating_mul(4)) }
    }

    fn take(&self, value: &Value) -> Result<(), Fault> {
        match size::measure(value, self.bytes.get()) {
            Size::Bytes(bytes) => self.bytes.set(self.bytes.get().saturating_sub(bytes)),
            // The depth of the whole is looked at afterwards.
            Size::TooDeep => {}
            Size::TooLarge => return Err(Fault::too_large(self.state)),
        }
        Ok(())
    }
}

impl Template {
    /// The document that the template makes.
    pub(crate) fn evaluate(&self, field: &str, scope: &Scope<'_>) -> Result<Data, Fault> {
        match self {
            Self::Constant(data) => Ok(data.clone()),
            Self::Expression(expression) => expression.evaluate(field, scope),
            other => other.value(field, scope, &Room::new(scope)).map(Data::new),
        }
    }

    fn value(&self, field: &str, scope: &Scope<'_>, room: &Room<'_>) -> Result<Value, Fault> {
        match self {
            Self::Constant(data) => Ok((**data).clone()),
            Self::Expression(expression) => {
                let data = expression.evaluate(field, scope)?;
                room.take(&data)?;
                Ok(data.into_value())
            }
            Self::Array(items) => {
                let items = items.iter().enumerate();
                let items = items.map(|(at, item)| item.value(&format!("{field}[{at}]"), scope, room));
                items.collect::<Result<Vec<_>, _>>().map(Value::Array)
            }
            Self::Object(members) => {
                let mut object = Map::with_capacity(members.len());
                for (name, member) in members {
                    let (plain, value) = Self::member(name, member, field, scope, room)?;
                    object.insert(plain.to_owned(), value);
                }
                Ok(Value::Object(object))
            }
        }
    }

    fn member<'n>(
        name: &'n str,
        member: &Self,
        field: &str,
        scope: &Scope<'_>,
        room: &Room<'_>,
    ) -> Result<(&'n str, Value), Fault> {
        match member {
            // The JSONPath language names the member itself in its messages.
            Self::Expression(Expression::Path(_) | Expression::Call(_)) => {
                let plain = name.strip_suffix(".$").unwrap_or(name);
                Ok((plain, member.value(name, scope, room)?))
            }
            member => Ok((name, member.value(&format!("{field}/{name}"), scope, room)?)),
        }
    }

    /// The members of a template that is an object, each computed by itself: `Assign`.
    pub(crate) fn evaluate_members(
        &self,
        field: &str,
        scope: &Scope<'_>,
    ) -> Result<Vec<(String, Data)>, Fault> {
        match self {
            Self::Constant(data) => {
                let members = data.as_object().into_iter().flatten();
                Ok(members.map(|(name, value)| (name.clone(), Data::new(value.clone()))).collect())
            }
            Self::Object(members) => members
                .iter()
                .map(|(name, member)| match member {
                    Self::Expression(expression @ (Expression::Path(_) | Expression::Call(_))) => {
                        let plain = name.strip_suffix(".$").unwrap_or(name);
                        Ok((plain.to_owned(), expression.evaluate(name, scope)?))
                    }
                    member => Ok((name.clone(), member.evaluate(&format!("{field}/{name}"), scope)?)),
                })
                .collect(),
            Self::Array(_) | Self::Expression(_) => Ok(Vec::new()),
        }
    }
}
