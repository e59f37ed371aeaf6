//! `Retry` and `Catch`.

use serde_json::{Map, Value};

use super::Execution;
use super::control::{Failure, Move};
use super::leave::{assigned, combine};
use super::strand::{Purpose, Step, Strand, StrandId};
use crate::data::Data;
use crate::definition::{Catcher, Kind, Next, QueryLanguage, Retrier, State};
use crate::expression::Scope;
use crate::fault::{Fault, names};
use crate::history::Details;

/// Milliseconds that a retry waits at most, whatever the back-off: a year.
const MAX_RETRY_DELAY_MS: u64 = 31_622_400_000;

impl Execution {
    /// Lets the state's retriers and catchers act on a failure; gives it back where none does.
    pub(super) fn handle(
        &mut self,
        id: StrandId,
        strand: &mut Strand,
        state: &State,
        failure: Failure,
    ) -> Result<Move, Failure> {
        let error = failure.error.as_deref().unwrap_or_default();
        if failure.is_fatal() {
            return Err(failure);
        }
        if let Some(at) = state.retry.iter().position(|retrier| matches(&retrier.errors, error)) {
            let retrier = &state.retry[at];
            strand.retried.resize(state.retry.len(), 0);
            if strand.retried[at] < retrier.max_attempts {
                let delay_ms = self.delay_ms(retrier, strand.retried[at]);
                strand.retried[at] += 1;
                self.close_children(strand);
                let timer = self.start_timer(self.now_ms.saturating_add(delay_ms), Purpose::Wake(id));
                strand.step = Step::Delayed { timer };
                return Ok(Move::Block);
            }
        }
        self.group_failed(strand, state, &failure);
        let Some(at) = state.catch.iter().position(|catcher| matches(&catcher.errors, error)) else {
            return Err(failure);
        };
        self.close_children(strand);
        strand.step = Step::Enter;
        match self.caught(strand, state, at, &state.catch[at], &failure) {
            Ok(step) => Ok(step),
            Err(fault) => Err(self.fault(strand, state, fault)),
        }
    }

    /// A Parallel or Map state is about to end with a failure.
    fn group_failed(&mut self, strand: &mut Strand, state: &State, failure: &Failure) {
        match (&state.kind, &strand.step) {
            (Kind::Parallel(_), Step::Parallel(_)) => {
                self.record(strand, || Details::ParallelStateFailed);
            }
            (Kind::Map(_), _) if !failure.is_fatal() => {
                self.record(strand, || Details::MapStateFailed);
            }
            _ => {}
        }
    }

    fn close_children(&mut self, strand: &mut Strand) {
        for child in strand.step.children() {
            self.close(child);
        }
    }

    fn delay_ms(&self, retrier: &Retrier, done: u64) -> u64 {
        let longest = retrier.longest_seconds(done);
        let share = if retrier.full_jitter { self.random.borrow_mut().fraction() } else { 1.0 };
        milliseconds(longest * share)
    }

    pub(super) fn caught(
        &mut self,
        strand: &mut Strand,
        state: &State,
        at: usize,
        catcher: &Catcher,
        failure: &Failure,
    ) -> Result<Move, Fault> {
        let error_output = error_output(failure);
        let context = self.context(strand, state);
        let scope =
            Scope { error_output: Some(&error_output), ..self.scope(strand, &context, &error_output) };
        let assigned = assigned(catcher.assign.as_ref(), &format!("Catch[{at}]/Assign"), &scope)?;
        let output = match state.language {
            QueryLanguage::JsonPath => combine(&catcher.result_path, &strand.input, error_output.clone())?,
            QueryLanguage::Jsonata => match &catcher.output {
                None => error_output.clone(),
                Some(template) => template.evaluate(&format!("Catch[{at}]/Output"), &scope)?,
            },
        };
        self.exit(strand, state, Next::State(catcher.next), output, assigned)
    }
}

impl Retrier {
    /// The delay before the next attempt after `done` retries, without jitter.
    pub(super) fn longest_delay_ms(&self, done: u64) -> u64 {
        milliseconds(self.longest_seconds(done))
    }

    fn longest_seconds(&self, done: u64) -> f64 {
        let exponent = i32::try_from(done).unwrap_or(i32::MAX);
        let grown = self.interval_seconds * self.backoff_rate.powi(exponent);
        self.max_delay_seconds.map_or(grown, |most| grown.min(most))
    }
}

fn milliseconds(seconds: f64) -> u64 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the conversion saturates")]
    let delay_ms = (seconds * 1_000.0).round() as u64;
    delay_ms.min(MAX_RETRY_DELAY_MS)
}

/// What a catcher sees of a failure.
pub(super) fn error_output(failure: &Failure) -> Data {
    let text = |text: &Option<String>| text.clone().map_or(Value::Null, Value::String);
    let mut output = Map::new();
    output.insert("Error".to_owned(), text(&failure.error));
    output.insert("Cause".to_owned(), text(&failure.cause));
    Data::new(Value::Object(output))
}

/// Whether a list of error names covers an error.
pub(super) fn matches(names: &[String], error: &str) -> bool {
    names.iter().any(|name| match name.as_str() {
        names::ALL => true,
        names::TASK_FAILED => error != names::TIMEOUT && error != names::HEARTBEAT_TIMEOUT,
        names::TIMEOUT => error == names::TIMEOUT || error == names::HEARTBEAT_TIMEOUT,
        name => name == error,
    })
}
