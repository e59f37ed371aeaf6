//! Who is let in, and what everybody else is told.

use serde_json::json;

use crate::support::{App, Options};

#[test]
fn everything_but_sites_wants_a_token() {
    let app = App::start();
    for (method, path) in [
        ("GET", "/api/runs"),
        ("GET", "/api/projects"),
        ("POST", "/api/projects"),
        ("POST", "/api/tick"),
        ("POST", "/api/artifacts"),
        ("GET", "/api/artifacts/sha256:00"),
        ("POST", "/api/sites/x/rollback"),
        ("POST", "/api/internal/drive/x"),
        ("DELETE", "/api/projects/x"),
    ] {
        for headers in [&[][..], &[("authorization", "Bearer wrong")][..]] {
            let body = if method == "GET" || method == "DELETE" { &b""[..] } else { b"{not json" };
            let answer = app.client.send_with(method, path, headers, body).unwrap();
            assert_eq!(answer.status, 401, "{method} {path}: {}", answer.text());
            assert_eq!(answer.json().unwrap()["error"], "unauthorized", "{method} {path}");
        }
    }
    assert_eq!(app.get("/ui/").status, 401);
    assert_eq!(app.get("/sites/nothing/").status, 404);
}

#[test]
fn stages_cannot_be_called_from_outside() {
    let app = App::start();
    for path in ["/stage-lint", "/stage-lint/", "/stage-probe"] {
        let answer = app.client.send("POST", path, b"{}").unwrap();
        assert!(matches!(answer.status, 404 | 405), "{path}: {}", answer.status);
    }
}

#[test]
fn nothing_is_accepted_before_it_is_configured() {
    if crate::support::on_spin().is_none() {
        // The embedded host makes a token of its own instead; see `commands`.
        return;
    }
    let app = App::start_with(Options { unconfigured: true, ..Options::default() });
    let answer = app.client.send("POST", "/api/projects", b"{}").unwrap();
    assert_eq!(answer.status, 503);
    assert_eq!(answer.json().unwrap()["error"], "not-configured");
}

#[test]
fn bad_requests_are_told_what_is_wrong() {
    let app = App::start();
    app.project("test", &crate::support::probe(&json!({ "do": "nothing" })));
    let cases: &[(&str, &str, &str, u16, &str)] = &[
        ("POST", "/api/projects", "{", 400, "invalid-json"),
        ("POST", "/api/projects", r#"{"name":"x"}"#, 400, "invalid-json"),
        ("PUT", "/api/projects/Bad_Name", r#"{"pipeline":{}}"#, 400, "invalid-name"),
        ("PUT", "/api/projects/x", r#"{"pipeline":{}}"#, 400, "invalid-pipeline"),
        ("PUT", "/api/projects/x", r#"{"pipeline":{},"nmae":1}"#, 400, "invalid-json"),
        ("POST", "/api/projects/none/runs", "{}", 404, "unknown-project"),
        ("POST", "/api/projects/test/runs", r#"{"source":"sha256:1"}"#, 400, "invalid-json"),
        ("GET", "/api/runs/none", "", 404, "unknown-run"),
        ("GET", "/api/runs/..%2Fsecrets", "", 404, "unknown-run"),
        ("GET", "/api/runs?limit=many", "", 400, "invalid-query"),
        ("GET", "/api/nothing", "", 404, "unknown-route"),
        ("GET", "/api/artifacts/sha256:12", "", 400, "invalid-digest"),
        ("POST", "/api/artifacts", "no archive", 400, "invalid-archive"),
        ("POST", "/api/tick", r#"{"adopt":"some"}"#, 400, "invalid-tick"),
        ("POST", "/api/sites/none/rollback", "{}", 404, ""),
    ];
    for (method, path, body, status, error) in cases {
        let answer = app.client.send(method, path, body.as_bytes()).unwrap();
        let text = answer.text();
        assert_eq!(answer.status, *status, "{method} {path} {body}: {text}");
        if !error.is_empty() {
            let told = answer.json().unwrap();
            assert_eq!(told["error"], *error, "{method} {path} {body}: {text}");
            assert!(told["message"].as_str().is_some_and(|message| !message.is_empty()));
        }
    }
}

#[test]
fn every_problem_of_a_definition_is_told_at_once() {
    let app = App::start();
    let pipeline = json!({
        "StartAt": "Frist",
        "States": {
            "First": { "Type": "Task", "Next": "Second", "InputPath": "$[" },
            "Second": { "Type": "Choice", "Choices": [] },
            "Third": { "Type": "Nothing" },
            "Wait": { "Type": "Task", "Resource": "arn:aws:states:region:account-id:activity:linux", "End": true },
        },
    });
    let body = json!({ "pipeline": pipeline }).to_string();
    let answer = app.client.send("PUT", "/api/projects/x", body.as_bytes()).unwrap();
    assert_eq!(answer.status, 400);
    let told = answer.json().unwrap();
    let pointers: Vec<&str> = told["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| problem["pointer"].as_str().unwrap())
        .collect();
    for place in ["/StartAt", "/States/First", "/States/Second", "/States/Third"] {
        assert!(pointers.iter().any(|pointer| pointer.starts_with(place)), "{place}: {told:#}");
    }
}

#[test]
fn an_oversized_body_is_refused() {
    let app = App::start();
    let body = vec![b' '; 3 << 20];
    let answer = app.client.send("POST", "/api/projects", &body).unwrap();
    assert_eq!(answer.status, 413, "{}", answer.text());
}

#[test]
fn secrets_are_never_shown() {
    let app = App::start();
    let project = json!({
        "pipeline": crate::support::probe(&json!({ "do": "nothing" })),
        "webhook_secret": "hook-s3cret",
        "secrets": { "git_token": "tok-s3cret" },
    });
    app.put_project("hidden", &project);
    let run = app.run("hidden", &json!({}));
    let id = run["id"].as_str().unwrap();
    for path in [
        "/api/projects/hidden".to_owned(),
        "/api/projects".to_owned(),
        format!("/api/runs/{id}"),
        format!("/api/runs/{id}/events"),
        format!("/api/runs/{id}/log"),
    ] {
        let text = app.client.send("GET", &path, b"").unwrap().ok().unwrap().text();
        assert!(!text.contains("s3cret"), "{path}: {text}");
    }
    assert!(!app.log().contains("s3cret"));
}
