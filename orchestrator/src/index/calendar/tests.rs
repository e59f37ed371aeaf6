use artifact::MemoryStore;

use super::*;

fn parked(at_ms: u64, id: u64) -> Parked {
    Parked {
        at_ms,
        id: format!("run{id:04}"),
        project: if id.is_multiple_of(2) { "even" } else { "odd" }.to_owned(),
    }
}

fn all(store: &MemoryStore) -> Vec<Parked> {
    due(store, u64::MAX, usize::MAX).unwrap()
}

/// A number that looks random and is the same each time.
fn scattered(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40
}

/// Adds runs with these moments, so many at a time, and takes them off again as they come due.
#[track_caller]
fn check(moments: &[u64], at_a_time: usize) {
    let store = MemoryStore::default();
    let runs: Vec<Parked> = (0..).zip(moments).map(|(id, at_ms)| parked(*at_ms, id)).collect();
    for some in runs.chunks(at_a_time) {
        add(&store, some.to_vec()).unwrap();
        add(&store, some.to_vec()).unwrap();
    }
    let mut sorted = runs;
    sorted.sort_unstable();
    assert_eq!(all(&store), sorted);
    let newest_even = newest(&store, &["even".to_owned()], 3).unwrap();
    let mut expected: Vec<&String> =
        sorted.iter().filter(|run| run.project == "even").map(|run| &run.id).collect();
    expected.sort_unstable_by(|a, b| b.cmp(a));
    expected.truncate(3);
    assert_eq!(newest_even.iter().collect::<Vec<_>>(), expected);
    while let Some(first) = sorted.first() {
        let now_ms = first.at_ms;
        let found = due(&store, now_ms, 7).unwrap();
        assert_eq!(found[..], sorted[..found.len()]);
        assert!(found.len() == 7 || sorted.get(found.len()).is_none_or(|next| next.at_ms > now_ms));
        strike(&store, &found).unwrap();
        sorted.drain(..found.len());
        assert_eq!(all(&store), sorted);
    }
    assert!(store.keys().iter().all(|key| key == DIRECTORY_KEY), "pages stay behind: {:?}", store.keys());
}

#[test]
fn gives_what_is_due_in_order() {
    check(&[], 1);
    check(&[5], 1);
    check(&[7; 40], 3);
    check(&(0..60).collect::<Vec<_>>(), 1);
    check(&(0..60).rev().collect::<Vec<_>>(), 1);
    check(&(0..300).map(scattered).collect::<Vec<_>>(), 1);
    check(&(0..300).map(|number| scattered(number) % 10).collect::<Vec<_>>(), 11);
    check(&(0..300).map(scattered).collect::<Vec<_>>(), 300);
}

#[test]
fn reads_the_pages_of_the_present_alone() {
    let store = MemoryStore::default();
    add(&store, (0..1_000).map(|number| parked(1_000 + number, number)).collect()).unwrap();
    for page in &Directory::read(&store).unwrap().pages[1..] {
        store.set(&page_key(page.number), b"not to be read").unwrap();
    }
    assert_eq!(due(&store, 1_001, 10).unwrap(), [parked(1_000, 0), parked(1_001, 1)]);
}

#[test]
fn a_page_that_was_closed_takes_no_more() {
    let store = MemoryStore::default();
    add(&store, vec![parked(1, 1)]).unwrap();
    // A host ended after it closed the page.
    change_page(&store, 0, |leaf| *leaf = Leaf { closed: true, runs: Vec::new() }).unwrap();
    let page = Directory::read(&store).unwrap().pages[0].clone();
    assert!(!add_to(&store, &page, &[parked(2, 2)]).unwrap());
    add(&store, vec![parked(3, 3)]).unwrap();
    assert_eq!(all(&store), [parked(3, 3)]);
    assert_eq!(store.keys(), [DIRECTORY_KEY, "parked/1"]);
}
