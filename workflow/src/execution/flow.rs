//! How data goes into a state and through its expressions.

use std::cell::OnceCell;

use serde_json::{Map, Value};

use super::Execution;
use super::strand::Strand;
use crate::context::{Context, Item};
use crate::data::Data;
use crate::definition::{QueryLanguage, Scalar, Selection, Source, State, StateKind};
use crate::expression::{Expression, Scope, kind, located};
use crate::fault::Fault;

impl Execution {
    /// The context object of a strand in a state.
    pub(super) fn context<'a>(&'a self, strand: &'a Strand, state: &'a State) -> Context<'a> {
        let retried = matches!(state.state_kind(), StateKind::Task | StateKind::Parallel | StateKind::Map);
        Context {
            start: &self.start,
            started_ms: self.started_ms,
            redrives: self.redrives,
            state: &state.name,
            entered_ms: strand.entered_ms,
            retries: retried.then(|| strand.retries()),
            token: None,
            item: strand.item.as_deref(),
            now_ms: self.now_ms,
            built: self.given_context(),
        }
    }

    /// The same for one item of a Map.
    pub(super) fn item_context<'a>(
        &'a self,
        strand: &'a Strand,
        state: &'a State,
        item: &'a Item,
    ) -> Context<'a> {
        let context = self.context(strand, state);
        match context.built.get() {
            // A context object that was given, as in a test of one state, has no item yet.
            Some(given) => Context { built: OnceCell::from(item.within(given)), ..context },
            None => Context { item: Some(item), ..context },
        }
    }

    /// What expressions see, with `data` for `$`.
    pub(super) fn scope<'a>(
        &'a self,
        strand: &'a Strand,
        context: &'a Context<'a>,
        data: &'a Data,
    ) -> Scope<'a> {
        Scope {
            data,
            input: &strand.input,
            result: None,
            error_output: None,
            context,
            variables: &strand.variables,
            random: &self.random,
            steps: self.start.limits.expression_steps,
            data_bytes: self.start.limits.data_bytes,
        }
    }

    /// The input after `InputPath`.
    pub(super) fn effective_input(&self, strand: &Strand, state: &State) -> Result<Data, Fault> {
        let effective = match &state.flow.input_path {
            Selection::Whole => strand.input.clone(),
            selection => {
                let context = self.context(strand, state);
                select(selection, "InputPath", &self.scope(strand, &context, &strand.input))?
            }
        };
        if state.language == QueryLanguage::JsonPath {
            self.note("afterInputPath", &effective);
        }
        Ok(effective)
    }

    /// The effective input after `Parameters` or `Arguments`.
    pub(super) fn arguments(
        &self,
        strand: &Strand,
        state: &State,
        context: &Context<'_>,
        effective: &Data,
    ) -> Result<Data, Fault> {
        let (field, step) = match state.language {
            QueryLanguage::JsonPath => ("Parameters", "afterParameters"),
            QueryLanguage::Jsonata => ("Arguments", "afterArguments"),
        };
        let arguments = match &state.flow.arguments {
            None => effective.clone(),
            Some(template) => template.evaluate(field, &self.scope(strand, context, effective))?,
        };
        if state.language == QueryLanguage::JsonPath || state.flow.arguments.is_some() {
            self.note(step, &arguments);
        }
        Ok(arguments)
    }
}

/// What `InputPath` or `OutputPath` leaves of `$`.
pub(super) fn select(selection: &Selection, field: &str, scope: &Scope<'_>) -> Result<Data, Fault> {
    match selection {
        Selection::Whole => Ok(scope.data.clone()),
        Selection::Nothing => Ok(Data::new(Value::Object(Map::new()))),
        Selection::Path(expression) => named(expression, field, scope),
    }
}

/// What an expression gives; a path that finds nothing is reported as AWS does for fields that are paths themselves.
pub(super) fn named(expression: &Expression, field: &str, scope: &Scope<'_>) -> Result<Data, Fault> {
    match expression {
        Expression::Path(path) => located(path, scope)?.ok_or_else(|| {
            Fault::runtime(format!("Invalid path '{path}' : No results for path: {}", path.normalised()))
        }),
        expression => expression.evaluate(field, scope),
    }
}

/// The value of a field that is a literal or an expression.
pub(super) fn scalar(scalar: &Scalar, scope: &Scope<'_>) -> Result<Data, Fault> {
    match &scalar.source {
        Source::Literal(value) => Ok(Data::new(value.clone())),
        Source::Expression(expression) => named(expression, scalar.field, scope),
    }
}

/// A fault for a value of the wrong type. `wanted` is a JSON type, as AWS names them.
pub(super) fn unexpected_type(field: &Scalar, wanted: &str, value: &Value) -> Fault {
    match field.expression() {
        Some(Expression::Jsonata(program)) => unexpected_result(program.text(), field.field, wanted, value),
        Some(expression) => Fault::runtime(format!(
            "The {} field refers to value \"{}\" which is not a valid {wanted}: {}",
            field.field,
            shown(value),
            expression.text()
        )),
        None => {
            Fault::runtime(format!("The {} field must be a valid {wanted}, not {}", field.field, kind(value)))
        }
    }
}

/// The fault of a JSONata expression whose result is of the wrong type.
pub(super) fn unexpected_result(expression: &str, field: &str, wanted: &str, value: &Value) -> Fault {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    Fault::evaluation(
        field,
        format!(
            "The JSONata expression '{expression}' specified for the field '{field}' returned an unexpected result type. \
             Expected '{wanted}', but was '{found}' for value: {value}"
        ),
    )
}

/// A value within a message: texts without quotes.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
