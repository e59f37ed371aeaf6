//! Time, components and the executor of a simulation.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use artifact::MemoryStore;
use futures::executor::{LocalPool, LocalSpawner};
use futures::task::LocalSpawnExt;
use serde_json::{Value, json};

use super::{CrashingStore, Fate};
use crate::api::Orchestrator;
use crate::host::{CallError, ComponentAnswer, ComponentCall, Host};
use crate::settings::Settings;

/// How long a stage takes, in milliseconds.
const STAGE_MS: u64 = 40;

/// What outlives hosts: the store, the clock, and what stages did.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) durable: Rc<MemoryStore>,
    pub(crate) now_ms: Rc<Cell<u64>>,
    /// Stage's stored answers by idempotency key.
    answers: Rc<RefCell<BTreeMap<String, Vec<u8>>>>,
    /// How often each call's work was done to its end.
    pub(crate) done: Rc<RefCell<BTreeMap<String, u32>>>,
    /// The envelopes of all calls, repetitions left out.
    pub(crate) sent: Rc<RefCell<Vec<Value>>>,
    random: Rc<Cell<u64>>,
}

/// One host of the simulation.
#[derive(Clone)]
pub(crate) struct SimHost {
    store: CrashingStore,
    now_ms: Rc<Cell<u64>>,
    answers: Rc<RefCell<BTreeMap<String, Vec<u8>>>>,
    done: Rc<RefCell<BTreeMap<String, u32>>>,
    sent: Rc<RefCell<Vec<Value>>>,
    random: Rc<Cell<u64>>,
    sleepers: Rc<RefCell<Vec<(u64, Waker)>>>,
    spawner: LocalSpawner,
}

/// A host with the executor on which it runs.
pub(crate) struct Running {
    pub(crate) app: Orchestrator<SimHost>,
    pool: LocalPool,
}

impl World {
    /// Starts a host that dies at its n-th write.
    pub(crate) fn host(&self, dies_at_write: u64, fate: Fate) -> Running {
        let pool = LocalPool::new();
        let host = SimHost {
            store: CrashingStore::new(Rc::clone(&self.durable), dies_at_write, fate),
            now_ms: Rc::clone(&self.now_ms),
            answers: Rc::clone(&self.answers),
            done: Rc::clone(&self.done),
            sent: Rc::clone(&self.sent),
            random: Rc::clone(&self.random),
            sleepers: Rc::default(),
            spawner: pool.spawner(),
        };
        let settings =
            Settings { api_token: "token".to_owned(), master_key: "k".repeat(32), public_url: String::new() };
        Running { app: Orchestrator { host, settings }, pool }
    }
}

impl Running {
    /// Runs until `until_ms`, the host's death, or until nothing is left to do.
    pub(crate) fn run(&mut self, until_ms: u64) {
        let host = self.app.host.clone();
        loop {
            self.pool.run_until_stalled();
            let next_ms = host.sleepers.borrow().iter().map(|(at_ms, _)| *at_ms).min();
            let Some(next_ms) = next_ms.filter(|at_ms| *at_ms <= until_ms) else { return };
            if host.store.is_dead() {
                return;
            }
            host.now_ms.set(host.now_ms.get().max(next_ms));
            let mut due = Vec::new();
            host.sleepers.borrow_mut().retain(|(at_ms, waker)| {
                let is_due = *at_ms <= next_ms;
                if is_due {
                    due.push(waker.clone());
                }
                !is_due
            });
            due.into_iter().for_each(Waker::wake);
        }
    }
}

struct Sleep {
    host: SimHost,
    at_ms: u64,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.host.now_ms.get() >= self.at_ms {
            return Poll::Ready(());
        }
        self.host.sleepers.borrow_mut().push((self.at_ms, context.waker().clone()));
        Poll::Pending
    }
}

impl Host for SimHost {
    type Store = CrashingStore;

    fn store(&self) -> &CrashingStore {
        &self.store
    }

    fn now_ms(&self) -> u64 {
        self.now_ms.get()
    }

    fn random(&self) -> u128 {
        // splitmix64, twice.
        let next = || {
            let seed = self.random.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
            self.random.set(seed);
            let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed ^ (mixed >> 27)
        };
        u128::from(next()) << 64 | u128::from(next())
    }

    async fn sleep(&self, duration_ms: u64) {
        Sleep { host: self.clone(), at_ms: self.now_ms() + duration_ms }.await;
    }

    async fn call(&self, call: ComponentCall) -> Result<ComponentAnswer, CallError> {
        if call.component == "orchestrator" {
            let run = call.path.rsplit('/').next().unwrap_or_default();
            crate::driver::drive_after_answer(
                &Orchestrator {
                    host: self.clone(),
                    settings: Settings { master_key: "k".repeat(32), ..Settings::default() },
                },
                run,
            );
            return Ok(ComponentAnswer { status: 202, ended: None, body: Vec::new() });
        }
        let envelope: Value = serde_json::from_slice(&call.body).unwrap();
        let key = envelope["key"].as_str().unwrap().to_owned();
        let stored = self.answers.borrow().get(&key).cloned();
        if let Some(body) = stored {
            return Ok(ComponentAnswer { status: 200, ended: None, body });
        }
        self.sleep(STAGE_MS).await;
        if self.store.is_dead() {
            return Err(CallError::Transport("the host is dead".to_owned()));
        }
        *self.done.borrow_mut().entry(key.clone()).or_default() += 1;
        self.sent.borrow_mut().push(envelope.clone());
        let body = answer(&envelope).to_string().into_bytes();
        self.answers.borrow_mut().insert(key, body.clone());
        Ok(ComponentAnswer { status: 200, ended: None, body })
    }

    fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        self.spawner.spawn_local(work).unwrap();
    }

    fn log(&self, _line: &str) {}
}

fn answer(envelope: &Value) -> Value {
    let input = &envelope["input"];
    if input["fail"] == envelope["attempt"] {
        return json!({ "outcome": "failed", "error": "Sim.Failed", "cause": "as asked" });
    }
    if let Some(name) = input["leave"].as_str() {
        return json!({ "outcome": "succeeded", "output": {}, "artifacts": { name: input["digest"] } });
    }
    if let Some(endpoint) = input["parameters"]["endpoint"].as_str() {
        let status = endpoint.rsplit('/').next().unwrap_or_default();
        if status != "200" {
            let error = format!("Http.StatusCode.{status}");
            return json!({ "outcome": "failed", "error": error, "cause": "as asked" });
        }
        return json!({ "outcome": "succeeded", "output": {}, "result": { "StatusCode": 200 } });
    }
    let text = "x".repeat(usize::try_from(input["long"].as_u64().unwrap_or(0)).unwrap_or(0));
    let output = if text.is_empty() { json!({ "seen": envelope["state"] }) } else { json!({ "text": text }) };
    json!({ "outcome": "succeeded", "output": output, "result": {} })
}
