//! Requests as clients, git hosts and browsers send them.

use std::rc::Rc;

use futures::executor::block_on;
use serde_json::{Value, json};

use super::{Machine, World};
use crate::api::{admit, dispatch};
use crate::http::{Head, Response};
use crate::project::{self, Registration};

const SECRET: &str = "the webhook's secret";

/// A world with one project, whose only stage works once it is mended.
fn world() -> (World, Rc<Machine>) {
    let world = World::new(1);
    let machine = world.host();
    let registration: Registration = serde_json::from_value(json!({
        "name": "sim", "functions": { "work": "stage-work" }, "webhook_secret": SECRET,
        "pipeline": { "StartAt": "A", "States": {
            "A": { "Type": "Task", "Resource": "work", "Parameters": { "broken": true }, "End": true } } },
    }))
    .unwrap();
    let (project, pipeline) = registration.into_project(&world.app(&machine).settings, 0, || 7).unwrap();
    project::save(&world.durable, &project, &pipeline, true).unwrap();
    (world, machine)
}

fn send(world: &World, machine: &Rc<Machine>, head: &Head, body: &[u8]) -> Response {
    let app = world.app(machine);
    let answered = admit(&app, head).and_then(|_| block_on(dispatch(&app, head, body.to_vec())));
    answered.unwrap_or_else(|error| error.response())
}

fn json_of(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

/// A client of the API.
#[track_caller]
fn ask(world: &World, machine: &Rc<Machine>, method: &str, path: &str, body: &Value, status: u16) -> Value {
    let head = Head::new(method, path, vec![("authorization".to_owned(), "Bearer token".to_owned())]);
    let response = send(world, machine, &head, body.to_string().as_bytes());
    assert_eq!(response.status, status, "{method} {path}: {}", json_of(&response));
    json_of(&response)
}

/// A git host.
fn deliver(world: &World, machine: &Rc<Machine>, delivery: &str, reference: &str) -> Value {
    let body = json!({ "ref": reference, "commit": "1".repeat(40) }).to_string();
    let headers = [
        ("x-ropewalk-signature", forge::sign(body.as_bytes(), SECRET)),
        ("x-ropewalk-delivery", delivery.to_owned()),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value)).to_vec();
    let response = send(world, machine, &Head::new("POST", "/hooks/sim", headers), body.as_bytes());
    assert_eq!(response.status, 202);
    json_of(&response)["runs"][0].clone()
}

#[test]
fn a_delivery_that_comes_again_starts_no_second_run() {
    let (world, machine) = world();
    let first = deliver(&world, &machine, "d1", "refs/heads/main");
    assert!(first["redelivered"].is_null());
    for _ in 0..2 {
        let again = deliver(&world, &machine, "d1", "refs/heads/main");
        assert_eq!(again, json!({ "id": first["id"], "redelivered": true }));
        world.run_for(5_000);
    }
    for (delivery, reference) in
        [("d2", "refs/heads/main"), ("d1", "refs/heads/other"), ("", "main"), ("", "main")]
    {
        let other = deliver(&world, &machine, delivery, reference);
        assert_ne!(other["id"], first["id"]);
        assert!(other["redelivered"].is_null());
    }
    let listed = ask(&world, &machine, "GET", "/api/runs?project=sim", &json!({}), 200);
    assert_eq!(listed["runs"].as_array().unwrap().len(), 5);
    world.end();
}

#[test]
fn runs_are_stopped_redriven_and_run_again() {
    let (world, machine) = world();
    let ask =
        |method: &str, path: &str, body: &Value, status| ask(&world, &machine, method, path, body, status);
    let run = ask("POST", "/api/projects/sim/runs", &json!({ "commit": "c", "input": { "x": 1 } }), 202);
    assert_eq!(run["status"], "running");
    let path = format!("/api/runs/{}", run["id"].as_str().unwrap());
    assert_eq!(ask("POST", &format!("{path}/redrive"), &json!({}), 409)["error"], "run-unfinished");
    let stop = json!({ "error": "Ops.Stop", "cause": "a fire" });
    let stopped = ask("POST", &format!("{path}/cancel"), &stop, 200);
    for (member, expected) in [("status", "cancelled"), ("error", "Ops.Stop"), ("cause", "a fire")] {
        assert_eq!(stopped[member], expected);
    }
    assert_eq!(ask("POST", &format!("{path}/cancel"), &stop, 409)["error"], "run-finished");
    let endless = json!({ "cause": "x".repeat(40_000) });
    assert_eq!(ask("POST", &format!("{path}/cancel"), &endless, 400)["error"], "text-too-long");

    assert_eq!(ask("POST", &format!("{path}/redrive"), &json!({}), 202)["status"], "running");
    world.run_for(5_000);
    let failed = ask("GET", &path, &json!({}), 200);
    assert_eq!((&failed["status"], &failed["redrives"]), (&json!("failed"), &json!(1)));
    world.stages.mended.set(true);
    ask("POST", &format!("{path}/redrive"), &json!({}), 202);
    world.run_for(5_000);
    assert_eq!(ask("GET", &path, &json!({}), 200)["status"], "succeeded");
    assert_eq!(ask("POST", &format!("{path}/redrive"), &json!({}), 409)["error"], "run-succeeded");

    let again = ask("POST", &format!("{path}/rerun"), &json!({ "no_cache": true }), 202);
    world.run_for(5_000);
    let again = ask("GET", &format!("/api/runs/{}", again["id"].as_str().unwrap()), &json!({}), 200);
    for (member, expected) in [("commit", &json!("c")), ("no_cache", &json!(true)), ("rerun_of", &run["id"])]
    {
        assert_eq!(again[member], *expected);
    }
    assert_eq!(again["input"]["x"], 1);
    ask("POST", &format!("{path}/rerun"), &json!({ "cache": true }), 400);
    ask("POST", "/api/runs/none/rerun", &json!({}), 404);
    world.end();
}

/// A browser that is signed in.
fn browse(world: &World, machine: &Rc<Machine>, method: &str, path: &str, body: &str) -> Response {
    let settings = world.app(machine).settings;
    let signed = crate::auth::sign_in(&Head::default(), &settings, "/ui/").unwrap();
    let cookie = signed.headers.iter().find(|(name, _)| *name == "set-cookie").unwrap().1.clone();
    let headers = vec![
        ("cookie".to_owned(), cookie.split(';').next().unwrap().to_owned()),
        ("sec-fetch-mode".to_owned(), "navigate".to_owned()),
        ("sec-fetch-dest".to_owned(), "document".to_owned()),
    ];
    send(world, machine, &Head::new(method, path, headers), body.as_bytes())
}

#[test]
fn the_dashboard_has_buttons_that_only_it_can_press() {
    let (world, machine) = world();
    let run = ask(&world, &machine, "POST", "/api/projects/sim/runs", &json!({}), 202);
    let page = format!("/ui/runs/{}", run["id"].as_str().unwrap());
    let status =
        || ask(&world, &machine, "GET", &page.replace("/ui", "/api"), &json!({}), 200)["status"].clone();
    let press = |action: &str, body: &str, expected: u16| {
        let response = browse(&world, &machine, "POST", &format!("{page}/{action}"), body);
        assert_eq!(response.status, expected, "{}", String::from_utf8_lossy(&response.body));
        response.headers.iter().find(|(name, _)| *name == "location").map(|(_, to)| to.clone())
    };
    let shown = String::from_utf8(browse(&world, &machine, "GET", &page, "").body).unwrap();
    assert!(shown.contains("Cancel") && !shown.contains("Redrive"), "{shown}");
    let (_, rest) = shown.split_once("name=\"form\" value=\"").unwrap();
    let form = format!("form={}", rest.split_once('"').unwrap().0);

    press("cancel", "", 403);
    press("cancel", "form=00", 403);
    assert_eq!(status(), "running");
    assert_eq!(press("cancel", &format!("{form}&cause=no+more"), 303), Some(page.clone()));
    assert_eq!(status(), "cancelled");
    press("redrive", "", 403);
    assert_eq!(press("redrive", &form, 303), Some(page.clone()));
    world.run_for(5_000);
    let shown = String::from_utf8(browse(&world, &machine, "GET", &page, "").body).unwrap();
    assert!(shown.contains("Redrive") && shown.contains("Run again") && !shown.contains("Cancel"), "{shown}");
    let again = press("rerun", &format!("{form}&no_cache=1"), 303).unwrap();
    assert_ne!(again, page);
    let again = ask(&world, &machine, "GET", &again.replace("/ui", "/api"), &json!({}), 200);
    assert_eq!(again["no_cache"], true);
    press("delete", &form, 404);
    world.end();
}
