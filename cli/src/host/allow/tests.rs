use super::AllowedHost;

#[track_caller]
fn check(pattern: &str, url: &str, allowed: bool) {
    let pattern = AllowedHost::parse(pattern).expect("pattern");
    let url: http::Uri = url.parse().expect("url");
    let host = url.host().expect("host");
    assert_eq!(pattern.allows(url.scheme_str().expect("scheme"), host, url.port_u16()), allowed, "{url}");
}

#[test]
fn allows() {
    check("https://example.com", "https://example.com/a", true);
    check("https://example.com", "https://EXAMPLE.com:443", true);
    check("https://example.com", "http://example.com", false);
    check("https://example.com", "https://example.com:8443", false);
    check("https://example.com", "https://sub.example.com", false);
    check("https://example.com/", "https://example.com", true);
    check("https://*.example.com", "https://a.b.example.com", true);
    check("https://*.example.com", "https://example.com", false);
    check("https://*.example.com", "https://badexample.com", false);
    check("*://*:*", "http://127.0.0.1:9", true);
    check("http://*", "http://127.0.0.1:9", false);
    check("http://*:*", "https://example.com", false);
    check("http://127.0.0.1:8000..8010", "http://127.0.0.1:8009", true);
    check("http://127.0.0.1:8000..8010", "http://127.0.0.1:8010", false);
    check("http://10.0.0.0/8:*", "http://10.255.1.2:99", true);
    check("http://10.0.0.0/8", "http://11.0.0.1", false);
    check("http://[::1]:3000", "http://[::1]:3000", true);
    check("http://[::1]:3000", "http://[::1]:3001", false);
    check("http://*.spin.internal", "http://stage-lint.spin.internal/", true);
    check("http://site.spin.internal", "http://stage-lint.spin.internal/", false);
    check("http://self", "http://self.alt/", false);
}

#[track_caller]
fn check_error(pattern: &str, expected: &str) {
    assert_eq!(AllowedHost::parse(pattern).expect_err("must fail"), expected);
}

#[test]
fn names_mistakes() {
    check_error("example.com", "`example.com` has no scheme");
    check_error("*", "`*` has no scheme");
    check_error("ftp://example.com", "`ftp://example.com` needs a port: `ftp` has no usual one");
    check_error("https://a/b", "`a/b` is not a host: write the host alone, without path");
    check_error(
        "https://a.*",
        "`a.*` is not a host: `*` stands for all of it, or for what is before the first dot",
    );
    check_error("https://a:b", "`b` is not a port: write a number, `first..end` or `*`");
    check_error("https://a:9..9", "no port is in `9..9`: the end is not part of it");
    check_error("https://10.0.0.0/40", "`10.0.0.0/40` is not a network: it has from 0 to 32 bits");
    check_error("{http,https}://a", "`{http,https}` is not a scheme: use letters alone, or `*`");
}

#[test]
fn the_application_itself() {
    let own = |pattern: &str| AllowedHost::parse(pattern).expect("pattern").allows_own();
    assert!(own("http://self") && own("*://*:*") && own("https://self.alt"));
    assert!(!own("http://example.com") && !own("redis://self"));
}
