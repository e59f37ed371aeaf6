//! The store in a Redis alone.

use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::server::RedisServer;
use super::{crash, redis_store, text};
use crate::host::event::{Event, Observer};
use crate::host::keyvalue::{KeyValue, RedisStore, StoreError};
use crate::host::limits::Limits;

/// Remembers what was told.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Observer for Told {
    fn event(&self, event: &Event<'_>) {
        self.0.lock().expect("events").push(format!("{event:?}"));
    }
}

impl Told {
    fn has(&self, what: &str) -> bool {
        self.0.lock().expect("events").iter().any(|event| event.contains(what))
    }
}

async fn connect(store: &RedisStore, told: &Arc<Told>) -> Result<KeyValue, StoreError> {
    KeyValue::connect(store, &Limits::new(None), told.clone()).await
}

async fn connected(server: &RedisServer) -> KeyValue {
    connect(&redis_store(&server.url()), &Arc::default()).await.expect("store")
}

/// Starts a server with these arguments, and expects to be refused.
async fn check_refused(arguments: &[&str], user: &str, expected: &str) {
    let Some(server) = RedisServer::start_with(arguments) else { return };
    let url = server.url().replace("redis://", &format!("redis://{user}"));
    let error = connect(&redis_store(&url), &Arc::default()).await.err().expect("must fail").to_string();
    let address = format!("127.0.0.1:{}/0", server.port());
    assert!(error.contains(expected) && error.contains(&address) && !error.contains("hunter2"), "{error}");
}

#[tokio::test]
async fn unfit_servers_are_refused() {
    check_refused(&["--appendonly", "no"], "", "keeps no log of writes on its disk").await;
    check_refused(&["--appendfsync", "everysec"], "", "set `appendonly yes` and `appendfsync always`").await;
    let evicts = ["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"];
    check_refused(&evicts, "", "throws values away when its memory is full").await;
    check_refused(&["--requirepass", "right"], ":hunter2@", "cannot be reached").await;
    check_refused(&["--requirepass", "right"], "", "cannot be reached").await;
    check_refused(&["--cluster-enabled", "yes"], "", "is a cluster").await;
}

#[tokio::test]
async fn nobody_there_is_told_at_once() {
    let start = Instant::now();
    let store = redis_store("redis://user:hunter2@127.0.0.1:1/5");
    let error = connect(&store, &Arc::default()).await.err().expect("must fail").to_string();
    assert!(error.starts_with("redis at `127.0.0.1:1/5` cannot be reached: Connection refused"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn losses_may_be_accepted() {
    let Some(server) = RedisServer::start_with(&["--appendonly", "no"]) else { return };
    let told = Arc::<Told>::default();
    let store = RedisStore { allow_unsynced: true, ..redis_store(&server.url()) };
    let store = connect(&store, &told).await.expect("store");
    store.set("a".into(), vec![1]).await.expect("set");
    assert!(told.has("Warning") && told.has("keeps no log of writes"));
}

#[tokio::test]
async fn a_password_opens() {
    let Some(server) = RedisServer::start_with(&["--requirepass", "p/w:d"]) else { return };
    let url = server.url().replace("redis://", "redis://:p%2Fw%3Ad@");
    let store = connect(&redis_store(&url), &Arc::default()).await.expect("store");
    store.set("a".into(), vec![1]).await.expect("set");
}

#[tokio::test]
async fn a_newer_layout_is_refused() {
    let Some(server) = RedisServer::start() else { return };
    connected(&server).await.set("a".into(), vec![1]).await.expect("set");
    server.ask("SET ropewalk.layout 7").expect("set");
    let error = connect(&redis_store(&server.url()), &Arc::default()).await.err().expect("must fail");
    assert!(error.to_string().contains("is of a newer version (7; this one writes 1)"), "{error}");
}

#[tokio::test]
async fn hosts_and_strangers_share_a_database() {
    let Some(server) = RedisServer::start() else { return };
    server.ask("SET other:a stranger").expect("set");
    server.ask("SET ropewalk stranger").expect("set");
    let (one, two) = (connected(&server).await, connected(&server).await);
    let blue = redis_store(&format!("{}/0?prefix=blue", server.url()));
    let blue = connect(&blue, &Arc::default()).await.expect("store");
    blue.set("a".into(), b"blue".to_vec()).await.expect("set");
    one.set("a".into(), b"one".to_vec()).await.expect("set");
    assert_eq!(text(two.get("a").await.expect("get")), Some("one".into()));
    assert_eq!(text(blue.get("a").await.expect("get")), Some("blue".into()));
    assert_eq!(two.keys(None, 10).await.expect("keys").keys, ["a"]);
    assert_eq!(two.swap("a".into(), Some(b"one".to_vec()), b"two".to_vec()).await, Ok(Ok(())));
    let late = one.swap("a".into(), Some(b"one".to_vec()), b"three".to_vec()).await;
    assert_eq!(late, Ok(Err(Some(b"two".to_vec()))));
    assert!(server.ask("GET other:a").expect("get").contains("stranger"));
}

#[tokio::test]
async fn scripts_that_were_forgotten_are_told_again() {
    let Some(server) = RedisServer::start() else { return };
    let store = connected(&server).await;
    assert_eq!(store.increment("n".into(), 1).await, Ok(1));
    server.ask("SCRIPT FLUSH").expect("flush");
    assert_eq!(store.increment("n".into(), 1).await, Ok(2));
    assert_eq!(store.swap("k".into(), None, vec![1]).await, Ok(Ok(())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_killed_has_what_it_acknowledged() {
    let Some(mut server) = RedisServer::start() else { return };
    let told = Arc::<Told>::default();
    let store = connect(&redis_store(&server.url()), &told).await.expect("store");
    let mut acknowledged = Vec::new();
    for round in 0..4 {
        let writing = tokio::spawn({
            let store = store.clone();
            async move {
                let mut done = Vec::new();
                for n in 0.. {
                    let key = format!("{round}-{n}");
                    let entries =
                        vec![(format!("{key}/a"), vec![1; 3000]), (format!("{key}/b"), vec![2; 3000])];
                    match store.set_many(entries).await {
                        Ok(()) => done.push(key),
                        Err(StoreError::Uncertain { .. }) => break,
                        Err(error) => panic!("{error}"),
                    }
                }
                done
            }
        });
        tokio::time::sleep(Duration::from_millis(200 + 37 * round)).await;
        server.kill();
        acknowledged.extend(writing.await.expect("writer"));
        // The loss is found out without a call. One that is made then waits for the server, which comes back meanwhile.
        while !told.has("StoreLost") {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let waiting = tokio::spawn({
            let store = store.clone();
            async move { store.increment("n".into(), 1).await }
        });
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.restart();
        assert_eq!(waiting.await.expect("waiter"), Ok(i64::try_from(round).expect("small") + 1));
        assert!(told.has("StoreFound"));
        told.0.lock().expect("events").clear();
    }
    store.delete("n".into()).await.expect("delete");
    crash::check_whole(&store, &acknowledged).await;
    assert!(acknowledged.len() > 40, "{}", acknowledged.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stands_still_is_not_waited_for_for_ever() {
    let Some(server) = RedisServer::start() else { return };
    let store = connected(&server).await;
    store.set("a".into(), b"1".to_vec()).await.expect("set");
    let signal = |name: &str| {
        let sent = Command::new("kill").args([name, &server.pid().to_string()]).status().expect("kill");
        assert!(sent.success());
    };
    signal("-STOP");
    let start = Instant::now();
    let (read, write) = tokio::join!(store.get("a"), store.set("b".into(), b"1".to_vec()));
    let waited = start.elapsed();
    assert!(waited > Duration::from_secs(4) && waited < Duration::from_secs(7), "{waited:?}");
    let address = format!("redis at `127.0.0.1:{}/0`", server.port());
    let (read, write) = (read.expect_err("read").to_string(), write.expect_err("write").to_string());
    assert!(read.starts_with(&format!("{address} cannot be reached: ")), "{read}");
    assert_eq!(write, format!("{address} may or may not have written: no answer within 5 s"));
    // Who comes later is told at once.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let start = Instant::now();
    let late = store.set("c".into(), vec![]).await.expect_err("write").to_string();
    assert!(late.starts_with(&format!("{address} cannot be reached: ")), "{late}");
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    signal("-CONT");
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(text(store.get("a").await.expect("get")), Some("1".into()));
}
