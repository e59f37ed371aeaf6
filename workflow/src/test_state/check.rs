//! What a request may not ask for.

use serde_json::Value;

use super::{FieldValidation, Rejected, TestRequest, schema};
use crate::data::Data;
use crate::definition::{Kind, State};
use crate::execution::Failure;
use crate::resource::{Pattern, Resource};

/// The mock as the state meets it, after all checks of the request.
pub(super) fn mock(request: &TestRequest, state: &State) -> Result<Option<Result<Data, Failure>>, Rejected> {
    let Some(mock) = &request.mock else {
        return unmocked(request, state).map(|()| None);
    };
    let works = matches!(state.kind, Kind::Task(_) | Kind::Map(_) | Kind::Parallel(_));
    if !works {
        let kind = state.state_kind();
        return Err(Rejected::invalid(format!(
            "State type '{kind}' is not supported when a mock is specified"
        )));
    }
    if request.reveal_secrets {
        return Err(Rejected::invalid("TestState does not support RevealSecrets when a mock is specified."));
    }
    caused_by(request, state)?;
    match (&mock.result, &mock.error_output) {
        (Some(_), Some(_)) => Err(Rejected::invalid(
            "A test mock should have only one of the following fields: [result, errorOutput].",
        )),
        (None, None) => Err(Rejected::invalid(
            "A test mock should have one of the following fields: [result, errorOutput].",
        )),
        (None, Some(failure)) => {
            Ok(Some(Err(Failure { error: failure.error.clone(), cause: failure.cause.clone() })))
        }
        (Some(text), None) => {
            let result: Value = serde_json::from_str(text)
                .map_err(|_| Rejected::invalid("Mocked result must be valid JSON"))?;
            fits(&result, mock.field_validation_mode, state)?;
            Ok(Some(Ok(Data::new(result))))
        }
    }
}

fn unmocked(request: &TestRequest, state: &State) -> Result<(), Rejected> {
    match &state.kind {
        Kind::Map(_) | Kind::Parallel(_) => Err(Rejected::definition(
            "TestState API does not support Map or Parallel states. Supported state types include: [Task, Wait, Pass, \
             Succeed, Fail, Choice]",
            Vec::new(),
        )),
        Kind::Task(task) => match &*task.resource {
            Resource::Activity { .. } => Err(Rejected::definition(
                "TestState API does not support Activity tasks unless a mock is specified",
                Vec::new(),
            )),
            Resource::Service { pattern, .. } if *pattern != Pattern::RequestResponse => {
                Err(Rejected::definition(
                    "TestState API does not support '.sync' or '.waitForTaskToken' service integration patterns unless a \
                     mock is specified",
                    Vec::new(),
                ))
            }
            _ if request.role_arn.is_none() => {
                Err(Rejected::invalid("RoleArn must be specified when testing a Task state"))
            }
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

/// The state that an error comes from must be within the one that is tested.
fn caused_by(request: &TestRequest, state: &State) -> Result<(), Rejected> {
    let Some(name) = &request.state_configuration.error_caused_by_state else {
        return Ok(());
    };
    if within(&request.definition, &state.name, request.state_name.is_none(), name) {
        return Ok(());
    }
    Err(Rejected::invalid(format!("errorCausedByState '{name}' is not a state within the tested state")))
}

/// Whether a definition has `name` below the tested state.
fn within(definition: &Value, tested: &str, inside: bool, name: &str) -> bool {
    match definition {
        Value::Object(members) => members.iter().any(|(member, value)| {
            let states = member == "States";
            states && inside && value.get(name).is_some()
                || states
                    && value.as_object().is_some_and(|states| {
                        states
                            .iter()
                            .any(|(state, value)| within(value, tested, inside || state == tested, name))
                    })
                || !states && within(value, tested, inside, name)
        }),
        Value::Array(items) => items.iter().any(|item| within(item, tested, inside, name)),
        _ => false,
    }
}

/// Whether a result is one that the state's work can have.
fn fits(result: &Value, mode: FieldValidation, state: &State) -> Result<(), Rejected> {
    match &state.kind {
        Kind::Parallel(branches) => {
            let items =
                result.as_array().ok_or_else(|| Rejected::invalid("Mocked result must be an array."))?;
            if items.len() != branches.len() {
                return Err(Rejected::invalid(
                    "Mocked result must contain the same number of items as number of Parallel branches.",
                ));
            }
            Ok(())
        }
        Kind::Map(map) => match (map.writer.as_ref().is_some_and(|writer| writer.resource.is_some()), result)
        {
            (true, Value::Object(_)) | (false, Value::Array(_)) => Ok(()),
            (true, _) => Err(Rejected::invalid("Mocked result must be a JSON object.")),
            (false, _) => Err(Rejected::invalid("Mocked result must be an array.")),
        },
        Kind::Task(task) if mode != FieldValidation::None => {
            schema::check(&task.resource, result, mode == FieldValidation::Strict)
                .map_err(|reason| Rejected::invalid(format!("Mock result schema validation error: {reason}")))
        }
        _ => Ok(()),
    }
}
