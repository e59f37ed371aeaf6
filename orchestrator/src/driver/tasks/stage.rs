//! Calls of stages: finds the component, and says what it may know.

use artifact::Digest;
use artifact::grant::Grant;
use serde_json::Value;
use workflow::integration::{LambdaInvoke, lambda_output};
use workflow::{CallTask, Data, Happening};

use super::{Called, called};
use crate::api::Orchestrator;
use crate::call::{Envelope, Outcome, Secret, call_stage};
use crate::driver::checkout::{self, Found};
use crate::error::ApiError;
use crate::host::Host;
use crate::project::Project;
use crate::run::{CallReport, Run};
use crate::secrets;

/// How long a stage may act for its run, in seconds.
const GRANT_S: u64 = 15 * 60;
/// The secret that checkout gets unless its state asks for others.
const CHECKOUT_SECRET: &str = "git_token";
/// The error of a call of `lambda:invoke` that doesn't say what to call.
const INVALID_INVOKE: &str = "Lambda.InvalidParameterValueException";

/// What a task calls, once its resource is read.
struct Target {
    component: String,
    input: Value,
}

/// Calls a function, or a component by its name.
pub(super) async fn call_function<H: Host>(
    app: &Orchestrator<H>,
    project: &Project,
    run: &Run,
    task: &CallTask,
    name: &str,
) -> Called {
    let target = Target { component: project.component(name), input: task.input.clone().into_value() };
    let (outcome, report) = run_target(app, project, run, task, target).await;
    called(task, outcome, report)
}

/// `lambda:invoke`, which wraps the answer; with a token, the answer only says that the task goes on.
pub(super) async fn invoke<H: Host>(
    app: &Orchestrator<H>,
    project: &Project,
    run: &Run,
    task: &CallTask,
) -> Called {
    let invoke = match LambdaInvoke::from_input(&task.input) {
        Ok(invoke) => invoke,
        Err(cause) => return super::failed(app, task, INVALID_INVOKE, cause),
    };
    let asynchronous = invoke.asynchronous;
    let target =
        Target { component: project.component(&invoke.function), input: invoke.payload.into_value() };
    let (outcome, report) = run_target(app, project, run, task, target).await;
    let outcome = match outcome {
        // Nobody waits for the answer, so nobody hears how it went.
        _ if asynchronous => Outcome::Succeeded(accepted_output()),
        Outcome::Succeeded(output) => Outcome::Succeeded(lambda_output(output)),
        failed @ Outcome::Failed { .. } => failed,
    };
    answered(task, outcome, report)
}

/// What an answer means: the end of the task, or, where its token was given away, that it goes on.
pub(super) fn answered(task: &CallTask, outcome: Outcome, report: CallReport) -> Called {
    match outcome {
        Outcome::Succeeded(output) if task.resource.waits_for_token() => submitted(task, output, report),
        outcome => called(task, outcome, report),
    }
}

/// The task goes on until somebody sends its token back.
pub(super) fn submitted(task: &CallTask, output: Value, report: CallReport) -> Called {
    let (entry, attempt) = (task.entry, task.attempt);
    let what = Happening::TaskSubmitted { entry, attempt, output: Data::from(output) };
    Called { what: Some(what), report: Some(report), ..Called::nothing(task.entry, task.attempt) }
}

/// The output of `lambda:invoke` with `InvocationType` `Event`.
fn accepted_output() -> Value {
    serde_json::json!({ "SdkHttpMetadata": { "HttpStatusCode": 202 }, "StatusCode": 202 })
}

async fn run_target<H: Host>(
    app: &Orchestrator<H>,
    project: &Project,
    run: &Run,
    task: &CallTask,
    target: Target,
) -> (Outcome, CallReport) {
    let Target { component, input } = target;
    let mut report = CallReport::new(&task.state, &component, app.host.now_ms());
    if component == checkout::COMPONENT {
        match checkout::answer(app.host.store(), run, &input, &mut report) {
            Ok(Found::Answer(output)) => (Outcome::Succeeded(output), report),
            Ok(Found::Base(base)) => fetch(app, project, run, task, input, base).await,
            Err(error) => {
                app.host.log(&format!("whether run `{}` must check out is not known: {error}", run.id));
                fetch(app, project, run, task, input, None).await
            }
        }
    } else {
        call_component(app, project, run, task, &component, input).await
    }
}

/// Checks out, and keeps what that gave. `base`: files that needn't be fetched if the commit has the same.
async fn fetch<H: Host>(
    app: &Orchestrator<H>,
    project: &Project,
    run: &Run,
    task: &CallTask,
    input: Value,
    base: Option<Digest>,
) -> (Outcome, CallReport) {
    let asked = checkout::on_base(&input, base);
    let (outcome, report) = call_component(app, project, run, task, checkout::COMPONENT, asked).await;
    if matches!(outcome, Outcome::Succeeded(_))
        && let Err(error) = checkout::keep(app.host.store(), run, &input, &report)
    {
        app.host.log(&format!("the checkout of run `{}` is not kept: {error}", run.id));
    }
    (outcome, report)
}

/// Calls a component with the secrets that its input asks for.
pub(super) async fn call_component<H: Host>(
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
        shares_cache: project.cache.share,
        fork: run.fork.clone(),
    })
}

/// What the state asks for; its list is taken out of the input.
fn secrets<H: Host>(
    app: &Orchestrator<H>,
    project: &Project,
    component: &str,
    input: &mut Value,
) -> Result<Vec<Secret>, ApiError> {
    let names = match secrets::asked(input)? {
        Some(names) => names,
        None if component == checkout::COMPONENT && project.secrets.contains_key(CHECKOUT_SECRET) => {
            vec![CHECKOUT_SECRET.to_owned()]
        }
        None => Vec::new(),
    };
    secrets::open(app, project, names)
}
