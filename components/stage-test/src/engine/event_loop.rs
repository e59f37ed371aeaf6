//! Ticks, timers and immediates. Waiting takes no time: the clock moves on to what is due next.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, VecDeque};

use boa_engine::{JsObject, JsValue};

use crate::engine::clock::VirtualClock;

/// A function to call, in the context of the test that asked for it.
#[derive(Debug, Clone)]
pub(crate) struct Callback {
    pub(crate) function: JsObject,
    pub(crate) arguments: Vec<JsValue>,
    /// The id of the test.
    pub(crate) test: u32,
    /// What `AsyncLocalStorage` keeps for it.
    pub(crate) stores: JsValue,
}

#[derive(Debug)]
struct Timer {
    id: u32,
    callback: Callback,
    repeat_us: Option<u64>,
    /// Whether the loop waits for it.
    referenced: bool,
}

/// When a timer is due, and its age among those due then.
type Place = (u64, u64);

/// What waits to be called.
#[derive(Debug, Default)]
pub(crate) struct EventLoop {
    ticks: RefCell<VecDeque<Callback>>,
    immediates: RefCell<VecDeque<(u32, Callback)>>,
    timers: RefCell<BTreeMap<Place, Timer>>,
    places: RefCell<HashMap<u32, Place>>,
    last_id: Cell<u32>,
    age: Cell<u64>,
}

impl EventLoop {
    /// Calls before anything else.
    pub(crate) fn add_tick(&self, callback: Callback) {
        self.ticks.borrow_mut().push_back(callback);
    }

    pub(crate) fn next_tick(&self) -> Option<Callback> {
        self.ticks.borrow_mut().pop_front()
    }

    /// Calls when what is due now is done. Answers an id by which it may be cancelled.
    pub(crate) fn add_immediate(&self, callback: Callback) -> u32 {
        let id = self.next_id();
        self.immediates.borrow_mut().push_back((id, callback));
        id
    }

    pub(crate) fn clear_immediate(&self, id: u32) {
        self.immediates.borrow_mut().retain(|(other, _)| *other != id);
    }

    /// Calls after a time, or every time it has passed.
    pub(crate) fn add_timer(&self, callback: Callback, now_us: u64, delay_us: u64, repeat: bool) -> u32 {
        let id = self.next_id();
        let timer = Timer { id, callback, repeat_us: repeat.then_some(delay_us), referenced: true };
        self.insert(timer, now_us + delay_us);
        id
    }

    pub(crate) fn clear_timer(&self, id: u32) {
        if let Some(place) = self.places.borrow_mut().remove(&id) {
            self.timers.borrow_mut().remove(&place);
        }
    }

    pub(crate) fn set_referenced(&self, id: u32, referenced: bool) {
        if let Some(place) = self.places.borrow().get(&id)
            && let Some(timer) = self.timers.borrow_mut().get_mut(place)
        {
            timer.referenced = referenced;
        }
    }

    /// What is to be called next, moving the clock if nothing is due. None: nothing is left to wait for.
    pub(crate) fn next(&self, clock: &VirtualClock) -> Option<Callback> {
        if let Some(callback) = self.due(clock.passed_us()) {
            return Some(callback);
        }
        if let Some((_, callback)) = self.immediates.borrow_mut().pop_front() {
            return Some(callback);
        }
        let waits = self.timers.borrow().values().any(|timer| timer.referenced);
        let first = self.timers.borrow().keys().next().copied().filter(|_| waits)?;
        clock.advance_to(first.0);
        self.due(clock.passed_us())
    }

    fn due(&self, now_us: u64) -> Option<Callback> {
        let mut timers = self.timers.borrow_mut();
        let entry = timers.first_entry().filter(|entry| entry.key().0 <= now_us)?;
        let timer = entry.remove();
        drop(timers);
        self.places.borrow_mut().remove(&timer.id);
        let callback = timer.callback.clone();
        if let Some(repeat_us) = timer.repeat_us {
            self.insert(timer, now_us + repeat_us);
        }
        Some(callback)
    }

    fn insert(&self, timer: Timer, at_us: u64) {
        self.age.set(self.age.get() + 1);
        let place = (at_us, self.age.get());
        self.places.borrow_mut().insert(timer.id, place);
        self.timers.borrow_mut().insert(place, timer);
    }

    fn next_id(&self) -> u32 {
        self.last_id.set(self.last_id.get() + 1);
        self.last_id.get()
    }
}
