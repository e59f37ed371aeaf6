//! What one request does to others: nothing on WASI 0.2, nothing beyond its instance on WASI 0.3.

use std::time::{Duration, Instant};

use super::fixture::{Fixture, GENEROUS, ask, check, ended, send};

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_requests_never_meet() {
    let fixture = Fixture::new();
    let host = std::sync::Arc::new(fixture.start().await);
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..200 {
        let host = host.clone();
        tasks.spawn(async move {
            if n % 10 == 0 {
                let response = send(&host, "fresh", "/trap", "").await.expect("answer");
                assert_eq!(response.status(), 500);
                return 1;
            }
            let body = format!("body of {n} ").repeat(500);
            let response = send(&host, "fresh", "/echo", &body).await.expect("answer");
            assert_eq!(response.body(), body.as_bytes());
            check(ask(&host, "fresh", "/requests").await, 200, "1");
            0
        });
    }
    let trapped: usize = tasks.join_all().await.into_iter().sum();
    assert_eq!(trapped, 20);
}

#[track_caller]
fn check_ended(response: &http::Response<bytes::Bytes>, status: u16, why: &str) {
    assert_eq!((response.status().as_u16(), ended(response)), (status, Some(why)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_ends_says_why() {
    let fixture = Fixture::new();
    let grants = format!("{GENEROUS}[component.{{id}}.tool.ropewalk]\nmemory_mib = 24\ntime_s = 1\n");
    let host = fixture.builder(&grants, &grants).start().await.expect("host");
    for id in ["fresh", "reused"] {
        let hog = send(&host, id, "/hog", "").await.expect("answer");
        check_ended(&hog, 500, "memory limit of 24 MiB exceeded");
        let start = Instant::now();
        let endless = send(&host, id, "/loop", "").await.expect("answer");
        check_ended(&endless, 504, "time limit of 1 s exceeded");
        assert!(start.elapsed() < Duration::from_secs(3));
        let asleep = send(&host, id, "/sleep?9000", "").await.expect("answer");
        check_ended(&asleep, 504, "time limit of 1 s exceeded");
        let trap = send(&host, id, "/trap", "").await.expect("answer");
        check_ended(&trap, 500, "trapped: wasm `unreachable` instruction executed");
        check(ask(&host, id, "/set?alive=yes").await, 200, "");
    }
    let exit = send(&host, "fresh", "/exit?3", "").await.expect("answer");
    // What std makes of a code is all that WASI 0.2.6 lets it say.
    check_ended(&exit, 500, "exited with code 1");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_has_no_room_to_begin_says_so() {
    let fixture = Fixture::new();
    let grants = format!("{GENEROUS}[component.{{id}}.tool.ropewalk]\nmemory_mib = 1\n");
    let host = fixture.builder(&grants, GENEROUS).start().await.expect("host");
    let refused = send(&host, "fresh", "/echo", "").await.expect("answer");
    check_ended(&refused, 500, "memory limit of 1 MiB exceeded");
    check(ask(&host, "reused", "/set?alive=yes").await, 200, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_given_stands() {
    let fixture = Fixture::new();
    let host = fixture.start().await;
    for _ in 0..50 {
        check(ask(&host, "fresh", "/answer-then-trap").await, 200, "answered");
    }
    assert!(fixture.events.has(&["Ended", "fresh", "unreachable"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn reused_instances_serve_many_and_end_alone() {
    let fixture = Fixture::new();
    let host = fixture.start().await;
    for n in 1..=5 {
        check(ask(&host, "reused", "/requests").await, 200, &n.to_string());
    }
    // Both wait in one instance; one of them traps it.
    let (sleeping, trap) = tokio::join!(send(&host, "reused", "/sleep?500", ""), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        send(&host, "reused", "/trap", "").await
    });
    let why = "trapped: wasm `unreachable` instruction executed";
    check_ended(&sleeping.expect("answer"), 500, why);
    check_ended(&trap.expect("answer"), 500, why);
    check(ask(&host, "reused", "/requests").await, 200, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn work_after_the_answer_runs_to_its_end() {
    let fixture = Fixture::new();
    let host = fixture.start().await;
    let start = Instant::now();
    check(ask(&host, "reused", "/later?done=yes").await, 200, "later");
    assert!(start.elapsed() < Duration::from_millis(250));
    assert_eq!(host.store().get("done").await.expect("get"), None);
    let state = fixture.state();
    // Stopping waits for it.
    host.stop().await;
    let connection = rusqlite::Connection::open(state.join("state.db")).expect("store");
    let value: Vec<u8> = connection
        .query_row("SELECT value FROM entry WHERE key = 'done'", [], |row| row.get(0))
        .expect("value");
    assert_eq!(value, b"yes");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_requests_share_few_instances() {
    let fixture = Fixture::new();
    let host = std::sync::Arc::new(fixture.start().await);
    let start = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let host = host.clone();
        tasks.spawn(async move { check(ask(&host, "reused", "/sleep?300").await, 200, "slept") });
    }
    tasks.join_all().await;
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
}
