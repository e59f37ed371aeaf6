//! Answers requests for the sites' contents.

use artifact::Store;
use http::header::ALLOW;
use http::uri::Uri;
use http::{HeaderMap, Method, StatusCode};

use crate::answer::{self, Answer};
use crate::cache::Cache;
use crate::name::host_problem;
use crate::pointer::Pointer;
use crate::route::{self, DEFAULT_ENVIRONMENT, Route, SitePath};
use crate::{Error, content, hosts};

/// The answer to a request that is not for the release API, fit to be sent.
pub fn serve<S: Store + ?Sized>(
    store: &S,
    cache: &mut Cache,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Answer, Error> {
    let head = method == Method::HEAD;
    if !head && method != Method::GET {
        let mut answer = answer::page(
            StatusCode::METHOD_NOT_ALLOWED,
            "Method not allowed",
            "Pages can be read, and nothing else.",
        );
        answer::set(&mut answer, ALLOW, "GET, HEAD");
        return Ok(answer::finish(answer, false));
    }
    let answer = Request { store, cache, method, uri, headers }.answer()?;
    Ok(answer::finish(answer, head))
}

/// The answer when it cannot be told what was asked for.
pub fn failed(head: bool) -> Answer {
    let answer = answer::page(
        StatusCode::INTERNAL_SERVER_ERROR,
        "Something went wrong",
        "The page cannot be read at the moment.",
    );
    answer::finish(answer, head)
}

struct Request<'a, S: Store + ?Sized> {
    store: &'a S,
    cache: &'a mut Cache,
    method: &'a Method,
    uri: &'a Uri,
    headers: &'a HeaderMap,
}

impl<S: Store + ?Sized> Request<'_, S> {
    fn answer(&mut self) -> Result<Answer, Error> {
        let (host, path) = match route::of(self.uri, self.headers) {
            Route::Host { host, path } => (host, path),
            Route::BadRequest => return Ok(bad_request()),
            _ => return Ok(content::not_found()),
        };
        if host_problem(&host).is_none()
            && let Some((claim, pointer)) = hosts::find(self.store, &host)?
        {
            return self.release(&claim.site, &claim.environment, pointer, &path);
        }
        if let Some(site) = route::localhost_site(&host)
            && let Some(pointer) = Pointer::load(self.store, site, DEFAULT_ENVIRONMENT)?
        {
            return self.release(site, DEFAULT_ENVIRONMENT, pointer, &path);
        }
        if self.uri.path() == "/" {
            return Ok(answer::redirect(StatusCode::TEMPORARY_REDIRECT, "/ui/"));
        }
        self.by_path(&path.query)
    }

    fn by_path(&mut self, query: &str) -> Result<Answer, Error> {
        match route::by_path(self.uri) {
            Route::Site { site, environment, path } => {
                match Pointer::load(self.store, &site, &environment)? {
                    Some(pointer) => self.release(&site, &environment, pointer, &path),
                    None => Ok(content::not_found()),
                }
            }
            Route::SiteWithoutSlash(name) => {
                let location = format!("./{name}/{query}");
                Ok(answer::redirect(StatusCode::PERMANENT_REDIRECT, &location))
            }
            Route::BadRequest => Ok(bad_request()),
            _ => Ok(content::not_found()),
        }
    }

    fn release(
        &mut self,
        site: &str,
        environment: &str,
        pointer: Pointer,
        path: &SitePath,
    ) -> Result<Answer, Error> {
        let mut current = pointer.current;
        let mut loaded = self.cache.release(self.store, &current)?;
        if loaded.is_none() {
            // Ten newer releases may have come since the pointer was read.
            if let Some(pointer) = Pointer::load(self.store, site, environment)? {
                current = pointer.current;
                loaded = self.cache.release(self.store, &current)?;
            }
        }
        let loaded = loaded.ok_or_else(|| Error::Corrupt {
            key: format!("release/{current}"),
            why: "it is gone, though the site's pointer names it".to_owned(),
        })?;
        content::serve(self.store, self.cache, &loaded, path, self.method, self.headers)
    }
}

fn bad_request() -> Answer {
    answer::page(StatusCode::BAD_REQUEST, "Bad request", "This is not an address.")
}
