//! What holds for both backends; what holds for one of them is in a module of its own.

mod crash;
mod redis;
#[path = "../../../../tests/support/redis.rs"]
mod server;
mod sqlite;

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{KeyValue, RedisStore, StoreError};
use crate::host::event::Nobody;
use crate::host::limits::{Limits, Profile};
use server::RedisServer;

/// Where a store is.
enum Place {
    Folder(tempfile::TempDir),
    Redis(RedisServer),
}

impl Place {
    fn folder() -> Self {
        Self::Folder(tempfile::tempdir().expect("folder"))
    }

    async fn open(&self) -> KeyValue {
        self.open_with(None).await
    }

    async fn open_with(&self, profile: Option<Profile>) -> KeyValue {
        let limits = Limits::new(profile);
        match self {
            Self::Folder(folder) => KeyValue::open(folder.path(), &limits),
            Self::Redis(server) => {
                KeyValue::connect(&redis_store(&server.url()), &limits, Arc::new(Nobody)).await
            }
        }
        .expect("store")
    }
}

fn redis_store(url: &str) -> RedisStore {
    RedisStore { url: url.parse().expect("url"), allow_unsynced: false }
}

/// Runs a test on each backend, on an empty place.
async fn both(test: impl AsyncFn(&Place)) {
    test(&Place::folder()).await;
    if let Some(server) = RedisServer::start() {
        test(&Place::Redis(server)).await;
    }
}

fn text(value: Option<Vec<u8>>) -> Option<String> {
    value.map(|bytes| String::from_utf8(bytes).expect("text"))
}

#[tokio::test]
async fn keeps_what_it_was_given() {
    both(async |place| {
        let store = place.open().await;
        assert_eq!(store.get("a").await.expect("get"), None);
        store.set("a".into(), b"1".to_vec()).await.expect("set");
        store.set("a".into(), b"2".to_vec()).await.expect("set");
        store.set_many(vec![("b".into(), b"3".to_vec()), (String::new(), vec![])]).await.expect("set");
        assert_eq!(text(store.get("a").await.expect("get")), Some("2".into()));
        let many = store.get_many(&["b".into(), "x".into(), "a".into()]).await.expect("get");
        assert_eq!(many, [Some(b"3".to_vec()), None, Some(b"2".to_vec())]);
        assert!(store.exists("").await.expect("exists") && !store.exists("x").await.expect("exists"));
        store.close().await;
        assert_eq!(store.set("c".into(), vec![]).await, Err(StoreError::Closed));
        let store = place.open().await;
        assert_eq!(text(store.get("a").await.expect("get")), Some("2".into()));
        store.delete_many(vec!["a".into(), "x".into()]).await.expect("delete");
        store.delete("b".into()).await.expect("delete");
        assert_eq!(store.keys(None, 10).await.expect("keys").keys, [""]);
    })
    .await;
}

#[tokio::test]
async fn lists_keys_page_by_page() {
    both(async |place| {
        let store = place.open().await;
        let entries = ["c", "", "a", "b", "ä"].map(|key| (key.to_owned(), vec![]));
        store.set_many(entries.into()).await.expect("set");
        let mut all = Vec::new();
        let mut cursor = None;
        loop {
            let page = store.keys(cursor.as_deref(), 2).await.expect("keys");
            assert!(page.keys.len() <= 2);
            all.extend(page.keys);
            cursor = page.cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(all, ["", "a", "b", "c", "ä"]);
    })
    .await;
}

#[tokio::test]
async fn swaps_only_what_is_expected() {
    both(async |place| {
        let store = place.open().await;
        let swap =
            |expected: Option<&str>, new: &str| store.swap("k".into(), expected.map(Into::into), new.into());
        assert_eq!(swap(Some("0"), "1").await, Ok(Err(None)));
        assert_eq!(swap(None, "1").await, Ok(Ok(())));
        assert_eq!(swap(None, "2").await, Ok(Err(Some(b"1".to_vec()))));
        assert_eq!(swap(Some("1"), "2").await, Ok(Ok(())));
        assert_eq!(text(store.get("k").await.expect("get")), Some("2".into()));
    })
    .await;
}

#[tokio::test]
async fn adds_numbers() {
    both(async |place| {
        let store = place.open().await;
        assert_eq!(store.increment("n".into(), 2).await, Ok(2));
        assert_eq!(store.increment("n".into(), -5).await, Ok(-3));
        store.set("t".into(), b"text".to_vec()).await.expect("set");
        let error = store.increment("t".into(), 1).await.expect_err("must fail");
        assert_eq!(error.to_string(), "the value of `t` is not a number of 64 bits");
        store.set("n".into(), i64::MAX.to_le_bytes().to_vec()).await.expect("set");
        let error = store.increment("n".into(), 1).await.expect_err("must fail");
        assert_eq!(error.to_string(), "the sum of `n` does not fit into 64 bits");
        let numbers =
            [0, 1, -1, 255, -256, 1 << 40, -(1 << 53) - 1, (1 << 53) + 1, i64::MAX, i64::MIN, i64::MAX / 3];
        for one in numbers {
            for other in numbers {
                store.set("n".into(), one.to_le_bytes().to_vec()).await.expect("set");
                let sum = store.increment("n".into(), other).await;
                assert_eq!(sum.ok(), one.checked_add(other), "{one} + {other}");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_wins_a_race() {
    both(async |place| {
        let store = place.open().await;
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..64_u32 {
            let store = store.clone();
            tasks.spawn(async move {
                store.swap("lock".into(), None, n.to_string().into_bytes()).await.expect("swap").is_ok()
            });
        }
        let won = tasks.join_all().await.into_iter().filter(|won| *won).count();
        assert_eq!(won, 1);
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..64 {
            let store = store.clone();
            tasks.spawn(async move { store.increment("sum".into(), 1).await.expect("increment") });
        }
        let mut sums = tasks.join_all().await;
        sums.sort_unstable();
        assert_eq!(sums, (1..=64).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_writers_share_a_sync() {
    both(async |place| {
        let store = place.open().await;
        let start = Instant::now();
        store.set("one".into(), vec![0; 100]).await.expect("set");
        let one = start.elapsed();
        let start = Instant::now();
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..200 {
            let store = store.clone();
            tasks.spawn(async move { store.set(format!("k{n}"), vec![0; 100]).await.expect("set") });
        }
        tasks.join_all().await;
        let all = start.elapsed();
        assert!(all < one * 100 + Duration::from_millis(50), "{all:?} for 200, {one:?} for one");
    })
    .await;
}

#[track_caller]
fn check_limit(result: Result<(), StoreError>, expected: &str) {
    assert_eq!(result.expect_err("must fail").to_string(), expected);
}

#[tokio::test]
async fn holds_to_the_limits_of_akamai() {
    both(async |place| {
        let store = place.open_with(Some(Profile::AkamaiFunctions)).await;
        check_limit(
            store.set("k".into(), vec![0; 1_000_001]).await,
            "the value of `k` has 1000001 bytes, the limit is 1000000 (limits of akamai-functions)",
        );
        check_limit(
            store.set("k".repeat(9000), vec![]).await,
            "a key has 9000 bytes, the limit is 8192 (limits of akamai-functions)",
        );
        check_limit(
            store.increment("n".into(), 1).await.map(drop),
            "compare-and-swap and increment are not available (limits of akamai-functions)",
        );
        let mut refused = None;
        for _ in 0..200 {
            if let Err(error) = store.set("k".into(), vec![]).await {
                refused = Some(error);
            }
        }
        check_limit(refused.map_or(Ok(()), Err), "more than 50 writes a second (limits of akamai-functions)");
    })
    .await;
}

#[tokio::test]
async fn holds_to_the_limits_of_fermyon() {
    both(async |place| {
        let store = place.open_with(Some(Profile::FermyonCloud)).await;
        let entries = |range: std::ops::Range<u32>| range.map(|n| (n.to_string(), vec![])).collect();
        store.set_many(entries(0..1024)).await.expect("set");
        store.set_many(entries(0..10)).await.expect("overwrite");
        check_limit(
            store.set_many(entries(1000..1030)).await,
            "the store would have 1030 keys, the limit is 1024 (limits of fermyon-cloud)",
        );
        let full = "the store would have 1025 keys, the limit is 1024 (limits of fermyon-cloud)";
        check_limit(store.swap("new".into(), None, vec![]).await.map(drop), full);
        check_limit(store.increment("new".into(), 1).await.map(drop), full);
        assert_eq!(store.swap("7".into(), Some(vec![]), b"1".to_vec()).await, Ok(Ok(())));
        store.delete("8".into()).await.expect("delete");
        assert_eq!(store.increment("new".into(), 1).await, Ok(1));
    })
    .await;
}
