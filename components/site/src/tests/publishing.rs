use super::*;
use crate::pointer::{MAX_RELEASES, Pointer};
use crate::release::Release;

const LONG: &str = "Fibres are twisted into yarns, yarns into strands, strands into rope. ";
const MASTER: &str = "0123456789abcdef0123456789abcdef";

fn publish_with(host: &Host, grant: &Grant, site: &str, body: &str) -> Result<Answer, ApiError> {
    host.call(grant, &Method::POST, &format!("/{site}/releases"), body)
}

#[track_caller]
fn check_refused(result: Result<Answer, ApiError>, status: u16, code: &str, message: &str) {
    let answer = result.unwrap_err().answer();
    let body = json(&answer);
    assert_eq!((answer.status().as_u16(), body["error"].as_str().unwrap()), (status, code), "{body}");
    assert!(body["message"].as_str().unwrap().contains(message), "{body}");
}

fn release(host: &Host, id: &str) -> Release {
    Release::load(&host.store, id).unwrap().unwrap()
}

#[test]
fn a_repetition_is_answered_the_same_and_undoes_nothing() {
    let mut host = Host::default();
    let first = host.put(&[("index.html", "one")]);
    let body = format!("{{\"artifact\":\"{first}\",\"environment\":\"production\"}}");
    let answer = publish_with(&host, &grant("docs", "r1"), "docs", &body).unwrap();
    let told = json(&answer);
    assert_eq!(told["url"], "/sites/docs/");
    assert_eq!((&told["files"], &told["bytes"]), (&1.into(), &3.into()));
    let writes = host.store.writes();
    let again = publish_with(&host, &grant("docs", "r1"), "docs", &body).unwrap();
    assert_eq!((again.status(), again.body()), (answer.status(), answer.body()));
    assert_eq!(host.store.writes(), writes);
    host.publish("docs", "r2", &[("index.html", "two")]);
    publish_with(&host, &grant("docs", "r1"), "docs", &body).unwrap();
    assert_eq!(text(&host.get("/sites/docs/", &[])), "two");
    // The same files by another run are another release.
    publish_with(&host, &grant("docs", "r3"), "docs", &body).unwrap();
    assert_eq!(text(&host.get("/sites/docs/", &[])), "one");
}

#[test]
fn a_publisher_that_dies_anywhere_leaves_the_site_as_it_was() {
    for writes in 0..20 {
        let mut host = Host::default();
        host.publish("docs", "r1", &[("index.html", "one")]);
        let artifact = host.put(&[("index.html", "two"), ("long.html", &LONG.repeat(50))]);
        let body = format!("{{\"artifact\":\"{artifact}\",\"hosts\":[\"docs.example.com\"]}}");
        // The copy is the first write.
        let keys = host.store.keys();
        let values = host.store.get_many(&keys).unwrap().into_iter().map(Option::unwrap);
        let dying = MemoryStore::failing_at_write(2 + writes);
        dying.set_many(&keys.into_iter().zip(values).collect::<Vec<_>>()).unwrap();
        host.store = dying;
        let failed = publish_with(&host, &grant("docs", "r2"), "docs", &body).is_err();
        host.store.heal();
        let shown = text(&host.get("/sites/docs/", &[])).to_owned();
        assert!(shown == "one" || shown == "two", "{shown}");
        publish_with(&host, &grant("docs", "r2"), "docs", &body).unwrap();
        assert_eq!(text(&host.get("/", &[("host", "docs.example.com")])), "two");
        let pointer = Pointer::load(&host.store, "docs", "production").unwrap().unwrap();
        assert_eq!(pointer.releases.len(), 2);
        if !failed {
            assert!(writes > 2, "it writes the release, the claim and the pointer");
            return;
        }
    }
    panic!("it never succeeded");
}

#[test]
fn old_manifests_are_deleted() {
    let mut host = Host::default();
    for number in 0..MAX_RELEASES + 3 {
        host.publish("docs", &format!("r{number}"), &[("index.html", &number.to_string())]);
    }
    let manifests = host.store.keys().iter().filter(|key| key.starts_with("release/")).count();
    assert_eq!(manifests, MAX_RELEASES);
    assert_eq!(text(&host.get("/sites/docs/", &[])), "12");
}

#[test]
fn what_was_compressed_is_not_compressed_again() {
    let mut host = Host::default();
    let (a, b) = (LONG.repeat(50), LONG.repeat(60));
    let first = host.publish("docs", "r1", &[("a.html", &a), ("copy.html", &a), ("b.html", &b)]);
    let first = release(&host, &first);
    assert_eq!(first.variants.len(), 1);
    assert_eq!(first.files["a.html"].br, first.files["copy.html"].br);
    let changed = format!("changed {b}");
    let second = host.publish("docs", "r2", &[("a.html", &a), ("b.html", &changed)]);
    let second = release(&host, &second);
    assert_eq!(second.variants[0], first.variants[0]);
    assert_eq!(second.variants.len(), 2);
    assert_eq!(second.files["a.html"], first.files["a.html"]);
    assert_eq!(second.files["b.html"].gzip.unwrap().within, 1);
    for (uri, size) in [("/sites/docs/a.html", a.len()), ("/sites/docs/b.html", changed.len())] {
        let br = host.get(uri, &[("accept-encoding", "br")]);
        let mut read = Vec::new();
        brotli::BrotliDecompress(&mut &br.body()[..], &mut read).unwrap();
        assert_eq!(read.len(), size);
    }
    // Nothing new: no new tree, and the old one alone.
    let third = host.publish("docs", "r3", &[("a.html", &a)]);
    assert_eq!(release(&host, &third).variants, first.variants);
}

#[test]
fn text_in_another_encoding_is_not_called_utf_8() {
    let host = Host::default();
    let file = |path: &str, contents: &[u8]| File {
        path: path.to_owned(),
        contents: contents.to_vec(),
        executable: false,
    };
    let files = vec![file("latin.txt", b"caf\xe9"), file("utf.txt", "café".as_bytes())];
    let artifact = Artifacts::new(&host.store).put(files, &[]).unwrap();
    let body = format!("{{\"artifact\":\"{artifact}\"}}");
    let answer = publish_with(&host, &grant("docs", "r"), "docs", &body).unwrap();
    let release = release(&host, json(&answer)["release"].as_str().unwrap());
    assert_eq!(release.files["latin.txt"].media_type, "text/plain");
    assert_eq!(release.files["utf.txt"].media_type, "text/plain; charset=utf-8");
}

#[test]
fn going_back_and_forth() {
    let mut host = Host::default();
    let ids: Vec<_> =
        ["one", "two", "three"].map(|text| host.publish("docs", text, &[("index.html", text)])).into();
    let roll_back =
        |host: &Host, body: &str| host.call(&grant("docs", "x"), &Method::POST, "/docs/rollback", body);
    let answer = json(&roll_back(&host, "{}").unwrap());
    assert_eq!((answer["release"].as_str(), answer["before"].as_str()), (Some(&*ids[1]), Some(&*ids[2])));
    assert_eq!(text(&host.get("/sites/docs/", &[])), "two");
    roll_back(&host, &format!("{{\"release\":\"{}\",\"environment\":\"production\"}}", ids[0])).unwrap();
    assert_eq!(text(&host.get("/sites/docs/", &[])), "one");
    check_refused(roll_back(&host, "{}"), 409, "no_earlier_release", "no earlier");
    check_refused(roll_back(&host, "{\"release\":\"zz\"}"), 404, "unknown_release", "`zz`");
    check_refused(roll_back(&host, "{\"environment\":\"staging\"}"), 403, "forbidden", "`staging`");
    check_refused(
        host.call(&grant("other", "x"), &Method::POST, "/docs/rollback", "{}"),
        403,
        "not_yours",
        "`docs`",
    );
    check_refused(
        host.call(&grant("docs", "x"), &Method::POST, "/none/rollback", "{}"),
        404,
        "unknown_site",
        "`none`",
    );
    let mut operator = grant("*", "x");
    operator.environment = "*".to_owned();
    let answer =
        host.call(&operator, &Method::POST, "/docs/rollback", &format!("{{\"release\":\"{}\"}}", ids[2]));
    assert_eq!(answer.unwrap().status(), StatusCode::OK);
    assert_eq!(text(&host.get("/sites/docs/", &[])), "three");
    let staging = host.call(&operator, &Method::POST, "/docs/rollback", "{\"environment\":\"staging\"}");
    check_refused(staging, 404, "unknown_site", "`docs@staging`");
}

#[test]
fn a_host_is_one_site_s() {
    let mut host = Host::default();
    let artifact = host.put(&[("index.html", "docs")]);
    let body = |hosts: &str| format!("{{\"artifact\":\"{artifact}\",\"hosts\":{hosts}}}");
    publish_with(&host, &grant("docs", "r1"), "docs", &body("[\"a.example.com\",\"b.example.com\"]"))
        .unwrap();
    assert_eq!(text(&host.get("/", &[("host", "a.example.com")])), "docs");
    // On its own host `/sites/…` and the like are the site's own.
    assert_eq!(host.get("/sites/docs/", &[("host", "a.example.com")]).status(), StatusCode::NOT_FOUND);
    check_refused(
        publish_with(&host, &grant("blog", "r1"), "blog", &body("[\"a.example.com\"]")),
        409,
        "host_taken",
        "held by site `docs`",
    );
    assert_eq!(host.get("/sites/blog/", &[]).status(), StatusCode::NOT_FOUND, "nothing was published");
    publish_with(&host, &grant("docs", "r2"), "docs", &body("[\"b.example.com\"]")).unwrap();
    assert_eq!(host.get("/x", &[("host", "a.example.com")]).status(), StatusCode::NOT_FOUND);
    publish_with(&host, &grant("blog", "r2"), "blog", &body("[\"a.example.com\"]")).unwrap();
    assert_eq!(text(&host.get("/", &[("host", "a.example.com")])), "docs");
    for (hosts, message) in [
        ("[\"localhost\"]", "`localhost`"),
        ("[\"http://x.y\"]", "not a host name"),
        ("[\"1.2.3.4\"]", "an address"),
    ] {
        check_refused(
            publish_with(&host, &grant("docs", "r3"), "docs", &body(hosts)),
            400,
            "invalid_host",
            message,
        );
    }
    let many: Vec<_> = (0..21).map(|number| format!("\"h{number}.example.com\"")).collect();
    check_refused(
        publish_with(&host, &grant("docs", "r3"), "docs", &body(&format!("[{}]", many.join(",")))),
        400,
        "invalid_host",
        "the limit is 20",
    );
}

#[test]
fn a_claim_that_was_left_behind_holds_nobody_off() {
    let host = Host::default();
    let artifact = host.put(&[("index.html", "x")]);
    let body =
        format!("{{\"artifact\":\"{artifact}\",\"hosts\":[\"free.example.com\",\"taken.example.com\"]}}");
    let taken = format!("{{\"artifact\":\"{artifact}\",\"hosts\":[\"taken.example.com\"]}}");
    publish_with(&host, &grant("docs", "r1"), "docs", &taken).unwrap();
    check_refused(
        publish_with(&host, &grant("blog", "r1"), "blog", &body),
        409,
        "host_taken",
        "taken.example.com",
    );
    let free = format!("{{\"artifact\":\"{artifact}\",\"hosts\":[\"free.example.com\"]}}");
    publish_with(&host, &grant("shop", "r1"), "shop", &free).unwrap();
}

#[test]
fn a_call_needs_the_right_grant() {
    let mut headers = HeaderMap::new();
    let check = |headers: &HeaderMap, master: &str, status: u16, code: &str, message: &str| {
        check_refused(api::authenticate(headers, master, 50).map(|_| unreachable!()), status, code, message);
    };
    check(&headers, MASTER, 401, "no_grant", "no grant");
    headers.insert("authorization", "Basic x".parse().unwrap());
    check(&headers, MASTER, 401, "no_grant", "no grant");
    headers.insert("authorization", "Bearer x".parse().unwrap());
    check(&headers, MASTER, 401, "invalid_grant", "malformed");
    check(&headers, "", 503, "not_configured", "`master_key` is not set");
    let token = Grant { expires_at_s: 100, ..grant("docs", "r") }.sign(MASTER).unwrap();
    headers.insert("authorization", format!("bearer {token}").parse().unwrap());
    assert_eq!(api::authenticate(&headers, MASTER, 99).unwrap().project, "docs");
    check(&headers, &MASTER.replace('0', "1"), 401, "invalid_grant", "signature");
    let late = api::authenticate(&headers, MASTER, 160).map(|_| unreachable!());
    check_refused(late, 401, "invalid_grant", "expired");
}

#[test]
fn calls_are_refused_with_a_reason() {
    let host = Host::default();
    let artifact = host.put(&[("index.html", "x")]);
    let empty = host.put(&[]);
    let docs = grant("docs", "r");
    let good = format!("{{\"artifact\":\"{artifact}\"}}");
    let absent = Digest::of(b"absent");
    for (site, body, status, code, message) in [
        ("docs", "{".to_owned(), 400, "invalid_body", "EOF"),
        ("docs", "{}".to_owned(), 400, "invalid_body", "`artifact`"),
        ("docs", format!("{{\"artifact\":\"{artifact}\",\"x\":1}}"), 400, "invalid_body", "`x`"),
        ("docs", "{\"artifact\":\"sha256:zz\"}".to_owned(), 400, "invalid_body", "zz"),
        ("do cs", good.clone(), 400, "invalid_name", "site `do cs`"),
        (
            "docs",
            format!("{{\"artifact\":\"{artifact}\",\"environment\":\"a/b\"}}"),
            400,
            "invalid_name",
            "environment `a/b`",
        ),
        (
            "docs",
            format!("{{\"artifact\":\"{artifact}\",\"environment\":\"staging\"}}"),
            403,
            "forbidden",
            "not `staging`",
        ),
        ("docs", format!("{{\"artifact\":\"{absent}\"}}"), 422, "unknown_artifact", "not in the store"),
        ("docs", format!("{{\"artifact\":\"{empty}\"}}"), 422, "empty_artifact", "no files"),
    ] {
        check_refused(publish_with(&host, &docs, site, &body), status, code, message);
    }
    publish_with(&host, &docs, "docs", &good).unwrap();
    check_refused(
        publish_with(&host, &grant("evil", "r"), "docs", &good),
        403,
        "not_yours",
        "belongs to project `docs`",
    );
    check_refused(publish_with(&host, &grant("*", "r"), "docs", &good), 403, "forbidden", "run alone");
    for (method, path, status, code) in [
        (Method::GET, "/docs/releases", 405, "method_not_allowed"),
        (Method::POST, "/docs", 405, "method_not_allowed"),
        (Method::GET, "/docs/other", 404, "not_found"),
        (Method::POST, "/docs/releases/x", 404, "not_found"),
    ] {
        check_refused(host.call(&docs, &method, path, ""), status, code, "");
    }
}

#[test]
fn sites_are_listed_to_whom_they_belong() {
    let host = Host::default();
    let id = host.publish("docs", "r1", &[("index.html", "x")]);
    host.publish("blog", "r1", &[("index.html", "x")]);
    let names = |project: &str| -> Vec<String> {
        let answer = json(&host.call(&grant(project, "x"), &Method::GET, "", "").unwrap());
        answer["sites"]
            .as_array()
            .unwrap()
            .iter()
            .map(|site| site["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names("*"), ["blog", "docs"]);
    assert_eq!(names("docs"), ["docs"]);
    let shown = json(&host.call(&grant("docs", "x"), &Method::GET, "/docs", "").unwrap());
    assert_eq!(shown["environments"][0]["current"], id.as_str());
    assert_eq!(shown["environments"][0]["releases"][0]["run"], "r1");
    check_refused(host.call(&grant("docs", "x"), &Method::GET, "/blog", ""), 403, "not_yours", "`blog`");
    check_refused(host.call(&grant("docs", "x"), &Method::GET, "/none", ""), 404, "unknown_site", "`none`");
}
