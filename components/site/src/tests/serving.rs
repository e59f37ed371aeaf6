use super::*;

const LONG: &str = "Fibres are twisted into yarns, yarns into strands, strands into rope. ";

fn host() -> Host {
    let host = Host::default();
    let long = LONG.repeat(100);
    host.publish(
        "docs",
        "r1",
        &[
            ("index.html", "<h1>home</h1>"),
            ("long.html", &long),
            ("guide/index.html", "<h1>guide</h1>"),
            ("about.html", "about"),
            ("data.bin", "0123456789"),
            ("app-1a2b3c4d.js", "1"),
            ("style.css", "p{}"),
            ("a b/ä.txt", "spaces"),
        ],
    );
    host
}

#[track_caller]
fn check(host: &mut Host, uri: &str, headers: &[(&str, &str)], status: u16, body: &str) -> Answer {
    let answer = host.get(uri, headers);
    assert_eq!(answer.status(), status, "{uri}");
    assert_eq!(text(&answer), body, "{uri}");
    assert_eq!(header(&answer, "x-content-type-options"), "nosniff", "{uri}");
    answer
}

#[test]
fn files_are_served_by_path_and_by_host() {
    let mut host = host();
    check(&mut host, "/sites/docs/", &[], 200, "<h1>home</h1>");
    check(&mut host, "/sites/docs@production/index.html", &[], 200, "<h1>home</h1>");
    check(&mut host, "/sites/docs/guide/", &[], 200, "<h1>guide</h1>");
    check(&mut host, "/sites/docs/about", &[], 200, "about");
    check(&mut host, "/sites/docs/a%20b/%C3%A4.txt", &[], 200, "spaces");
    check(&mut host, "/", &[("host", "docs.localhost:3000")], 200, "<h1>home</h1>");
    check(&mut host, "/guide/?q", &[("host", "DOCS.localhost")], 200, "<h1>guide</h1>");
}

#[test]
fn headers_say_what_it_is() {
    let mut host = host();
    let answer = check(&mut host, "/sites/docs/", &[], 200, "<h1>home</h1>");
    assert_eq!(header(&answer, "content-type"), "text/html; charset=utf-8");
    assert_eq!(header(&answer, "content-length"), "13");
    assert_eq!(header(&answer, "cache-control"), "no-cache");
    assert_eq!(header(&answer, "accept-ranges"), "bytes");
    assert_eq!(header(&answer, "vary"), "Accept-Encoding");
    let script = host.get("/sites/docs/app-1a2b3c4d.js", &[]);
    assert_eq!(header(&script, "cache-control"), "public, max-age=31536000, immutable");
    let style = host.get("/sites/docs/style.css", &[]);
    assert_eq!(header(&style, "cache-control"), "public, max-age=60, must-revalidate");
    let binary = host.get("/sites/docs/data.bin", &[]);
    assert_eq!(header(&binary, "content-type"), "application/octet-stream");
    assert_eq!(header(&binary, "vary"), "");
}

#[test]
fn a_head_has_the_headers_alone() {
    let mut host = host();
    let answer = host.request(&Method::HEAD, "/sites/docs/", &[]);
    assert_eq!((answer.status().as_u16(), answer.body().len()), (200, 0));
    assert_eq!(header(&answer, "content-length"), "13");
    let range = host.request(&Method::HEAD, "/sites/docs/data.bin", &[("range", "bytes=0-1")]);
    assert_eq!((range.status().as_u16(), header(&range, "content-length")), (200, "10"));
}

#[test]
fn other_methods_are_refused() {
    let mut host = host();
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS, Method::PATCH] {
        let answer = host.request(&method, "/sites/docs/", &[]);
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(header(&answer, "allow"), "GET, HEAD");
    }
}

#[test]
fn folders_get_their_slash() {
    let mut host = host();
    for (uri, headers, location) in [
        ("/sites/docs/guide?a=b", &[][..], "./guide/?a=b"),
        ("/sites/docs", &[], "./docs/"),
        ("/sites/docs@production?x", &[], "./docs@production/?x"),
        ("/guide", &[("host", "docs.localhost")], "./guide/"),
    ] {
        let answer = host.get(uri, headers);
        assert_eq!(answer.status(), StatusCode::PERMANENT_REDIRECT, "{uri}");
        assert_eq!(header(&answer, "location"), location);
    }
    let answer = host.get("/", &[("host", "127.0.0.1:3000")]);
    assert_eq!((answer.status().as_u16(), header(&answer, "location")), (307, "/ui/"));
}

#[test]
fn what_is_not_there_is_not_found() {
    let mut host = host();
    for uri in [
        "/sites/docs/nothing.html",
        "/sites/docs/guide/nothing/",
        "/sites/other/",
        "/sites/docs@staging/",
        "/sites/docs/../docs/",
        "/sites/docs/%2e%2e/%2e%2e/etc/passwd",
        "/sites/docs/..%5C",
        "/sites/docs/a%00",
        "/sites/docs//",
        "/sites/docs/style.css/",
        "/elsewhere",
        "/sites/",
        "/-/other",
    ] {
        let answer = host.get(uri, &[]);
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{uri}");
        assert!(text(&answer).contains("<h1>Not found</h1>"), "{uri}");
    }
    assert_eq!(host.get("/sites/docs/%zz", &[]).status(), StatusCode::BAD_REQUEST);
    assert_eq!(host.get("/", &[("host", "docs.example.com")]).status(), StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(host.get("/x", &[("host", "nothing.localhost")]).status(), StatusCode::NOT_FOUND);
}

#[test]
fn a_site_s_own_page_tells_what_is_missing() {
    let mut host = Host::default();
    host.publish("docs", "r1", &[("404.html", "<h1>Lost</h1>"), ("a.html", "a")]);
    let answer = check(&mut host, "/sites/docs/b", &[], 404, "<h1>Lost</h1>");
    assert_eq!(header(&answer, "cache-control"), "no-cache");
    assert_eq!(header(&answer, "etag"), "");
}

#[test]
fn what_is_unchanged_is_not_sent_again() {
    let mut host = host();
    let tag = header(&host.get("/sites/docs/", &[]), "etag").to_owned();
    for list in [tag.clone(), format!("\"x\", W/{tag}"), "*".to_owned()] {
        let answer = check(&mut host, "/sites/docs/", &[("if-none-match", &list)], 304, "");
        assert_eq!(header(&answer, "etag"), tag);
        assert_eq!(header(&answer, "cache-control"), "no-cache");
        assert_eq!(header(&answer, "content-length"), "");
    }
    check(&mut host, "/sites/docs/", &[("if-none-match", "\"x\"")], 200, "<h1>home</h1>");
    check(&mut host, "/sites/docs/", &[("if-match", "\"x\"")], 412, "");
    check(&mut host, "/sites/docs/", &[("if-match", &tag)], 200, "<h1>home</h1>");
}

#[test]
fn parts_are_served() {
    let mut host = host();
    let uri = "/sites/docs/data.bin";
    let answer = check(&mut host, uri, &[("range", "bytes=2-4")], 206, "234");
    assert_eq!(header(&answer, "content-range"), "bytes 2-4/10");
    assert_eq!(header(&answer, "content-length"), "3");
    check(&mut host, uri, &[("range", "bytes=-2")], 206, "89");
    let answer = check(&mut host, uri, &[("range", "bytes=10-")], 416, "");
    assert_eq!(header(&answer, "content-range"), "bytes */10");
    check(&mut host, uri, &[("range", "bytes=0-1,3-4")], 200, "0123456789");
    check(&mut host, uri, &[("range", "lines=1-2")], 200, "0123456789");
    let tag = header(&host.get(uri, &[]), "etag").to_owned();
    check(&mut host, uri, &[("range", "bytes=0-1"), ("if-range", &tag)], 206, "01");
    check(&mut host, uri, &[("range", "bytes=0-1"), ("if-range", "\"old\"")], 200, "0123456789");
    let weak = format!("W/{tag}");
    check(&mut host, uri, &[("range", "bytes=0-1"), ("if-range", &weak)], 200, "0123456789");
}

#[test]
fn compressed_contents_are_chosen() {
    use std::io::Read as _;
    let mut host = host();
    let uri = "/sites/docs/long.html";
    let long = LONG.repeat(100);
    let whole = check(&mut host, uri, &[], 200, &long);
    let gzip = host.get(uri, &[("accept-encoding", "gzip, deflate")]);
    assert_eq!(header(&gzip, "content-encoding"), "gzip");
    let mut read = String::new();
    flate2::read::GzDecoder::new(&gzip.body()[..]).read_to_string(&mut read).unwrap();
    assert_eq!(read, long);
    let br = host.get(uri, &[("accept-encoding", "gzip, br;q=0.9, *;q=0.1")]);
    assert_eq!(header(&br, "content-encoding"), "gzip");
    let br = host.get(uri, &[("accept-encoding", "gzip, br")]);
    assert_eq!(header(&br, "content-encoding"), "br");
    assert_eq!(header(&br, "vary"), "Accept-Encoding");
    assert_eq!(header(&br, "content-length"), br.body().len().to_string());
    let tags = [&whole, &gzip, &br].map(|answer| header(answer, "etag"));
    assert!(tags[0] != tags[1] && tags[1] != tags[2], "{tags:?}");
    let again = host.get(uri, &[("accept-encoding", "br"), ("if-none-match", tags[2])]);
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    let again = host.get(uri, &[("accept-encoding", "gzip"), ("if-none-match", tags[2])]);
    assert_eq!(again.status(), StatusCode::OK);
    // A part of a compressed representation is a part of its bytes.
    let part = host.get(uri, &[("accept-encoding", "br"), ("range", "bytes=0-9")]);
    assert_eq!(part.body()[..], br.body()[..10]);
    assert_eq!(header(&part, "content-encoding"), "br");
    // What is small goes as it is.
    let small = host.get("/sites/docs/", &[("accept-encoding", "br")]);
    assert_eq!(header(&small, "content-encoding"), "");
}

#[test]
fn a_new_release_shows_at_once_and_the_rest_comes_from_memory() {
    let mut host = host();
    check(&mut host, "/sites/docs/", &[], 200, "<h1>home</h1>");
    let reads = host.store.reads();
    check(&mut host, "/sites/docs/", &[], 200, "<h1>home</h1>");
    assert_eq!(host.store.reads(), reads + 1, "the pointer alone is read");
    host.publish("docs", "r2", &[("index.html", "<h1>new</h1>")]);
    check(&mut host, "/sites/docs/", &[], 200, "<h1>new</h1>");
}

#[test]
fn what_cannot_be_read_is_an_error_and_not_a_wrong_page() {
    let mut host = host();
    let packs: Vec<_> = host.store.keys().into_iter().filter(|key| key.starts_with("pack/")).collect();
    host.store.delete_many(&packs).unwrap();
    let uri = "/sites/docs/".parse().unwrap();
    let error =
        serve::serve(&host.store, &mut host.cache, &Method::GET, &uri, &HeaderMap::new()).unwrap_err();
    assert!(error.to_string().contains("is corrupt"), "{error}");
    assert_eq!(serve::failed(false).status(), StatusCode::INTERNAL_SERVER_ERROR);
}
