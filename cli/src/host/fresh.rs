//! Components on WASI 0.2: an instance for each request, which ends with it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

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

/// Answers a request by a new instance. It goes on after its answer, and after its caller has gone, to its end or its
/// limit.
pub(super) async fn call(
    app: &Arc<App>,
    component: &Arc<Component>,
    pre: &ProxyPre<Guest>,
    request: Request<WasiBody>,
    depth: usize,
    turn: Turn,
) -> Result<Response<WasiBody>, Ended> {
    let (answer, mut answered) = oneshot::channel();
    let (app, component, pre) = (app.clone(), component.clone(), pre.clone());
    let whole = async move {
        // The instance goes on after its answer, and so does its turn.
        let (_turn, _working) = (turn, app.ticker.working());
        let depths = Depth::default();
        let _counted = depths.count(depth);
        let mut store = Guest::store(&app, &component, depths);
        let run = run(&mut store, &pre, request, answer);
        let result = match tokio::time::timeout(component.time, run).await {
            Ok(Ok(())) => return None,
            Ok(Err(error)) => Ended::from_error(&error, store.data().memory.denied()),
            Err(_) => Ended::Time(component.time),
        };
        // A stage whose program exits is answered for, and then ends so.
        if result != Ended::Exited(0) {
            let cause = result.to_string();
            app.observer.event(&Event::Ended { component: &component.id, cause: &cause });
        }
        Some(result)
    };
    let mut instance = ToItsEnd(Some(Box::pin(whole)));
    // In this order: an instance that answers and ends at once needs no task of its own.
    let ended = tokio::select! {
        biased;
        ended = &mut instance => Ended::or_silent(ended),
        answer = &mut answered => match answer {
            Ok(answer) => return read(answer),
            // Nothing will answer any more; why is known at its end.
            Err(_) => Ended::or_silent((&mut instance).await),
        },
    };
    // An answer that was given before the end stands.
    match answered.try_recv() {
        Ok(answer) => read(answer),
        Err(_) => Err(ended),
    }
}

fn read(answer: Answered) -> Result<Response<WasiBody>, Ended> {
    answer.map_err(|code| Ended::Trapped(format!("answered with an error: {code}")))
}

/// The work of an instance. Where it is dropped, it goes on by itself.
struct ToItsEnd<F: Future<Output = Option<Ended>> + Send + 'static>(Option<Pin<Box<F>>>);

impl<F: Future<Output = Option<Ended>> + Send + 'static> Future for ToItsEnd<F> {
    type Output = Option<Ended>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(work) = &mut self.0 else {
            return Poll::Ready(None);
        };
        let polled = work.as_mut().poll(context);
        if polled.is_ready() {
            self.0 = None;
        }
        polled
    }
}

impl<F: Future<Output = Option<Ended>> + Send + 'static> Drop for ToItsEnd<F> {
    fn drop(&mut self) {
        // While a thread unwinds or the runtime ends there is nowhere to go on.
        if let (Some(work), Ok(runtime)) = (self.0.take(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(work);
        }
    }
}

type Answered = Result<Response<WasiBody>, wasmtime_wasi_http::p2::bindings::http::types::ErrorCode>;

type Answer = oneshot::Sender<Answered>;

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
