//! A process that writes is killed, again and again: what was acknowledged is there, and nothing by halves.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::Folder;
use crate::host::keyvalue::KeyValue;
use crate::host::limits::Limits;

/// Names the folder to the process that is killed.
const FOLDER: &str = "ROPEWALK_TEST_STORE";

#[test]
fn what_was_acknowledged_survives() {
    let folder = Folder::new();
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    let mut all = Vec::new();
    for round in 0..6 {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args([
                "--exact",
                "host::keyvalue::tests::crash::writes_until_it_is_killed",
                "--ignored",
                "--nocapture",
            ])
            .env(FOLDER, folder.0.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("process");
        let mut lines = BufReader::new(child.stdout.take().expect("output")).lines().map_while(Result::ok);
        let acknowledged = |line: &String| line.strip_prefix("stored ").map(str::to_owned);
        all.extend(lines.by_ref().filter_map(|line| acknowledged(&line)).take(20 + round * 17));
        child.kill().expect("kill");
        // What it had said before it was killed.
        all.extend(lines.filter_map(|line| acknowledged(&line)));
        child.wait().expect("end");
        let store = folder.open();
        for key in &all {
            let both = store.get_many(&[format!("{key}/a"), format!("{key}/b")]).expect("get");
            assert!(both.iter().all(Option::is_some), "{key} is lost");
        }
        for key in store.keys(None, 100_000).expect("keys").keys {
            let other = match key.strip_suffix("/a") {
                Some(key) => format!("{key}/b"),
                None => format!("{}/a", key.trim_end_matches("/b")),
            };
            assert!(store.exists(&other).expect("exists"), "{key} is there without {other}");
        }
        runtime.block_on(store.close());
    }
    assert!(all.len() >= 6 * 20);
}

#[tokio::test]
#[ignore = "runs until it is killed"]
async fn writes_until_it_is_killed() {
    let folder = PathBuf::from(std::env::var(FOLDER).expect("folder"));
    let store = KeyValue::open(&folder, &Limits::new(None)).expect("store");
    for n in 0_u64.. {
        let key = format!("{}-{n}", std::process::id());
        let entries = vec![(format!("{key}/a"), vec![1; 3000]), (format!("{key}/b"), vec![2; 3000])];
        store.set_many(entries).await.expect("set");
        writeln!(std::io::stdout().lock(), "stored {key}").expect("write");
    }
}
