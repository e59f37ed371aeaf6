//! A real push to a real git host becomes a live site.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{App, Git, Options, eventually, on_spin};

const SECRET: &str = "the webhook's secret";

fn site_pipeline() -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let text = std::fs::read_to_string(root.join("examples/site/pipeline.asl.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn small_book(page: &str) -> Vec<(&'static str, String)> {
    vec![
        ("book.toml", "[book]\ntitle = \"Small\"\n".to_owned()),
        ("package.json", "{\"type\": \"module\"}\n".to_owned()),
        ("src/SUMMARY.md", "# Summary\n\n- [Page](page.md)\n".to_owned()),
        ("src/page.md", page.to_owned()),
        ("src/js/add.js", "export const add = (a, b) => a + b;\n".to_owned()),
        (
            "tests/add.test.js",
            "import test from 'node:test';\nimport assert from 'node:assert/strict';\n\
             import { add } from '../src/js/add.js';\ntest('adds', () => assert.equal(add(1, 2), 3));\n"
                .to_owned(),
        ),
    ]
}

fn push(git: &Git, files: &[(&str, String)]) -> String {
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    git.push(&files)
}

fn serve(app: &App) -> Git {
    let git = Git::serve(&format!("{}/hooks/book", app.client.url()), SECRET);
    app.put_project(
        "book",
        &json!({
            "repository": git.url(),
            "branch": "main",
            "pipeline": site_pipeline(),
            "webhook_secret": SECRET,
        }),
    );
    git
}

fn run_of(app: &App, git: &Git, commit: &str) -> Value {
    let id = eventually("the push starts a run", || {
        assert_eq!(git.hook_problem(), None);
        let listed = app.client.json("GET", "/api/runs?project=book", None).unwrap();
        let runs = listed["runs"].as_array().unwrap();
        let run = runs.iter().find(|run| run["commit"] == commit)?;
        Some(run["id"].as_str().unwrap().to_owned())
    });
    app.finished(&id)
}

fn push_twice(app: &App) {
    let git = serve(app);
    let first = run_of(app, &git, &push(&git, &small_book("# First\n\nhello\n")));
    assert_eq!(first["status"], "succeeded", "{first:#}");
    let states: Vec<&str> =
        first["stages"].as_array().unwrap().iter().map(|stage| stage["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["Checkout", "Lint", "UnitTests", "BuildArtifact", "Deploy"]);
    assert!(app.get("/sites/book/page.html").text().contains("hello"));

    let second = run_of(app, &git, &push(&git, &small_book("# First\n\nchanged\n")));
    assert_eq!(second["status"], "succeeded", "{second:#}");
    let tests = second["stages"].as_array().unwrap().iter().find(|s| s["state"] == "UnitTests");
    assert_eq!(tests.unwrap()["cached"], true, "{second:#}");
    assert_eq!(tests.unwrap()["from_run"], first["id"], "{second:#}");
    assert!(app.get("/sites/book/page.html").text().contains("changed"));

    let back = app.client.json("POST", "/api/sites/book/rollback", Some(&json!({}))).unwrap();
    assert!(back["release"].is_string(), "{back:#}");
    assert!(app.get("/sites/book/page.html").text().contains("hello"));

    let again = app.run("book", &json!({ "commit": second["commit"], "branch": "main" }));
    for stage in again["stages"].as_array().unwrap() {
        let cached = stage["component"] != "stage-deploy";
        assert_eq!(stage["cached"], cached, "the same commit is worked on again: {again:#}");
    }
}

#[test]
fn a_push_becomes_a_site() {
    push_twice(&App::start());
}

#[test]
fn it_does_within_the_limits_of_akamai_functions() {
    if on_spin().is_none() {
        push_twice(&App::start_with(Options { limits: Some("akamai-functions"), ..Options::default() }));
    }
}

#[test]
fn it_does_within_the_limits_of_fermyon_cloud() {
    if on_spin().is_none() {
        push_twice(&App::start_with(Options { limits: Some("fermyon-cloud"), ..Options::default() }));
    }
}

#[test]
fn a_broken_page_stops_the_run_before_the_site_changes() {
    let app = App::start();
    let git = serve(&app);
    let good = run_of(&app, &git, &push(&git, &small_book("# First\n\nhello\n")));
    assert_eq!(good["status"], "succeeded", "{good:#}");
    let bad = run_of(&app, &git, &push(&git, &small_book("# First\n\n[gone](nowhere.md)\n")));
    assert_eq!((&bad["status"], &bad["error"]), (&json!("failed"), &json!("Lint.Failed")), "{bad:#}");
    assert!(app.get("/sites/book/page.html").text().contains("hello"));
    let log = app.client.send("GET", &format!("/api/runs/{}/log", bad["id"].as_str().unwrap()), b"");
    assert!(log.unwrap().text().contains("nowhere.md"));
}

#[test]
fn webhooks_are_refused_unless_signed() {
    let app = App::start();
    let git = serve(&app);
    let body = json!({ "ref": "refs/heads/main", "after": "0".repeat(40) }).to_string();
    let signature = format!("sha256={}", "0".repeat(64));
    for headers in [
        vec![("x-github-event", "push")],
        vec![("x-github-event", "push"), ("x-hub-signature-256", signature.as_str())],
        vec![("x-ropewalk-signature", signature.as_str())],
        vec![("x-github-event", "push"), ("x-hub-signature-256", "sha256=zz")],
    ] {
        let answer = app.client.send_with("POST", "/hooks/book", &headers, body.as_bytes()).unwrap();
        assert_eq!(answer.status, 401, "{headers:?}: {}", answer.text());
    }
    assert_eq!(app.client.send_with("POST", "/hooks/none", &[], b"{}").unwrap().status, 401);
    let listed = app.client.json("GET", "/api/runs?project=book", None).unwrap();
    assert_eq!(listed["runs"], json!([]));
    drop(git);
}

#[test]
fn a_webhook_that_comes_again_starts_no_second_run() {
    let app = App::start();
    let pipeline = json!({ "StartAt": "P", "States": { "P": { "Type": "Pass", "End": true } } });
    app.put_project("twice", &json!({ "pipeline": pipeline, "webhook_secret": SECRET }));
    let body = json!({ "ref": "refs/heads/main", "commit": "1".repeat(40) }).to_string();
    let signature = forge::sign(body.as_bytes(), SECRET);
    let deliver = |delivery: &str| {
        let headers = [("x-ropewalk-signature", signature.as_str()), ("x-ropewalk-delivery", delivery)];
        let answer = app.client.send_with("POST", "/hooks/twice", &headers, body.as_bytes()).unwrap();
        answer.ok().unwrap().json().unwrap()["runs"][0].clone()
    };
    let first = deliver("one");
    app.finished(first["id"].as_str().unwrap());
    assert_eq!(deliver("one"), json!({ "id": first["id"], "redelivered": true }));
    assert_ne!(deliver("two")["id"], first["id"]);
}

#[test]
fn checkout_says_what_is_wrong() {
    let app = App::start();
    let git = serve(&app);
    push(&git, &small_book("# First\n"));
    let nowhere = json!({ "input": { "repository": "http://127.0.0.1:9/none.git" } });
    let cases = [
        (json!({ "ref": "refs/heads/none" }), "Checkout.UnknownRef"),
        (json!({ "commit": "1".repeat(40) }), "Checkout.UnknownCommit"),
        (json!({ "input": { "repository": format!("{}x", git.url()) } }), "Checkout.NotARepository"),
        (nowhere, "Checkout.Unreachable"),
    ];
    let mut pipeline = site_pipeline();
    pipeline["States"]["Checkout"]["Retry"] = json!([]);
    app.put_project("other", &json!({ "repository": git.url(), "pipeline": pipeline }));
    for (request, error) in cases {
        let run = app.run("other", &request);
        assert_eq!(run["error"], error, "{request}: {run:#}");
        assert!(run["cause"].as_str().is_some_and(|cause| !cause.is_empty()));
    }
}
