mod crash;

use std::time::{Duration, Instant};

use super::{KeyValue, StoreError, open};
use crate::host::limits::{Limits, Profile};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("folder"))
    }

    fn open(&self) -> KeyValue {
        self.open_with(None)
    }

    fn open_with(&self, profile: Option<Profile>) -> KeyValue {
        KeyValue::open(self.0.path(), &Limits::new(profile)).expect("store")
    }
}

fn text(value: Option<Vec<u8>>) -> Option<String> {
    value.map(|bytes| String::from_utf8(bytes).expect("text"))
}

#[tokio::test]
async fn keeps_what_it_was_given() {
    let folder = Folder::new();
    let store = folder.open();
    assert_eq!(store.get("a").expect("get"), None);
    store.set("a".into(), b"1".to_vec()).await.expect("set");
    store.set("a".into(), b"2".to_vec()).await.expect("set");
    store.set_many(vec![("b".into(), b"3".to_vec()), (String::new(), vec![])]).await.expect("set");
    assert_eq!(text(store.get("a").expect("get")), Some("2".into()));
    let many = store.get_many(&["b".into(), "x".into(), "a".into()]).expect("get");
    assert_eq!(many, [Some(b"3".to_vec()), None, Some(b"2".to_vec())]);
    assert!(store.exists("").expect("exists") && !store.exists("x").expect("exists"));
    store.close().await;
    assert_eq!(store.set("c".into(), vec![]).await, Err(StoreError::Closed));
    let store = folder.open();
    assert_eq!(text(store.get("a").expect("get")), Some("2".into()));
    store.delete_many(vec!["a".into(), "x".into()]).await.expect("delete");
    store.delete("b".into()).await.expect("delete");
    assert_eq!(store.keys(None, 10).expect("keys").keys, [""]);
}

#[tokio::test]
async fn lists_keys_page_by_page() {
    let folder = Folder::new();
    let store = folder.open();
    let entries = ["c", "", "a", "b", "ä"].map(|key| (key.to_owned(), vec![]));
    store.set_many(entries.into()).await.expect("set");
    let mut all = Vec::new();
    let mut cursor = None;
    loop {
        let page = store.keys(cursor.as_deref(), 2).expect("keys");
        assert!(page.keys.len() <= 2);
        all.extend(page.keys);
        cursor = page.cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(all, ["", "a", "b", "c", "ä"]);
}

#[tokio::test]
async fn swaps_only_what_is_expected() {
    let folder = Folder::new();
    let store = folder.open();
    let swap =
        |expected: Option<&str>, new: &str| store.swap("k".into(), expected.map(Into::into), new.into());
    assert_eq!(swap(Some("0"), "1").await, Ok(Err(None)));
    assert_eq!(swap(None, "1").await, Ok(Ok(())));
    assert_eq!(swap(None, "2").await, Ok(Err(Some(b"1".to_vec()))));
    assert_eq!(swap(Some("1"), "2").await, Ok(Ok(())));
    assert_eq!(text(store.get("k").expect("get")), Some("2".into()));
}

#[tokio::test]
async fn adds_numbers() {
    let folder = Folder::new();
    let store = folder.open();
    assert_eq!(store.increment("n".into(), 2).await, Ok(2));
    assert_eq!(store.increment("n".into(), -5).await, Ok(-3));
    store.set("t".into(), b"text".to_vec()).await.expect("set");
    let error = store.increment("t".into(), 1).await.expect_err("must fail");
    assert_eq!(error.to_string(), "the value of `t` is not a number of 64 bits");
    store.set("n".into(), i64::MAX.to_le_bytes().to_vec()).await.expect("set");
    assert!(store.increment("n".into(), 1).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_wins_a_race() {
    let folder = Folder::new();
    let store = folder.open();
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
}

#[tokio::test(flavor = "multi_thread")]
async fn many_writers_share_a_sync() {
    let folder = Folder::new();
    let store = folder.open();
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
}

#[tokio::test]
async fn a_full_disk_harms_nothing() {
    let folder = Folder::new();
    let path = folder.0.path().join("state.db");
    let connection = open::writer(&path).expect("store");
    connection.pragma_update(None, "max_page_count", 100).expect("pragma");
    let writer = super::Writer::start(connection, &path, None).expect("writer");
    let store = KeyValue(std::sync::Arc::new(super::Inner {
        quota: super::Quota::new(&Limits::new(None)),
        readers: super::Readers::new(&path),
        writer,
    }));
    store.set("before".into(), vec![1; 1000]).await.expect("set");
    let error = store.set("large".into(), vec![2; 1_000_000]).await.expect_err("must fail");
    assert_eq!(error, StoreError::DiskFull);
    // In one group with a write that fails, the others are done.
    let (large, small) =
        tokio::join!(store.set("large".into(), vec![2; 1_000_000]), store.set("small".into(), vec![3; 10]));
    assert_eq!((large, small), (Err(StoreError::DiskFull), Ok(())));
    assert_eq!(store.get("before").expect("get"), Some(vec![1; 1000]));
    assert_eq!(store.get("large").expect("get"), None);
    store.delete("before".into()).await.expect("delete");
    store.close().await;
    assert_eq!(folder.open().get("small").expect("get"), Some(vec![3; 10]));
}

#[tokio::test]
async fn refuses_what_is_not_its_own() {
    let folder = Folder::new();
    folder.open().close().await;
    let path = folder.0.path().join("state.db");
    let connection = rusqlite::Connection::open(&path).expect("open");
    connection.pragma_update(None, "user_version", 99).expect("pragma");
    drop(connection);
    let open = || KeyValue::open(folder.0.path(), &Limits::new(None)).err().expect("must fail");
    let error = open().to_string();
    assert!(error.contains("is of a newer version (99; this one writes 1)"), "{error}");
    std::fs::remove_file(&path).expect("remove");
    std::fs::write(&path, "not a database, but long enough to be asked about".repeat(20)).expect("write");
    assert!(open().to_string().contains("is not a store of ropewalk"), "{}", open());
    std::fs::remove_file(&path).expect("remove");
    let connection = rusqlite::Connection::open(&path).expect("open");
    connection.execute_batch("CREATE TABLE other (x)").expect("table");
    drop(connection);
    assert!(open().to_string().contains("is not a store of ropewalk"), "{}", open());
}

#[tokio::test]
async fn is_private() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let store = folder.open();
    store.set("a".into(), vec![]).await.expect("set");
    for file in std::fs::read_dir(folder.0.path()).expect("folder") {
        let file = file.expect("file");
        let mode = file.metadata().expect("metadata").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.path().display());
    }
}

#[track_caller]
fn check_limit(result: Result<(), StoreError>, expected: &str) {
    assert_eq!(result.expect_err("must fail").to_string(), expected);
}

#[tokio::test]
async fn holds_to_limits() {
    let folder = Folder::new();
    let store = folder.open_with(Some(Profile::AkamaiFunctions));
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
    let folder = Folder::new();
    let store = folder.open_with(Some(Profile::FermyonCloud));
    let entries = |range: std::ops::Range<u32>| range.map(|n| (n.to_string(), vec![])).collect();
    store.set_many(entries(0..1024)).await.expect("set");
    store.set_many(entries(0..10)).await.expect("overwrite");
    check_limit(
        store.set_many(entries(1000..1030)).await,
        "the store would have 1030 keys, the limit is 1024 (limits of fermyon-cloud)",
    );
}
