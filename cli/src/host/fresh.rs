//! Components on WASI 0.2: an instance for each request, which ends with it.

use std::sync::Arc;

use http::{Request, Response};
use tokio::sync::oneshot;
use wasmtime::Store;
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::p2::bindings::http::types::Scheme;
use wasmtime_wasi_http::{WasiBody, WasiHttpView};

use super::admission::Turn;
use super::app::App;
use super::component::Component;
use super::ended::Ended;
use super::event::Event;
use super::guest::{Depth, Guest};

/// Answers a request by a new instance. It goes on after its answer, to its end or its limit.
pub(super) async fn call(
    app: &Arc<App>,
    component: &Arc<Component>,
    pre: &ProxyPre<Guest>,
    request: Request<WasiBody>,
    depth: usize,
    turn: Turn,
) -> Result<Response<WasiBody>, Ended> {
    let (answer, answered) = oneshot::channel();
    let (ended, why) = oneshot::channel();
    let (app, component, pre) = (app.clone(), component.clone(), pre.clone());
    tokio::spawn(async move {
        // The instance goes on after its answer, and so does its turn.
        let (_turn, _working) = (turn, app.ticker.working());
        let depths = Depth::default();
        let _counted = depths.count(depth);
        let mut store = Guest::store(&app, &component, depths);
        let run = run(&mut store, &pre, request, answer);
        let result = match tokio::time::timeout(component.time, run).await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => Ended::from_error(&error, store.data().memory.denied()),
            Err(_) => Ended::Time(component.time),
        };
        let cause = result.to_string();
        app.observer.event(&Event::Ended { component: &component.id, cause: &cause });
        // An answer that was given before stands, and nobody waits any more.
        let _ = ended.send(result);
    });
    match answered.await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(code)) => Err(Ended::Trapped(format!("answered with an error: {code}"))),
        Err(_) => Err(why.await.unwrap_or_else(|_| Ended::Trapped("ended without an answer".to_owned()))),
    }
}

type Answer =
    oneshot::Sender<Result<Response<WasiBody>, wasmtime_wasi_http::p2::bindings::http::types::ErrorCode>>;

async fn run(
    store: &mut Store<Guest>,
    pre: &ProxyPre<Guest>,
    request: Request<WasiBody>,
    answer: Answer,
) -> wasmtime::Result<()> {
    let proxy = pre.instantiate_async(&mut *store).await?;
    let request = store.data_mut().http().new_incoming_request(Scheme::Http, request)?;
    let out = store.data_mut().http().new_response_outparam(answer)?;
    proxy.wasi_http_incoming_handler().call_handle(store, request, out).await
}
