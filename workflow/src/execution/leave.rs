//! Leaving a state: what its result does to variables and to the output.

use std::sync::Arc;

use super::Execution;
use super::control::Move;
use super::flow::select;
use super::strand::Strand;
use crate::data::Data;
use crate::definition::{Next, QueryLanguage, ResultPath, Selection, State, StateKind};
use crate::expression::{Scope, Template};
use crate::fault::{Fault, names};
use crate::history::Details;
use crate::size::{self, MAX_DATA_DEPTH, Size};

/// Values for variables, computed but not given to them yet.
pub(super) type Assigned = Vec<(String, Data)>;

impl Execution {
    /// The state is through with its work: shapes the result and goes where the state leads.
    pub(super) fn complete(
        &mut self,
        strand: &mut Strand,
        state: &State,
        result: &Data,
    ) -> Result<Move, Fault> {
        let (output, assigned) = match state.language {
            QueryLanguage::JsonPath => self.json_path_output(strand, state, result)?,
            QueryLanguage::Jsonata => self.jsonata_output(strand, state, result)?,
        };
        self.exit(strand, state, state.next, output, assigned)
    }

    fn json_path_output(
        &self,
        strand: &Strand,
        state: &State,
        result: &Data,
    ) -> Result<(Data, Assigned), Fault> {
        let flow = &state.flow;
        let context = self.context(strand, state);
        let scope = self.scope(strand, &context, result);
        let selected = match &flow.result_selector {
            None => result.clone(),
            Some(selector) => selector.evaluate("ResultSelector", &scope)?,
        };
        let assigned = assigned(state.assign.as_ref(), "Assign", &scope.with_data(&selected))?;
        let has_result_path = matches!(
            state.state_kind(),
            StateKind::Pass | StateKind::Task | StateKind::Parallel | StateKind::Map
        );
        if has_result_path {
            self.note("afterResultSelector", &selected);
        }
        let combined = combine(&flow.result_path, &strand.input, selected)?;
        if has_result_path {
            self.note("afterResultPath", &combined);
        }
        let output = match &flow.output_path {
            Selection::Whole => combined,
            selection => select(selection, "OutputPath", &scope.with_data(&combined))?,
        };
        Ok((output, assigned))
    }

    fn jsonata_output(
        &self,
        strand: &Strand,
        state: &State,
        result: &Data,
    ) -> Result<(Data, Assigned), Fault> {
        if state.assign.is_none() && state.flow.output.is_none() {
            return Ok((result.clone(), Vec::new()));
        }
        let context = self.context(strand, state);
        let scope =
            Scope { result: has_result(state).then_some(result), ..self.scope(strand, &context, result) };
        let assigned = assigned(state.assign.as_ref(), "Assign", &scope)?;
        let output = match &state.flow.output {
            None => result.clone(),
            Some(template) => template.evaluate("Output", &scope)?,
        };
        Ok((output, assigned))
    }

    /// Leaves the state with this output.
    pub(super) fn exit(
        &mut self,
        strand: &mut Strand,
        state: &State,
        next: Next,
        output: Data,
        assigned: Assigned,
    ) -> Result<Move, Fault> {
        if !output.same(&strand.input) {
            self.within_size(&output, &state.name)?;
        }
        if !assigned.is_empty() {
            let variables = Arc::make_mut(&mut strand.variables);
            variables.assign(&assigned).map_err(Fault::runtime)?;
        }
        let (kind, name) = (state.state_kind(), &state.name);
        self.record(strand, || Details::StateExited {
            kind,
            name: name.clone(),
            output: output.clone(),
            assigned,
        });
        Ok(Move::Exit { next, output })
    }

    /// A fault where a document is past the limits; `whose` is the state or the task that it comes from.
    pub(super) fn within_size(&self, document: &Data, whose: &str) -> Result<(), Fault> {
        let cause = match size::measure(document, self.start.limits.data_bytes) {
            Size::Bytes(_) => return Ok(()),
            Size::TooLarge => return Err(Fault::too_large(whose)),
            Size::TooDeep => {
                format!(
                    "The state/task '{whose}' returned a result that nests deeper than {MAX_DATA_DEPTH} levels."
                )
            }
        };
        Err(Fault::new(names::DATA_LIMIT_EXCEEDED, cause).verbatim())
    }
}

fn has_result(state: &State) -> bool {
    use crate::definition::StateKind::{Map, Parallel, Task};
    matches!(state.state_kind(), Task | Parallel | Map)
}

/// The values of an `Assign`.
pub(super) fn assigned(
    template: Option<&Template>,
    field: &str,
    scope: &Scope<'_>,
) -> Result<Assigned, Fault> {
    match template {
        None => Ok(Vec::new()),
        Some(template) => template.evaluate_members(field, scope),
    }
}

/// The result, put where `ResultPath` says.
pub(super) fn combine(path: &ResultPath, input: &Data, result: Data) -> Result<Data, Fault> {
    match path {
        ResultPath::Replace => Ok(result),
        ResultPath::Discard => Ok(input.clone()),
        ResultPath::Insert(path) => {
            let mut document = input.clone().into_value();
            match path.insert(&mut document, result.into_value()) {
                Ok(()) => Ok(Data::new(document)),
                Err(_) => Err(Fault::new(
                    names::RESULT_PATH_MATCH_FAILURE,
                    format!("Unable to apply ReferencePath {} to input {input}", path.text()),
                )),
            }
        }
    }
}
