//! Start and end of a host.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::fixture::{Fixture, GENEROUS, ask, check, send};
use crate::host::{HostError, Profile, Tick};

#[tokio::test(flavor = "multi_thread")]
async fn the_second_start_compiles_nothing() {
    let fixture = Fixture::new();
    let cache = fixture.path().join("cache");
    let builder = || fixture.builder(GENEROUS, GENEROUS).cache_dir(&cache);
    builder().start().await.expect("host").stop().await;
    assert!(fixture.events.has(&["Compiling", "total: 2"]) || fixture.events.has(&["Compiling", "total: 3"]));
    let again = Fixture::new();
    let start = Instant::now();
    let host = again.builder(GENEROUS, GENEROUS).cache_dir(&cache).start().await.expect("host");
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    assert!(!again.events.has(&["Compiling"]));
    check(ask(&host, "fresh", "/requests").await, 200, "1");
    // A damaged entry is compiled again.
    host.stop().await;
    for file in std::fs::read_dir(&cache).expect("cache") {
        std::fs::write(file.expect("file").path(), b"damaged").expect("write");
    }
    let host = builder().start().await.expect("host");
    check(ask(&host, "fresh", "/requests").await, 200, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_host_for_a_port_and_a_state() {
    let fixture = Fixture::new();
    let host = fixture.start().await;
    let error = fixture.builder("", "").start().await.err().expect("must fail");
    assert!(matches!(error, HostError::Locked { .. }), "{error}");
    let other = Fixture::new();
    let error = other.builder("", "").listen(host.addr()).start().await.err().expect("must fail");
    let expected = format!(
        "{} is in use\nhint: stop what listens there, or use another address with `--listen`",
        host.addr()
    );
    assert_eq!(error.to_string(), expected);
    let addr = host.addr();
    host.stop().await;
    let host = fixture.builder("", "").listen(addr).start().await.expect("host");
    assert_eq!(host.addr(), addr);
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_waits_for_requests() {
    let fixture = Fixture::new();
    let host = fixture.builder_of(&super::fixture::echo_at_root()).start().await.expect("host");
    let mut stream = TcpStream::connect(host.addr()).await.expect("connection");
    stream.write_all(b"GET /sleep?700 HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("write");
    tokio::time::sleep(Duration::from_millis(200)).await;
    let start = Instant::now();
    host.stop().await;
    assert!(start.elapsed() > Duration::from_millis(300), "{:?}", start.elapsed());
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("read");
    assert!(answer.ends_with("slept"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_run_is_refused() {
    let fixture = Fixture::new();
    let module = fixture.path().join("not.wasm");
    std::fs::write(&module, b"\0asm\x01\0\0\0").expect("write");
    let text = |source: &str| {
        format!(
            "spin_manifest_version = 2\napplication = {{ name = \"x\" }}\n[[trigger.http]]\nroute = \"/...\"\ncomponent = \"a\"\n[component.a]\nsource = {source:?}\n"
        )
    };
    let start = async |source: &str| {
        let started = fixture.builder_of(&text(source)).start().await;
        started.err().expect("must fail").to_string()
    };
    let error = start("missing.wasm").await;
    assert!(
        error.contains("failed to load component `a`")
            && error.contains("hint: build it with `ropewalk build`"),
        "{error}"
    );
    let error = start("not.wasm").await;
    assert!(error.contains("failed to compile"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn platforms_hold_the_application_to_their_limits() {
    let fixture = Fixture::new();
    let host =
        fixture.builder(GENEROUS, GENEROUS).profile(Profile::AkamaiFunctions).start().await.expect("host");
    let (status, text) = ask(&host, "fresh", "/increment?n").await;
    assert!(status == 400 && text.contains("limits of akamai-functions"), "{text}");
    let (status, text) = ask(&host, "fresh", "/set-large?k=1000001").await;
    assert!(status == 400 && text.contains("the limit is 1000000 (limits of akamai-functions)"), "{text}");
    let hog = send(&host, "fresh", "/hog", "").await.expect("answer");
    assert_eq!(super::fixture::ended(&hog), Some("memory limit of 128 MiB exceeded"));
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_made_once() {
    let fixture = Fixture::new();
    let grants = GENEROUS;
    let builder = || fixture.builder(grants, grants).variable("token", "").generate(&["token"]);
    let host = builder().start().await.expect("host");
    assert_eq!(host.generated(), ["token"]);
    let token = host.variable("token").expect("variable").to_owned();
    assert_eq!(token.len(), 64);
    check(ask(&host, "fresh", "/variable?token").await, 200, &format!("<{token}>"));
    host.stop().await;
    let host = builder().start().await.expect("host");
    assert!(host.generated().is_empty());
    assert_eq!(host.variable("token"), Some(token.as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_timer_ticks() {
    let fixture = Fixture::new();
    let tick = Tick {
        path: "/increment".to_owned(),
        every: Duration::from_millis(20),
        token_variable: "token".to_owned(),
        ..Tick::default()
    };
    let text = super::fixture::echo_at_root();
    let host = fixture.builder_of(&text).tick(tick).start().await.expect("host");
    let start = Instant::now();
    let count = async || host.store().get("").await.expect("get").map_or(0, |bytes| bytes[0]);
    while count().await < 3 {
        assert!(start.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
