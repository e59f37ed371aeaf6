//! Accepts connections and serves HTTP/1.1, and HTTP/2 for clients that begin with it.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use wasmtime_wasi_http::Error;

use super::HostError;
use super::app::App;
use super::dispatch;
use super::limits::{CONNECTION_IDLE, MAX_CONNECTIONS, MAX_HEADER_BYTES, MAX_HEADERS};

/// So many connections wait to be accepted.
const BACKLOG: u32 = 1024;
/// After an error of `accept` (too many open files …) it is tried again so much later.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How a connection begins that speaks HTTP/2 from the start.
const HTTP2_BEGINS: &[u8] = b"PRI * HTTP/2";
/// Requests that an HTTP/2 connection may have open at once.
const MAX_HTTP2_STREAMS: u32 = 128;

/// Binds the address.
pub(super) fn bind(addr: SocketAddr) -> Result<TcpListener, HostError> {
    let bound = || {
        let socket = if addr.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        // A host that was stopped may start again at once.
        socket.set_reuseaddr(true)?;
        socket.bind(addr)?;
        socket.listen(BACKLOG)
    };
    bound().map_err(|cause: io::Error| match cause.kind() {
        io::ErrorKind::AddrInUse => HostError::InUse { addr },
        _ => HostError::Listen { addr, cause },
    })
}

/// Accepts connections until told to stop, then waits until those that work are done.
pub(super) async fn serve(app: Arc<App>, listener: TcpListener, mut stop: watch::Receiver<bool>) {
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            accepted = accept(&listener, &room) => accepted,
        };
        match accepted {
            Ok((stream, client, place)) => {
                let connection = connection(app.clone(), stream, client, graceful.watcher(), stop.clone());
                tokio::spawn(async move {
                    connection.await;
                    drop(place);
                });
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
    drop(listener);
    graceful.shutdown().await;
}

async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = room.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (stream, client) = listener.accept().await?;
    Ok((stream, client, place))
}

async fn connection(
    app: Arc<App>,
    stream: TcpStream,
    client: SocketAddr,
    watcher: Watcher,
    mut stop: watch::Receiver<bool>,
) {
    // Without this a small answer waits for the client's acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let begun = tokio::select! {
        _ = stop.wait_for(|stop| *stop) => return,
        begun = tokio::time::timeout(CONNECTION_IDLE, begins_http2(&stream)) => begun,
    };
    let Ok(Ok(is_http2)) = begun else {
        return;
    };
    let service = service_fn(move |request: Request<Incoming>| {
        let app = app.clone();
        async move {
            let request = request.map(|body| body.map_err(Error::from).boxed_unsync());
            Ok::<_, Infallible>(dispatch::outside(&app, request, client).await)
        }
    });
    let io = TokioIo::new(stream);
    // An error ends this connection: the client went away, or spoke no HTTP.
    if is_http2 {
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .keep_alive_interval(CONNECTION_IDLE)
            .max_header_list_size(u32::try_from(MAX_HEADER_BYTES).unwrap_or(u32::MAX))
            .max_concurrent_streams(MAX_HTTP2_STREAMS);
        let _ = watcher.watch(builder.serve_connection(io, service)).await;
    } else {
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(CONNECTION_IDLE)
            .max_buf_size(MAX_HEADER_BYTES)
            .max_headers(MAX_HEADERS);
        let _ = watcher.watch(builder.serve_connection(io, service)).await;
    }
}

/// Looks at the first bytes, and leaves them where they are.
async fn begins_http2(stream: &TcpStream) -> io::Result<bool> {
    let mut begin = [0; HTTP2_BEGINS.len()];
    loop {
        let count = stream.peek(&mut begin).await?;
        if count == 0 || !HTTP2_BEGINS.starts_with(&begin[..count]) {
            return Ok(false);
        }
        if count == begin.len() {
            return Ok(true);
        }
        // The rest of those few bytes is on its way.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
