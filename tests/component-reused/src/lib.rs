//! A component on WASI 0.3 that does what a test asks, mischief included. The path is the command, the query its
//! argument, and the answer is text.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use http_body_util::BodyExt;
use spin_sdk::http::{IntoResponse, Request, Response, StatusCode, get};
use spin_sdk::http_service;
use spin_sdk::key_value::Store;
use spin_sdk::time::sleep;
use spin_sdk::wasip3::spawn;

/// How many requests this instance has seen.
static REQUESTS: AtomicU32 = AtomicU32::new(0);

#[http_service]
async fn handle(request: Request) -> impl IntoResponse {
    REQUESTS.fetch_add(1, Ordering::SeqCst);
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let (status, text) = match run(&path, &query, request).await {
        Ok(text) => (StatusCode::OK, text),
        Err(text) => (StatusCode::BAD_REQUEST, text),
    };
    (status, text)
}

async fn run(path: &str, query: &str, request: Request) -> Result<String, String> {
    match path {
        "/echo" => {
            let body = request.into_body().collect().await.map_err(|error| format!("{error:?}"))?;
            Ok(String::from_utf8_lossy(&body.to_bytes()).into_owned())
        }
        "/requests" => Ok(REQUESTS.load(Ordering::SeqCst).to_string()),
        "/trap" => panic!("as asked"),
        "/exit" => std::process::exit(number(query)?.try_into().unwrap_or(1)),
        "/loop" => loop {
            std::hint::spin_loop();
        },
        "/hog" => Ok(hog()),
        "/sleep" => {
            sleep(Duration::from_millis(number(query)?)).await;
            Ok("slept".to_owned())
        }
        "/print" => {
            println!("out {query}");
            Ok(String::new())
        }
        "/call" => call(query).await,
        "/variable" => spin_sdk::variables::get(query).await.map_err(|error| format!("{error:?}")),
        "/later" => {
            let query = query.to_owned();
            spawn(async move {
                sleep(Duration::from_millis(300)).await;
                // The test sees whether it came to this.
                let _ = key_value("/set", &query).await;
            });
            Ok("later".to_owned())
        }
        _ => key_value(path, query).await,
    }
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("`{text}` is not a number"))
}

/// Allocates until it cannot.
fn hog() -> String {
    let mut all: Vec<Vec<u8>> = Vec::new();
    while all.len() < 10_000 {
        all.push(vec![1; 1024 * 1024]);
    }
    "no limit".to_owned()
}

async fn call(url: &str) -> Result<String, String> {
    let response: Response = get(url).await.map_err(|code| code.to_string())?;
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.map_err(|error| format!("{error:?}"))?;
    Ok(format!("{status} {}", String::from_utf8_lossy(&body.to_bytes())))
}

async fn key_value(path: &str, query: &str) -> Result<String, String> {
    let label = if path == "/other-store" { "other" } else { "default" };
    let store = Store::open(label).await.map_err(|error| format!("{error:?}"))?;
    let (key, value) = query.split_once('=').unwrap_or((query, ""));
    match path {
        "/get" => {
            let value = store.get(key).await.map_err(|error| format!("{error:?}"))?;
            Ok(value.map_or_else(|| "none".to_owned(), |bytes| String::from_utf8_lossy(&bytes).into_owned()))
        }
        "/set" => {
            store.set(key, value.as_bytes()).await.map_err(|error| format!("{error:?}"))?;
            Ok(String::new())
        }
        "/keys" => {
            let keys = store.get_keys().await.collect().await.map_err(|error| format!("{error:?}"))?;
            Ok(keys.join(","))
        }
        _ => Err(format!("no command `{path}`")),
    }
}
