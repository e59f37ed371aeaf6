//! What outlives hosts: the store, the clock, the stages; and the order in which things happen.

use std::cell::{Cell, RefCell};
use std::ops::Deref;
use std::rc::Rc;

use artifact::{MemoryStore, Store};

use super::{Fate, Faults, Machine, Random, SimHost, Stages, Watch};
use crate::api::Orchestrator;
use crate::driver::{Adopt, tick};
use crate::host::Host;
use crate::{definitions, index};

/// When a simulation begins, milliseconds since 1970.
const BEGINNING_MS: u64 = 1_700_000_000_000;
/// How often a host ticks, in milliseconds.
const TICK_MS: u64 = 1_000;
/// A dead host is replaced within this time, in milliseconds.
const MAX_DOWN_MS: u64 = 8_000;
/// So much of a record is shown.
const MAX_SHOWN_CHARS: usize = 700;
/// Things that may happen in one simulation.
const MAX_STEPS: u64 = 2_000_000;

/// One simulated world.
#[derive(Clone)]
pub(crate) struct World(Rc<Inner>);

pub(crate) struct Inner {
    pub(crate) durable: MemoryStore,
    pub(crate) now_ms: Cell<u64>,
    pub(crate) random: Random,
    pub(crate) faults: Cell<Faults>,
    /// What comes of the write at which a host is told to die.
    pub(crate) fate: Cell<Fate>,
    pub(crate) stages: Stages,
    pub(crate) watch: Watch,
    /// The application's variable of this name.
    pub(crate) max_runs: Cell<Option<usize>>,
    machines: RefCell<Vec<Rc<Machine>>>,
    /// Dead hosts, and when others take their places.
    down: RefCell<Vec<(u64, usize)>>,
    revives: Cell<bool>,
    steps: Cell<u64>,
    notes: RefCell<Vec<String>>,
}

impl Deref for World {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        definitions::forget();
        Self(Rc::new(Inner {
            durable: MemoryStore::default(),
            now_ms: Cell::new(BEGINNING_MS),
            random: Random::new(seed),
            faults: Cell::default(),
            fate: Cell::new(Fate::Lost),
            stages: Stages::default(),
            watch: Watch::default(),
            max_runs: Cell::default(),
            machines: RefCell::default(),
            down: RefCell::default(),
            revives: Cell::new(false),
            steps: Cell::new(0),
            notes: RefCell::default(),
        }))
    }

    /// Starts a host that does nothing by itself.
    pub(crate) fn host(&self) -> Rc<Machine> {
        let number = self.machines.borrow().len();
        let machine = Rc::new(Machine::new(number));
        self.machines.borrow_mut().push(Rc::clone(&machine));
        machine
    }

    /// Starts hosts that tick, and that are replaced when they die.
    pub(crate) fn start_hosts(&self, count: usize) {
        self.revives.set(true);
        for _ in 0..count {
            let machine = self.host();
            self.start_ticking(&machine, Adopt::Orphans);
        }
    }

    /// The orchestrator on a host.
    pub(crate) fn app(&self, machine: &Rc<Machine>) -> Orchestrator<SimHost> {
        SimHost::app(self, machine)
    }

    pub(crate) fn start_ticking(&self, machine: &Rc<Machine>, first: Adopt) {
        let app = self.app(machine);
        machine.spawn(async move {
            let mut adopt = first;
            loop {
                match tick(&app, adopt) {
                    Ok(_) => adopt = Adopt::Orphans,
                    Err(error) => app.host.log(&format!("tick: {error}")),
                }
                app.host.sleep(TICK_MS).await;
            }
        });
    }

    /// Some host that lives, or that is dead if none does.
    pub(crate) fn some_machine(&self) -> Rc<Machine> {
        let machines = self.machines.borrow();
        let alive: Vec<&Rc<Machine>> = machines.iter().filter(|machine| !machine.is_dead()).collect();
        if alive.is_empty() {
            return Rc::clone(&machines[0]);
        }
        let chosen = self.random.below(alive.len() as u64);
        Rc::clone(alive[usize::try_from(chosen).unwrap()])
    }

    pub(crate) fn kill(&self, machine: &Machine) {
        self.note(&format!("host {} dies", machine.number));
        machine.die();
        if self.revives.get() {
            let at_ms = self.now_ms.get() + self.random.below(MAX_DOWN_MS);
            self.down.borrow_mut().push((at_ms, machine.number));
        }
    }

    /// Lets things happen until that moment.
    pub(crate) fn run_until(&self, until_ms: u64) {
        while self.step(until_ms) {}
        self.now_ms.set(self.now_ms.get().max(until_ms));
    }

    pub(crate) fn run_for(&self, duration_ms: u64) {
        self.run_until(self.now_ms.get() + duration_ms);
    }

    fn step(&self, until_ms: u64) -> bool {
        self.steps.set(self.steps.get() + 1);
        assert!(self.steps.get() < MAX_STEPS, "it goes on and on");
        let now_ms = self.now_ms.get();
        let revival = self.down.borrow().iter().map(|(at_ms, number)| (*at_ms, *number)).min();
        let next = self
            .machines
            .borrow()
            .iter()
            .filter_map(|machine| Some((machine.next_ms(now_ms)?, Rc::clone(machine))))
            .min_by_key(|(at_ms, machine)| (*at_ms, machine.number));
        match (next, revival) {
            (next, Some((at_ms, number)))
                if at_ms <= until_ms && next.as_ref().is_none_or(|(next_ms, _)| at_ms < *next_ms) =>
            {
                self.now_ms.set(now_ms.max(at_ms));
                self.revive(number);
                true
            }
            (Some((at_ms, machine)), _) if at_ms <= until_ms => {
                self.now_ms.set(now_ms.max(at_ms));
                machine.go_on(self.now_ms.get());
                true
            }
            _ => false,
        }
    }

    fn revive(&self, number: usize) {
        self.down.borrow_mut().retain(|(_, other)| *other != number);
        let machine = Rc::new(Machine::new(number));
        self.note(&format!("host {number} starts"));
        // A host that is alone may take over at once what was left behind.
        let is_alone = self.machines.borrow().len() == 1;
        self.machines.borrow_mut()[number] = Rc::clone(&machine);
        self.start_ticking(&machine, if is_alone { Adopt::All } else { Adopt::Orphans });
    }

    pub(crate) fn note(&self, line: &str) {
        let at_ms = self.now_ms.get() - BEGINNING_MS;
        self.notes.borrow_mut().push(format!("{at_ms:>8} ms  {line}"));
    }

    /// What happened, for whoever looks for a mistake.
    pub(crate) fn notes(&self) -> String {
        self.notes.borrow().join("\n")
    }

    /// Whether no run is open, or listed as if it were.
    pub(crate) fn is_settled(&self) -> bool {
        index::is_empty(&self.durable)
    }

    /// The small records as they stand.
    pub(crate) fn shown(&self) -> String {
        let small = |key: &String| ["open/", "gate/", "run/"].iter().any(|prefix| key.starts_with(prefix));
        let show = |key: String| {
            let value = self.durable.get(&key).unwrap().unwrap_or_default();
            let text = String::from_utf8_lossy(&value).into_owned();
            format!("{key} {}", text.chars().take(MAX_SHOWN_CHARS).collect::<String>())
        };
        self.durable.keys().into_iter().filter(small).map(show).collect::<Vec<_>>().join("\n")
    }

    /// Lets go of everything: hosts and the world hold each other.
    pub(crate) fn end(&self) {
        self.revives.set(false);
        let machines = self.machines.take();
        for machine in machines {
            machine.die();
        }
    }
}
