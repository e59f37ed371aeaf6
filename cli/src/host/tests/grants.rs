//! What the manifest grants, and no more.

use super::fixture::{Fixture, GENEROUS, ask, check};

#[tokio::test(flavor = "multi_thread")]
async fn stores_and_variables() {
    let fixture = Fixture::new();
    let host = fixture.start().await;
    check(ask(&host, "fresh", "/set?a=1").await, 200, "");
    check(ask(&host, "reused", "/get?a").await, 200, "1");
    check(ask(&host, "reused", "/set?b=2").await, 200, "");
    check(ask(&host, "fresh", "/get?b").await, 200, "2");
    check(ask(&host, "fresh", "/get?c").await, 200, "none");
    check(ask(&host, "fresh", "/delete?b").await, 200, "");
    check(ask(&host, "reused", "/keys").await, 200, "a");
    check(ask(&host, "fresh", "/spin-store?s").await, 200, "a,s");
    check(ask(&host, "fresh", "/increment?n").await, 200, "1");
    check(ask(&host, "fresh", "/increment?n").await, 200, "2");
    check(ask(&host, "fresh", "/other-store?a").await, 400, "Error::AccessDenied");
    check(ask(&host, "reused", "/other-store?a").await, 400, "Error::AccessDenied");
    for id in ["fresh", "reused"] {
        check(ask(&host, id, "/variable?token").await, 200, "<secret>");
        let (status, text) = ask(&host, id, "/variable?other").await;
        assert!(status == 400 && text.contains("Undefined"), "{text}");
        let (status, text) = ask(&host, id, "/variable?Not-A-Name").await;
        assert!(status == 400 && text.contains("InvalidName"), "{text}");
    }
    check(ask(&host, "fresh", "/environment").await, 200, "COLOUR=blue\n");
    let (_, files) = ask(&host, "fresh", "/files").await;
    assert_ne!(files, "a folder");
}

#[tokio::test(flavor = "multi_thread")]
async fn batches() {
    let fixture = Fixture::new();
    let host = fixture.start().await;
    let (status, text) = ask(&host, "fresh", "/batch?k").await;
    assert_eq!(status, 200, "{text}");
    assert_eq!(text, r#"[("k/2", Some([50])), ("k/x", None), ("k/0", Some([48]))] ["k/0", "k/2"]"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_claims() {
    let fixture = Fixture::new();
    let host = std::sync::Arc::new(fixture.start().await);
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..50 {
        let host = host.clone();
        tasks.spawn(async move { ask(&host, "fresh", &format!("/claim?claim/x={n}")).await.1 });
    }
    let answers = tasks.join_all().await;
    let won = answers.iter().filter(|answer| *answer == "won").count();
    assert_eq!(won, 1, "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_without_a_grant() {
    let fixture = Fixture::new();
    let host = fixture.builder("", "").start().await.expect("host");
    for id in ["fresh", "reused"] {
        check(ask(&host, id, "/get?a").await, 400, "Error::AccessDenied");
        let (status, text) = ask(&host, id, "/variable?token").await;
        assert!(status == 400 && text.contains("Undefined"), "{text}");
        for url in ["http://fresh.spin.internal/requests", "https://example.com/", "http://127.0.0.1:1/"] {
            let (status, text) = ask(&host, id, &format!("/call?{url}")).await;
            assert!(status == 400 && text.contains("HttpRequestDenied"), "{url}: {text}");
        }
    }
    check(ask(&host, "fresh", "/environment").await, 200, "");
    assert!(fixture.events.has(&["Denied", "component: \"reused\"", "https://example.com"]));
    assert!(fixture.events.has(&[
        "add \\\"http://127.0.0.1:1\\\" to `allowed_outbound_hosts` of `[component.fresh]` in spin.toml"
    ]));
}

#[tokio::test(flavor = "multi_thread")]
async fn components_call_each_other() {
    let fixture = Fixture::new();
    let host = fixture.start().await;
    for id in ["fresh", "reused"] {
        check(ask(&host, id, "/call?http://fresh.spin.internal/get?x").await, 200, "200 none");
        check(ask(&host, id, "/call?http://reused.spin.internal/variable?token").await, 200, "200 <secret>");
        let (_, text) = ask(&host, id, "/call?http://fresh.spin.internal/trap").await;
        assert!(text.starts_with("500 ") && text.contains("unreachable"), "{text}");
        let (status, text) = ask(&host, id, "/call?http://nobody.spin.internal/").await;
        assert!(status == 400 && text.contains("DestinationNotFound"), "{text}");
        let (status, text) = ask(&host, id, "/call?http://127.0.0.1:1/").await;
        assert!(status == 400 && text.contains("Connection"), "{text}");
        let public = format!("/call?{}/fresh/requests", host.url());
        check(ask(&host, id, &public).await, 200, "400 no command `/fresh/requests`");
    }
    let (_, headers) = ask(&host, "fresh", "/call?http://fresh.spin.internal/headers").await;
    assert!(
        headers.contains("spin-path-info: /headers\n") && headers.contains("spin-client-addr: 0.0.0.0:0\n"),
        "{headers}"
    );
    assert!(!headers.contains("\nhost:"), "{headers}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chain_of_calls_has_an_end() {
    let fixture = Fixture::new();
    let host = fixture.start().await;
    let mut path = "/requests".to_owned();
    for _ in 0..12 {
        path = format!("/call?http://fresh.spin.internal{path}");
    }
    let (status, text) = ask(&host, "fresh", &path).await;
    assert!(status == 200 && text.contains("components call each other deeper than 8"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn own_routes_need_a_grant() {
    let fixture = Fixture::new();
    let own = GENEROUS.replace("http://*:*", "http://self");
    let host = fixture.builder(&own, &own).start().await.expect("host");
    check(
        ask(&host, "fresh", "/call?http://self.alt/fresh/requests").await,
        200,
        "400 no command `/fresh/requests`",
    );
    check(
        ask(&host, "reused", "/call?http://self.alt/fresh/requests").await,
        200,
        "400 no command `/fresh/requests`",
    );
    let (_, text) = ask(&host, "fresh", "/call?http://self.alt/nowhere").await;
    assert!(text.starts_with("404 "), "{text}");
    let (_, text) = ask(&host, "fresh", "/call?http://reused.spin.internal/requests").await;
    assert!(text.contains("HttpRequestDenied"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_go_to_the_log() {
    let fixture = Fixture::new();
    let host = fixture.start().await;
    ask(&host, "fresh", "/print?hello").await;
    ask(&host, "reused", "/print?hello").await;
    host.stop().await;
    let log = std::fs::read_to_string(fixture.state().join("log/components.log")).expect("log");
    for line in ["Z fresh stdout out hello\n", "Z fresh stderr error hello\n", "Z reused stdout out hello\n"]
    {
        assert!(log.contains(line), "{log}");
    }
    assert!(fixture.events.has(&["Line", "fresh", "Stderr", "error hello"]));
}
