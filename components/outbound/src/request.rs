//! What a request must be before it goes out.

use http::{HeaderName, HeaderValue, Method, Uri, header, uri::Scheme};

/// Headers that belong to the connection. The host sets them.
const HOST_SETS: &[HeaderName] = &[
    header::CONNECTION,
    header::HOST,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// A request that is well-formed.
#[derive(Debug, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST` …
    pub method: Method,
    /// Whether TLS is wanted.
    pub secure: bool,
    /// `host` or `host:port`.
    pub authority: String,
    /// From the first `/` on.
    pub path_with_query: String,
    /// Names in lower case. `content-length` is among them if there is a body or there could be one.
    pub headers: Vec<(String, Vec<u8>)>,
}

/// Why a request does not go out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not a method.
    #[error("method `{0}`")]
    Method(String),
    /// Not an absolute URL.
    #[error("URL `{0}`: {1}")]
    Url(String, &'static str),
    /// Not a header's name.
    #[error("header name `{0}`")]
    HeaderName(String),
    /// Line ends or other control characters.
    #[error("value of header `{0}`")]
    HeaderValue(String),
    /// A header that the host sets.
    #[error("header `{0}` is set by the host")]
    HostSets(String),
    /// A length that isn't the body's.
    #[error("header `content-length` is not the body's length, {0}")]
    Length(usize),
}

impl Request {
    /// Checks a request.
    pub fn new<'a>(
        method: &str,
        url: &str,
        headers: impl IntoIterator<Item = (&'a str, &'a [u8])>,
        body: &[u8],
    ) -> Result<Self, Malformed> {
        let no_method = |_| Malformed::Method(method.to_owned());
        let method = Method::from_bytes(method.as_bytes()).map_err(no_method)?;
        let (secure, authority, path_with_query) = read_url(url)?;
        let mut checked = Vec::new();
        for (name, value) in headers {
            let no_name = |_| Malformed::HeaderName(name.to_owned());
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(no_name)?;
            let value =
                HeaderValue::from_bytes(value).map_err(|_| Malformed::HeaderValue(name.to_string()))?;
            if HOST_SETS.contains(&name) {
                return Err(Malformed::HostSets(name.to_string()));
            }
            if name == header::CONTENT_LENGTH {
                if value.as_bytes() != body.len().to_string().as_bytes() {
                    return Err(Malformed::Length(body.len()));
                }
                continue;
            }
            checked.push((name.to_string(), value.as_bytes().to_vec()));
        }
        // Without it the host sends the body in chunks, which not every server takes.
        if !body.is_empty() || [Method::POST, Method::PUT, Method::PATCH].contains(&method) {
            let length = body.len().to_string().into_bytes();
            checked.push((header::CONTENT_LENGTH.to_string(), length));
        }
        Ok(Self { method, secure, authority, path_with_query, headers: checked })
    }
}

fn read_url(url: &str) -> Result<(bool, String, String), Malformed> {
    let wrong = |why| Malformed::Url(url.to_owned(), why);
    let uri: Uri = url.parse().map_err(|_| wrong("not a URL"))?;
    let secure = match uri.scheme() {
        Some(scheme) if *scheme == Scheme::HTTPS => true,
        Some(scheme) if *scheme == Scheme::HTTP => false,
        Some(_) => return Err(wrong("neither http nor https")),
        None => return Err(wrong("not absolute")),
    };
    let authority = uri.authority().ok_or_else(|| wrong("no host"))?;
    if authority.host().is_empty() {
        return Err(wrong("no host"));
    }
    // Not shown: what stands before the `@` may be a password.
    if authority.as_str().contains('@') {
        return Err(Malformed::Url(
            format!("{}://…@{}", uri.scheme_str().unwrap_or_default(), authority.host()),
            "credentials belong in the header `authorization`",
        ));
    }
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let path = if path.starts_with('?') { format!("/{path}") } else { path.to_owned() };
    Ok((secure, authority.to_string(), path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_url(url: &str, expected: Result<(bool, &str, &str), &str>) {
        let read = Request::new("GET", url, [], b"");
        let read = read
            .as_ref()
            .map(|request| (request.secure, request.authority.as_str(), request.path_with_query.as_str()));
        assert_eq!(read.map_err(ToString::to_string), expected.map_err(str::to_owned));
    }

    #[test]
    fn urls_are_absolute_and_carry_no_credentials() {
        check_url("https://a.example:8443/b?c=d#e", Ok((true, "a.example:8443", "/b?c=d")));
        check_url("http://site.spin.internal/", Ok((false, "site.spin.internal", "/")));
        check_url("http://[::1]:80", Ok((false, "[::1]:80", "/")));
        check_url("http://a?b", Ok((false, "a", "/?b")));
        check_url("/a", Err("URL `/a`: not absolute"));
        check_url("", Err("URL ``: not a URL"));
        check_url("ftp://a/", Err("URL `ftp://a/`: neither http nor https"));
        check_url("http://a b/", Err("URL `http://a b/`: not a URL"));
        check_url("http://a/\r\nx: y", Err("URL `http://a/\r\nx: y`: not a URL"));
        check_url(
            "https://me:secret@a/",
            Err("URL `https://…@a`: credentials belong in the header `authorization`"),
        );
    }

    #[track_caller]
    fn check_header(name: &str, value: &str, expected: Result<&[(&str, &str)], &str>) {
        let read = Request::new("POST", "http://a/", [(name, value.as_bytes())], b"body");
        let read = read.map(|request| request.headers).map_err(|error| error.to_string());
        let expected = expected.map(|headers| {
            let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), value.as_bytes().to_vec());
            headers.iter().map(owned).collect::<Vec<_>>()
        });
        assert_eq!(read, expected.map_err(str::to_owned));
    }

    #[test]
    fn headers_cannot_smuggle_anything() {
        check_header("Accept", "a/b", Ok(&[("accept", "a/b"), ("content-length", "4")]));
        check_header("content-length", "4", Ok(&[("content-length", "4")]));
        check_header("content-length", "5", Err("header `content-length` is not the body's length, 4"));
        check_header("a", "b\r\nc: d", Err("value of header `a`"));
        check_header("a", "b\nc", Err("value of header `a`"));
        check_header("a:b", "c", Err("header name `a:b`"));
        check_header("a\r\nb", "c", Err("header name `a\r\nb`"));
        check_header("", "c", Err("header name ``"));
        check_header("Host", "b", Err("header `host` is set by the host"));
        check_header("Transfer-Encoding", "chunked", Err("header `transfer-encoding` is set by the host"));
    }

    #[test]
    fn methods_are_tokens() {
        let method = |name| Request::new(name, "http://a/", [], b"").map(|request| request.method);
        assert_eq!(method("PROPFIND").unwrap().as_str(), "PROPFIND");
        assert_eq!(method("GET / HTTP/1.1\r\n"), Err(Malformed::Method("GET / HTTP/1.1\r\n".to_owned())));
    }
}
