//! Serves a file of a release.

mod encoding;
mod media;
mod range;
mod tag;

use std::collections::BTreeMap;

use artifact::Store;
use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_RANGE, ETAG, IF_MATCH,
    IF_NONE_MATCH, IF_RANGE, RANGE, VARY,
};
use http::{HeaderMap, Method, StatusCode};

use crate::Error;
use crate::answer::{self, Answer};
use crate::cache::{Cache, Loaded};
use crate::release::ReleaseFile;
use crate::route::SitePath;

pub use encoding::Encoding;
pub use media::{CachePolicy, is_compressible, media_type, policy_of};
use range::Range;

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
enum Found<'a> {
    /// The file of this path.
    File(&'a str, &'a ReleaseFile),
    /// A folder that was asked for without the slash at its end.
    Folder,
    /// No file.
    Nothing,
}

/// The answer to a GET or HEAD of a path within a release.
pub fn serve<S: Store + ?Sized>(
    store: &S,
    cache: &mut Cache,
    loaded: &Loaded,
    path: &SitePath,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Answer, Error> {
    let release = &loaded.release;
    match find(&release.files, path.decoded.as_deref()) {
        Found::File(path, file) => {
            let encoding = encoding_of(file, headers);
            if let Some(answer) = unchanged(file, encoding, headers) {
                return Ok(answer);
            }
            let contents = cache.contents(store, loaded, (path, file), encoding)?;
            Ok(represent(file, encoding, contents, method, headers))
        }
        Found::Folder => {
            let folder = format!("./{}/{}", path.last, path.query);
            Ok(answer::redirect(StatusCode::PERMANENT_REDIRECT, &folder))
        }
        Found::Nothing => missing(store, cache, loaded, headers),
    }
}

/// The file of this path; of a folder its `index.html`; for a name without extension also the page of
/// that name.
fn find<'a>(files: &'a BTreeMap<String, ReleaseFile>, path: Option<&str>) -> Found<'a> {
    let Some(path) = path else {
        return Found::Nothing;
    };
    let file = |path: &str| files.get_key_value(path).map(|(path, file)| Found::File(path, file));
    if path.is_empty() || path.ends_with('/') {
        return file(&format!("{path}index.html")).unwrap_or(Found::Nothing);
    }
    if let Some(found) = file(path) {
        return found;
    }
    if files.contains_key(&format!("{path}/index.html")) {
        return Found::Folder;
    }
    file(&format!("{path}.html")).unwrap_or(Found::Nothing)
}

/// The site's own page for what is missing, or ours.
fn missing<S: Store + ?Sized>(
    store: &S,
    cache: &mut Cache,
    loaded: &Loaded,
    headers: &HeaderMap,
) -> Result<Answer, Error> {
    let Some(file) = loaded.release.files.get("404.html") else {
        return Ok(not_found());
    };
    let encoding = encoding_of(file, headers);
    let contents = cache.contents(store, loaded, ("404.html", file), encoding)?;
    let mut answer = answer::with_body(StatusCode::NOT_FOUND, &file.media_type, contents);
    answer::set(&mut answer, CACHE_CONTROL, "no-cache");
    describe_encoding(&mut answer, file, encoding);
    Ok(answer)
}

/// Our own page for what is missing.
pub fn not_found() -> Answer {
    answer::page(StatusCode::NOT_FOUND, "Not found", "There is no page at this address.")
}

fn encoding_of(file: &ReleaseFile, headers: &HeaderMap) -> Encoding {
    let accepted = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    encoding::choose(accepted, file.br.is_some(), file.gzip.is_some())
}

/// The answer to a request whose conditions make the file's contents unnecessary.
fn unchanged(file: &ReleaseFile, encoding: Encoding, headers: &HeaderMap) -> Option<Answer> {
    let tag = tag::of(&file.digest, encoding);
    let values = |name| headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    if headers.contains_key(IF_MATCH) && !tag::any_is(values(IF_MATCH), &tag, tag::Comparison::Strong) {
        return Some(answer::empty(StatusCode::PRECONDITION_FAILED));
    }
    if !tag::any_is(values(IF_NONE_MATCH), &tag, tag::Comparison::Weak) {
        return None;
    }
    let mut answer = answer::empty(StatusCode::NOT_MODIFIED);
    answer::set(&mut answer, ETAG, &tag);
    answer::set(&mut answer, CACHE_CONTROL, file.cache.header());
    describe_encoding(&mut answer, file, encoding);
    answer.headers_mut().remove(CONTENT_ENCODING);
    Some(answer)
}

/// The contents, whole or the part that was asked for.
fn represent(
    file: &ReleaseFile,
    encoding: Encoding,
    contents: Bytes,
    method: &Method,
    headers: &HeaderMap,
) -> Answer {
    let tag = tag::of(&file.digest, encoding);
    let size = contents.len();
    let asked = headers.get(RANGE).filter(|_| method == Method::GET).and_then(|value| value.to_str().ok());
    // A part of another representation than the client has begun with would be no use to it.
    let same = headers.get(IF_RANGE).is_none_or(|value| {
        value.to_str().is_ok_and(|value| tag::any_is([value], &tag, tag::Comparison::Strong))
    });
    let range = asked.filter(|_| same).map_or(Range::Whole, |asked| Range::parse(asked, size));
    let mut answer = match range {
        Range::Whole => answer::with_body(StatusCode::OK, &file.media_type, contents),
        Range::Part { first, last } => {
            let part = contents.slice(first..=last);
            let mut answer = answer::with_body(StatusCode::PARTIAL_CONTENT, &file.media_type, part);
            answer::set(&mut answer, CONTENT_RANGE, &format!("bytes {first}-{last}/{size}"));
            answer
        }
        Range::Unsatisfiable => {
            let mut answer = answer::empty(StatusCode::RANGE_NOT_SATISFIABLE);
            answer::set(&mut answer, CONTENT_RANGE, &format!("bytes */{size}"));
            return answer;
        }
    };
    answer::set(&mut answer, ACCEPT_RANGES, "bytes");
    answer::set(&mut answer, ETAG, &tag);
    answer::set(&mut answer, CACHE_CONTROL, file.cache.header());
    describe_encoding(&mut answer, file, encoding);
    answer
}

fn describe_encoding(answer: &mut Answer, file: &ReleaseFile, encoding: Encoding) {
    if is_compressible(&file.media_type) {
        answer::set(answer, VARY, "Accept-Encoding");
    }
    if let Some(name) = encoding.name() {
        answer::set(answer, CONTENT_ENCODING, name);
    }
}
