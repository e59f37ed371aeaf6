//! Where a request leads.

use http::HeaderMap;
use http::header::HOST;
use http::uri::Uri;
use percent_encoding::percent_decode_str;

use crate::name::{is_name, normal_host};

/// The environment that is served unless one is named.
pub const DEFAULT_ENVIRONMENT: &str = "production";
/// The longest path, in bytes, percent-encoded as it comes.
pub const MAX_PATH_BYTES: usize = 4096;

/// Where a request leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// The release API, with the path below `/-/sites`.
    Api(String),
    /// A file of the site of this host, if the host is one's.
    Host {
        /// The host, in its normal form.
        host: String,
        /// The path of the request.
        path: SitePath,
    },
    /// A file of a named site.
    Site {
        /// The site's name.
        site: String,
        /// Which of its environments.
        environment: String,
        /// The path below the site's own.
        path: SitePath,
    },
    /// A site's own path without the slash at its end; with the last part of the path.
    SiteWithoutSlash(String),
    /// The path is no path: malformed encoding, or too long.
    BadRequest,
    /// Nothing can be there.
    NotFound,
}

/// A path within a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SitePath {
    /// Decoded, without the slash at its beginning: a file's path, or a folder's with a slash at its
    /// end; empty for the site itself. `None`: no file can have it.
    pub decoded: Option<String>,
    /// The last part as it came, encoded.
    pub last: String,
    /// The query as it came, with its question mark; or empty.
    pub query: String,
}

/// Where this request leads. Whether a host is a site's is for the store to say: until then, a path under
/// `/sites/` on it may be that site's own.
pub fn of(uri: &Uri, headers: &HeaderMap) -> Route {
    let path = uri.path();
    if path.len() > MAX_PATH_BYTES {
        return Route::BadRequest;
    }
    if let Some(rest) = path.strip_prefix("/-/sites")
        && (rest.is_empty() || rest.starts_with('/'))
    {
        return Route::Api(rest.to_owned());
    }
    let Some(path) = SitePath::new(path.strip_prefix('/').unwrap_or(path), uri.query()) else {
        return Route::BadRequest;
    };
    Route::Host { host: host_of(uri, headers), path }
}

/// Where a request leads whose host is not a site's.
pub fn by_path(uri: &Uri) -> Route {
    let Some(rest) = uri.path().strip_prefix("/sites/") else {
        return Route::NotFound;
    };
    let (name, below) = rest.split_once('/').map_or((rest, None), |(name, below)| (name, Some(below)));
    let (site, environment) = name.split_once('@').unwrap_or((name, DEFAULT_ENVIRONMENT));
    if !is_name(site) || !is_name(environment) {
        return Route::NotFound;
    }
    let Some(below) = below else {
        return Route::SiteWithoutSlash(name.to_owned());
    };
    match SitePath::new(below, uri.query()) {
        Some(path) => Route::Site { site: site.to_owned(), environment: environment.to_owned(), path },
        None => Route::BadRequest,
    }
}

/// The site that a name under `.localhost` stands for.
pub fn localhost_site(host: &str) -> Option<&str> {
    host.strip_suffix(".localhost").filter(|name| is_name(name))
}

fn host_of(uri: &Uri, headers: &HeaderMap) -> String {
    let header = headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = header.or_else(|| uri.authority().map(http::uri::Authority::as_str));
    normal_host(host.unwrap_or_default())
}

impl SitePath {
    /// Of a path without its first slash. `None` if the encoding is malformed.
    fn new(path: &str, query: Option<&str>) -> Option<Self> {
        if !well_encoded(path) {
            return None;
        }
        let trimmed = path.strip_suffix('/').unwrap_or(path);
        let last = trimmed.rsplit('/').next().unwrap_or_default().to_owned();
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        let decoded = percent_decode_str(path).decode_utf8().ok().map(String::from);
        Some(Self { decoded: decoded.filter(|path| is_clean(path)), last, query })
    }
}

/// Every `%` is followed by two hexadecimal digits.
fn well_encoded(path: &str) -> bool {
    let bytes = path.as_bytes();
    bytes.iter().enumerate().all(|(at, byte)| {
        *byte != b'%'
            || bytes.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

/// No part is empty (but the last), `.` or `..`, and none has a backslash or a control character.
fn is_clean(path: &str) -> bool {
    if path.contains(|letter: char| letter == '\\' || letter.is_control()) {
        return false;
    }
    let folder = path.strip_suffix('/').unwrap_or(path);
    path.is_empty() || !folder.split('/').any(|part| matches!(part, "" | "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(host: Option<&str>, uri: &str) -> Route {
        let mut headers = HeaderMap::new();
        if let Some(host) = host {
            headers.insert(HOST, host.parse().unwrap());
        }
        of(&uri.parse().unwrap(), &headers)
    }

    #[track_caller]
    fn check_path(uri: &str, decoded: Option<&str>) {
        let Route::Host { path, .. } = route(Some("a.b"), uri) else { panic!("{uri}") };
        assert_eq!(path.decoded.as_deref(), decoded, "{uri}");
    }

    #[test]
    fn paths_are_decoded_once_and_never_climb() {
        check_path("/", Some(""));
        check_path("/a/b.html", Some("a/b.html"));
        check_path("/a/", Some("a/"));
        check_path("/a%20b/%C3%A4?x=%zz", Some("a b/ä"));
        check_path("/a%2Fb", Some("a/b"));
        check_path("/%252e%252e/a", Some("%2e%2e/a"));
        for bad in [
            "/../a",
            "/a/..",
            "/a/../",
            "/%2e%2e/a",
            "/a/%2E%2E%2Fb",
            "/a%2f..%2fb",
            "/./a",
            "//a",
            "/a//b",
            "/a//",
            "/a%00",
            "/a%5Cb",
            "/a%5C..%5Cb",
            "/%0d%0aSet-Cookie:x",
            "/%ff",
            "//",
        ] {
            check_path(bad, None);
        }
    }

    #[test]
    fn malformed_and_long_paths_are_refused() {
        for bad in ["/%", "/a%2", "/a%zz", &format!("/{}", "a".repeat(MAX_PATH_BYTES))] {
            assert_eq!(route(None, bad), Route::BadRequest, "{bad}");
        }
    }

    #[test]
    fn hosts_come_from_the_header_or_the_target() {
        let host = |host, uri| match route(host, uri) {
            Route::Host { host, .. } => host,
            other => panic!("{other:?}"),
        };
        assert_eq!(host(Some("Docs.Example.com:80"), "/"), "docs.example.com");
        assert_eq!(host(None, "http://Docs.example.com:80/x"), "docs.example.com");
        assert_eq!(host(None, "/x"), "");
    }

    #[test]
    fn the_api_has_a_path_of_its_own() {
        assert_eq!(route(None, "/-/sites"), Route::Api(String::new()));
        assert_eq!(route(None, "/-/sites/a/releases"), Route::Api("/a/releases".to_owned()));
        assert!(matches!(route(None, "/-/sitesx"), Route::Host { .. }));
    }

    #[track_caller]
    fn check_site(uri: &str, expected: Option<(&str, &str, &str)>) {
        let found = match by_path(&uri.parse().unwrap()) {
            Route::Site { site, environment, path } => Some((site, environment, path.decoded.unwrap())),
            _ => None,
        };
        let found = found.as_ref().map(|(site, environment, path)| (&**site, &**environment, &**path));
        assert_eq!(found, expected, "{uri}");
    }

    #[test]
    fn sites_have_paths() {
        check_site("/sites/docs/", Some(("docs", "production", "")));
        check_site("/sites/docs/a/b", Some(("docs", "production", "a/b")));
        check_site("/sites/docs@staging/a", Some(("docs", "staging", "a")));
        check_site("/sites/do%20cs/a", None);
        check_site("/sites//a", None);
        check_site("/site/docs/", None);
        assert_eq!(by_path(&"/sites/docs@x".parse().unwrap()), Route::SiteWithoutSlash("docs@x".to_owned()));
    }

    #[test]
    fn localhost_names_are_sites() {
        assert_eq!(localhost_site("docs.localhost"), Some("docs"));
        assert_eq!(localhost_site("localhost"), None);
        assert_eq!(localhost_site(".localhost"), None);
    }
}
