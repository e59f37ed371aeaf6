//! The store in a folder alone.

use crate::host::keyvalue::sqlite::{Sqlite, open};
use crate::host::keyvalue::{Backend, KeyValue, StoreError};
use crate::host::limits::Limits;

fn open_in(folder: &tempfile::TempDir) -> KeyValue {
    KeyValue::open(folder.path(), &Limits::new(None)).expect("store")
}

#[tokio::test]
async fn a_full_disk_harms_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("state.db");
    let connection = open::writer(&path).expect("store");
    connection.pragma_update(None, "max_page_count", 100).expect("pragma");
    let sqlite = Sqlite::of(connection, &path, None).expect("writer");
    let store = KeyValue::of(Backend::Sqlite(sqlite), &Limits::new(None));
    store.set("before".into(), vec![1; 1000]).await.expect("set");
    let error = store.set("large".into(), vec![2; 1_000_000]).await.expect_err("must fail");
    assert_eq!(error, StoreError::DiskFull);
    // In one group with a write that fails, the others are done.
    let (large, small) =
        tokio::join!(store.set("large".into(), vec![2; 1_000_000]), store.set("small".into(), vec![3; 10]));
    assert_eq!((large, small), (Err(StoreError::DiskFull), Ok(())));
    assert_eq!(store.get("before").await.expect("get"), Some(vec![1; 1000]));
    assert_eq!(store.get("large").await.expect("get"), None);
    store.delete("before".into()).await.expect("delete");
    store.close().await;
    assert_eq!(open_in(&folder).get("small").await.expect("get"), Some(vec![3; 10]));
}

#[tokio::test]
async fn refuses_what_is_not_its_own() {
    let folder = tempfile::tempdir().expect("folder");
    open_in(&folder).close().await;
    let path = folder.path().join("state.db");
    let connection = rusqlite::Connection::open(&path).expect("open");
    connection.pragma_update(None, "user_version", 99).expect("pragma");
    drop(connection);
    let open = || KeyValue::open(folder.path(), &Limits::new(None)).err().expect("must fail");
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
    let folder = tempfile::tempdir().expect("folder");
    let store = open_in(&folder);
    store.set("a".into(), vec![]).await.expect("set");
    for file in std::fs::read_dir(folder.path()).expect("folder") {
        let file = file.expect("file");
        let mode = file.metadata().expect("metadata").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.path().display());
    }
}
