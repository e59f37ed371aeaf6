//! When something is told again: until it is heard, or until nobody waits for it.

use std::time::Duration;

/// First pause, doubled each time.
const FIRST: Duration = Duration::from_millis(200);
/// Longest pause.
const LONGEST: Duration = Duration::from_secs(20);
/// How long a runner that was told to stop at once still tries.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// What came of one try.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tried<T> {
    /// It was heard.
    Done(T),
    /// Nobody waits for it any longer.
    Over(String),
    /// It is wrong, and would be again.
    Refused(String),
    /// Nobody heard it: the network, or the application, is away.
    Later(String),
}

/// Why nothing came of all tries.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Nobody waits for it any longer.
    Over(String),
    /// It is wrong.
    Refused(String),
    /// The runner is told to stop, or nobody waits for the answer.
    Stopped,
}

/// For how long it is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// Until the runner takes no further task.
    UntilDrained,
    /// Until the runner is told to stop at once, and some seconds longer.
    UntilStopped,
}

/// Time, chance, and what the runner is told.
pub(super) trait World {
    /// Waits. It may come back earlier, when the runner is told something.
    fn sleep(&self, duration: Duration);
    /// A number from 0 to 1.
    fn chance(&self) -> f64;
    /// Whether no further task is to be taken.
    fn drains(&self) -> bool;
    /// Whether tasks are to be given up.
    fn stops(&self) -> bool;
    /// Says something to whoever looks after the runner.
    fn say(&self, text: &str);
}

/// Tries until it is heard, with pauses that grow and differ, so that many runners don't come back at once.
pub(super) fn until_heard<T>(
    world: &impl World,
    patience: Patience,
    mut attempt: impl FnMut() -> Tried<T>,
) -> Result<T, End> {
    let mut pause = FIRST;
    let mut last_words = LAST_WORDS;
    let mut away = false;
    loop {
        match attempt() {
            Tried::Done(heard) => {
                if away {
                    world.say("the application answers again");
                }
                return Ok(heard);
            }
            Tried::Over(why) => return Err(End::Over(why)),
            Tried::Refused(why) => return Err(End::Refused(why)),
            Tried::Later(why) if !away => {
                away = true;
                world.say(&format!("the application is away, and is tried again: {why}"));
            }
            Tried::Later(_) => {}
        }
        if patience == Patience::UntilDrained && world.drains() {
            return Err(End::Stopped);
        }
        let mut wait = pause.mul_f64(0.5 + world.chance() / 2.0);
        if world.stops() {
            if last_words.is_zero() {
                return Err(End::Stopped);
            }
            wait = wait.min(last_words).min(Duration::from_secs(1));
            last_words = last_words.saturating_sub(wait);
        }
        world.sleep(wait);
        pause = (pause * 2).min(LONGEST);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    /// Virtual time.
    #[derive(Default)]
    struct Virtual {
        slept: RefCell<Vec<Duration>>,
        chance: f64,
        drains_after: Option<usize>,
        stops_after: Option<usize>,
        said: Cell<usize>,
    }

    impl World for Virtual {
        fn sleep(&self, duration: Duration) {
            self.slept.borrow_mut().push(duration);
        }
        fn chance(&self) -> f64 {
            self.chance
        }
        fn drains(&self) -> bool {
            self.drains_after.is_some_and(|after| self.slept.borrow().len() >= after)
        }
        fn stops(&self) -> bool {
            self.stops_after.is_some_and(|after| self.slept.borrow().len() >= after)
        }
        fn say(&self, _: &str) {
            self.said.set(self.said.get() + 1);
        }
    }

    fn away_for(tries: usize) -> impl FnMut() -> Tried<usize> {
        let mut tried = 0;
        move || {
            tried += 1;
            if tried > tries { Tried::Done(tried) } else { Tried::Later("no route".to_owned()) }
        }
    }

    #[track_caller]
    fn check(world: &Virtual, patience: Patience, tries: usize, expected: Result<usize, End>) -> Duration {
        assert_eq!(until_heard(world, patience, away_for(tries)), expected);
        world.slept.borrow().iter().sum()
    }

    #[test]
    fn it_is_told_until_it_is_heard() {
        let world = Virtual { chance: 1.0, ..Virtual::default() };
        assert_eq!(check(&world, Patience::UntilStopped, 0, Ok(1)), Duration::ZERO);
        assert_eq!(check(&world, Patience::UntilStopped, 3, Ok(4)), Duration::from_millis(1_400));
        assert_eq!(world.said.get(), 2, "an outage is told once, and its end");
        let hours = Virtual { chance: 0.0, ..Virtual::default() };
        let slept = check(&hours, Patience::UntilStopped, 1_000, Ok(1_001));
        assert!(slept > Duration::from_hours(2), "{slept:?}");
        assert!(hours.slept.borrow().iter().all(|pause| *pause <= LONGEST / 2));
    }

    #[test]
    fn who_is_told_to_stop_stops() {
        let drained = Virtual { drains_after: Some(2), ..Virtual::default() };
        check(&drained, Patience::UntilDrained, 9, Err(End::Stopped));
        let drained = Virtual { drains_after: Some(2), ..Virtual::default() };
        check(&drained, Patience::UntilStopped, 9, Ok(10));
        let stopped = Virtual { chance: 1.0, stops_after: Some(0), ..Virtual::default() };
        let slept = check(&stopped, Patience::UntilStopped, 1_000, Err(End::Stopped));
        assert_eq!(slept, LAST_WORDS);
    }

    #[test]
    fn nothing_is_told_to_nobody() {
        let world = Virtual::default();
        let over = until_heard(&world, Patience::UntilStopped, || Tried::<()>::Over("late".to_owned()));
        assert_eq!(over, Err(End::Over("late".to_owned())));
        let wrong = until_heard(&world, Patience::UntilStopped, || Tried::<()>::Refused("no".to_owned()));
        assert_eq!(wrong, Err(End::Refused("no".to_owned())));
        assert!(world.slept.borrow().is_empty());
    }
}
