//! `http:invoke`.

use super::*;

fn project(parameters: &Value, hosts: &[&str]) -> Value {
    json!({
        "name": "sim", "allowed_hosts": hosts, "secrets": { "hook": "s3cret" },
        "pipeline": { "StartAt": "Call", "States": { "Call": {
            "Type": "Task", "Resource": "arn:aws:states:::http:invoke", "Parameters": parameters, "End": true,
        } } },
    })
}

/// Runs it, and gives the run with the envelope that was sent, if one was.
fn run(parameters: &Value, hosts: &[&str]) -> (Run, Option<Value>) {
    let world = world(&[project(parameters, hosts)]);
    let host = host(&world);
    let id = begin(&world, &host, "sim", json!({}));
    let sent = world.stages.sent.borrow().first().cloned();
    (load(&world, &id), sent)
}

#[test]
fn a_request_goes_out_by_its_own_component() {
    let (run, sent) = run(
        &json!({
            "ApiEndpoint": "https://api.example.com/200", "Method": "POST", "Headers": { "a": "b" },
            "QueryParameters": { "q": 1 }, "RequestBody": { "n": 1 },
            "Transform": { "RequestBodyEncoding": "URL_ENCODED" },
            "Authentication": { "ConnectionArn": "arn:aws:events:r:1:connection/hook/1-2" },
        }),
        &["api.example.com"],
    );
    assert_eq!(succeeded(&run), json!({ "StatusCode": 200 }));
    let sent = sent.unwrap();
    assert_eq!(sent["secrets"], json!([{ "name": "hook", "value": "s3cret" }]));
    assert_eq!(
        sent["input"]["parameters"],
        json!({
            "endpoint": "https://api.example.com/200", "method": "POST", "headers": { "a": "b" },
            "query": { "q": 1 }, "body": { "n": 1 }, "transform": { "RequestBodyEncoding": "URL_ENCODED" },
            "connection": "hook",
        })
    );
}

#[track_caller]
fn check_error(parameters: &Value, error: &str, cause: &str, goes_out: bool) {
    let (run, sent) = run(parameters, &["api.example.com"]);
    assert_eq!(run.error.as_deref(), Some(error), "{run:#?}");
    assert!(run.cause.as_ref().is_some_and(|found| found.contains(cause)), "{run:#?}");
    assert_eq!(sent.is_some(), goes_out);
}

#[test]
fn errors_are_named_as_on_aws() {
    let to = |endpoint: &str| json!({ "ApiEndpoint": endpoint, "Method": "GET" });
    check_error(&to("https://api.example.com/404"), "States.Http.StatusCode.404", "as asked", true);
    check_error(&to("https://evil.example.com/200"), "States.TaskFailed", "`evil.example.com`", false);
    check_error(&to("http://api.example.com/200"), "States.TaskFailed", "allowed_hosts", false);
    check_error(&json!({ "Method": "GET" }), "States.TaskFailed", "`ApiEndpoint`", false);
    check_error(
        &json!({ "ApiEndpoint": "https://api.example.com/" }),
        "States.TaskFailed",
        "`Method`",
        false,
    );
}

#[test]
fn a_request_is_sent_once() {
    let call = json!({ "ApiEndpoint": "https://api.example.com/200", "Method": "POST" });
    at_every_write(20, |write, fate| {
        let (world, runs) = survive(&[project(&call, &["api.example.com"])], write, fate, |_, _| {});
        for run in &runs {
            assert_eq!(succeeded(run), json!({ "StatusCode": 200 }));
        }
        assert!(world.stages.done.borrow().values().all(|times| *times == 1));
    });
}
