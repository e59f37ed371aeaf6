//! From a request to the component that answers it, from outside and between components.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use wasmtime_wasi_http::{Error, WasiBody};

use super::admission::Turn;
use super::app::App;
use super::body::Capped;
use super::component::{Component, Executor};
use super::ended::Ended;
use super::event::Event;
use super::headers::CHAINED_CLIENT;
use super::limits::MAX_CHAIN_DEPTH;
use super::{answer, fresh, headers, reused};

/// Answers a request from outside, whatever happens.
pub(super) async fn outside(
    app: &Arc<App>,
    request: Request<WasiBody>,
    client: SocketAddr,
) -> Response<WasiBody> {
    let start = Instant::now();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let (component, answered) = route(app, request, &path, client).await;
    let ended = answered.as_ref().err().map(ToString::to_string);
    let response = match (answered, component) {
        (Ok(response), _) => response,
        (Err(ended), component) => answer::ended(component.unwrap_or_default(), &ended),
    };
    app.observer.event(&Event::Request {
        method: method.as_str(),
        path: &shown(&path),
        component,
        status: response.status().as_u16(),
        elapsed: start.elapsed(),
        ended: ended.as_deref(),
    });
    response
}

/// A path as observers see it: a task's token in it is a permission.
fn shown(path: &str) -> Cow<'_, str> {
    match path.strip_prefix("/api/tasks/").and_then(|rest| rest.split_once('/')) {
        Some((_, verb)) => Cow::Owned(format!("/api/tasks/…/{verb}")),
        None => Cow::Borrowed(path),
    }
}

/// As [`outside`], without an event for each request.
pub(super) async fn quietly(
    app: &Arc<App>,
    request: Request<WasiBody>,
    client: SocketAddr,
) -> Response<WasiBody> {
    let path = request.uri().path().to_owned();
    let (component, answered) = route(app, request, &path, client).await;
    answered.unwrap_or_else(|ended| answer::ended(component.unwrap_or_default(), &ended))
}

async fn route<'a>(
    app: &'a Arc<App>,
    request: Request<WasiBody>,
    path: &str,
    client: SocketAddr,
) -> (Option<&'a str>, Result<Response<WasiBody>, Ended>) {
    if let Some(name) = path.strip_prefix(crate::manifest::RESERVED_PREFIX) {
        return (None, Ok(well_known(name)));
    }
    let Some(route) = app.router.route(path) else {
        return (None, Ok(not_found(path)));
    };
    let Some(component) = app.component(route.component) else {
        return (None, Ok(not_found(path)));
    };
    let id = Some(route.component);
    let (mut parts, body) = request.into_parts();
    if headers::from_outside(&mut parts, &route, client).is_none() {
        let text = "the host or the path of the request is malformed";
        return (None, Ok(answer::error(StatusCode::BAD_REQUEST, "malformed", text, None)));
    }
    let most = app.limits.request_body_bytes;
    if content_length(&parts.headers).is_some_and(|length| length > most) {
        return (id, Ok(too_large(app)));
    }
    let turn = match app.admission.enter().await {
        Ok(turn) => turn,
        Err(reason) => return (id, Ok(answer::busy(&reason))),
    };
    let capped = Capped::new(body, most, Error::HttpRequestBodySize);
    let exceeded = capped.exceeded();
    let request = Request::from_parts(parts, capped.boxed_unsync());
    let answered = call(app, component, request, 0, turn).await;
    // A component that was cut off while it read, and could not make sense of it.
    let failed = answered.as_ref().map_or(true, |response| response.status().is_server_error());
    if failed && exceeded.is_exceeded() {
        return (id, Ok(too_large(app)));
    }
    (id, answered.map(|response| hold_answer(app, response)))
}

/// Answers a request of one component to another, which stands so deep in the chain of calls.
pub(super) async fn inside(
    app: &Arc<App>,
    id: &str,
    request: Request<WasiBody>,
    depth: usize,
) -> Result<Response<WasiBody>, Error> {
    let component = app.component(id).ok_or(Error::DestinationNotFound)?;
    let (mut parts, body) = request.into_parts();
    headers::chained(&mut parts).ok_or(Error::HttpRequestUriInvalid)?;
    called(app, component, Request::from_parts(parts, body), depth).await
}

/// Answers a request of a component to its own application, by its public routes.
pub(super) async fn own(
    app: &Arc<App>,
    request: Request<WasiBody>,
    depth: usize,
) -> Result<Response<WasiBody>, Error> {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let Some(route) = app.router.route(&path) else {
        return Ok(not_found(&path));
    };
    let component = app.component(route.component).ok_or(Error::DestinationNotFound)?;
    let path_and_query = parts.uri.path_and_query().cloned();
    parts.uri = path_and_query.map_or_else(http::Uri::default, Into::into);
    parts.headers.insert(http::header::HOST, app.own_host());
    headers::from_outside(&mut parts, &route, CHAINED_CLIENT).ok_or(Error::HttpRequestUriInvalid)?;
    called(app, component, Request::from_parts(parts, body), depth).await
}

async fn called(
    app: &Arc<App>,
    component: &Arc<Component>,
    request: Request<WasiBody>,
    depth: usize,
) -> Result<Response<WasiBody>, Error> {
    let Some(calls) = app.calls.get(depth) else {
        let text = format!("components call each other deeper than {MAX_CHAIN_DEPTH}");
        return Ok(answer::error(
            StatusCode::LOOP_DETECTED,
            "loop",
            &text,
            Some("does a component call itself?"),
        ));
    };
    let turn = calls.clone().acquire_owned().await.map_err(|_| Error::ConnectionTerminated)?;
    let answered = call(app, component, request, depth, turn).await;
    Ok(answered.unwrap_or_else(|ended| answer::ended(&component.id, &ended)))
}

async fn call(
    app: &Arc<App>,
    component: &Arc<Component>,
    request: Request<WasiBody>,
    depth: usize,
    turn: Turn,
) -> Result<Response<WasiBody>, Ended> {
    match &component.executor {
        Executor::Fresh(pre) => fresh::call(app, component, pre, request, depth, turn).await,
        Executor::Reused(handler) => {
            let answered = reused::call(component, handler, request, depth).await;
            drop(turn);
            answered
        }
    }
}

/// Holds an answer to the outside to the limits of a platform.
fn hold_answer(app: &App, response: Response<WasiBody>) -> Response<WasiBody> {
    let Some(most) = app.limits.response_body_bytes else {
        return response;
    };
    if content_length(response.headers()).is_some_and(|length| length > most) {
        let text = format!("the answer has more than {most} bytes{}", app.limits.whose());
        return answer::error(StatusCode::INTERNAL_SERVER_ERROR, "answer_too_large", &text, None);
    }
    response.map(|body| Capped::new(body, most, Error::HttpResponseBodySize).boxed_unsync())
}

fn content_length(headers: &http::HeaderMap) -> Option<u64> {
    headers.get(http::header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn well_known(name: &str) -> Response<WasiBody> {
    if name == "health" {
        return Response::new(answer::full("OK".into()));
    }
    not_found(&format!("{}{name}", crate::manifest::RESERVED_PREFIX))
}

fn not_found(path: &str) -> Response<WasiBody> {
    answer::error(StatusCode::NOT_FOUND, "not_found", &format!("no route takes `{path}`"), None)
}

fn too_large(app: &App) -> Response<WasiBody> {
    let (most, whose) = (app.limits.request_body_bytes, app.limits.whose());
    let text = format!("the body has more than {most} bytes{whose}");
    answer::error(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", &text, None)
}
