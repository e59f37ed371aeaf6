//! A stage, clocks and a scene in which they meet a store.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use artifact::{Artifacts, Digest, File, MemoryStore, Store, StoreError};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::call::{Begun, Kind};
use crate::host::{
    Clock, Description, Ended, Failure, Identity, LeftFile, Options, Printed, Request, Stage, WorkspaceError,
};

/// When every scene begins.
pub(super) const START_MS: u64 = 1_700_000_000_000;

type OnSleep = Box<dyn Fn(u64)>;
type Run = Box<dyn Fn(&FakeStage, &Request) -> Ended>;

/// A stage whose program is a closure, over files in a map.
pub(super) struct FakeStage {
    program: Run,
    digest: String,
    hermetic: bool,
    pinned: bool,
    schema: String,
    options: RefCell<Option<Options>>,
    files: RefCell<BTreeMap<String, (Vec<u8>, bool)>>,
    log: RefCell<Vec<Printed>>,
    runs: Cell<u32>,
}

impl FakeStage {
    fn new(hermetic: bool, program: Run) -> Self {
        Self {
            program,
            digest: "sha256:program".to_owned(),
            hermetic,
            pinned: false,
            schema: json!({ "properties": { "level": {} } }).to_string(),
            options: RefCell::default(),
            files: RefCell::default(),
            log: RefCell::default(),
            runs: Cell::default(),
        }
    }

    pub(super) fn hermetic(program: impl Fn(&Self, &Request) -> Result<String, Failure> + 'static) -> Self {
        Self::new(true, Box::new(move |stage, request| Ended::Returned(program(stage, request))))
    }

    /// A hermetic stage that exits.
    pub(super) fn exiting(code: u8, program: impl Fn(&Self) + 'static) -> Self {
        let run = move |stage: &Self, _: &Request| {
            program(stage);
            Ended::Exited(code)
        };
        Self::new(true, Box::new(run))
    }

    pub(super) fn with_effects(
        program: impl Fn(&Self, &Request) -> Result<String, Failure> + 'static,
    ) -> Self {
        Self::new(false, Box::new(move |stage, request| Ended::Returned(program(stage, request))))
    }

    /// A stage with effects that fetches only what its inputs name by digest.
    pub(super) fn pinned(program: impl Fn(&Self, &Request) -> Result<String, Failure> + 'static) -> Self {
        Self { pinned: true, ..Self::with_effects(program) }
    }

    /// A hermetic stage that must not run.
    pub(super) fn unused() -> Self {
        Self::hermetic(|_, _| panic!("the stage must not run"))
    }

    pub(super) fn with_schema(self, schema: &str) -> Self {
        Self { schema: schema.to_owned(), ..self }
    }

    pub(super) fn with_digest(mut self, digest: &str) -> Self {
        digest.clone_into(&mut self.digest);
        self
    }

    pub(super) fn print(&self, text: &str) {
        self.log.borrow_mut().push(Printed { is_error: false, bytes: text.into() });
    }

    pub(super) fn print_error(&self, text: &str) {
        self.log.borrow_mut().push(Printed { is_error: true, bytes: text.into() });
    }

    pub(super) fn paths(&self) -> Vec<String> {
        self.files.borrow().keys().cloned().collect()
    }

    pub(super) fn runs(&self) -> u32 {
        self.runs.get()
    }

    /// With what the workspace was opened, if it was.
    pub(super) fn options(&self) -> Option<Options> {
        self.options.borrow().clone()
    }
}

impl Stage for FakeStage {
    fn identity(&self) -> Identity {
        Identity {
            component: "stage-fake".to_owned(),
            digest: self.digest.clone(),
            description: Description {
                name: "fake".to_owned(),
                version: "1.0.0".to_owned(),
                hermetic: self.hermetic,
                pinned: self.pinned,
                parameters_schema: self.schema.clone(),
                default_include: vec!["**/*.md".to_owned()],
            },
        }
    }

    fn open(&self, options: Options) -> Result<(), WorkspaceError> {
        assert!(self.options.borrow_mut().replace(options).is_none(), "opened twice");
        Ok(())
    }

    fn write(&self, path: &str, contents: &[u8], executable: bool) -> Result<(), WorkspaceError> {
        if path == "refused" {
            return Err(WorkspaceError::Limit("`refused`: the limit is reached".to_owned()));
        }
        self.files.borrow_mut().insert(path.to_owned(), (contents.to_vec(), executable));
        Ok(())
    }

    fn create_folder(&self, _: &str) -> Result<(), WorkspaceError> {
        Ok(())
    }

    fn list(&self, folder: &str) -> Vec<LeftFile> {
        let files = self.files.borrow();
        let below = files.iter().filter_map(|(path, (contents, executable))| {
            let path = path.strip_prefix(folder)?.strip_prefix('/')?.to_owned();
            Some(LeftFile { path, size: contents.len() as u64, executable: *executable })
        });
        below.collect()
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, WorkspaceError> {
        let files = self.files.borrow();
        let (contents, _) = files.get(path).ok_or_else(|| WorkspaceError::NotFound(path.to_owned()))?;
        Ok(contents.clone())
    }

    fn take_log(&self) -> Vec<Printed> {
        self.log.take()
    }
}

impl FakeStage {
    fn run(&self, request: &Request) -> Ended {
        assert!(self.options.borrow().is_some(), "not opened");
        self.runs.set(self.runs.get() + 1);
        (self.program)(self, request)
    }
}

/// Clocks that move when someone waits, and by 1.5 ms at each reading of the monotonic one.
#[derive(Default)]
pub(super) struct FakeClock {
    readings: Cell<u64>,
    pauses: RefCell<Vec<u64>>,
    on_sleep: RefCell<Option<OnSleep>>,
}

impl FakeClock {
    pub(super) fn slept_ms(&self) -> u64 {
        self.pauses.borrow().iter().sum()
    }

    pub(super) fn pauses_ms(&self) -> Vec<u64> {
        self.pauses.borrow().clone()
    }
}

impl Clock for FakeClock {
    fn wall_ms(&self) -> u64 {
        START_MS + self.slept_ms()
    }

    fn monotonic_ns(&self) -> u64 {
        self.readings.set(self.readings.get() + 1);
        self.readings.get() * 1_500_000
    }

    fn sleep_ms(&self, duration_ms: u64) {
        self.pauses.borrow_mut().push(duration_ms);
        if let Some(on_sleep) = &*self.on_sleep.borrow() {
            on_sleep(self.slept_ms());
        }
    }
}

/// A store and clocks, to which calls come.
pub(super) struct Scene {
    pub(super) store: std::rc::Rc<MemoryStore>,
    pub(super) clock: FakeClock,
    has_swap: bool,
    /// What another call writes right after a swap that found nothing, as it can on Spin.
    stolen_by: Option<Vec<u8>>,
}

impl Scene {
    fn with(store: MemoryStore, has_swap: bool) -> Self {
        Self { store: std::rc::Rc::new(store), clock: FakeClock::default(), has_swap, stolen_by: None }
    }

    pub(super) fn stolen_by(value: Vec<u8>) -> Self {
        Self { stolen_by: Some(value), ..Self::new() }
    }

    pub(super) fn new() -> Self {
        Self::with(MemoryStore::new(), true)
    }

    pub(super) fn failing_at_write(write: u64) -> Self {
        Self::with(MemoryStore::failing_at_write(write), true)
    }

    pub(super) fn without_swap() -> Self {
        Self::with(MemoryStore::new(), false)
    }

    /// Stores files as an artifact.
    pub(super) fn put(&self, files: &[File]) -> Digest {
        Artifacts::new(&*self.store).put(files.to_vec(), &[]).unwrap()
    }

    /// The files of an artifact.
    pub(super) fn files(&self, digest: &Digest) -> Vec<File> {
        let artifacts = Artifacts::new(&*self.store);
        let stored = artifacts.load(digest).unwrap();
        let files = stored.tree().iter().map(|(path, entry)| File {
            path: path.to_owned(),
            contents: artifacts.read(&stored, path).unwrap(),
            executable: entry.executable,
        });
        files.collect()
    }

    /// Calls a stage. `envelope` has what differs from the usual.
    pub(super) fn call(&self, stage: &FakeStage, envelope: &Value) -> Answer {
        self.call_as(Kind::Stage, stage, envelope)
    }

    /// Calls a command.
    pub(super) fn call_command(&self, stage: &FakeStage, envelope: &Value) -> Answer {
        self.call_as(Kind::Command, stage, envelope)
    }

    fn call_as(&self, kind: Kind, stage: &FakeStage, envelope: &Value) -> Answer {
        let mut whole = json!({
            "project": "docs", "run": "r1", "state": "Fake", "entry": 1, "attempt": 1,
            "key": "r1/1/1", "input": {},
        });
        for (name, value) in envelope.as_object().unwrap() {
            whole[name] = value.clone();
        }
        let store =
            TestStore { inner: &self.store, has_swap: self.has_swap, stolen_by: self.stolen_by.as_deref() };
        match super::begin(kind, whole.to_string().as_bytes(), Ok(store), stage, &self.clock) {
            Begun::Answered(answer) => answer,
            Begun::Running(running, request) => running.end(stage.run(&request)),
        }
    }

    /// Calls a stage, and lets something happen whenever the call waits.
    pub(super) fn call_while(
        &self,
        stage: &FakeStage,
        envelope: &Value,
        on_sleep: impl Fn(&MemoryStore, u64) + 'static,
    ) -> Answer {
        let store = self.store.clone();
        *self.clock.on_sleep.borrow_mut() = Some(Box::new(move |slept_ms| on_sleep(&store, slept_ms)));
        self.call(stage, envelope)
    }
}

/// The store of a scene, on some platforms without compare-and-swap.
struct TestStore<'a> {
    inner: &'a MemoryStore,
    has_swap: bool,
    stolen_by: Option<&'a [u8]>,
}

impl Store for TestStore<'_> {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.get(key)
    }
    fn set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        self.inner.set(key, value)
    }
    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.inner.delete(key)
    }
    fn exists(&self, key: &str) -> Result<bool, StoreError> {
        self.inner.exists(key)
    }
    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.inner.get_many(keys)
    }
    fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        self.inner.set_many(entries)
    }
    fn delete_many(&self, keys: &[String]) -> Result<(), StoreError> {
        self.inner.delete_many(keys)
    }
    fn swap(&self, key: &str, expected: Option<&[u8]>, new: &[u8]) -> Result<bool, StoreError> {
        if !self.has_swap {
            return Err(StoreError::Other("no atomics here".to_owned()));
        }
        let swapped = self.inner.swap(key, expected, new)?;
        if let (true, None, Some(value)) = (swapped, expected, self.stolen_by) {
            self.inner.set(key, value)?;
        }
        Ok(swapped)
    }
}
