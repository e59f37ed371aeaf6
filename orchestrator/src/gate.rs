//! Gates: how many of some runs are under way at once, who waits, and who is next. One record a gate, changed
//! by compare-and-swap; what is decided here is decided once, whatever number of hosts ask.

use std::collections::BTreeMap;

use artifact::Store;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;
use crate::run::Run;
use crate::table;

/// Most runs that wait at one gate.
pub const MAX_WAITING_RUNS: usize = 5_000;

/// A gate, as it is kept.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// How many may be through it at once.
    max: usize,
    /// Who is.
    active: Vec<Member>,
    /// Who waits, oldest first.
    waiting: Vec<Member>,
}

/// A run at a gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its id.
    pub id: String,
    /// Its project.
    pub project: String,
    /// How often it was redriven. Who comes late speaks of an earlier time.
    #[serde(default)]
    pub redrives: u32,
}

impl Member {
    /// The run at a gate.
    pub fn of(run: &Run) -> Self {
        Self { id: run.id.clone(), project: run.project.clone(), redrives: run.redrives }
    }
}

/// Nobody more may wait.
struct Full;

/// What came of a change.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Whether the run that asked is through.
    pub is_through: bool,
    /// Others that are through now, and must be told.
    pub promoted: Vec<String>,
}

impl Gate {
    /// A run asks to go through; asking again changes nothing.
    fn enter(&mut self, member: Member, max: usize) -> Result<(), Full> {
        self.max = max;
        if let Some(there) = self.active.iter_mut().chain(&mut self.waiting).find(|m| m.id == member.id) {
            there.redrives = there.redrives.max(member.redrives);
            return Ok(());
        }
        if self.is_full() {
            return Err(Full);
        }
        // Ids begin with the time.
        let place = self.waiting.partition_point(|other| other.id < member.id);
        self.waiting.insert(place, member);
        Ok(())
    }

    fn leave(&mut self, gone: &Member) {
        let stays = |member: &Member| member.id != gone.id || member.redrives > gone.redrives;
        self.active.retain(stays);
        self.waiting.retain(stays);
    }

    /// Lets through as many as may be: of the project that has the fewest under way the one that waits longest.
    fn promote(&mut self) -> Vec<String> {
        let mut promoted = Vec::new();
        let mut under_way: BTreeMap<&str, usize> = BTreeMap::new();
        for member in &self.active {
            *under_way.entry(&member.project).or_default() += 1;
        }
        let mut counts: BTreeMap<String, usize> =
            under_way.into_iter().map(|(project, count)| (project.to_owned(), count)).collect();
        while self.active.len() < self.max {
            let next = (0..self.waiting.len())
                .min_by_key(|place| counts.get(&self.waiting[*place].project).copied().unwrap_or(0));
            let Some(place) = next else { break };
            let member = self.waiting.remove(place);
            *counts.entry(member.project.clone()).or_default() += 1;
            promoted.push(member.id.clone());
            self.active.push(member);
        }
        promoted
    }

    /// The runs that are through.
    pub fn active(&self) -> &[Member] {
        &self.active
    }

    /// Whether the run waits.
    pub fn is_waiting(&self, id: &str) -> bool {
        self.waiting.iter().any(|member| member.id == id)
    }

    fn is_full(&self) -> bool {
        self.waiting.len() >= MAX_WAITING_RUNS
    }

    /// Whether somebody waits who needn't: whoever left ended before it could say so.
    pub fn is_stuck(&self) -> bool {
        !self.waiting.is_empty() && self.active.len() < self.max
    }

    /// Those that wait and are older than this run.
    pub fn waiting_before<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a str> {
        self.waiting.iter().map(|member| member.id.as_str()).filter(move |other| *other < id)
    }

    /// Those that are through and older than this run.
    pub fn active_before<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a str> {
        self.active.iter().map(|member| member.id.as_str()).filter(move |other| *other < id)
    }

    /// The run that waits and is younger than all others that do.
    pub fn youngest_waiting(&self) -> Option<&str> {
        self.waiting.last().map(|member| member.id.as_str())
    }
}

/// Reads a gate.
pub fn read(store: &impl Store, name: &str) -> Result<Gate, ApiError> {
    Ok(table::read(store, &key(name))?.unwrap_or_default())
}

/// A run asks to go through, where so many may be at once.
pub fn enter(store: &impl Store, name: &str, member: &Member, max: usize) -> Result<Change, ApiError> {
    let change = change(store, name, |gate| gate.enter(member.clone(), max).map_err(|Full| full(name)))?;
    let is_through = read(store, name)?.active.contains(member);
    let promoted = change.into_iter().filter(|id| *id != member.id).collect();
    Ok(Change { is_through, promoted })
}

/// Demands that one more may wait, before a run is kept that can't.
pub fn demand_room(store: &impl Store, name: &str) -> Result<(), ApiError> {
    if read(store, name)?.is_full() { Err(full(name)) } else { Ok(()) }
}

fn full(name: &str) -> ApiError {
    ApiError::new(
        429,
        "too-many-waiting-runs",
        format!("{MAX_WAITING_RUNS} runs wait at gate `{name}` already (MAX_WAITING_RUNS)"),
    )
    .hint("cancel some of them, or let more run at once")
}

/// A run is done, or waits no more. Says who is through now.
pub fn leave(store: &impl Store, name: &str, gone: &Member) -> Result<Vec<String>, ApiError> {
    change(store, name, |gate| {
        gate.leave(gone);
        Ok(())
    })
}

/// Lets through who needn't wait. Says who that is.
pub fn promote(store: &impl Store, name: &str) -> Result<Vec<String>, ApiError> {
    change(store, name, |_| Ok(()))
}

fn change(
    store: &impl Store,
    name: &str,
    mut what: impl FnMut(&mut Gate) -> Result<(), ApiError>,
) -> Result<Vec<String>, ApiError> {
    let mut promoted = Vec::new();
    table::update(store, &key(name), |gate: &mut Gate| {
        what(gate)?;
        promoted = gate.promote();
        Ok(())
    })?;
    Ok(promoted)
}

fn key(name: &str) -> String {
    format!("gate/{name}")
}

#[cfg(test)]
mod tests {
    use artifact::MemoryStore;

    use super::*;

    fn member(id: &str) -> Member {
        Member { id: id.to_owned(), project: id[..1].to_owned(), redrives: 0 }
    }

    /// Runs named `<project><number>` enter in this order, and leave as soon as they are through, the one that
    /// is through longest first: the order in which they went through.
    #[track_caller]
    fn check(max: usize, enter_all: &str, expected: &str) {
        let store = MemoryStore::default();
        let mut through = Vec::new();
        for id in enter_all.split(' ') {
            let change = enter(&store, "g", &member(id), max).unwrap();
            assert!(change.promoted.is_empty());
            assert_eq!(enter(&store, "g", &member(id), max).unwrap().is_through, change.is_through);
            if change.is_through {
                through.push(id.to_owned());
            }
        }
        assert!(through.len() <= max);
        let mut left = 0;
        while left < through.len() {
            through.extend(leave(&store, "g", &member(&through[left])).unwrap());
            left += 1;
            assert!(through.len() - left <= max, "more than {max} at once");
        }
        assert_eq!(through.join(" "), expected);
        assert_eq!(read(&store, "g").unwrap(), Gate { max, ..Gate::default() });
    }

    #[test]
    fn lets_through_in_order_and_fairly() {
        check(1, "a1", "a1");
        check(1, "a1 a2 a3", "a1 a2 a3");
        check(1, "a1 a3 a2", "a1 a2 a3");
        check(2, "a1 a2 a3 a4 a5 b6", "a1 a2 b6 a3 a4 a5");
        check(3, "a1 a2 a3 a4 b5 c6", "a1 a2 a3 b5 c6 a4");
        check(5, "a1 b2", "a1 b2");
    }

    #[test]
    fn a_place_that_was_not_given_on_is_found() {
        let store = MemoryStore::default();
        for id in ["a1", "a2"] {
            enter(&store, "g", &member(id), 1).unwrap();
        }
        assert!(!read(&store, "g").unwrap().is_stuck());
        // The limit was raised since.
        enter(&store, "g", &member("a1"), 2).unwrap();
        assert_eq!(read(&store, "g").unwrap().active.len(), 2);
        assert!(promote(&store, "g").unwrap().is_empty());
    }

    #[test]
    fn who_comes_late_changes_nothing() {
        let store = MemoryStore::default();
        let redriven = Member { redrives: 1, ..member("a1") };
        assert!(enter(&store, "g", &redriven, 1).unwrap().is_through);
        leave(&store, "g", &member("a1")).unwrap();
        assert_eq!(read(&store, "g").unwrap().active(), std::slice::from_ref(&redriven));
        assert!(!enter(&store, "g", &member("a1"), 1).unwrap().is_through);
        leave(&store, "g", &redriven).unwrap();
        assert!(read(&store, "g").unwrap().active().is_empty());
    }

    #[test]
    fn only_so_many_wait() {
        let store = MemoryStore::default();
        let mut gate = Gate { max: 1, active: vec![member("a0")], waiting: Vec::new() };
        gate.waiting = (0..MAX_WAITING_RUNS).map(|n| member(&format!("a{n:05}"))).collect();
        store.set("gate/g", &serde_json::to_vec(&gate).unwrap()).unwrap();
        let error = enter(&store, "g", &member("b1"), 1).unwrap_err();
        assert_eq!((error.status, error.code), (429, "too-many-waiting-runs"));
        assert!(error.message.contains("5000 runs wait at gate `g`"), "{error}");
        assert_eq!(demand_room(&store, "g").unwrap_err().code, "too-many-waiting-runs");
        leave(&store, "g", &member("a00007")).unwrap();
        demand_room(&store, "g").unwrap();
    }
}
