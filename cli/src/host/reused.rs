//! Components on WASI 0.3: an instance serves many requests, some of them at once, and is kept for a while.

use std::pin::Pin;
use std::sync::{Arc, OnceLock, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http::{Request, Response};
use tokio::sync::oneshot;
use wasmtime::component::GuestTaskId;
use wasmtime::{Store, StoreContextMut};
use wasmtime_wasi_http::handler::{
    ExpirationError, HandlerState, Instance, InstantiationError, Proxy, ProxyHandler, ShouldAccept,
    TrapOrPanicError, WorkerExpiration, WorkerState, WorkerStatus,
};
use wasmtime_wasi_http::p3::bindings::ServicePre;
use wasmtime_wasi_http::{WasiBody, WasiHttpView};

use super::app::App;
use super::component::Component;
use super::ended::Ended;
use super::event::Event;
use super::guest::{Depth, Guest};
use super::limits::{INSTANCE_IDLE, MAX_REQUESTS_AT_ONCE_PER_INSTANCE, MAX_REQUESTS_PER_INSTANCE};
use super::ticker::Working;

/// An instance that is ended tells its requests why; they wait so long for that.
const WHY: Duration = Duration::from_secs(1);
/// A request is given up by its own clock first, and the instance so much later, should the request's clock not run
/// because the instance computes without pause.
const GRACE: Duration = Duration::from_millis(50);

/// Makes the instances of one component.
pub(super) struct Reused {
    pre: ServicePre<Guest>,
    /// Set once the application is complete.
    owner: OnceLock<(Weak<App>, Weak<Component>)>,
}

/// What goes with a request into its instance.
pub(super) struct Ticket {
    /// Told when the instance ends.
    ended: oneshot::Sender<Ended>,
    depth: usize,
}

impl Reused {
    pub(super) fn new(pre: ServicePre<Guest>) -> Self {
        Self { pre, owner: OnceLock::new() }
    }

    /// Says whose instances it makes. Without effect after the first time.
    pub(super) fn belongs_to(&self, app: &Arc<App>, component: &Arc<Component>) {
        let _ = self.owner.set((Arc::downgrade(app), Arc::downgrade(component)));
    }
}

/// Answers a request by an instance that may serve others, too.
pub(super) async fn call(
    component: &Component,
    handler: &ProxyHandler<Reused>,
    request: Request<WasiBody>,
    depth: usize,
) -> Result<Response<WasiBody>, Ended> {
    let (ended, why) = oneshot::channel();
    let error = match handler.handle(Ticket { ended, depth }, request).await {
        Ok(response) => return Ok(response),
        Err(error) => error,
    };
    if error.is::<ExpirationError>() {
        return Err(Ended::Time(component.time));
    }
    if let Some(error) = error.downcast_ref::<InstantiationError<Ticket>>() {
        return Err(Ended::from_error(&error.error, None));
    }
    // The instance ended under it. Its end is told a moment later than the request's.
    if error.is::<TrapOrPanicError>()
        && let Ok(Ok(ended)) = tokio::time::timeout(WHY, why).await
    {
        return Err(ended);
    }
    Err(Ended::from_error(&error, None))
}

impl HandlerState for Reused {
    type StoreData = Guest;
    type WorkerExpiration = Expiration;
    type WorkerState = State;

    async fn instantiate(&self) -> wasmtime::Result<Instance<Guest, Expiration, State>> {
        let owner =
            self.owner.get().and_then(|(app, component)| Some((app.upgrade()?, component.upgrade()?)));
        let (app, component) = owner.ok_or_else(|| wasmtime::format_err!("the host is stopping"))?;
        let depth = Depth::default();
        let mut store = Guest::store(&app, &component, depth.clone());
        let after_answer = app.limits.after_answer();
        let service = match tokio::time::timeout(component.time, self.pre.instantiate_async(&mut store)).await
        {
            Ok(Ok(service)) => service,
            Ok(Err(error)) => {
                return Err(Ended::from_error(&error, store.data().memory.denied()).into());
            }
            Err(_) => return Err(Ended::Time(component.time).into()),
        };
        let expired = Arc::new(OnceLock::new());
        Ok(Instance {
            store,
            proxy: Proxy::P3(service),
            view: Guest::http,
            expiration: Expiration {
                time: component.time,
                after_answer,
                sleep: Box::pin(tokio::time::sleep(component.time)),
                expired: expired.clone(),
                working: Some(app.ticker.working()),
                app,
            },
            state: State { component, depth, expired },
        })
    }
}

/// When an instance must go.
pub(super) struct Expiration {
    time: Duration,
    after_answer: Duration,
    sleep: Pin<Box<tokio::time::Sleep>>,
    /// The limit that was exceeded.
    expired: Arc<OnceLock<Duration>>,
    /// While the instance works.
    working: Option<Working>,
    app: Arc<App>,
}

impl WorkerExpiration for Expiration {
    fn poll(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        status: WorkerStatus,
        since: Instant,
    ) -> Poll<()> {
        let limit = match status {
            WorkerStatus::Idle => INSTANCE_IDLE,
            WorkerStatus::Requests => self.time + GRACE,
            WorkerStatus::PostReturn => self.after_answer,
        };
        let deadline = tokio::time::Instant::from_std(since + limit);
        if self.sleep.deadline() != deadline {
            self.sleep.as_mut().reset(deadline);
        }
        if status == WorkerStatus::Idle {
            self.working = None;
        } else if self.working.is_none() {
            self.working = Some(self.app.ticker.working());
        }
        let polled = self.sleep.as_mut().poll(context);
        if polled.is_ready() && status != WorkerStatus::Idle {
            let exceeded = if status == WorkerStatus::Requests { self.time } else { self.after_answer };
            // It expires once.
            let _ = self.expired.set(exceeded);
        }
        polled
    }
}

/// What an instance accepts.
pub(super) struct State {
    component: Arc<Component>,
    depth: Depth,
    expired: Arc<OnceLock<Duration>>,
}

impl WorkerState for State {
    type StoreData = Guest;
    type RequestData = Ticket;

    fn should_accept_request(&self, at_once: usize, total: usize) -> ShouldAccept {
        if total >= MAX_REQUESTS_PER_INSTANCE {
            ShouldAccept::Never
        } else if at_once >= MAX_REQUESTS_AT_ONCE_PER_INSTANCE {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        mut store: StoreContextMut<'_, Guest>,
        ticket: Ticket,
        _: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + Sync + 'static>> {
        let waiting = &mut store.data_mut().waiting;
        waiting.retain(|other| !other.is_closed());
        waiting.push(ticket.ended);
        let counted = self.depth.count(ticket.depth);
        let time = self.component.time;
        Box::pin(async move {
            // Counted as long as this future lives, that is, until the answer.
            let _counted = counted;
            tokio::time::sleep(time).await;
        })
    }

    fn drop(&self, mut store: Store<Guest>, result: wasmtime::Result<()>) {
        let Err(error) = result else {
            return;
        };
        let ended = match self.expired.get() {
            Some(limit) => Ended::Time(*limit),
            None => Ended::from_error(&error, store.data().memory.denied()),
        };
        let cause = ended.to_string();
        let app = store.data().app.clone();
        app.observer.event(&Event::Ended { component: &self.component.id, cause: &cause });
        for request in store.data_mut().waiting.drain(..) {
            // Those that were answered don't wait.
            let _ = request.send(ended.clone());
        }
    }
}
