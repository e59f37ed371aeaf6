//! The head of a request, as Spin's HTTP trigger hands it to a component.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use http::header::{CONNECTION, HOST, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::uri::{Authority, PathAndQuery, Scheme, Uri};

use super::router::Match;

/// What Spin tells a component that was called by another one.
pub(super) const CHAINED_CLIENT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
/// Whose headers are set here, and never taken from a client.
const PREFIX: &str = "spin-";

/// Prepares a request from outside. `None`: its host or its path is malformed.
pub(super) fn from_outside(parts: &mut Parts, route: &Match<'_>, client: SocketAddr) -> Option<()> {
    let host = match parts.uri.authority() {
        Some(authority) => authority.clone(),
        None => match parts.headers.get(HOST) {
            Some(host) => Authority::try_from(host.as_bytes()).ok()?,
            // HTTP/1.0 needs none.
            None => Authority::from_static("localhost"),
        },
    };
    let path = parts.uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
    parts.uri = absolute(host, path)?;
    parts.headers.remove(CONNECTION);
    let values = Values {
        path_info: &route.rest,
        route: route.route,
        prefix: route.prefix,
        client,
        named: &route.named,
    };
    set(&mut parts.headers, &parts.uri, &values)
}

/// Prepares a request of one component to another.
pub(super) fn chained(parts: &mut Parts) -> Option<()> {
    parts.headers.remove(CONNECTION);
    parts.headers.remove(HOST);
    let path_info = parts.uri.path().to_owned();
    let values =
        Values { path_info: &path_info, route: "/...", prefix: "", client: CHAINED_CLIENT, named: &[] };
    set(&mut parts.headers, &parts.uri, &values)
}

fn absolute(host: Authority, path: PathAndQuery) -> Option<Uri> {
    let uri = Uri::builder().scheme(Scheme::HTTP).authority(host).path_and_query(path);
    uri.build().ok()
}

struct Values<'v> {
    path_info: &'v str,
    route: &'v str,
    prefix: &'v str,
    client: SocketAddr,
    named: &'v [(&'v str, String)],
}

fn set(headers: &mut HeaderMap, uri: &Uri, values: &Values<'_>) -> Option<()> {
    let foreign: Vec<HeaderName> =
        headers.keys().filter(|name| name.as_str().starts_with(PREFIX)).cloned().collect();
    for name in foreign {
        headers.remove(name);
    }
    let mut set = |name: HeaderName, value: &str| {
        headers.insert(name, HeaderValue::from_str(value).ok()?);
        Some(())
    };
    set(HeaderName::from_static("spin-path-info"), values.path_info)?;
    set(HeaderName::from_static("spin-full-url"), &uri.to_string())?;
    set(HeaderName::from_static("spin-matched-route"), values.route)?;
    set(HeaderName::from_static("spin-base-path"), "/")?;
    set(HeaderName::from_static("spin-raw-component-route"), values.route)?;
    set(HeaderName::from_static("spin-component-route"), values.prefix)?;
    set(HeaderName::from_static("spin-client-addr"), &values.client.to_string())?;
    for (name, value) in values.named {
        let name = format!("spin-path-match-{}", name.to_ascii_lowercase());
        set(HeaderName::try_from(name).ok()?, value)?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use http::Request;

    use crate::host::router::Match;

    #[test]
    fn of_a_request_from_outside() {
        let route = Match {
            component: "users",
            route: "/users/:id/...",
            prefix: "/users/:id",
            rest: "/x".to_owned(),
            named: vec![("id", "7".to_owned())],
        };
        let request = Request::get("/users/7/x?y=1")
            .header("host", "example.com:3000")
            .header("connection", "close")
            .header("spin-client-addr", "forged")
            .header("spin-other", "forged");
        let mut parts = request.body(()).expect("request").into_parts().0;
        super::from_outside(&mut parts, &route, "127.0.0.1:9".parse().expect("address")).expect("headers");
        let mut headers: Vec<_> = parts
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().expect("text")))
            .collect();
        headers.sort();
        assert_eq!(
            headers,
            [
                "host: example.com:3000",
                "spin-base-path: /",
                "spin-client-addr: 127.0.0.1:9",
                "spin-component-route: /users/:id",
                "spin-full-url: http://example.com:3000/users/7/x?y=1",
                "spin-matched-route: /users/:id/...",
                "spin-path-info: /x",
                "spin-path-match-id: 7",
                "spin-raw-component-route: /users/:id/...",
            ]
        );
        assert_eq!(parts.uri, "http://example.com:3000/users/7/x?y=1");
    }
}
