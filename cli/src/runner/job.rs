//! One task, from its inputs to its end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use artifact::Digest;
use serde_json::{Value, json};
use stage_http::mask::Masker;

use super::confine::Isolation;
use super::exchange::Exchange;
use super::folder::JobFolder;
use super::inputs::{self, NoInputs};
use super::limits::Exceeded;
use super::log::Log;
use super::outputs;
use super::retry::{End, Patience};
use super::task::{Failure, Job, Task};
use super::watch::{Ended, Watch};
use super::{Runner, confine, heartbeat};

/// The error of a command that ended with another code than 0.
const FAILED: &str = "Command.Failed";
/// The error of a program that is not the one that the definition names.
const WRONG_DIGEST: &str = "Command.WrongDigest";
/// The error of a task whose runner was told to stop at once.
const STOPPED: &str = "Runner.Stopped";
/// The error of a task that the runner itself could not do.
const RUNNER_FAILED: &str = "Runner.Failed";

/// What a command came to.
#[derive(Default)]
struct Came {
    result: Value,
    artifacts: BTreeMap<String, Digest>,
    failure: Option<Failure>,
}

/// Why a task isn't answered.
enum Unanswered {
    /// It failed without a command's doing.
    Failed(Failure),
    /// Nobody waits for an answer.
    Ended(End),
}

impl From<Failure> for Unanswered {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Does a task, and tells of its end.
pub(super) fn run(runner: &Runner, exchange: &Exchange, answer: &Value) {
    let Some(task) = Task::read(answer) else {
        runner.printer.line("a task cannot be read: it waits until its time is over");
        return;
    };
    runner.printer.line(&format!("begins: {}", task.title));
    let began = Instant::now();
    let masker = Masker::new(&task.secrets);
    let log = Log::new(&masker);
    let over = AtomicBool::new(false);
    let (ended, beats_until) = mpsc::channel();
    let end = thread::scope(|scope| {
        let sender = scope.spawn(|| log.send(exchange, &task.token));
        let (token, over) = (&task.token, &over);
        scope.spawn(move || heartbeat::beat(exchange, token, task.heartbeat, &beats_until, over));
        let came = work(runner, exchange, &task, &log, over);
        log.end();
        // The task's end closes its log.
        let _ = sender.join();
        let told = tell(exchange, &task, came, &masker);
        drop(ended);
        told
    });
    let end = match end {
        Ok(true) => "succeeded".to_owned(),
        Ok(false) => "failed".to_owned(),
        Err(End::Over(why)) => format!("is over: {why}"),
        Err(End::Refused(why)) => format!("could not be told: {why}"),
        Err(End::Stopped) => "is given up: the runner was told to stop".to_owned(),
    };
    runner.printer.line(&format!("{end} after {:.1} s: {}", began.elapsed().as_secs_f64(), task.title));
}

/// Runs the command, and hands in what it left.
fn work(
    runner: &Runner,
    exchange: &Exchange,
    task: &Task,
    log: &Log<'_>,
    over: &AtomicBool,
) -> Result<Came, Unanswered> {
    let job = task.job(&runner.config.limits)?;
    let folder = runner.folder.job().map_err(|error| Failure::new(RUNNER_FAILED, format!("{error:#}")))?;
    log.say(&format!("`{}`; isolation: {}", runner.config.name, runner.isolation.told()));
    inputs::mount(exchange, task, &job.inputs, &folder.tree()).map_err(|why| match why {
        NoInputs::Failed(failure) => Unanswered::Failed(failure),
        NoInputs::Ended(end) => Unanswered::Ended(end),
    })?;
    check_programs(runner, &job, &folder)?;
    let began = Instant::now();
    let ended = execute(runner, task, &job, &folder, log, over)?;
    let result = match ended {
        Ended::Exited(code) => {
            #[expect(clippy::cast_possible_truncation, reason = "a command takes less than an aeon")]
            let duration_ms = began.elapsed().as_millis() as u64;
            json!({ "exit_code": code, "duration_ms": duration_ms })
        }
        _ => Value::Null,
    };
    let failure = failure(&job, ended, log)?;
    let outputs = match outputs::collect(&folder.tree()) {
        Ok(outputs) => outputs,
        // What made the command fail is told first.
        Err(_) if failure.is_some() => outputs::Outputs::default(),
        Err(wrong) => return Err(wrong.into()),
    };
    for passed_over in &outputs.passed_over {
        log.say(&format!("`{passed_over}` is neither file nor folder, and is passed over"));
    }
    let artifacts = hand_in(exchange, task, outputs.archives)?;
    Ok(Came { result, artifacts, failure })
}

/// Runs the command to its end.
fn execute(
    runner: &Runner,
    task: &Task,
    job: &Job,
    folder: &JobFolder,
    log: &Log<'_>,
    over: &AtomicBool,
) -> Result<Ended, Failure> {
    let failed =
        |error: std::io::Error| Failure::new(RUNNER_FAILED, format!("the command cannot be run: {error}"));
    if job.parameters.network == Some(false) && runner.isolation == Isolation::None {
        let cause = "a network cannot be taken away where commands are not isolated";
        return Err(Failure::new(RUNNER_FAILED, cause));
    }
    let cgroup =
        runner.cgroups.as_ref().map(|groups| groups.make(&job.limits)).transpose().map_err(failed)?;
    let spec = confine::Spec {
        isolation: runner.isolation,
        step: confine::Step::Outer,
        runner: std::process::id(),
        network: job.parameters.network.unwrap_or(true),
        entrance: cgroup.as_ref().map(super::limits::Cgroup::entrance),
        memory_bytes: job.limits.memory_bytes,
        processes: job.limits.processes,
        folder: folder.path().to_owned(),
        root: folder.root(),
        temporary: folder.temporary(),
        shared: runner.config.shared.clone(),
        cwd: folder.tree().join(job.parameters.cwd.as_deref().unwrap_or(".")),
        command: job.parameters.command.clone(),
        environment: environment(runner, task, job, folder),
    };
    let (output, input) = std::io::pipe().map_err(failed)?;
    let mut child = confine::start(&spec, input).map_err(failed)?;
    thread::scope(|scope| {
        scope.spawn(|| log.read(output, job.limits.output_bytes));
        let watch = Watch {
            limits: &job.limits,
            cgroup: cgroup.as_ref(),
            isolation: runner.isolation,
            log,
            signals: &runner.signals,
            over,
        };
        watch.wait(&mut child).map_err(failed)
    })
    .map(|ended| match ended {
        // The last of it came when the command had ended.
        Ended::Exited(_) if log.is_flooded() => Ended::Limit(Exceeded::Output),
        ended => ended,
    })
}

/// The environment of a command: the later of two of one name holds. Secrets are nowhere else.
fn environment(runner: &Runner, task: &Task, job: &Job, folder: &JobFolder) -> Vec<(String, String)> {
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    let mut variables = BTreeMap::from([
        ("CI".to_owned(), "true".to_owned()),
        ("HOME".to_owned(), text(folder.home())),
        ("LANG".to_owned(), "C.UTF-8".to_owned()),
        ("TMPDIR".to_owned(), text(folder.temporary())),
    ]);
    variables.extend(runner.config.environment.iter().cloned());
    variables.extend(task.place.iter().cloned());
    variables.extend(job.parameters.env.clone());
    variables.extend(task.secrets.iter().map(|secret| (secret.name.clone(), secret.value.clone())));
    variables.into_iter().collect()
}

/// Refuses programs that are not those that the definition names.
fn check_programs(runner: &Runner, job: &Job, folder: &JobFolder) -> Result<(), Failure> {
    let given = &job.parameters.env;
    let path = given.get("PATH").cloned().or_else(|| {
        runner.config.environment.iter().find(|(name, _)| name == "PATH").map(|(_, path)| path.clone())
    });
    for (program, expected) in &job.parameters.digests {
        let found = find(program, &path.clone().unwrap_or_default(), &folder.tree())
            .ok_or_else(|| Failure::new(WRONG_DIGEST, format!("program `{program}` is not there")))?;
        let bytes = std::fs::read(&found).map_err(|error| {
            Failure::new(WRONG_DIGEST, format!("program `{program}` cannot be read: {error}"))
        })?;
        let digest = Digest::of(&bytes);
        if digest != *expected {
            let cause =
                format!("program `{program}` is `{digest}`, and not `{expected}` (`{}`)", found.display());
            return Err(Failure::new(WRONG_DIGEST, cause));
        }
    }
    Ok(())
}

/// The file that a program's name stands for, links followed.
fn find(program: &str, path: &str, tree: &Path) -> Option<PathBuf> {
    if program.contains('/') {
        return tree.join(program).canonicalize().ok();
    }
    let folders = path.split(':').filter(|folder| !folder.is_empty());
    folders.map(|folder| Path::new(folder).join(program)).find(|file| file.is_file())?.canonicalize().ok()
}

/// What an end of a command means for its task, if it is none of success.
fn failure(job: &Job, ended: Ended, log: &Log<'_>) -> Result<Option<Failure>, Unanswered> {
    Ok(match ended {
        Ended::Exited(0) => None,
        Ended::Exited(code) => {
            let command = job.parameters.command.join(" ");
            let cause = format!("`{command}` ended with exit code {code}\n{}", log.tail());
            Some(Failure::new(FAILED, cause))
        }
        Ended::Limit(exceeded) => {
            let (error, cause) = job.limits.told(exceeded);
            log.say(&cause);
            Some(Failure::new(error, cause))
        }
        Ended::Stopped => {
            log.say("the runner was told to stop");
            return Err(Failure::new(STOPPED, "the runner was told to stop while the command ran").into());
        }
        Ended::Over => {
            return Err(Unanswered::Ended(End::Over("the task has ended otherwise".to_owned())));
        }
    })
}

fn hand_in(
    exchange: &Exchange,
    task: &Task,
    archives: BTreeMap<String, Vec<u8>>,
) -> Result<BTreeMap<String, Digest>, Unanswered> {
    let path = format!("/api/tasks/{}/artifacts", task.token);
    let mut artifacts = BTreeMap::new();
    for (name, archive) in archives {
        let refused = |why: String| {
            Failure::new(stage_http::answer::INVALID_OUTPUT, format!("artifact `{name}` is refused: {why}"))
        };
        let stored = match exchange.bytes(Patience::UntilStopped, "POST", &path, &archive) {
            Ok(stored) => stored,
            Err(End::Refused(why)) => return Err(refused(why).into()),
            Err(end) => return Err(Unanswered::Ended(end)),
        };
        let stored: Value = serde_json::from_slice(&stored).map_err(|error| refused(error.to_string()))?;
        let digest = stored["digest"].as_str().unwrap_or_default().parse();
        artifacts.insert(
            name.clone(),
            digest.map_err(|error: artifact::InvalidDigest| refused(error.to_string()))?,
        );
    }
    Ok(artifacts)
}

/// Tells how a task ended. `true`: it succeeded.
fn tell(
    exchange: &Exchange,
    task: &Task,
    came: Result<Came, Unanswered>,
    masker: &Masker,
) -> Result<bool, End> {
    let told = came.and_then(|came| match &came.failure {
        None => succeed(exchange, task, &came, masker).map(|()| true),
        Some(failure) => {
            fail(exchange, task, failure, &came, masker).map(|()| false).map_err(Unanswered::Ended)
        }
    });
    match told {
        Ok(succeeded) => Ok(succeeded),
        Err(Unanswered::Ended(end)) => Err(end),
        Err(Unanswered::Failed(failure)) => {
            fail(exchange, task, &failure, &Came::default(), masker).map(|()| false)
        }
    }
}

fn succeed(exchange: &Exchange, task: &Task, came: &Came, masker: &Masker) -> Result<(), Unanswered> {
    let output = masker.value(task.output(&came.artifacts, &came.result)?);
    let body = json!({ "output": output, "left": { "artifacts": came.artifacts, "result": came.result } });
    let path = format!("/api/tasks/{}/success", task.token);
    match exchange.ask(Patience::UntilStopped, "POST", &path, &body) {
        Ok(_) => Ok(()),
        Err(End::Refused(why)) => {
            Err(Failure::new(RUNNER_FAILED, format!("the result is refused: {why}")).into())
        }
        Err(end) => Err(Unanswered::Ended(end)),
    }
}

fn fail(
    exchange: &Exchange,
    task: &Task,
    failure: &Failure,
    came: &Came,
    masker: &Masker,
) -> Result<(), End> {
    let body = json!({
        "error": failure.error,
        "cause": masker.text(failure.cause.clone()),
        "left": { "artifacts": came.artifacts, "result": came.result },
    });
    let path = format!("/api/tasks/{}/failure", task.token);
    exchange.ask(Patience::UntilStopped, "POST", &path, &body).map(drop)
}
