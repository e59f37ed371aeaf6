//! Installs a folder's lock files from real registries, natively: `install FOLDER [PARAMETERS as JSON]`. The
//! artifacts are left in `FOLDER/out/`.
#![allow(clippy::print_stdout, reason = "it is a program")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ropewalk_stage::outbound::{Answer, Error, Request, Response, WayOut};
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// Requests under way at once, as of the way out of the sandbox.
const AT_ONCE: usize = 8;

/// Sends requests over sockets.
struct Sockets {
    agent: Agent,
}

impl Sockets {
    fn new() -> Self {
        let found = rustls_native_certs::load_native_certs().certs;
        let certificates: Vec<Certificate<'static>> =
            found.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
        let tls = TlsConfig::builder().root_certs(RootCerts::Specific(Arc::new(certificates))).build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false);
        Self { agent: config.build().into() }
    }

    fn send(&self, request: &Request) -> Answer {
        let timeout = Duration::from_millis(request.patience_ms().into());
        let mut call = self.agent.get(request.url());
        for (name, value) in request.headers() {
            call = call.header(name, value);
        }
        let call = call.config().timeout_recv_response(Some(timeout)).build();
        let mut answer = call.call().map_err(|error| Error::Other(error.to_string()))?;
        let body = answer.body_mut().with_config().limit(request.answer_limit_bytes()).read_to_vec();
        let text = |value: &ureq::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers: Vec<(String, String)> =
            answer.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let body = body.map_err(|error| Error::Other(error.to_string()))?;
        Ok(Response::new(answer.status().as_u16(), &headers, body))
    }
}

impl WayOut for Sockets {
    fn send_all(&mut self, requests: Vec<Request>) -> Vec<Answer> {
        let mut answers = Vec::new();
        for batch in requests.chunks(AT_ONCE) {
            std::thread::scope(|scope| {
                let sent: Vec<_> = batch.iter().map(|request| scope.spawn(|| self.send(request))).collect();
                let lost = |_| Err(Error::Other("the request ended early".to_owned()));
                answers.extend(sent.into_iter().map(|answer| answer.join().unwrap_or_else(lost)));
            });
        }
        answers
    }

    fn pause(&mut self, duration_ms: u32) {
        std::thread::sleep(Duration::from_millis(duration_ms.into()));
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().expect("usage: install FOLDER [PARAMETERS]");
    let parameters = arguments.next().unwrap_or_else(|| "{}".to_owned());
    let parameters = serde_json::from_str(&parameters).expect("parameters of the stage, as JSON");
    let started = Instant::now();
    let mut print = |line: &str| println!("{line}");
    let report =
        stage_install::install(Path::new(&folder), &parameters, &[], &mut Sockets::new(), &mut print);
    let seconds = started.elapsed().as_secs_f64();
    match report {
        Ok(report) => {
            println!("{}\n{seconds:.2} s", serde_json::to_string(&report).expect("a report is JSON"));
        }
        Err(error) => {
            println!("{}: {error} ({seconds:.2} s)", error.name());
            std::process::exit(1);
        }
    }
}
