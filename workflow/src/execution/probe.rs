//! One state by itself: what a test of it needs of a run.

use std::cell::{OnceCell, RefCell};
use std::sync::Arc;

use serde_json::Value;

use super::Execution;
use super::control::{Failure, Move};
use super::handlers::matches;
use super::items::Source;
use super::map::{MapStep, tolerance, whole};
use super::strand::{Step, Strand};
use crate::command::{CallTask, Status};
use crate::data::Data;
use crate::definition::{Definition, Kind, Map, Next, QueryLanguage, State};
use crate::event::{Content, Seed};
use crate::fault::{Fault, names};
use crate::random::Random;
use crate::start::Start;
use crate::test_state::{Inspection, Rejected, StateConfiguration, TestStatus, Tested};
use crate::variables::Variables;

/// The context object that the state is to see, and the steps of the data flow that it took.
#[derive(Clone, Debug)]
pub(crate) struct Probe {
    context: Value,
    inspection: RefCell<Inspection>,
}

/// The state, and what it is to meet.
pub(crate) struct Trial<'a> {
    pub(crate) machine: usize,
    pub(crate) state: usize,
    pub(crate) variables: Vec<(String, Data)>,
    pub(crate) context: Value,
    pub(crate) mock: Option<Result<Data, Failure>>,
    pub(crate) configuration: &'a StateConfiguration,
    pub(crate) seed: Seed,
    pub(crate) now_ms: u64,
}

/// Why a state couldn't be run to an end of its own.
enum Stop {
    Fault(Fault),
    Rejected(Rejected),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Execution {
    /// Runs one state. `call` answers a Task that has no mock.
    pub(crate) fn try_state(
        definition: Arc<Definition>,
        start: Start,
        trial: Trial<'_>,
        call: &mut dyn FnMut(&CallTask) -> Result<Data, Failure>,
    ) -> Result<Tested, Rejected> {
        let mut run = Self::start(Arc::clone(&definition), start);
        run.status = Status::Running;
        (run.started_ms, run.now_ms) = (trial.now_ms, trial.now_ms);
        run.random.replace(Random::new(trial.seed));
        let mut inspection = Inspection::default();
        inspection.note("input", (*run.start.input).clone());
        run.probe = Some(Box::new(Probe { context: trial.context, inspection: RefCell::new(inspection) }));
        let mut variables = Variables::default();
        variables
            .assign(&trial.variables)
            .map_err(|reason| Rejected::invalid(format!("Invalid variables: {reason}")))?;
        let mut strand = run.outermost();
        (strand.machine, strand.state) = (trial.machine, trial.state);
        strand.entry = 1;
        strand.variables = Arc::new(variables);
        strand.retried = vec![trial.configuration.retrier_retry_count.unwrap_or(0)];
        let state = &definition.machines[trial.machine].states[trial.state];
        let step = match run.attempt(&mut strand, state, trial.mock, trial.configuration, call) {
            Ok(step) => step,
            Err(Stop::Fault(fault)) => Move::Fail(Failure::new(fault.error, fault.cause)),
            Err(Stop::Rejected(rejected)) => return Err(rejected),
        };
        let retries = trial.configuration.retrier_retry_count.unwrap_or(0);
        let mut tested = match step {
            Move::Exit { next, output } => run.left(&strand, TestStatus::Succeeded, next, output),
            Move::Fail(failure) => run.failed_alone(&mut strand, state, failure, retries),
            Move::Block => {
                return Err(Rejected::invalid("The state waits for something that a test can't give"));
            }
        };
        if strand.variables.own().next().is_some() {
            let values = strand.variables.own().map(|(name, value)| (name.to_owned(), (**value).clone()));
            run.note_value("variables", Value::Object(values.collect()));
        }
        if let Some(probe) = run.probe.take() {
            tested.inspection = probe.inspection.into_inner();
        }
        Ok(tested)
    }

    fn attempt(
        &mut self,
        strand: &mut Strand,
        state: &State,
        mock: Option<Result<Data, Failure>>,
        configuration: &StateConfiguration,
        call: &mut dyn FnMut(&CallTask) -> Result<Data, Failure>,
    ) -> Result<Move, Stop> {
        let answer = match (&state.kind, mock) {
            (Kind::Task(task), mock) => {
                let asked = self.call(strand, state, task)?;
                mock.unwrap_or_else(|| call(&asked))
            }
            (Kind::Map(map), Some(mock)) => {
                if let Some(failure) = self.map_alone(strand, state, map, configuration)? {
                    return Ok(Move::Fail(failure));
                }
                mock
            }
            (Kind::Parallel(_), Some(mock)) => mock,
            (Kind::Wait(wait), _) => {
                return Ok(match self.wait(0, strand, state, wait)? {
                    Move::Block => self.waited(strand, state)?,
                    step => step,
                });
            }
            _ => return Ok(self.perform(0, strand, state)?),
        };
        match answer {
            Err(failure) => Ok(Move::Fail(failure)),
            Ok(result) => {
                self.within_size(&result, &state.name)?;
                if matches!(state.kind, Kind::Task(_)) {
                    self.note("result", &result);
                }
                Ok(self.complete(strand, state, &result)?)
            }
        }
    }

    /// All of a Map's data flow but its iterations.
    fn map_alone(
        &mut self,
        strand: &mut Strand,
        state: &State,
        map: &Map,
        configuration: &StateConfiguration,
    ) -> Result<Option<Failure>, Stop> {
        let effective = self.effective_input(strand, state)?;
        let mut source = Source::new(effective.clone());
        source.fill(self.items_alone(strand, state, map, &effective, configuration)?);
        strand.step = Step::Map(Box::new(MapStep::new(source)));
        self.inputs_alone(strand, state, map)?;
        let total = match &strand.step {
            Step::Map(step) => step.source.len(),
            _ => 0,
        };
        strand.step = Step::Enter;
        let context = self.context(strand, state);
        let scope = self.scope(strand, &context, &effective);
        let concurrency = map.max_concurrency.as_ref().map_or(Ok(0), |field| whole(field, &scope))?;
        self.note_value("maxConcurrency", concurrency.into());
        let tolerance = tolerance(map, &scope)?;
        if let Some(count) = tolerance.count {
            self.note_value("toleratedFailureCount", count.into());
        }
        if let Some(percentage) = tolerance.percentage {
            self.note_value("toleratedFailurePercentage", percentage.into());
        }
        let failed =
            usize::try_from(configuration.map_iteration_failure_count.unwrap_or(0)).unwrap_or(usize::MAX);
        if failed > total {
            return Err(Stop::Rejected(Rejected::invalid(
                "Map iteration failure count must be less than or equal to the number of Map iterations",
            )));
        }
        let told = tolerance.count.is_some() || tolerance.percentage.is_some();
        Ok((told && tolerance.exceeded(failed, total)).then(Failure::threshold))
    }

    fn items_alone(
        &self,
        strand: &Strand,
        state: &State,
        map: &Map,
        effective: &Data,
        configuration: &StateConfiguration,
    ) -> Result<super::items::Found, Stop> {
        let context = self.context(strand, state);
        let scope = self.scope(strand, &context, effective);
        let Some(reader) = &map.reader else {
            let found = super::items::find(map, state, &scope)?;
            if state.language == QueryLanguage::JsonPath {
                self.note_items("afterItemsPath", &found.items);
            }
            return Ok(found);
        };
        super::items::request(reader, strand, state, &scope)?;
        let Some(text) = &configuration.map_item_reader_data else {
            return Err(Stop::Rejected(Rejected::invalid(
                "ItemReader data must be specified when testing a Map state with ItemReader specified.",
            )));
        };
        let content = Content::Text(text.clone());
        let found = self.parse_items(strand, state, map, effective, &content)?;
        if reader.has_pointer() {
            self.note_items("afterItemsPointer", &found.items);
        }
        Ok(found)
    }

    fn inputs_alone(&mut self, strand: &mut Strand, state: &State, map: &Map) -> Result<(), Fault> {
        if let (Some(_), Step::Map(step)) = (&map.selector, &strand.step) {
            let inputs = (0..step.source.len()).map(|index| self.iteration_input(strand, state, map, index));
            let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
            self.note_items("afterItemSelector", &inputs);
        }
        if map.batcher.is_some() {
            self.batch(strand, state, map)?;
            if let Step::Map(step) = &strand.step {
                let batches: Vec<Data> =
                    (0..step.source.len()).map(|index| step.source.item(index).value).collect();
                self.note_items("afterItemBatcher", &batches);
            }
        }
        Ok(())
    }

    /// What the state's own retriers and catchers make of a failure.
    fn failed_alone(&mut self, strand: &mut Strand, state: &State, failure: Failure, retries: u64) -> Tested {
        let error = failure.error.clone().unwrap_or_default();
        let mut details = serde_json::Map::new();
        let mut tested = Tested::failed(failure.error.clone(), failure.cause.clone());
        if failure.is_fatal() {
            return tested;
        }
        if let Some(at) = state.retry.iter().position(|retrier| matches(&retrier.errors, &error)) {
            details.insert("retryIndex".to_owned(), at.into());
            if retries < state.retry[at].max_attempts {
                let seconds = state.retry[at].longest_delay_ms(retries) / 1_000;
                details.insert("retryBackoffIntervalSeconds".to_owned(), seconds.into());
                tested.status = TestStatus::Retriable;
            }
        }
        let caught = state.catch.iter().position(|catcher| matches(&catcher.errors, &error));
        if let (TestStatus::Failed, Some(at)) = (tested.status, caught) {
            details.insert("catchIndex".to_owned(), at.into());
            tested = match self.caught(strand, state, at, &state.catch[at], &failure) {
                Ok(Move::Exit { next, output }) => Tested {
                    error: failure.error,
                    cause: failure.cause,
                    ..self.left(strand, TestStatus::CaughtError, next, output)
                },
                Ok(_) => tested,
                Err(fault) => Tested::failed(Some(fault.error.to_owned()), Some(fault.cause)),
            };
        }
        if !details.is_empty() {
            self.note_value("errorDetails", Value::Object(details));
        }
        tested
    }

    fn left(&self, strand: &Strand, status: TestStatus, next: Next, output: Data) -> Tested {
        let states = &self.definition.machines[strand.machine].states;
        let next_state = match next {
            Next::State(next) => Some(states[next].name.to_string()),
            Next::End => None,
        };
        Tested { status, output: Some(output), next_state, ..Tested::failed(None, None) }
    }

    /// Notes a step of the data flow, where someone looks.
    pub(super) fn note(&self, step: &'static str, data: &Data) {
        if let Some(probe) = &self.probe {
            probe.inspection.borrow_mut().note(step, (**data).clone());
        }
    }

    fn note_value(&self, step: &'static str, value: Value) {
        if let Some(probe) = &self.probe {
            probe.inspection.borrow_mut().note(step, value);
        }
    }

    fn note_items(&self, step: &'static str, items: &[Data]) {
        self.note_value(step, items.iter().map(|item| (**item).clone()).collect());
    }

    /// The context object where it is given instead of made.
    pub(super) fn given_context(&self) -> OnceCell<Value> {
        match &self.probe {
            None => OnceCell::new(),
            Some(probe) => OnceCell::from(probe.context.clone()),
        }
    }
}

impl Failure {
    /// Too many iterations of a Map failed.
    pub(super) fn threshold() -> Self {
        Self::new(
            names::EXCEED_TOLERATED_FAILURE_THRESHOLD,
            "The specified tolerated failure threshold was exceeded",
        )
    }
}
