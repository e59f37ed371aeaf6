//! From a test file to its outcome.

use std::collections::BTreeMap;
use std::rc::Rc;

use boa_engine::builtins::promise::PromiseState;
use boa_engine::module::Module;
use boa_engine::object::builtins::JsPromise;
use boa_engine::{Context, JsError, JsObject, JsResult, JsString, JsValue};
use test_report::FileOutcome;

use crate::engine::disk::Disk;
use crate::engine::hooks::Hooks;
use crate::engine::host::caught;
use crate::engine::jobs::Jobs;
use crate::engine::modules::{Format, Loader, format_of};
use crate::engine::shared::{Engine, Shared};
use crate::engine::told::Described;
use crate::engine::{Request, host, limits};

/// What a test is told that still waits when nothing is left to wait for.
const NEVER: &str = "Promise resolution is still pending but the event loop has already resolved, hint: what it waits for \
    never comes, or what ran after an `await` was stopped at `limits.loop_iterations` or `limits.call_depth`";

/// Runs a file, and again without each test that used up its instructions.
pub(crate) fn run(request: &Request<'_>) -> FileOutcome {
    let mut excluded = BTreeMap::new();
    loop {
        let (outcome, endless) = run_once(request, &excluded);
        let why = limits::too_much(&request.parameters.limits);
        match endless {
            Some(path) if excluded.len() < limits::MAX_RESTARTS && !excluded.contains_key(&path) => {
                excluded.insert(path, why);
            }
            _ => return outcome,
        }
    }
}

/// Also answers the test in which the instructions came to their end.
fn run_once(
    request: &Request<'_>,
    excluded: &BTreeMap<Vec<String>, String>,
) -> (FileOutcome, Option<Vec<String>>) {
    let Request { root, file, parameters, seed } = request;
    let mut shared = Shared::new(parameters, Disk::new(root), format!("/{file}"), *seed);
    shared.excluded.clone_from(excluded);
    let shared = Rc::new(shared);
    let mut ended = None;
    let failed = Session::new(Rc::clone(&shared)).and_then(|mut session| {
        let ran = session.run();
        ended = Some((session.is_exhausted(), shared.time_us(&session.context)));
        // Nothing that runs now could tell of an error.
        if session.is_exhausted() { Ok(()) } else { ran }
    });
    if let Err(error) = failed {
        // Errors of scripts were told to `shared`: this is one of the stage's own.
        shared.fail_with(format!("the test could not be run: {error}"));
    }
    let (exhausted, time_us) = ended.unwrap_or_default();
    let mut endless = None;
    if exhausted {
        // Those within others have higher ids.
        endless = shared.running.borrow().last_key_value().map(|(_, running)| running.path.clone());
        shared.fail_with(limits::too_much(&parameters.limits));
    }
    boa_engine::gc::force_collect();
    let outcome = FileOutcome {
        file: (*file).to_owned(),
        tests: shared.tests.take(),
        problems: shared.problems.take(),
        log: shared.take_log(),
        time_us,
        flaky: false,
    };
    (outcome, endless)
}

struct Session {
    context: Context,
    shared: Rc<Shared>,
    jobs: Rc<Jobs>,
    loader: Rc<Loader>,
    runtime: JsObject,
    /// How many callbacks ran.
    callbacks: u64,
    /// The evaluation of the test file, when it is a module.
    main: Option<JsPromise>,
}

/// Why the file ends before its event loop does. What there is to tell has been told.
struct Ended;

impl Session {
    fn new(shared: Rc<Shared>) -> JsResult<Self> {
        let jobs = Rc::new(Jobs::default());
        let loader = Rc::new(Loader::new(Rc::clone(&shared)));
        let mut context = Context::builder()
            .host_hooks(Rc::new(Hooks { shared: Rc::clone(&shared) }))
            .clock(Rc::clone(&shared.clock))
            .job_executor(Rc::clone(&jobs))
            .module_loader(Rc::clone(&loader))
            .instructions_remaining(
                usize::try_from(shared.parameters.limits.instructions).unwrap_or(usize::MAX),
            )
            .build()?;
        context.set_runtime_limits(limits::runtime(&shared.parameters.limits));
        context.insert_data(Rc::clone(&shared));
        let host = host::object(&mut context);
        let bootstrap = host::compile("bootstrap", include_str!("../js/bootstrap.js"), &mut context)?;
        let runtime = call(&bootstrap, &[host.into()], &mut context)?;
        let runtime = runtime.as_object().ok_or_else(|| broken("bootstrap"))?;
        *shared.runtime.borrow_mut() = Some(runtime.clone());
        *shared.engine.borrow_mut() = Some(Engine { loader: Rc::clone(&loader), jobs: Rc::clone(&jobs) });
        Ok(Self { context, shared, jobs, loader, runtime, callbacks: 0, main: None })
    }

    fn run(&mut self) -> JsResult<()> {
        let ended = match self.start()? {
            Ok(()) => self.turn()?,
            Err(ended) => Err(ended),
        };
        match ended {
            Ok(()) => {
                self.unstick()?;
                self.call("finish", &[JsString::from(NEVER).into()])?;
                if self.turn()?.is_ok() {
                    self.end()?;
                }
            }
            Err(Ended) => self.exited(),
        }
        // Promises that hold what holds them would outlive the context.
        self.shared.runtime.borrow_mut().take();
        self.shared.engine.borrow_mut().take();
        self.shared.stores.take();
        self.shared.rejections.borrow_mut().clear();
        Ok(())
    }

    /// Whether the file used up its instructions: then no script can run any more.
    fn is_exhausted(&self) -> bool {
        self.context.instructions_remaining() == 0
    }

    /// Fails the tests that wait for ever, one after another, and runs those that come after them.
    fn unstick(&mut self) -> JsResult<()> {
        while self.call("unstick", &[JsString::from(NEVER).into()])?.to_boolean() {
            if self.turn()?.is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Begins to run the test file.
    fn start(&mut self) -> JsResult<Result<(), Ended>> {
        let path = self.shared.main.clone();
        let started = match format_of(&self.shared.disk, &path) {
            Ok(Format::Module) => self.start_module(&path),
            Ok(_) => self.call("runMain", &[JsString::from(path).into()]).map(drop),
            Err(error) => Err(error.into_js(&mut self.context)?),
        };
        match started {
            Ok(()) => Ok(Ok(())),
            Err(error) => self.main_failed(error),
        }
    }

    fn start_module(&mut self, path: &str) -> JsResult<()> {
        let module = self.loader.load(path, false, &mut self.context)?;
        let loaded = module.load(&mut self.context);
        while let Some(result) = self.jobs.run_one(&mut self.context) {
            result?;
        }
        match loaded.state() {
            PromiseState::Fulfilled(_) => {}
            PromiseState::Rejected(reason) => {
                self.shared.forget(&loaded);
                return Err(JsError::from_opaque(reason));
            }
            PromiseState::Pending => return Err(broken("loading modules")),
        }
        self.evaluate(&module)
    }

    fn evaluate(&mut self, module: &Module) -> JsResult<()> {
        module.link(&mut self.context)?;
        self.main = Some(module.evaluate(&mut self.context)?);
        Ok(())
    }

    /// The file itself failed: its tests don't run.
    fn main_failed(&mut self, error: JsError) -> JsResult<Result<(), Ended>> {
        if self.shared.exit.get().is_none() && !self.is_exhausted() {
            let value = caught(error, &self.shared, &mut self.context)?;
            let described = self.describe(&value)?;
            self.shared.fail(&described);
        }
        Ok(Err(Ended))
    }

    /// Runs the event loop until nothing is left.
    fn turn(&mut self) -> JsResult<Result<(), Ended>> {
        loop {
            if self.microtasks()?.is_err() {
                return Ok(Err(Ended));
            }
            let clock = Rc::clone(&self.shared.clock);
            let Some(callback) = self.shared.event_loop.next(&clock) else { return Ok(Ok(())) };
            let limit_us = u64::from(self.shared.parameters.limits.virtual_seconds) * 1_000_000;
            if clock.passed_us() > limit_us {
                return self.stop(limits::too_long(&self.shared.parameters.limits));
            }
            self.shared.test.set(callback.test);
            self.shared.stores.replace(callback.stores.clone());
            let result =
                callback.function.call(&JsValue::undefined(), &callback.arguments, &mut self.context);
            if self.settle(result.map(drop))?.is_err() {
                return Ok(Err(Ended));
            }
        }
    }

    /// Runs ticks and promise reactions until there are none, then looks for rejections.
    fn microtasks(&mut self) -> JsResult<Result<(), Ended>> {
        loop {
            while let Some(tick) = self.shared.event_loop.next_tick() {
                self.shared.test.set(tick.test);
                self.shared.stores.replace(tick.stores.clone());
                let result = tick.function.call(&JsValue::undefined(), &tick.arguments, &mut self.context);
                if self.settle(result.map(drop))?.is_err() {
                    return Ok(Err(Ended));
                }
            }
            let mut ran = false;
            while let Some(result) = self.jobs.run_one(&mut self.context) {
                ran = true;
                if self.settle(result)?.is_err() {
                    return Ok(Err(Ended));
                }
            }
            if !ran {
                self.context.clear_kept_objects();
                let failed = self.main.as_ref().map(JsPromise::state);
                if let Some(PromiseState::Rejected(reason)) = failed {
                    if let Some(main) = self.main.take() {
                        self.shared.forget(&main);
                    }
                    return self.main_failed(JsError::from_opaque(reason));
                }
                if !self.rejections()? {
                    return Ok(Ok(()));
                }
            }
        }
    }

    /// After a callback: counts it, and tells of what it threw.
    fn settle(&mut self, result: JsResult<()>) -> JsResult<Result<(), Ended>> {
        self.callbacks += 1;
        if self.callbacks > self.shared.parameters.limits.callbacks {
            return self.stop(limits::too_many_callbacks(&self.shared.parameters.limits));
        }
        // The engine doesn't pass on what stops an async function after an `await`.
        if self.shared.exit.get().is_some() || self.is_exhausted() {
            return Ok(Err(Ended));
        }
        let Err(error) = result else { return Ok(Ok(())) };
        let value = caught(error, &self.shared, &mut self.context)?;
        self.uncaught(&value, "exception")?;
        Ok(Ok(()))
    }

    /// Tells of rejections that nothing handled. Answers whether there were any.
    fn rejections(&mut self) -> JsResult<bool> {
        let rejections = self.shared.rejections.take();
        let any = !rejections.is_empty();
        for (promise, test) in rejections {
            if let PromiseState::Rejected(reason) = JsPromise::from_object(promise.upcast())?.state() {
                self.shared.test.set(test);
                self.uncaught(&reason, "rejection")?;
            }
        }
        Ok(any)
    }

    /// An error that nothing caught: the test's in whose context it happened, else the file's.
    fn uncaught(&mut self, error: &JsValue, kind: &str) -> JsResult<()> {
        let told = self.call("uncaught", &[error.clone(), JsString::from(kind).into()])?;
        if !told.to_boolean() {
            let mut described = self.describe(error)?;
            let what = if kind == "rejection" { "unhandled rejection" } else { "uncaught error" };
            described.message = format!("{what}: {}", described.message);
            self.shared.fail(&described);
        }
        Ok(())
    }

    /// Ends the file at a limit: its tests that still run fail with the reason.
    fn stop(&mut self, why: String) -> JsResult<Result<(), Ended>> {
        self.call("finish", &[JsString::from(why.as_str()).into()])?;
        self.shared.fail_with(why);
        Ok(Err(Ended))
    }

    fn end(&mut self) -> JsResult<()> {
        if self.main.as_ref().is_some_and(|main| matches!(main.state(), PromiseState::Pending)) {
            self.shared
                .fail_with("unsettled top-level await: the file waits for what never comes".to_owned());
        }
        self.call("saveSnapshots", &[])?;
        let code = self.call("exitCode", &[])?.to_i32(&mut self.context)?;
        if code != 0 {
            self.shared.fail_with(format!("the file ended with exit code {code}"));
        }
        Ok(())
    }

    /// The file called `process.exit`.
    fn exited(&mut self) {
        let Some(code) = self.shared.exit.get() else { return };
        let done = self.call("isDone", &[]).is_ok_and(|done| done.to_boolean());
        if code != 0 || !done {
            self.shared.fail_with(format!(
                "process.exit({code}) was called{}",
                if done { "" } else { " before the tests ended" }
            ));
        }
    }

    fn describe(&mut self, error: &JsValue) -> JsResult<Described> {
        let text = self.call("describe", std::slice::from_ref(error))?.to_string(&mut self.context)?;
        serde_json::from_str(&text.to_std_string_lossy()).map_err(JsError::from_rust)
    }

    fn call(&mut self, name: &str, arguments: &[JsValue]) -> JsResult<JsValue> {
        let function = self.runtime.get(JsString::from(name), &mut self.context)?;
        call(&function, arguments, &mut self.context)
    }
}

fn call(function: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let function = function.as_object().ok_or_else(|| broken("a call"))?;
    function.call(&JsValue::undefined(), arguments, context)
}

fn broken(what: &str) -> JsError {
    boa_engine::JsNativeError::error()
        .with_message(format!("{what} failed in the stage's own scripts"))
        .into()
}
