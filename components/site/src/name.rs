//! Names of sites, environments and hosts.

/// The longest name of a site or an environment, in bytes.
pub const MAX_NAME_BYTES: usize = 63;
/// The longest host name, in bytes: it must fit into a key.
pub const MAX_HOST_BYTES: usize = 250;

/// Whether this may name a site or an environment: letters, digits, `-`, `_` and `.`, beginning with a
/// letter or a digit, at most [`MAX_NAME_BYTES`].
pub fn is_name(text: &str) -> bool {
    text.len() <= MAX_NAME_BYTES
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// A host name as it is kept: lower case, without port and final dot.
pub fn normal_host(host: &str) -> String {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// Why a site cannot be served under this host name, if it cannot.
pub fn host_problem(host: &str) -> Option<&'static str> {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    if host.len() > MAX_HOST_BYTES || !host.split('.').all(label) {
        return Some(
            "it is not a host name: hint: lower case, without scheme, port and path: `docs.example.com`",
        );
    }
    let last = host.rsplit('.').next().unwrap_or_default();
    if last.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some("it is an address, not a name");
    }
    if last == "localhost" || last == "internal" || !host.contains('.') {
        return Some(
            "names of one label, and those that end in `.localhost` or `.internal`, are not given away",
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["a", "docs", "Docs-2.x_y", &"a".repeat(63)] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "-a", ".a", "a b", "a/b", "a@b", "ä", &"a".repeat(64)] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn hosts_are_compared_in_one_form() {
        assert_eq!(normal_host("Docs.Example.com.:8080"), "docs.example.com");
        assert_eq!(normal_host("localhost:3000"), "localhost");
        assert_eq!(normal_host("[::1]:80"), "[::1]");
        assert_eq!(normal_host(""), "");
    }

    #[test]
    fn hosts_that_may_be_had() {
        assert_eq!(host_problem("docs.example.com"), None);
        assert_eq!(host_problem("xn--bcher-kva.example"), None);
        for bad in [
            "",
            "localhost",
            "docs",
            "docs.localhost",
            "site.spin.internal",
            "127.0.0.1",
            "a..b",
            "-a.b",
            "a_b.c",
            "A.b",
            "http://a.b",
            "a.b:80",
            "a.b/c",
            "*.a.b",
            "a.b.",
        ] {
            assert!(host_problem(bad).is_some(), "{bad}");
        }
    }
}
