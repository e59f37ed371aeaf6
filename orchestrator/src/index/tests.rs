use artifact::{Digest, MemoryStore};

use super::*;
use crate::run::Status;

fn run(id: &str, redrives: u32) -> Run {
    Run {
        redrives,
        status: Status::Succeeded,
        ..Run::new(id.to_owned(), "site".to_owned(), Digest::of(b""), 0)
    }
}

fn listed(store: &MemoryStore, limit: usize) -> Vec<String> {
    newest(store, &["site".to_owned()], limit).unwrap()
}

#[test]
fn lists_newest_first_over_pages() {
    let store = MemoryStore::default();
    let ids: Vec<String> = (0..600).map(|number| format!("run{number:03}")).collect();
    for part in ids.chunks(7) {
        let part: Vec<&str> = part.iter().map(String::as_str).collect();
        add(&store, "site", &part).unwrap();
    }
    add(&store, "site", &["run599"]).unwrap();
    open(&store, &run("run600", 0), None).unwrap();
    open(&store, &run("run599", 1), None).unwrap();
    let found = listed(&store, 520);
    assert_eq!((found.len(), found[0].as_str(), found[519].as_str()), (520, "run600", "run081"));
    assert_eq!(listed(&store, 1000).len(), 601);
    assert!(newest(&store, &["other".to_owned()], 10).unwrap().is_empty());
}

#[test]
fn the_oldest_are_struck_off() {
    let store = MemoryStore::default();
    let ids: Vec<String> = (0..600).map(|number| format!("run{number:03}")).collect();
    add(&store, "site", &ids.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
    let mut left = 600;
    while left > 0 {
        let (count, mut page) = oldest(&store, "site").unwrap();
        assert_eq!((count, &page[0]), (left, &ids[600 - left]));
        page.truncate(100);
        strike_oldest(&store, "site", &page).unwrap();
        left -= page.len();
        assert_eq!(listed(&store, 1000), ids[600 - left..].iter().rev().cloned().collect::<Vec<_>>());
    }
    assert!(store.keys().iter().all(|key| !key.starts_with("runs/site/")), "{:?}", store.keys());
    add(&store, "site", &["run600"]).unwrap();
    assert_eq!(oldest(&store, "site").unwrap(), (1, vec!["run600".to_owned()]));
}

#[test]
fn keeps_open_runs() {
    let store = MemoryStore::default();
    let at = |id: &str, wake_at_ms| {
        all_open(&store).unwrap().iter().any(|open| open.id == id && open.wake_at_ms == wake_at_ms)
    };
    open(&store, &run("a", 0), None).unwrap();
    open(&store, &run("b", 0), Some(5)).unwrap();
    open(&store, &run("a", 0), Some(7)).unwrap();
    assert!(at("a", Some(7)) && at("b", Some(5)));
    open(&store, &run("a", 1), None).unwrap();
    // Who comes late speaks of the time before the redrive.
    open(&store, &run("a", 0), Some(9)).unwrap();
    settle(&store, &[run("a", 0), run("b", 0)]).unwrap();
    assert!(at("a", None) && all_open(&store).unwrap().len() == 1);
    settle(&store, &[run("a", 1)]).unwrap();
    settle(&store, &[run("a", 1)]).unwrap();
    assert!(all_open(&store).unwrap().is_empty());
    assert_eq!(listed(&store, 10), ["b", "a"]);
}

/// What the list says of a run: `None` if it isn't there.
fn noted(store: &MemoryStore, id: &str) -> Option<(Option<u64>, bool)> {
    let open = all_open(store).unwrap().into_iter().find(|open| open.id == id)?;
    Some((open.wake_at_ms, open.parked))
}

#[test]
fn only_who_drives_a_run_parks_it() {
    let store = MemoryStore::default();
    let one = run("a", 0);
    // Nobody drives what is not in the list.
    park(&store, &one, 100_000, None).unwrap();
    assert_eq!(noted(&store, "a"), None);
    open(&store, &one, None).unwrap();
    park(&store, &one, 100_000, Some(7)).unwrap();
    assert_eq!(noted(&store, "a"), Some((None, false)));
    park(&store, &one, 100_000, None).unwrap();
    assert_eq!(noted(&store, "a"), Some((Some(100_000), true)));
    let first = wake(&store, &one, 50_000).unwrap();
    let second = wake(&store, &one, 50_000).unwrap();
    assert_ne!(first, second, "the first driver can't tell that there is a second one");
    park(&store, &one, 200_000, Some(first)).unwrap();
    assert_eq!(noted(&store, "a"), Some((Some(second), false)));
    park(&store, &one, 200_000, Some(second)).unwrap();
    assert_eq!(noted(&store, "a"), Some((Some(200_000), true)));
    park(&store, &run("a", 1), 300_000, Some(200_000)).unwrap();
    assert_eq!(noted(&store, "a"), Some((Some(200_000), true)), "an entry of another redrive");
}

#[test]
fn who_waits_long_goes_to_the_calendar_and_comes_back() {
    let store = MemoryStore::default();
    let parked = |id: &str, at_ms| {
        let run = Run { status: Status::Running, wake_at_ms: Some(at_ms), ..run(id, 0) };
        assert!(Loaded::unsaved(run.clone()).create(&store).unwrap());
        open(&store, &run, None).unwrap();
        park(&store, &run, at_ms, None).unwrap();
        run
    };
    let soon = parked("soon", 1_000);
    let late = parked("late", 100_000);
    let woken = parked("woken", 100_000);
    let all = all_open(&store).unwrap();
    wake(&store, &woken, 500).unwrap();
    put_by(&store, &all, 500).unwrap();
    assert_eq!((noted(&store, &soon.id), noted(&store, &late.id)), (Some((Some(1_000), true)), None));
    assert_eq!(noted(&store, &woken.id), Some((Some(500), false)));
    assert_eq!(listed(&store, 9), ["woken", "soon", "late"]);
    assert!(fetch_due(&store, 99_999, 10).unwrap().is_empty());
    // It was woken, and ended, before its moment came.
    settle(&store, &[Run { status: Status::Succeeded, ..woken.clone() }]).unwrap();
    let key = crate::run::key(&woken.id);
    let ended = serde_json::to_vec(&Run { status: Status::Succeeded, ..woken }).unwrap();
    store.set(&key, &ended).unwrap();
    let fetched = fetch_due(&store, 100_000, 10).unwrap();
    assert_eq!(fetched.iter().map(|open| &open.id).collect::<Vec<_>>(), [&late.id]);
    assert_eq!(noted(&store, &late.id), Some((Some(100_000), false)));
    assert!(fetch_due(&store, 100_000, 10).unwrap().is_empty());
    assert_eq!(listed(&store, 9), ["woken", "soon", "late"]);
}

#[test]
fn runs_that_end_are_struck_off_by_and_by() {
    let store = MemoryStore::default();
    for number in 0..4_000 {
        let ended_run = run(&format!("run{number:04}"), 0);
        open(&store, &ended_run, None).unwrap();
        assert!(Loaded::unsaved(ended_run.clone()).create(&store).unwrap());
        ended(&store, &ended_run).unwrap();
    }
    let left = all_open(&store).unwrap().len();
    assert!(left < 1_000, "{left} ended runs are listed as open");
    assert_eq!(listed(&store, 5_000).len(), 4_000);
}
