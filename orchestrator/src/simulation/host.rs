//! What a host of the simulation gives the orchestrator.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use serde_json::Value;

use super::{FaultyStore, Machine, World};
use crate::api::Orchestrator;
use crate::call::MAX_REPEATS;
use crate::driver::Drives;
use crate::host::{CallError, ComponentAnswer, ComponentCall, Host};
use crate::settings::Settings;

/// How long a stage takes at most, in milliseconds, unless its input says more.
const MAX_STAGE_MS: u64 = 80;
/// How often a call that somebody else works on looks for the answer, in milliseconds.
const CLAIM_POLL_MS: u64 = 50;

#[derive(Clone)]
pub(crate) struct SimHost {
    store: FaultyStore,
}

impl SimHost {
    pub(crate) fn app(world: &World, machine: &Rc<Machine>) -> Orchestrator<Self> {
        let store = FaultyStore { world: world.clone(), machine: Rc::clone(machine) };
        let settings = Settings {
            api_token: "token".to_owned(),
            master_key: "k".repeat(32),
            max_runs: world.max_runs.get(),
            ..Settings::default()
        };
        Orchestrator { host: Self { store }, settings, drives: Drives::default() }
    }

    fn world(&self) -> &World {
        &self.store.world
    }

    /// Whether this call's answer, or the way to it, is lost; not so often that the driver gives up.
    fn is_lost(&self, key: &str) -> bool {
        let world = self.world();
        world.random.permille(world.faults.get().call) && world.stages.lose(key) <= MAX_REPEATS
    }

    async fn run_stage(&self, envelope: &Value, key: &str) -> Vec<u8> {
        let world = self.world();
        let takes_ms = envelope["input"]["slow_ms"].as_u64().unwrap_or(1 + world.random.below(MAX_STAGE_MS));
        loop {
            if let Some(answer) = world.stages.answer(key) {
                return answer;
            }
            if let Some(_claim) = world.stages.claim(key) {
                self.sleep(takes_ms).await;
                return world.stages.finish(envelope);
            }
            self.sleep(CLAIM_POLL_MS).await;
        }
    }
}

impl Host for SimHost {
    type Store = FaultyStore;

    fn store(&self) -> &FaultyStore {
        &self.store
    }

    fn now_ms(&self) -> u64 {
        self.world().now_ms.get()
    }

    fn random(&self) -> u128 {
        let random = &self.world().random;
        u128::from(random.next()) << 64 | u128::from(random.next())
    }

    async fn sleep(&self, duration_ms: u64) {
        let at_ms = self.now_ms() + duration_ms;
        Sleep { host: self, at_ms }.await;
    }

    async fn call(&self, call: ComponentCall) -> Result<ComponentAnswer, CallError> {
        if call.component == "orchestrator" {
            if self.world().random.permille(self.world().faults.get().call) {
                return Err(CallError::Transport("the connection was refused".to_owned()));
            }
            let id = call.path.rsplit('/').next().unwrap_or_default();
            let machine = self.world().some_machine();
            let app = SimHost::app(self.world(), &machine);
            crate::driver::drive_after_answer(&app, id);
            return Ok(ComponentAnswer { status: 202, ended: None, body: Vec::new() });
        }
        let envelope: Value = serde_json::from_slice(&call.body).unwrap();
        let key = envelope["key"].as_str().unwrap();
        if self.is_lost(key) {
            return Err(CallError::Transport("the connection was refused".to_owned()));
        }
        let body = self.run_stage(&envelope, key).await;
        if self.is_lost(key) {
            return Ok(ComponentAnswer { status: 500, ended: None, body: Vec::new() });
        }
        Ok(ComponentAnswer { status: 200, ended: None, body })
    }

    fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        self.store.machine.spawn(work);
    }

    fn log(&self, line: &str) {
        self.world().note(&format!("host {}: {line}", self.store.machine.number));
    }
}

struct Sleep<'a> {
    host: &'a SimHost,
    at_ms: u64,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.host.now_ms() >= self.at_ms {
            return Poll::Ready(());
        }
        self.host.store.machine.sleep_until(self.at_ms, context.waker().clone());
        Poll::Pending
    }
}
