//! Carries out one task of a run: finds the component, and says what it may know.

use artifact::grant::Grant;
use futures::future::{FutureExt, LocalBoxFuture};
use serde_json::Value;
use workflow::integration::{LambdaInvoke, lambda_output};
use workflow::{CallTask, Data, Happening, Integration, Resource};

use super::checkout;
use crate::api::Orchestrator;
use crate::call::{Envelope, Outcome, Secret, call_stage};
use crate::error::ApiError;
use crate::host::Host;
use crate::project::Project;
use crate::run::{CallReport, Run};

/// How long a stage may act for its run, in seconds.
const GRANT_S: u64 = 15 * 60;
/// The secret that checkout gets unless its state asks for others.
const CHECKOUT_SECRET: &str = "git_token";

/// The end of a task.
pub(super) struct Called {
    pub(super) what: Happening,
    pub(super) report: CallReport,
}

/// What a task calls, once its resource is read.
struct Target {
    component: String,
    input: Value,
    /// Whether the answer is wrapped as `lambda:invoke` does.
    wrapped: bool,
}

/// Carries out one task.
pub(super) fn call<H: Host>(
    app: &Orchestrator<H>,
    project: Project,
    run: Run,
    task: CallTask,
) -> LocalBoxFuture<'_, Called> {
    async move {
        let (outcome, report) = match target(&project, &task) {
            Ok(target) => run_target(app, &project, &run, &task, target).await,
            Err(why) => (
                Outcome::Failed { error: "States.Runtime".to_owned(), cause: why },
                CallReport::new(&task.state, &task.resource.to_string(), app.host.now_ms()),
            ),
        };
        let (entry, attempt) = (task.entry, task.attempt);
        let what = match outcome {
            Outcome::Succeeded(output) => {
                Happening::TaskSucceeded { entry, attempt, output: Data::from(output) }
            }
            Outcome::Failed { error, cause } => {
                Happening::TaskFailed { entry, attempt, error, cause: Some(cause) }
            }
        };
        Called { what, report }
    }
    .boxed_local()
}

/// Whether a task's resource can be carried out at all; asked when a pipeline is registered.
pub fn is_served(resource: &Resource) -> bool {
    match resource {
        Resource::Function { .. } | Resource::Component { .. } => true,
        Resource::Activity { .. } | Resource::Unknown { .. } => false,
        Resource::Service { .. } => {
            resource.known_integration() == Some(Integration::LambdaInvoke) && !resource.waits_for_token()
        }
    }
}

fn target(project: &Project, task: &CallTask) -> Result<Target, String> {
    let not_served = || format!("resource `{}` is not served by this application", task.resource);
    match &*task.resource {
        Resource::Function { name, .. } | Resource::Component { name } => Ok(Target {
            component: project.component(name),
            input: task.input.clone().into_value(),
            wrapped: false,
        }),
        resource if is_served(resource) => {
            let invoke = LambdaInvoke::from_input(&task.input)?;
            Ok(Target {
                component: project.component(&invoke.function),
                input: invoke.payload.into_value(),
                wrapped: true,
            })
        }
        _ => Err(not_served()),
    }
}

async fn run_target<H: Host>(
    app: &Orchestrator<H>,
    project: &Project,
    run: &Run,
    task: &CallTask,
    target: Target,
) -> (Outcome, CallReport) {
    let Target { component, input, wrapped } = target;
    let mut report = CallReport::new(&task.state, &component, app.host.now_ms());
    let (outcome, report) = if component == checkout::COMPONENT {
        match checkout::answer(app.host.store(), run, &input, &mut report) {
            Ok(Some(output)) => (Outcome::Succeeded(output), report),
            Ok(None) => fetch(app, project, run, task, input).await,
            Err(error) => (not_called(error), report),
        }
    } else {
        call_component(app, project, run, task, &component, input).await
    };
    match outcome {
        Outcome::Succeeded(output) if wrapped => (Outcome::Succeeded(lambda_output(output)), report),
        outcome => (outcome, report),
    }
}

/// Checks out, and keeps what that gave.
async fn fetch<H: Host>(
    app: &Orchestrator<H>,
    project: &Project,
    run: &Run,
    task: &CallTask,
    input: Value,
) -> (Outcome, CallReport) {
    let (outcome, report) = call_component(app, project, run, task, checkout::COMPONENT, input.clone()).await;
    if matches!(outcome, Outcome::Succeeded(_))
        && let Err(error) = checkout::keep(app.host.store(), run, &input, &report)
    {
        app.host.log(&format!("the checkout of run `{}` is not kept: {error}", run.id));
    }
    (outcome, report)
}

async fn call_component<H: Host>(
    app: &Orchestrator<H>,
    project: &Project,
    run: &Run,
    task: &CallTask,
    component: &str,
    mut input: Value,
) -> (Outcome, CallReport) {
    let envelope = secrets(app, project, component, &mut input)
        .and_then(|secrets| envelope(app, run, project, task, input, secrets));
    match envelope {
        Ok(envelope) => call_stage(&app.host, component, &envelope).await,
        Err(error) => (not_called(error), CallReport::new(&task.state, component, app.host.now_ms())),
    }
}

fn not_called(error: ApiError) -> Outcome {
    Outcome::Failed { error: "States.Runtime".to_owned(), cause: error.message }
}

fn envelope<H: Host>(
    app: &Orchestrator<H>,
    run: &Run,
    project: &Project,
    task: &CallTask,
    input: Value,
    secrets: Vec<Secret>,
) -> Result<Envelope, ApiError> {
    let environment = input["environment"].as_str().unwrap_or(&project.environment).to_owned();
    let grant = app.settings.sign(&Grant {
        project: project.name.clone(),
        run: run.id.clone(),
        environment,
        expires_at_s: app.host.now_ms() / 1000 + GRANT_S,
    })?;
    Ok(Envelope {
        project: project.name.clone(),
        run: run.id.clone(),
        state: task.state.to_string(),
        entry: task.entry,
        attempt: task.attempt,
        key: crate::call::key(&run.id, task.entry, task.attempt),
        input,
        grant,
        secrets,
        no_cache: run.no_cache,
    })
}

/// Resolves what the state asks for by `secrets: [names]`, and takes the list out of the input.
fn secrets<H: Host>(
    app: &Orchestrator<H>,
    project: &Project,
    component: &str,
    input: &mut Value,
) -> Result<Vec<Secret>, ApiError> {
    let asked = input.as_object_mut().and_then(|members| members.remove("secrets"));
    let names: Vec<String> = match asked {
        Some(names) => serde_json::from_value(names).map_err(|error| {
            ApiError::bad_request("invalid-secrets", format!("`secrets` is no list of names: {error}"))
        })?,
        None if component == checkout::COMPONENT && project.secrets.contains_key(CHECKOUT_SECRET) => {
            vec![CHECKOUT_SECRET.to_owned()]
        }
        None => Vec::new(),
    };
    names
        .into_iter()
        .map(|name| match project.open_secret(&app.settings, &name)? {
            Some(value) => Ok(Secret { name, value }),
            None => Err(ApiError::bad_request(
                "unknown-secret",
                format!("project `{}` has no secret `{name}`", project.name),
            )),
        })
        .collect()
}
