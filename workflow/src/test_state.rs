//! One state, tested by itself: what the `TestState` call of the Step Functions API does.
//!
//! [`test_state`] runs a state of a definition on an input and says how it ends, where it leads, and what its data looked like
//! after each step. The work of a Task, Map or Parallel state is mocked; a Task's may be done by the caller instead.

mod check;
mod context;
mod inspection;
mod schema;
mod subject;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use inspection::{Inspection, InspectionLevel};

use crate::command::CallTask;
use crate::data::Data;
use crate::event::Seed;
use crate::execution::{Execution, Failure, Trial};
use crate::problem::Problem;
use crate::start::Start;

/// What to test.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TestRequest {
    /// A whole state machine, of which `state_name` names a state, or one state.
    pub definition: Value,
    /// The state to test, which may be within a branch or an item processor.
    #[serde(default)]
    pub state_name: Option<String>,
    /// The state's input.
    #[serde(default)]
    pub input: Data,
    /// The variables that the state sees, by name.
    #[serde(default)]
    pub variables: Map<String, Value>,
    /// The context object that the state sees; without it, one like that of a run.
    #[serde(default)]
    pub context: Option<Value>,
    /// What comes of the state's work.
    #[serde(default)]
    pub mock: Option<Mock>,
    /// What happened before, and what a Map's work came to.
    #[serde(default)]
    pub state_configuration: StateConfiguration,
    /// The role of the run; a Task without a mock must have one, as on AWS.
    #[serde(default)]
    pub role_arn: Option<String>,
    /// Whether secrets are to be shown; never with a mock.
    #[serde(default)]
    pub reveal_secrets: bool,
}

/// What comes of a state's work: either a result or an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Mock {
    /// The result, as a text of JSON.
    #[serde(default)]
    pub result: Option<String>,
    /// The error.
    #[serde(default)]
    pub error_output: Option<MockError>,
    /// How strictly a result is held against what the service would answer.
    #[serde(default)]
    pub field_validation_mode: FieldValidation,
}

/// A mocked error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MockError {
    /// The error name that `Retry` and `Catch` look for.
    #[serde(default)]
    pub error: Option<String>,
    /// What went wrong, for people.
    #[serde(default)]
    pub cause: Option<String>,
}

/// How strictly a mocked result is held against what the service would answer, where that is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum FieldValidation {
    /// All required fields are there, and all fields are right.
    #[default]
    Strict,
    /// All fields that are there are right.
    Present,
    /// Anything goes.
    None,
}

/// What happened before the test, and what a Map's work came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StateConfiguration {
    /// How often the retrier that the error concerns has acted already.
    #[serde(default)]
    pub retrier_retry_count: Option<u64>,
    /// The state within a Map or Parallel that a mocked error comes from.
    #[serde(default)]
    pub error_caused_by_state: Option<String>,
    /// How many of a Map's iterations failed.
    #[serde(default)]
    pub map_iteration_failure_count: Option<u64>,
    /// What a Map's item reader reads, as it stands in the file.
    #[serde(default)]
    pub map_item_reader_data: Option<String>,
}

/// How the state ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TestStatus {
    /// Well.
    Succeeded,
    /// With an error that nothing handles.
    Failed,
    /// With an error after which it would be tried again.
    Retriable,
    /// With an error that one of its catchers takes.
    CaughtError,
}

/// What came of a test.
#[derive(Clone, Debug, PartialEq)]
pub struct Tested {
    /// How the state ended.
    pub status: TestStatus,
    /// Its output, or that of the catcher.
    pub output: Option<Data>,
    /// The error name.
    pub error: Option<String>,
    /// What went wrong, for people.
    pub cause: Option<String>,
    /// Where the state leads.
    pub next_state: Option<String>,
    /// The data after each step.
    pub inspection: Inspection,
}

/// Why a test can't be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Rejected {
    /// AWS's name for the kind of mistake.
    pub code: RejectedCode,
    /// What is wrong with the request.
    pub message: String,
    /// What is wrong with the definition, where that is the reason.
    pub problems: Vec<Problem>,
}

/// AWS's names for mistakes in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum RejectedCode {
    /// The definition can't be tested.
    InvalidDefinition,
    /// The request contradicts itself or the definition.
    ValidationException,
}

/// The answer of a task's worker: its result, or the error name and the cause.
pub type Answer = Result<Data, (String, Option<String>)>;

/// The moment at which a tested state is entered, unless its context object says otherwise: 2024-01-01T00:00:00Z.
const ENTERED_MS: u64 = 1_704_067_200_000;

/// Tests a state. `call` does the work of a Task that has no mock.
pub fn test_state(request: &TestRequest, call: impl FnOnce(&CallTask) -> Answer) -> Result<Tested, Rejected> {
    let subject = subject::find(&request.definition, request.state_name.as_deref())?;
    let mock = check::mock(request, subject.state())?;
    let context = match &request.context {
        Some(context) => {
            context::check(context, subject.state())?;
            context.clone()
        }
        None => context::default(request, &subject),
    };
    let start =
        Start { input: request.input.clone(), role_arn: request.role_arn.clone(), ..Start::default() };
    let variables = request.variables.iter();
    let variables = variables.map(|(name, value)| (name.clone(), Data::new(value.clone())));
    let trial = Trial {
        machine: subject.machine,
        state: subject.state,
        variables: variables.collect(),
        context,
        mock,
        configuration: &request.state_configuration,
        seed: Seed([0; 32]),
        now_ms: ENTERED_MS,
    };
    let mut call = Some(call);
    let mut answer = |asked: &CallTask| match call.take() {
        Some(call) => call(asked).map_err(|(error, cause)| Failure { error: Some(error), cause }),
        None => Err(Failure::default()),
    };
    Execution::try_state(Arc::new(subject.definition), start, trial, &mut answer)
}

impl Tested {
    pub(crate) fn failed(error: Option<String>, cause: Option<String>) -> Self {
        Self {
            status: TestStatus::Failed,
            output: None,
            error,
            cause,
            next_state: None,
            inspection: Inspection::default(),
        }
    }

    /// The answer as the Step Functions API names its members; documents are JSON, not texts of it.
    pub fn to_json(&self, level: InspectionLevel) -> Value {
        let mut answer = Map::new();
        if let Some(output) = &self.output {
            answer.insert("output".to_owned(), (**output).clone());
        }
        for (name, text) in [("error", &self.error), ("cause", &self.cause), ("nextState", &self.next_state)]
        {
            if let Some(text) = text {
                answer.insert(name.to_owned(), text.as_str().into());
            }
        }
        if level != InspectionLevel::Info {
            answer.insert("inspectionData".to_owned(), self.inspection.to_json());
        }
        answer.insert("status".to_owned(), self.status.name().into());
        Value::Object(answer)
    }
}

impl TestStatus {
    /// AWS's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Retriable => "RETRIABLE",
            Self::CaughtError => "CAUGHT_ERROR",
        }
    }
}

impl Rejected {
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self { code: RejectedCode::ValidationException, message: message.into(), problems: Vec::new() }
    }

    pub(crate) fn definition(message: impl Into<String>, problems: Vec<Problem>) -> Self {
        Self { code: RejectedCode::InvalidDefinition, message: message.into(), problems }
    }
}
