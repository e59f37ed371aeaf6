//! Task states: calls, and their answers.

use std::sync::Arc;

use super::Execution;
use super::control::{Failure, Move};
use super::flow::{scalar, shown, unexpected_type};
use super::strand::{Purpose, Step, Strand, StrandId, TaskStep};
use crate::command::{CallTask, Command};
use crate::context::Context;
use crate::data::Data;
use crate::definition::{Scalar, State, Task};
use crate::expression::{Expression, Scope};
use crate::fault::{Fault, names};
use crate::history::{Details, TaskDetails};
use crate::resource::Resource;
use crate::token::{TaskToken, Tokens};

impl Execution {
    /// Calls the task.
    pub(super) fn task(
        &mut self,
        id: StrandId,
        strand: &mut Strand,
        state: &State,
        task: &Task,
    ) -> Result<Move, Fault> {
        let call = self.call(strand, state, task)?;
        let Task { resource, .. } = task;
        self.record_task(strand, resource, || TaskDetails::Scheduled {
            input: call.input.clone(),
            timeout_seconds: call.timeout_seconds,
            heartbeat_seconds: call.heartbeat_seconds,
            role_arn: call.role_arn.clone(),
        });
        let polled = matches!(**resource, Resource::Activity { .. });
        let mut step = TaskStep { call, timeout: None, heartbeat: None, heartbeat_deadline_ms: u64::MAX };
        self.commands.push(Command::CallTask(step.call.clone()));
        if !polled {
            self.record_task(strand, resource, || TaskDetails::Started { worker: None });
            self.start_clocks(id, &mut step);
        }
        self.tasks.insert(strand.entry, id);
        strand.step = Step::Task(Box::new(step));
        Ok(Move::Block)
    }

    pub(super) fn call(&self, strand: &Strand, state: &State, task: &Task) -> Result<CallTask, Fault> {
        let effective = self.effective_input(strand, state)?;
        let token = task.resource.has_token().then(|| self.token(strand));
        let context = Context { token: token.as_deref(), ..self.context(strand, state) };
        let scope = self.scope(strand, &context, &effective);
        let timeout_seconds = task.timeout.as_ref().map(|field| seconds(field, &scope)).transpose()?;
        let heartbeat_seconds = task.heartbeat.as_ref().map(|field| seconds(field, &scope)).transpose()?;
        let role_arn = task.role_arn.as_ref().map(|field| scalar(field, &scope)).transpose()?;
        let input = self.arguments(strand, state, &context, &effective)?;
        if !input.same(&strand.input) {
            self.within_size(&input, &state.name)?;
        }
        Ok(CallTask {
            entry: strand.entry,
            attempt: strand.attempt(),
            state: Arc::clone(&state.name),
            resource: Arc::clone(&task.resource),
            input,
            timeout_seconds,
            heartbeat_seconds,
            token,
            role_arn: role_arn.map(|role| shown(&role)),
        })
    }

    fn token(&self, strand: &Strand) -> String {
        match &self.start.tokens {
            Some(Tokens { run, key }) => {
                TaskToken { run: run.clone(), entry: strand.entry, attempt: strand.attempt() }.sign(key)
            }
            None => hex::encode(self.random.borrow_mut().bytes()),
        }
    }

    /// The work has begun: `TimeoutSeconds` and `HeartbeatSeconds` count from now.
    fn start_clocks(&mut self, id: StrandId, step: &mut TaskStep) {
        let after = |seconds: u64, now_ms: u64| now_ms.saturating_add(seconds.saturating_mul(1_000));
        if let Some(seconds) = step.call.timeout_seconds {
            step.timeout = Some(self.start_timer(after(seconds, self.now_ms), Purpose::Timeout(id)));
        }
        if let Some(seconds) = step.call.heartbeat_seconds {
            step.heartbeat_deadline_ms = after(seconds, self.now_ms);
            step.heartbeat = Some(self.start_timer(step.heartbeat_deadline_ms, Purpose::Heartbeat(id)));
        }
    }

    fn record_task(
        &mut self,
        strand: &mut Strand,
        resource: &Arc<Resource>,
        what: impl FnOnce() -> TaskDetails,
    ) {
        self.record(strand, || Details::Task { resource: Arc::clone(resource), what: what() });
    }

    /// A worker took the task up.
    pub(super) fn task_started(&mut self, id: StrandId, worker: Option<&String>) {
        self.resume(id, |run, strand, _| {
            if let Step::Task(mut step) = std::mem::replace(&mut strand.step, Step::Done) {
                let resource = Arc::clone(&step.call.resource);
                if matches!(*resource, Resource::Activity { .. })
                    && step.timeout.is_none()
                    && step.heartbeat.is_none()
                {
                    run.record_task(strand, &resource, || TaskDetails::Started { worker: worker.cloned() });
                    run.start_clocks(id, &mut step);
                }
                strand.step = Step::Task(step);
            }
            Move::Block
        });
    }

    /// The service took the request; the task goes on.
    pub(super) fn task_submitted(&mut self, id: StrandId, output: &Data) {
        self.resume(id, |run, strand, _| {
            if let Step::Task(step) = &strand.step {
                let resource = Arc::clone(&step.call.resource);
                run.record_task(strand, &resource, || TaskDetails::Submitted { output: output.clone() });
            }
            Move::Block
        });
    }

    /// The worker is alive.
    pub(super) fn task_heartbeat(&mut self, id: StrandId) {
        let now_ms = self.now_ms;
        if let Some(strand) = self.strands[id].as_mut()
            && let Step::Task(step) = &mut strand.step
            && let Some(seconds) = step.call.heartbeat_seconds
        {
            // The timer that runs already is left alone: it looks at this when it fires.
            step.heartbeat_deadline_ms = now_ms.saturating_add(seconds.saturating_mul(1_000));
        }
    }

    /// The task ended well.
    pub(super) fn task_succeeded(&mut self, id: StrandId, output: &Data) {
        self.resume(id, |run, strand, state| {
            let Some(resource) = run.answered(strand) else {
                return Move::Block;
            };
            if let Err(fault) = run.within_size(output, &result_owner(&resource)) {
                let failure = Failure::new(fault.error, fault.cause);
                return run.task_failure(strand, &resource, failure);
            }
            run.record_task(strand, &resource, || TaskDetails::Succeeded { output: output.clone() });
            match run.complete(strand, state, output) {
                Ok(step) => step,
                Err(fault) => Move::Fail(run.fault(strand, state, fault)),
            }
        });
    }

    /// The task failed.
    pub(super) fn task_failed(&mut self, id: StrandId, error: &str, cause: Option<&String>) {
        self.resume(id, |run, strand, _| {
            let Some(resource) = run.answered(strand) else {
                return Move::Block;
            };
            let error = (!error.is_empty()).then(|| error.to_owned());
            let failure = Failure { error, cause: cause.cloned() };
            run.task_failure(strand, &resource, failure)
        });
    }

    fn task_failure(&mut self, strand: &mut Strand, resource: &Arc<Resource>, failure: Failure) -> Move {
        self.record_task(strand, resource, || TaskDetails::Failed {
            error: failure.error.clone(),
            cause: failure.cause.clone(),
        });
        Move::Fail(failure)
    }

    /// The answer is there: its timers are no longer needed.
    fn answered(&mut self, strand: &mut Strand) -> Option<Arc<Resource>> {
        let Step::Task(step) = std::mem::replace(&mut strand.step, Step::Enter) else {
            return None;
        };
        self.tasks.remove(&strand.entry);
        self.cancel_timer(step.timeout);
        self.cancel_timer(step.heartbeat);
        Some(step.call.resource)
    }

    /// `TimeoutSeconds` passed.
    pub(super) fn task_timed_out(&mut self, id: StrandId) {
        self.give_up(id, names::TIMEOUT);
    }

    /// `HeartbeatSeconds` passed since the timer was started: maybe the worker gave a sign since.
    pub(super) fn heartbeat_due(&mut self, id: StrandId) {
        let Some(strand) = self.strands[id].as_ref() else {
            return;
        };
        let Step::Task(step) = &strand.step else {
            return;
        };
        let deadline_ms = step.heartbeat_deadline_ms;
        if deadline_ms <= self.now_ms {
            self.give_up(id, names::HEARTBEAT_TIMEOUT);
            return;
        }
        let timer = self.start_timer(deadline_ms, Purpose::Heartbeat(id));
        if let Some(strand) = self.strands[id].as_mut()
            && let Step::Task(step) = &mut strand.step
        {
            step.heartbeat = Some(timer);
        }
    }

    fn give_up(&mut self, id: StrandId, error: &'static str) {
        self.resume(id, |run, strand, _| {
            let (entry, attempt) = (strand.entry, strand.attempt());
            let Some(resource) = run.answered(strand) else {
                return Move::Block;
            };
            run.commands.push(Command::CancelTask { entry, attempt });
            run.record_task(strand, &resource, || TaskDetails::TimedOut {
                error: Some(error.to_owned()),
                cause: None,
            });
            Move::Fail(Failure { error: Some(error.to_owned()), cause: None })
        });
    }
}

/// How AWS calls the one whose result is too large.
fn result_owner(resource: &Resource) -> String {
    match resource {
        Resource::Service { service, .. } => service.clone(),
        other => other.to_string(),
    }
}

/// `TimeoutSeconds` or `HeartbeatSeconds`.
fn seconds(field: &Scalar, scope: &Scope<'_>) -> Result<u64, Fault> {
    let value = scalar(field, scope)?;
    let whole = match &field.source {
        crate::definition::Source::Literal(value) => value.as_f64().and_then(|n| {
            #[allow(
                clippy::cast_possible_truncation,
                reason = "the definition was checked: it is whole and small"
            )]
            (n.fract() == 0.0).then_some(n as i64)
        }),
        crate::definition::Source::Expression(_) => crate::number::whole(&value),
    };
    match (whole, field.expression()) {
        (Some(seconds @ 1..=99_999_999), _) => Ok(seconds.unsigned_abs()),
        (_, Some(expression @ (Expression::Path(_) | Expression::Call(_)))) => {
            let (field, text) = (field.field, expression.text());
            Err(Fault::runtime(match whole {
                Some(_) => format!(
                    "The {field} parameter references a value that is out of range: {text} == {value}"
                ),
                None => format!(
                    "The {field} parameter cannot be parsed as a long value: {text} == {}",
                    shown(&value)
                ),
            }))
        }
        (Some(_), Some(Expression::Jsonata(program))) => Err(Fault::evaluation(
            field.field,
            format!(
                "The JSONata expression '{}' specified for the field '{}' returned a value that is not a positive integer: {value}",
                program.text(),
                field.field
            ),
        )),
        _ => Err(unexpected_type(field, "integer", &value)),
    }
}
