//! `allowed_hosts` of a project: where its `http:invoke` tasks may send requests. None, unless named.
//!
//! An entry is `host` or `host:port` for HTTPS, with `http://` before it for HTTP; `*.domain` stands for every name below
//! a domain, `*` for every public name. Addresses, and names that are private by what they are called, must be named
//! exactly. Where a public name points to is not looked at here: the `allowed_outbound_hosts` of the component that sends
//! hold for the whole application.

use std::net::{Ipv4Addr, Ipv6Addr};

use http::Uri;
use http::uri::Scheme;

/// Most entries of one project.
pub const MAX_ALLOWED_HOSTS: usize = 64;
/// Names below these are private (RFC 6761, RFC 6762, RFC 8375, and what resolvers use).
const PRIVATE_DOMAINS: [&str; 5] = ["localhost", "local", "internal", "home.arpa", "localdomain"];
/// Components of the application itself, which no task reaches this way.
const OWN_DOMAIN: &str = ".spin.internal";

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    secure: bool,
    host: Pattern,
    port: u16,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    /// `*`
    Public,
    /// `*.example.com`, kept as `.example.com`.
    Below(String),
    /// Exactly this.
    Exact(String),
}

/// Demands an entry that can be read.
pub fn check(entry: &str) -> Result<(), String> {
    Entry::parse(entry).map(drop)
}

/// Demands that a request to this URL is allowed by one of the entries.
pub fn demand(url: &str, entries: &[String]) -> Result<(), String> {
    let place = Place::parse(url)?;
    let allows = |entry: &String| Entry::parse(entry).is_ok_and(|entry| entry.allows(&place));
    if entries.iter().any(allows) {
        return Ok(());
    }
    let entry = place.as_entry();
    Err(format!("host `{entry}` is not among the project's `allowed_hosts`; hint: add `{entry}` to them"))
}

/// Where a URL leads.
struct Place {
    secure: bool,
    host: String,
    port: u16,
}

impl Place {
    fn parse(url: &str) -> Result<Self, String> {
        let uri: Uri = url.parse().map_err(|_| "`ApiEndpoint` is not a URL".to_owned())?;
        let secure = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            Some(scheme) if *scheme == Scheme::HTTP => false,
            _ => return Err("`ApiEndpoint` must begin with `https://`".to_owned()),
        };
        let authority = uri.authority().ok_or("`ApiEndpoint` names no host")?;
        if authority.as_str().contains('@') {
            return Err("`ApiEndpoint` carries credentials; hint: name a secret of the project by \
                        `Authentication.ConnectionArn`"
                .to_owned());
        }
        let host = normal(authority.host());
        if host.is_empty() {
            return Err("`ApiEndpoint` names no host".to_owned());
        }
        if format!(".{host}").ends_with(OWN_DOMAIN) {
            return Err(format!("`{host}` is a component of this application, which no task may call so"));
        }
        let port = match (authority.port_u16(), authority.port()) {
            (Some(port), _) => port,
            (None, Some(_)) => return Err("`ApiEndpoint` has a port that is none".to_owned()),
            (None, None) => default_port(secure),
        };
        Ok(Self { secure, host, port })
    }

    fn as_entry(&self) -> String {
        let scheme = if self.secure { "" } else { "http://" };
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == default_port(self.secure) {
            return format!("{scheme}{host}");
        }
        format!("{scheme}{host}:{}", self.port)
    }
}

impl Entry {
    fn parse(text: &str) -> Result<Self, String> {
        let (secure, rest) = match text.split_once("://") {
            None => (true, text),
            Some(("https", rest)) => (true, rest),
            Some(("http", rest)) => (false, rest),
            Some((scheme, _)) => return Err(format!("`{scheme}` is neither `https` nor `http`")),
        };
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !rest.ends_with(']') => {
                (host, port.parse().map_err(|_| format!("`{port}` is not a port"))?)
            }
            _ => (rest, default_port(secure)),
        };
        let plain = |host: &str| {
            !host.is_empty() && !host.contains(['/', '?', '#', '@', '*', ' ']) && !host.starts_with('.')
        };
        let host = match host.strip_prefix("*.") {
            _ if host == "*" => Pattern::Public,
            Some(domain) if plain(domain) && !is_private(domain) => {
                Pattern::Below(format!(".{}", normal(domain)))
            }
            None if plain(host) => Pattern::Exact(normal(host)),
            _ => return Err(format!("`{text}` is not a host")),
        };
        Ok(Self { secure, host, port })
    }

    fn allows(&self, place: &Place) -> bool {
        let host = match &self.host {
            Pattern::Public => !is_private(&place.host),
            Pattern::Below(suffix) => {
                place.host.len() > suffix.len()
                    && place.host.ends_with(suffix.as_str())
                    && !is_private(&place.host)
            }
            Pattern::Exact(host) => *host == place.host,
        };
        host && self.secure == place.secure && self.port == place.port
    }
}

fn default_port(secure: bool) -> u16 {
    if secure { 443 } else { 80 }
}

/// A host in the one form in which it is compared.
fn normal(host: &str) -> String {
    let bare = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.').to_ascii_lowercase();
    match bare.parse::<Ipv6Addr>() {
        Ok(address) => address.to_canonical().to_string(),
        Err(_) => bare,
    }
}

/// Whether a host is an address, a name that only a private network knows, or something that a resolver may take for an
/// address (`127.1`, `0x7f000001`).
fn is_private(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or(host);
    let numeric = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x");
    let below = |domain: &str| host == domain || host.ends_with(&format!(".{domain}"));
    host.contains(':')
        || host.parse::<Ipv4Addr>().is_ok()
        || numeric
        || !host.contains('.')
        || PRIVATE_DOMAINS.iter().any(|domain| below(domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_allowed(url: &str, entries: &[&str], expected: bool) {
        let entries: Vec<String> = entries.iter().map(|entry| (*entry).to_owned()).collect();
        for entry in &entries {
            check(entry).unwrap();
        }
        assert_eq!(demand(url, &entries).is_ok(), expected, "{url} {entries:?}: {:?}", demand(url, &entries));
    }

    #[test]
    fn nothing_is_allowed_unless_named() {
        check_allowed("https://api.example.com/a?b", &[], false);
        check_allowed("https://api.example.com/a?b", &["api.example.com"], true);
        check_allowed("https://API.example.com./", &["Api.Example.Com"], true);
        check_allowed("https://other.example.com/", &["api.example.com"], false);
        check_allowed("https://api.example.com.evil.test/", &["api.example.com"], false);
        check_allowed("https://api.example.com/", &["*.example.com"], true);
        check_allowed("https://example.com/", &["*.example.com"], false);
        check_allowed("https://evilexample.com/", &["*.example.com"], false);
        check_allowed("https://api.example.com/", &["*"], true);
    }

    #[test]
    fn scheme_and_port_are_part_of_it() {
        check_allowed("http://api.example.com/", &["api.example.com"], false);
        check_allowed("http://api.example.com/", &["http://api.example.com"], true);
        check_allowed("https://api.example.com/", &["http://api.example.com"], false);
        check_allowed("https://api.example.com:8443/", &["api.example.com"], false);
        check_allowed("https://api.example.com:8443/", &["api.example.com:8443"], true);
        check_allowed("https://api.example.com:443/", &["api.example.com"], true);
        check_allowed("ftp://api.example.com/", &["*"], false);
        check_allowed("https://me:word@api.example.com/", &["*"], false);
        check_allowed("api.example.com", &["*"], false);
    }

    #[test]
    fn private_places_must_be_named() {
        for host in [
            "127.0.0.1",
            "10.1.2.3",
            "169.254.169.254",
            "8.8.8.8",
            "[::1]",
            "[fd00::1]",
            "localhost",
            "db.local",
            "metadata.google.internal",
            "intranet",
            "127.1",
            "0x7f000001",
            "2130706433",
            "a.0x1",
        ] {
            let url = format!("https://{host}/");
            check_allowed(&url, &["*"], false);
            check_allowed(&url, &[host], true);
        }
        check_allowed("http://127.0.0.1:8080/", &["http://127.0.0.1:8080"], true);
        check_allowed("https://[0:0:0:0:0:0:0:1]/", &["[::1]"], true);
        check_allowed("http://site.spin.internal/", &["http://site.spin.internal"], false);
        check_allowed("http://spin.internal/", &["http://spin.internal"], false);
    }

    #[test]
    fn entries_are_checked() {
        for entry in ["", "*.", "*x", "a/b", "ftp://a", "a:b", "a b", "u@a", "*.local", "*.0.0.1", ".a"] {
            assert!(check(entry).is_err(), "{entry}");
        }
    }

    #[test]
    fn the_message_says_what_to_add() {
        let told = demand("https://api.example.com:8443/", &[]).unwrap_err();
        assert!(told.ends_with("hint: add `api.example.com:8443` to them"), "{told}");
    }
}
