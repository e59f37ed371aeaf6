//! What the runner and the application say to each other.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::retry::{End, Patience, Tried, World, until_heard};
use super::signals::Signals;
use crate::client::{Answer, Client};
use crate::printer::Printer;

/// How soon a signal is seen during a pause.
const LOOK: Duration = Duration::from_millis(50);

/// A connection that outlasts the application.
#[derive(Clone)]
pub(super) struct Exchange {
    client: Client,
    signals: Signals,
    printer: Printer,
}

impl Exchange {
    pub(super) fn new(client: Client, signals: &Signals, printer: &Printer) -> Self {
        Self { client, signals: signals.clone(), printer: printer.clone() }
    }

    /// Sends JSON until it is answered.
    pub(super) fn ask(
        &self,
        patience: Patience,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Result<Value, End> {
        let bytes = self.bytes(patience, method, path, body.to_string().as_bytes())?;
        serde_json::from_slice(&bytes)
            .map_err(|error| End::Refused(format!("the answer is not JSON: {error}")))
    }

    /// Sends bytes until they are answered.
    pub(super) fn bytes(
        &self,
        patience: Patience,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> Result<Vec<u8>, End> {
        until_heard(self, patience, || self.once(method, path, body))
    }

    /// Sends something once.
    pub(super) fn once(&self, method: &str, path: &str, body: &[u8]) -> Tried<Vec<u8>> {
        match self.client.send(method, path, body) {
            Ok(answer) => judge(answer),
            Err(error) => Tried::Later(format!("{error:#}")),
        }
    }
}

impl World for Exchange {
    fn sleep(&self, duration: Duration) {
        let until = Instant::now() + duration;
        let (drains, stops) = (self.drains(), self.stops());
        while Instant::now() < until && drains == self.drains() && stops == self.stops() {
            thread::sleep(LOOK.min(until.saturating_duration_since(Instant::now())));
        }
    }

    fn chance(&self) -> f64 {
        // Without randomness the pauses are only less different.
        getrandom::u32().map_or(0.5, |number| f64::from(number) / f64::from(u32::MAX))
    }

    fn drains(&self) -> bool {
        self.signals.drains()
    }

    fn stops(&self) -> bool {
        self.signals.stops()
    }

    fn say(&self, text: &str) {
        self.printer.line(text);
    }
}

fn judge(answer: Answer) -> Tried<Vec<u8>> {
    let status = answer.status;
    let code = answer.json().ok().and_then(|body| body["error"].as_str().map(str::to_owned));
    match (status, code.as_deref()) {
        (200..300, _) => Tried::Done(answer.body),
        (_, Some("TaskTimedOut" | "TaskDoesNotExist")) => Tried::Over(told(answer)),
        (408 | 425 | 429 | 500.., _) => Tried::Later(format!("status {status}: {}", told(answer))),
        // Who says so without the API's form is a proxy before an application that is away.
        (404, None) => Tried::Later(format!("status {status}")),
        _ => Tried::Refused(told(answer)),
    }
}

fn told(answer: Answer) -> String {
    answer.ok().err().map_or_else(String::new, |error| error.to_string())
}
