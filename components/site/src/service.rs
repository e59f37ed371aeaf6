//! Behind HTTP.

use std::cell::RefCell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use artifact::{KeyValue, Store, StoreError};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use spin_sdk::http::{Request, Response};
use spin_sdk::http_service;

use crate::answer::{self, Answer};
use crate::api::{self, ApiError, MAX_BODY_BYTES, Outcome};
use crate::cache::Cache;
use crate::route::{self, Route};
use crate::serve;

/// The store that spin.toml grants.
const STORE: &str = "default";
/// The variable with the key that grants are signed with.
const MASTER_KEY: &str = "master_key";
/// Between two steps of a publication other requests of this instance get their turn. Only a wait gives
/// it to them.
const PAUSE: Duration = Duration::from_millis(1);

thread_local! {
    static CACHE: RefCell<Cache> = RefCell::default();
}

#[http_service]
async fn handle(request: Request) -> Response<Full<Bytes>> {
    let head = request.method() == http::Method::HEAD;
    let answer = match route::of(request.uri(), request.headers()) {
        Route::Api(path) => {
            let answer = call(&path, request).await.unwrap_or_else(|error| told(&error));
            answer::finish(answer, head)
        }
        _ => content(&request).unwrap_or_else(|error| {
            log(&format!("{} {}: {error}", request.method(), request.uri()));
            serve::failed(head)
        }),
    };
    answer.map(Full::new)
}

fn content(request: &Request) -> Result<Answer, crate::Error> {
    let store = KeyValue::open(STORE)?;
    // Nothing waits between the two, so no other request finds the cache away.
    let mut cache = CACHE.take();
    let answer = serve::serve(&store, &mut cache, request.method(), request.uri(), request.headers());
    CACHE.set(cache);
    answer
}

async fn call(path: &str, request: Request) -> Result<Answer, ApiError> {
    let call = api::call(path, request.method())?;
    let master_key = master_key().await?;
    let now_s = now_s();
    let grant = api::authenticate(request.headers(), &master_key, now_s)?;
    let body = Limited::new(request.into_body(), MAX_BODY_BYTES).collect().await;
    let body = body.map_err(|error| {
        if error.is::<http_body_util::LengthLimitError>() {
            ApiError::BodyTooLarge
        } else {
            ApiError::Body(error.to_string())
        }
    })?;
    let store = KeyValue::open(STORE).map_err(store_failed)?;
    match api::begin(&store, &grant, &call, &body.to_bytes(), now_s)? {
        Outcome::Done(answer) => Ok(answer),
        Outcome::Publish(publication) => publish(&store, *publication).await,
    }
}

async fn publish<S: Store>(
    store: &S,
    mut publication: crate::publish::Publication<'_, S>,
) -> Result<Answer, ApiError> {
    while publication.step()? {
        spin_sdk::time::sleep(PAUSE).await;
    }
    api::finish(store, publication)
}

/// Empty where the variable is not defined, which is as good as not set.
async fn master_key() -> Result<String, ApiError> {
    match spin_sdk::variables::get(MASTER_KEY).await {
        Ok(key) => Ok(key),
        Err(spin_sdk::variables::Error::Undefined(_)) => Ok(String::new()),
        Err(error) => {
            let error = StoreError::Other(format!("variable `{MASTER_KEY}` cannot be read: {error}"));
            Err(store_failed(error))
        }
    }
}

fn store_failed(error: StoreError) -> ApiError {
    ApiError::Failed(error.into())
}

/// A failure of ours is logged, too: its caller may not be able to mend it.
fn told(error: &ApiError) -> Answer {
    if matches!(error, ApiError::Failed(_)) {
        log(&error.to_string());
    }
    error.answer()
}

fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[allow(clippy::print_stderr, reason = "the host keeps it as the component's log")]
fn log(text: &str) {
    eprintln!("{text}");
}
