//! Requests from outside, over real connections.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::fixture::Fixture;
use crate::host::{Profile, RunningHost};

/// Sends bytes, and reads until the other side closes or is silent.
async fn raw(host: &RunningHost, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(host.addr()).await.expect("connection");
    stream.write_all(bytes).await.expect("write");
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    // Keep-alive leaves the connection open.
    let _ = tokio::time::timeout(Duration::from_millis(1500), read).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[track_caller]
fn check_begins(answer: &str, begin: &str) {
    assert!(answer.starts_with(begin), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn routes_and_headers() {
    let fixture = Fixture::new();
    let host = fixture.start().await;
    let answer = raw(
        &host,
        b"GET /fresh/x/?y HTTP/1.1\r\nhost: example.com\r\nspin-forged: 1\r\nconnection: close\r\n\r\n",
    )
    .await;
    check_begins(&answer, "HTTP/1.1 400 Bad Request\r\n");
    assert!(answer.contains("no command `/fresh/x/`"), "{answer}");
    check_begins(
        &raw(&host, b"GET /reused/requests HTTP/1.1\r\nhost: a\r\n\r\n").await,
        "HTTP/1.1 404 Not Found\r\n",
    );
    check_begins(
        &raw(&host, b"GET /.well-known/spin/health HTTP/1.1\r\nhost: a\r\n\r\n").await,
        "HTTP/1.1 200 OK\r\n",
    );
    // A private component cannot be reached by its name either.
    let chained = b"GET http://reused.spin.internal/requests HTTP/1.1\r\nhost: reused.spin.internal\r\n\r\n";
    check_begins(&raw(&host, chained).await, "HTTP/1.1 404 Not Found\r\n");
    let two = b"GET /fresh/a HTTP/1.1\r\nhost: a\r\n\r\nGET /fresh/b HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    assert_eq!(raw(&host, two).await.matches("HTTP/1.1 400").count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn http2_is_spoken_from_the_start() {
    let fixture = Fixture::new();
    let host = fixture.start().await;
    let answer = raw(&host, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00").await;
    // A settings frame of the server's.
    assert_eq!(answer.as_bytes().get(3), Some(&4), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_requests_are_refused() {
    let fixture = Fixture::new();
    let host = fixture.start().await;
    check_begins(&raw(&host, b"nonsense\r\n\r\n").await, "HTTP/1.1 400 Bad Request\r\n");
    let long = format!("GET /fresh/ HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "x".repeat(400_000));
    check_begins(&raw(&host, long.as_bytes()).await, "HTTP/1.1 431 Request Header Fields Too Large\r\n");
    let many = format!("GET /fresh/ HTTP/1.1\r\nhost: a\r\n{}\r\n", "x: 1\r\n".repeat(500));
    check_begins(&raw(&host, many.as_bytes()).await, "HTTP/1.1 431 Request Header Fields Too Large\r\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_held_to_a_limit() {
    let fixture = Fixture::new();
    let host = fixture
        .builder_of(&super::fixture::echo_at_root())
        .profile(Profile::FermyonCloud)
        .start()
        .await
        .expect("host");
    let announced = raw(&host, b"POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 10000001\r\n\r\n").await;
    check_begins(&announced, "HTTP/1.1 413 Payload Too Large\r\n");
    assert!(
        announced.contains("the body has more than 10000000 bytes (limits of fermyon-cloud)"),
        "{announced}"
    );
    let mut chunked =
        b"POST /echo HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n".to_vec();
    for _ in 0..11 {
        chunked.extend_from_slice(b"f4240\r\n");
        chunked.extend(vec![b'x'; 1_000_000]);
        chunked.extend_from_slice(b"\r\n");
    }
    let mut stream = TcpStream::connect(host.addr()).await.expect("connection");
    // The host may close while this is being written.
    let _ = stream.write_all(&chunked).await;
    let mut answer = vec![0; 64];
    let count = stream.read(&mut answer).await.unwrap_or(0);
    let answer = String::from_utf8_lossy(&answer[..count]).into_owned();
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_do_not_wait_for_acknowledgements() {
    let fixture = Fixture::new();
    let host = fixture.start().await;
    let mut stream = TcpStream::connect(host.addr()).await.expect("connection");
    let mut buffer = vec![0; 4096];
    let mut fastest = Duration::MAX;
    for _ in 0..20 {
        let start = std::time::Instant::now();
        stream.write_all(b"GET /fresh/x HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("write");
        let mut seen = String::new();
        while !seen.contains("no command") {
            let count = stream.read(&mut buffer).await.expect("read");
            assert!(count > 0);
            seen.push_str(&String::from_utf8_lossy(&buffer[..count]));
        }
        fastest = fastest.min(start.elapsed());
    }
    // With Nagle's algorithm each would take 40 ms.
    assert!(fastest < Duration::from_millis(30), "{fastest:?}");
}
