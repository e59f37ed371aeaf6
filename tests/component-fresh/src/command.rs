//! What a test may ask for.

use std::sync::atomic::Ordering;

use crate::bindings::fermyon::spin::{key_value as spin, variables};
use crate::bindings::wasi::clocks::monotonic_clock;
use crate::bindings::wasi::http::types::IncomingRequest;
use crate::bindings::wasi::keyvalue::{atomics, batch, store};
use crate::{REQUESTS, http};

/// Does it.
pub(crate) fn run(path: &str, query: &str, request: IncomingRequest) -> Result<Vec<u8>, String> {
    match path {
        "/echo" => http::read(&request.consume().map_err(|()| "no body")?),
        "/requests" => Ok(REQUESTS.load(Ordering::SeqCst).to_string().into_bytes()),
        "/headers" => Ok(headers(&request)),
        "/trap" => panic!("as asked"),
        "/exit" => std::process::exit(query.parse().map_err(|_| "not a number")?),
        "/loop" => spin_for_ever(),
        "/hog" => Ok(hog()),
        "/sleep" => {
            let milliseconds: u64 = query.parse().map_err(|_| "not a number")?;
            monotonic_clock::subscribe_duration(milliseconds * 1_000_000).block();
            Ok(b"slept".to_vec())
        }
        "/print" => {
            println!("out {query}");
            eprintln!("error {query}");
            Ok(Vec::new())
        }
        "/call" => http::get(query).map(String::into_bytes),
        "/environment" => Ok(std::env::vars()
            .map(|(name, value)| format!("{name}={value}\n"))
            .collect::<String>()
            .into_bytes()),
        "/files" => Ok(std::fs::read_dir("/")
            .map_or_else(|error| error.to_string(), |_| "a folder".to_owned())
            .into_bytes()),
        "/variable" => variables::get(query).map(String::into_bytes).map_err(|error| format!("{error:?}")),
        "/spin-store" => spin_store(query),
        _ => key_value(path, query),
    }
}

fn headers(request: &IncomingRequest) -> Vec<u8> {
    let mut lines: Vec<String> = request
        .headers()
        .entries()
        .into_iter()
        .map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(&value)))
        .collect();
    lines.sort();
    lines.concat().into_bytes()
}

#[allow(clippy::empty_loop)] // That is what it is for.
fn spin_for_ever() -> ! {
    loop {}
}

/// Allocates until it cannot.
fn hog() -> Vec<u8> {
    let mut all: Vec<Vec<u8>> = Vec::new();
    loop {
        all.push(vec![1; 1024 * 1024]);
        if all.len() > 10_000 {
            return b"no limit".to_vec();
        }
    }
}

fn spin_store(query: &str) -> Result<Vec<u8>, String> {
    let store = spin::Store::open("default").map_err(|error| format!("{error:?}"))?;
    store.set(query, b"by spin").map_err(|error| format!("{error:?}"))?;
    let keys = store.get_keys().map_err(|error| format!("{error:?}"))?;
    Ok(keys.join(",").into_bytes())
}

fn key_value(path: &str, query: &str) -> Result<Vec<u8>, String> {
    let error = |error: store::Error| format!("{error:?}");
    let label = if path == "/other-store" { "other" } else { "default" };
    let bucket = store::open(label).map_err(error)?;
    let (key, value) = query.split_once('=').unwrap_or((query, ""));
    match path {
        "/get" => Ok(bucket.get(key).map_err(error)?.unwrap_or_else(|| b"none".to_vec())),
        "/set" => bucket.set(key, value.as_bytes()).map(|()| Vec::new()).map_err(error),
        "/set-large" => {
            let bytes = vec![7; value.parse().map_err(|_| "not a number")?];
            bucket.set(key, &bytes).map(|()| Vec::new()).map_err(error)
        }
        "/delete" => bucket.delete(key).map(|()| Vec::new()).map_err(error),
        "/increment" => {
            let sum = atomics::increment(&bucket, key, 1).map_err(error)?;
            Ok(sum.to_string().into_bytes())
        }
        "/claim" => {
            let cas = atomics::Cas::new(&bucket, key).map_err(error)?;
            if cas.current().map_err(error)?.is_some() {
                return Ok(b"taken".to_vec());
            }
            match atomics::swap(cas, value.as_bytes()) {
                Ok(()) => Ok(b"won".to_vec()),
                Err(atomics::CasError::CasFailed(again)) => {
                    let winner = again.current().map_err(error)?.unwrap_or_default();
                    Ok([b"lost to ".to_vec(), winner].concat())
                }
                Err(atomics::CasError::StoreError(failed)) => Err(error(failed)),
            }
        }
        "/batch" => {
            let entries: Vec<_> = (0..3).map(|n| (format!("{key}/{n}"), vec![b'0' + n])).collect();
            batch::set_many(&bucket, &entries).map_err(error)?;
            let keys = [format!("{key}/2"), format!("{key}/x"), format!("{key}/0")];
            let values = batch::get_many(&bucket, &keys).map_err(error)?;
            batch::delete_many(&bucket, &[format!("{key}/1")]).map_err(error)?;
            let left = bucket.list_keys(None).map_err(error)?.keys;
            Ok(format!("{values:?} {left:?}").into_bytes())
        }
        _ => Err(format!("no command `{path}`")),
    }
}
