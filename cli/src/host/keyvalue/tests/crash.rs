//! A process that writes is killed, again and again: what was acknowledged is there, and nothing by halves.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use super::{Place, both, redis_store};
use crate::host::event::Nobody;
use crate::host::keyvalue::KeyValue;
use crate::host::limits::Limits;

/// Names the folder, or the URL of the Redis, to the process that is killed.
const STORE: &str = "ROPEWALK_TEST_STORE";

#[tokio::test]
async fn what_was_acknowledged_survives() {
    both(async |place| {
        let mut all = Vec::new();
        for round in 0..6 {
            all.extend(write_until_killed(place, 20 + round * 17));
            check_whole(&place.open().await, &all).await;
        }
        assert!(all.len() >= 6 * 20);
    })
    .await;
}

/// Starts a process that writes, and kills it after so many pairs. Gives the names of those that it acknowledged.
fn write_until_killed(place: &Place, pairs: usize) -> Vec<String> {
    let store = match place {
        Place::Folder(folder) => folder.path().display().to_string(),
        Place::Redis(server) => server.url(),
    };
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args([
            "--exact",
            "host::keyvalue::tests::crash::writes_until_it_is_killed",
            "--ignored",
            "--nocapture",
        ])
        .env(STORE, store)
        .stdout(Stdio::piped())
        .spawn()
        .expect("process");
    let mut lines = BufReader::new(child.stdout.take().expect("output")).lines().map_while(Result::ok);
    let acknowledged = |line: &String| line.strip_prefix("stored ").map(str::to_owned);
    let mut names: Vec<String> = lines.by_ref().filter_map(|line| acknowledged(&line)).take(pairs).collect();
    child.kill().expect("kill");
    // What it had said before it was killed.
    names.extend(lines.filter_map(|line| acknowledged(&line)));
    child.wait().expect("end");
    names
}

/// Each acknowledged pair is there, and no half of any.
pub(super) async fn check_whole(store: &KeyValue, acknowledged: &[String]) {
    for key in acknowledged {
        let both = store.get_many(&[format!("{key}/a"), format!("{key}/b")]).await.expect("get");
        assert!(both.iter().all(Option::is_some), "{key} is lost");
    }
    let keys = store.keys(None, usize::MAX).await.expect("keys").keys;
    for key in &keys {
        let other = match key.strip_suffix("/a") {
            Some(key) => format!("{key}/b"),
            None => format!("{}/a", key.trim_end_matches("/b")),
        };
        assert!(keys.binary_search(&other).is_ok(), "{key} is there without {other}");
    }
}

#[tokio::test]
#[ignore = "runs until it is killed"]
async fn writes_until_it_is_killed() {
    let at = std::env::var(STORE).expect("store");
    let limits = Limits::new(None);
    let store = if at.starts_with("redis:") {
        KeyValue::connect(&redis_store(&at), &limits, Arc::new(Nobody)).await.expect("store")
    } else {
        KeyValue::open(&PathBuf::from(at), &limits).expect("store")
    };
    for n in 0_u64.. {
        let key = format!("{}-{n}", std::process::id());
        let entries = vec![(format!("{key}/a"), vec![1; 3000]), (format!("{key}/b"), vec![2; 3000])];
        store.set_many(entries).await.expect("set");
        writeln!(std::io::stdout().lock(), "stored {key}").expect("write");
    }
}
