//! Requests that leave the application: one connection each, HTTP/1.1, by TLS where the URL says so.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::uri::{PathAndQuery, Scheme, Uri};
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, timeout};
use tokio_rustls::TlsConnector;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

use super::allow::default_port;

/// Each of the three timeouts, where the component does not say.
const DEFAULT_TIMEOUT: Duration = Duration::from_mins(10);

/// Sends a request, and returns the answer once its head is there.
pub(super) async fn send(
    request: Request<WasiBody>,
    options: Option<RequestOptions>,
) -> Result<Response<WasiBody>, Error> {
    let options = options.unwrap_or_default();
    let connect = options.connect_timeout.unwrap_or(DEFAULT_TIMEOUT);
    let first_byte = options.first_byte_timeout.unwrap_or(DEFAULT_TIMEOUT);
    let pause = options.between_bytes_timeout.unwrap_or(DEFAULT_TIMEOUT);
    let connected = timeout(connect, connected(request.uri())).await;
    let (mut sender, driver) = connected.map_err(|_| Error::ConnectionTimeout)??;
    let sent = timeout(first_byte, sender.send_request(relative(request))).await;
    let response = sent.map_err(|_| Error::ConnectionReadTimeout)??;
    Ok(response.map(|body| Answer { body, driver, pause, sleep: None }.boxed_unsync()))
}

type Sender = http1::SendRequest<WasiBody>;

async fn connected(uri: &Uri) -> Result<(Sender, Driver), Error> {
    let host = uri.host().ok_or(Error::HttpRequestUriInvalid)?;
    let port = uri.port_u16().or_else(|| default_port(uri.scheme_str().unwrap_or_default()));
    let stream = dial(host, port.ok_or(Error::HttpRequestUriInvalid)?).await?;
    if uri.scheme() != Some(&Scheme::HTTPS) {
        return speak(stream).await;
    }
    let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let name = ServerName::try_from(name).map_err(|error| dns_error(&error))?;
    speak(TlsConnector::from(tls()?).connect(name, stream).await.map_err(|error| tls_error(&error))?).await
}

/// Connects to the first address that answers.
async fn dial(host: &str, port: u16) -> Result<TcpStream, Error> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let addresses = tokio::net::lookup_host((bare, port)).await.map_err(|error| dns_error(&error))?;
    let mut last = Error::DestinationNotFound;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // Without this a small body waits for the acknowledgement of the head.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => last = connect_error(&error),
        }
    }
    Err(last)
}

async fn speak(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> Result<(Sender, Driver), Error> {
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // What goes wrong on the connection shows in the request or in the answer's body.
    let task = tokio::spawn(async move {
        let _ = connection.await;
    });
    Ok((sender, Driver(task)))
}

/// The request as it is written to a server: with the path alone.
fn relative(request: Request<WasiBody>) -> Request<WasiBody> {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().cloned();
    parts.uri = Uri::from(path.unwrap_or_else(|| PathAndQuery::from_static("/")));
    Request::from_parts(parts, body)
}

fn dns_error(error: &impl ToString) -> Error {
    Error::DnsError { rcode: Some(error.to_string()), info_code: None }
}

fn connect_error(error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Error::ConnectionRefused,
        io::ErrorKind::TimedOut => Error::ConnectionTimeout,
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => Error::DestinationIpUnroutable,
        _ => Error::DestinationUnavailable,
    }
}

fn tls_error(error: &io::Error) -> Error {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(_)) => Error::TlsCertificateError,
        Some(rustls::Error::AlertReceived(alert)) => Error::TlsAlertReceived {
            alert_id: Some(u8::from(*alert)),
            alert_message: Some(format!("{alert:?}")),
        },
        _ => Error::TlsProtocolError,
    }
}

/// Trusts Mozilla's roots, and those of the machine: companies have their own. Made when it is needed first.
fn tls() -> Result<Arc<ClientConfig>, Error> {
    static CONFIG: OnceLock<Option<Arc<ClientConfig>>> = OnceLock::new();
    let config = CONFIG.get_or_init(|| {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        // Certificates that cannot be read are left out; the server's is then refused.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder =
            ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
        Some(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
    });
    config.clone().ok_or(Error::ConfigurationError)
}

/// Moves the bytes of a connection, until it is dropped.
struct Driver(tokio::task::JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The body of an answer, which may not pause for too long.
struct Answer {
    body: Incoming,
    driver: Driver,
    pause: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) {
            this.sleep = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(Error::from)));
        }
        let deadline = Instant::now() + this.pause;
        let sleep = this.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        ready!(sleep.as_mut().poll(context));
        this.driver.0.abort();
        Poll::Ready(Some(Err(Error::ConnectionReadTimeout)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
