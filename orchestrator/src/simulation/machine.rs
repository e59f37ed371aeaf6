//! One host's executor: its tasks, who of them sleeps, and whether it lives.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// One host. Its memory is gone when it dies; a new one takes its place.
#[derive(Default)]
pub(crate) struct Machine {
    pub(crate) number: usize,
    dead: Cell<bool>,
    busy: Cell<bool>,
    tasks: RefCell<Vec<Task>>,
    spawned: RefCell<Vec<Task>>,
    sleepers: RefCell<Vec<(u64, Waker)>>,
    woken: Arc<Flag>,
    /// Until then it can't reach the store.
    pub(crate) cut_until_ms: Cell<u64>,
    /// It dies at that write, if it is told to.
    pub(crate) writes_left: Cell<Option<u64>>,
}

#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Machine {
    pub(crate) fn new(number: usize) -> Self {
        Self { number, ..Self::default() }
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.dead.get()
    }

    /// Ends it, as `kill -9` does. What it has in memory goes once it is not in the middle of something.
    pub(crate) fn die(&self) {
        self.dead.set(true);
        if !self.busy.get() {
            self.forget();
        }
    }

    pub(crate) fn forget(&self) {
        // A task that is dropped may look at the lists: take it out first.
        let tasks: Vec<Task> = self.tasks.take().into_iter().chain(self.spawned.take()).collect();
        drop(tasks);
        self.sleepers.borrow_mut().clear();
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        if !self.is_dead() {
            self.spawned.borrow_mut().push(Box::pin(task));
        }
    }

    pub(crate) fn sleep_until(&self, at_ms: u64, waker: Waker) {
        self.sleepers.borrow_mut().push((at_ms, waker));
    }

    /// When it does something next, unless it is in the middle of something.
    pub(crate) fn next_ms(&self, now_ms: u64) -> Option<u64> {
        if self.is_dead() || self.busy.get() {
            return None;
        }
        if !self.spawned.borrow().is_empty() {
            return Some(now_ms);
        }
        self.sleepers.borrow().iter().map(|(at_ms, _)| (*at_ms).max(now_ms)).min()
    }

    /// Goes on with whatever can go on.
    pub(crate) fn go_on(&self, now_ms: u64) {
        let mut due = Vec::new();
        self.sleepers.borrow_mut().retain(|(at_ms, waker)| {
            let is_due = *at_ms <= now_ms;
            if is_due {
                due.push(waker.clone());
            }
            !is_due
        });
        due.into_iter().for_each(Waker::wake);
        let waker = Waker::from(Arc::clone(&self.woken));
        let mut context = Context::from_waker(&waker);
        self.busy.set(true);
        loop {
            self.woken.0.store(false, Ordering::Relaxed);
            let mut tasks = self.tasks.take();
            tasks.append(&mut self.spawned.borrow_mut());
            tasks.retain_mut(|task| !self.is_dead() && task.as_mut().poll(&mut context).is_pending());
            self.tasks.borrow_mut().append(&mut tasks);
            let goes_on = self.woken.0.load(Ordering::Relaxed) || !self.spawned.borrow().is_empty();
            if self.is_dead() || !goes_on {
                break;
            }
        }
        self.busy.set(false);
        if self.is_dead() {
            self.forget();
        }
    }
}
