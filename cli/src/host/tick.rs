//! The timer: wakes the orchestrator, as cron does on a platform.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Limited};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use super::app::App;
use super::event::Event;
use super::headers::CHAINED_CLIENT;
use super::{answer, dispatch};

/// A request that the host sends to the application again and again.
#[derive(Clone, Debug)]
pub struct Tick {
    /// Where it goes: a path of a public route.
    pub path: String,
    /// The pause between two of them. The next waits until the one before is answered, and comes at once where that says
    /// `{"more": true}`.
    pub every: Duration,
    /// The variable whose value is the bearer token.
    pub token_variable: String,
    /// The JSON body of the first one, where this host is the only one on its store, so that it may take over all that
    /// was left behind. On a shared store the first one is like the others.
    pub first_body: String,
    /// The JSON body of all others.
    pub body: String,
}

impl Default for Tick {
    fn default() -> Self {
        Self {
            path: "/api/tick".to_owned(),
            every: Duration::from_secs(1),
            token_variable: "api_token".to_owned(),
            first_body: r#"{"adopt":"all"}"#.to_owned(),
            body: "{}".to_owned(),
        }
    }
}

/// Sends ticks until told to stop.
pub(super) async fn run(app: Arc<App>, tick: Tick, token: String, mut stop: watch::Receiver<bool>) {
    let mut timer = tokio::time::interval(tick.every);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut body = if app.store.is_shared() { tick.body.clone() } else { tick.first_body };
    let mut failed = false;
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            _ = timer.tick() => {}
        }
        match send(&app, &tick.path, &token, &body).await {
            Ok(more) => {
                body.clone_from(&tick.body);
                failed = false;
                if more {
                    timer.reset_immediately();
                }
            }
            // Told once, not each second.
            Err(cause) if !failed => {
                app.observer.event(&Event::TickFailed { cause: &cause });
                failed = true;
            }
            Err(_) => {}
        }
    }
}

/// Most bytes of an answer that are read.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// What is read of an answer.
#[derive(Default, serde::Deserialize)]
struct Answer {
    /// The next tick needn't wait.
    #[serde(default)]
    more: bool,
}

/// Sends a tick. Says whether the next one needn't wait.
async fn send(app: &Arc<App>, path: &str, token: &str, body: &str) -> Result<bool, String> {
    let bytes = Bytes::copy_from_slice(body.as_bytes());
    let mut request = Request::new(answer::full(bytes));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = path.parse().map_err(|_| format!("`{path}` is not a path"))?;
    let token = HeaderValue::from_str(&format!("Bearer {token}"))
        .map_err(|_| "the token is no header value".to_owned())?;
    let headers = request.headers_mut();
    headers.insert(AUTHORIZATION, token);
    headers.insert(HOST, app.own_host());
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let response = dispatch::quietly(app, request, CHAINED_CLIENT).await;
    match response.status() {
        StatusCode::OK | StatusCode::ACCEPTED | StatusCode::NO_CONTENT => {}
        status => return Err(format!("{path} answered {status}")),
    }
    let answer = Limited::new(response.into_body(), MAX_ANSWER_BYTES).collect().await;
    let answer = answer.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    // An application of another kind answers something else, or nothing.
    Ok(serde_json::from_slice::<Answer>(&answer).unwrap_or_default().more)
}
