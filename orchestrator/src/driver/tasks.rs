//! Carries out the commands of a run, one at a time: finds out what a resource stands for.

mod activity;
mod files;
mod nested;
mod request;
mod stage;

use futures::future::{FutureExt, LocalBoxFuture};
use workflow::{CallTask, Command, Data, Happening, Integration, Pattern, ReadItems, Resource, WriteResults};

use crate::api::Orchestrator;
use crate::call::Outcome;
use crate::host::Host;
use crate::journal::CallId;
use crate::project::Project;
use crate::run::{CallReport, Run};

pub(super) use nested::stop_child;
pub use nested::{MAX_DEPTH, settle};

/// A command that takes work, not just a moment.
#[derive(Debug, Clone)]
pub(super) enum Work {
    /// Call a task.
    Call(CallTask),
    /// Read a Map's items.
    Read(ReadItems),
    /// Write a Map's results.
    Write(WriteResults),
}

/// What came of a command.
pub(super) struct Called {
    /// Which command it was.
    pub(super) id: CallId,
    /// What happened, to be stored; nothing, if it has to be tried again, or waits in a queue.
    pub(super) what: Option<Happening>,
    /// How the call went.
    pub(super) report: Option<CallReport>,
    /// Whether somebody else goes on with it.
    pub(super) queued: bool,
}

impl Called {
    fn nothing(entry: u64, attempt: u32) -> Self {
        Self { id: (entry, attempt), what: None, report: None, queued: false }
    }
}

impl Work {
    /// What tells it from other work of the same state entry: a Map reads, and then writes.
    pub(super) fn kind(&self) -> u8 {
        match self {
            Self::Call(_) => 0,
            Self::Read(_) => 1,
            Self::Write(_) => 2,
        }
    }

    /// The work that a command is, if it is any.
    pub(super) fn of(command: Command) -> Option<(CallId, Self)> {
        match command {
            Command::CallTask(call) => Some(((call.entry, call.attempt), Self::Call(call))),
            Command::ReadItems(read) => Some(((read.entry, read.attempt), Self::Read(read))),
            Command::WriteResults(write) => Some(((write.entry, write.attempt), Self::Write(write))),
            Command::StartTimer { .. }
            | Command::CancelTask { .. }
            | Command::CancelTimer { .. }
            | Command::Finish(_) => None,
        }
    }
}

/// Carries out one command.
pub(super) fn perform<H: Host>(
    app: &Orchestrator<H>,
    project: Project,
    run: Run,
    work: Work,
) -> LocalBoxFuture<'_, Called> {
    async move {
        match work {
            Work::Call(task) => call(app, &project, &run, &task).await,
            Work::Read(read) => files::read(app, &run, &read),
            Work::Write(write) => files::write(app, &write),
        }
    }
    .boxed_local()
}

async fn call<H: Host>(app: &Orchestrator<H>, project: &Project, run: &Run, task: &CallTask) -> Called {
    match &*task.resource {
        Resource::Function { name, .. } | Resource::Component { name } => {
            stage::call_function(app, project, run, task, name).await
        }
        Resource::Activity { name, .. } => activity::queue(app, run, task, name),
        resource if is_served(resource) => match resource.known_integration() {
            Some(Integration::LambdaInvoke) => stage::invoke(app, project, run, task).await,
            Some(Integration::HttpInvoke) => request::invoke(app, project, run, task).await,
            Some(Integration::StartExecution) => nested::start(app, run, task),
            None => not_served(app, task),
        },
        _ => not_served(app, task),
    }
}

/// Whether a task's resource can be carried out at all; asked when a pipeline is registered.
pub fn is_served(resource: &Resource) -> bool {
    let Resource::Service { pattern, .. } = resource else {
        return !matches!(resource, Resource::Unknown { .. });
    };
    match resource.known_integration() {
        Some(Integration::StartExecution) => true,
        Some(Integration::LambdaInvoke | Integration::HttpInvoke) => {
            matches!(pattern, Pattern::RequestResponse | Pattern::WaitForTaskToken)
        }
        None => false,
    }
}

fn not_served<H: Host>(app: &Orchestrator<H>, task: &CallTask) -> Called {
    let cause = format!("resource `{}` is not served by this application", task.resource);
    failed(app, task, "States.Runtime", cause)
}

/// A call that failed before anybody was called.
fn failed<H: Host>(app: &Orchestrator<H>, task: &CallTask, error: &str, cause: impl Into<String>) -> Called {
    let report = CallReport::new(&task.state, &task.resource.to_string(), app.host.now_ms());
    called(task, Outcome::Failed { error: error.to_owned(), cause: cause.into() }, report)
}

/// A call that ended.
fn called(task: &CallTask, outcome: Outcome, report: CallReport) -> Called {
    ended((task.entry, task.attempt), outcome, report)
}

fn ended((entry, attempt): CallId, outcome: Outcome, report: CallReport) -> Called {
    let what = match outcome {
        Outcome::Succeeded(output) => Happening::TaskSucceeded { entry, attempt, output: Data::from(output) },
        Outcome::Failed { error, cause } => {
            Happening::TaskFailed { entry, attempt, error, cause: Some(cause) }
        }
    };
    Called { what: Some(what), report: Some(report), ..Called::nothing(entry, attempt) }
}
