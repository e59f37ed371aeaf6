//! Tasks that something other than a stage ends.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::mpsc::{Receiver, channel};

use serde_json::{Value, json};

use crate::support::{App, eventually, probe};

/// A state that calls the probe with its token, and waits for the answer.
fn asking(more: &Value) -> Value {
    let mut ask = json!({
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {
            "FunctionName": "probe",
            "Payload": { "parameters": { "do": "print", "text.$": "$$.Task.Token" } },
        },
        "ResultPath": "$.answer", "End": true,
    });
    for (name, value) in more.as_object().unwrap() {
        ask[name] = value.clone();
    }
    json!({ "StartAt": "Ask", "States": { "Ask": ask } })
}

/// The token that the probe printed.
fn token(app: &App, run: &str) -> String {
    eventually("the token", || {
        let log = app.client.send("GET", &format!("/api/runs/{run}/log?state=Ask"), b"").ok()?;
        let text = log.text();
        text.lines().find(|line| line.starts_with("rt1.")).map(str::to_owned)
    })
}

/// Ends a task as somebody does who has its token alone.
fn answer(app: &App, token: &str, verb: &str, body: &Value) -> (u16, Value) {
    let path = format!("/api/tasks/{token}/{verb}");
    let answer = app.client.send_with("POST", &path, &[], body.to_string().as_bytes()).unwrap();
    (answer.status, answer.json().unwrap())
}

#[test]
fn a_task_waits_for_its_token_across_a_crash() {
    let mut app = App::start();
    app.project("test", &asking(&json!({})));
    let id = app.start_run("test", &json!({}));
    let token = token(&app, &id);
    app.restart();
    assert_eq!(answer(&app, &token.replace(".1.", ".2."), "success", &json!({ "output": 1 })).0, 401);
    assert_eq!(answer(&app, &token, "heartbeat", &json!({})).0, 200);
    assert_eq!(answer(&app, &token, "success", &json!({ "output": { "approved": true } })).0, 200);
    let (status, refusal) = answer(&app, &token, "failure", &json!({ "error": "Late" }));
    assert_eq!((status, &refusal["error"]), (410, &json!("TaskTimedOut")));
    let run = app.finished(&id);
    assert_eq!(
        (&run["status"], &run["output"]["answer"]),
        (&json!("succeeded"), &json!({ "approved": true }))
    );
    assert!(!app.log().contains(&token), "a token is in the host's log");
}

#[test]
fn a_worker_that_is_silent_loses_its_task() {
    let app = App::start();
    app.project(
        "test",
        &json!({ "StartAt": "Build", "States": { "Build": {
            "Type": "Task", "Resource": "arn:aws:states:region:account-id:activity:native",
            "HeartbeatSeconds": 2, "TimeoutSeconds": 60, "ResultPath": "$.built", "End": true,
            "Retry": [{ "ErrorEquals": ["States.HeartbeatTimeout"], "IntervalSeconds": 1, "MaxAttempts": 3 }],
        } } }),
    );
    let poll = |worker: &str| {
        let path = "/api/activities/native/poll?wait=20";
        app.client.json("POST", path, Some(&json!({ "worker": worker }))).unwrap()
    };
    let id = app.start_run("test", &json!({ "input": { "n": 1 } }));
    let lost = poll("first");
    assert_eq!((&lost["run"], &lost["attempt"], &lost["input"]["n"]), (&json!(id), &json!(1), &json!(1)));
    let task = poll("second");
    assert_eq!((&task["run"], &task["attempt"]), (&json!(id), &json!(2)));
    let text = |task: &Value| task["token"].as_str().unwrap().to_owned();
    assert_eq!(answer(&app, &text(&lost), "success", &json!({ "output": "first" })).0, 410);
    assert_eq!(answer(&app, &text(&task), "success", &json!({ "output": "second" })).0, 200);
    let run = app.finished(&id);
    assert_eq!(run["output"]["built"], "second", "{run:#}");
    let listed = app.client.json("GET", "/api/activities", None).unwrap();
    assert_eq!(listed["activities"], json!([{ "name": "native", "waiting": 0 }]));
}

#[test]
fn a_run_waits_for_the_run_that_it_starts() {
    let mut app = App::start();
    app.project("child", &probe(&json!({ "do": "echo", "text": "from below" })));
    let start = |pattern: &str| {
        json!({ "StartAt": "Child", "States": { "Child": {
            "Type": "Task", "Resource": format!("arn:aws:states:::states:startExecution{pattern}"),
            "Parameters": { "StateMachineArn": "arn:aws:states:r:1:stateMachine:child", "Input": { "n": 1 } },
            "End": true,
        } } })
    };
    app.project("parent", &start(".sync:2"));
    let run = app.run("parent", &json!({}));
    assert_eq!((&run["status"], &run["output"]["Status"]), (&json!("succeeded"), &json!("SUCCEEDED")));
    assert_eq!(run["output"]["Output"]["result"]["text"], "from below", "{run:#}");
    let pause =
        json!({ "StartAt": "Pause", "States": { "Pause": { "Type": "Wait", "Seconds": 600, "End": true } } });
    app.project("child", &pause);
    let id = app.start_run("parent", &json!({}));
    let child = eventually("the child", || {
        let listed = app.client.json("GET", "/api/runs?project=child&limit=1", None).ok()?;
        let child = listed["runs"][0].clone();
        (child["status"] == "running").then(|| child["id"].as_str().unwrap().to_owned())
    });
    app.restart();
    app.client.json("POST", &format!("/api/runs/{id}/cancel"), Some(&json!({}))).unwrap();
    assert_eq!(app.finished(&child)["status"], "cancelled");
}

/// A server that answers each request with 200 and JSON, or with the status that ends its path. Its address, and the
/// requests that it got.
fn server() -> (String, Receiver<String>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sender, requests) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = String::new();
            let mut buffer = [0; 4096];
            while !request.ends_with("\"end\":true}") && !request.ends_with("\r\n\r\n") {
                let read = stream.read(&mut buffer).unwrap();
                if read == 0 {
                    break;
                }
                request.push_str(&String::from_utf8_lossy(&buffer[..read]));
            }
            let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
            let status = if path.contains("404") { "404 Not Found" } else { "200 OK" };
            let body = r#"{"hello":"world"}"#;
            let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\n");
            let length = format!("content-length: {}\r\nconnection: close\r\n\r\n", body.len());
            stream.write_all(format!("{head}{length}{body}").as_bytes()).unwrap();
            if sender.send(request).is_err() {
                return;
            }
        }
    });
    (address, requests)
}

#[test]
fn a_task_sends_a_request_to_hosts_that_its_project_names() {
    let app = App::start();
    let (address, requests) = server();
    let call = |path: &str| {
        json!({ "StartAt": "Call", "States": { "Call": {
            "Type": "Task", "Resource": "arn:aws:states:::http:invoke", "End": true,
            "Parameters": {
                "ApiEndpoint": format!("http://{address}/{path}"), "Method": "POST",
                "QueryParameters": { "q": "a b" }, "RequestBody": { "end": true },
                "Authentication": { "ConnectionArn": "arn:aws:events:r:1:connection/hook/1" },
            },
        } } })
    };
    let put = |path: &str, hosts: &Value| {
        let secrets = json!({ "hook": "s3cret-value" });
        app.put_project(
            "test",
            &json!({ "pipeline": call(path), "allowed_hosts": hosts, "secrets": secrets }),
        );
        app.run("test", &json!({}))
    };
    let hosts = json!([format!("http://{address}")]);
    let run = put("ok", &hosts);
    assert_eq!(run["output"]["ResponseBody"], json!({ "hello": "world" }), "{run:#}");
    assert_eq!((&run["output"]["StatusCode"], &run["output"]["StatusText"]), (&json!(200), &json!("OK")));
    let request = requests.recv().unwrap();
    assert!(request.starts_with("POST /ok?q=a+b HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("authorization: Bearer s3cret-value\r\n"), "{request}");
    let run = put("404", &hosts);
    assert_eq!(run["error"], "States.Http.StatusCode.404", "{run:#}");
    requests.recv().unwrap();
    for hosts in [json!([]), json!(["*"]), json!([address])] {
        let run = put("ok", &hosts);
        assert_eq!(run["error"], "States.TaskFailed", "{run:#}");
        assert!(run["cause"].as_str().unwrap().contains("`allowed_hosts`"), "{run:#}");
    }
    assert!(requests.try_recv().is_err(), "a request went out to a host that is not allowed");
    assert!(!app.client.json("GET", "/api/runs", None).unwrap().to_string().contains("s3cret-value"));
}

#[test]
fn a_map_reads_an_artifact_and_writes_another() {
    let app = App::start();
    let digest = app.upload(&[("data/items.csv", b"name,size\nhemp,1\njute,2\n"), ("other.txt", b"")]);
    let map = json!({
        "Type": "Map", "End": true, "MaxConcurrency": 2,
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": { "InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW" },
            "Parameters": { "Bucket.$": "$.artifacts.data", "Key": "data/items.csv" },
        },
        "ItemProcessor": {
            "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
            "StartAt": "Echo", "States": { "Echo": {
                "Type": "Task", "Resource": "stage-probe", "End": true,
                "Parameters": { "parameters": { "do": "echo", "text.$": "$.name" } },
            } },
        },
        "ResultWriter": {
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": { "Bucket": "results", "Prefix": "out" },
        },
    });
    app.project("test", &json!({ "StartAt": "Map", "States": { "Map": map } }));
    let run = app.run("test", &json!({ "input": { "artifacts": { "data": digest } } }));
    assert_eq!(run["status"], "succeeded", "{run:#}");
    let details = &run["output"]["ResultWriterDetails"];
    let written = details["Bucket"].as_str().unwrap();
    let get = |path: &str| {
        let path = format!("/api/artifacts/{written}/files/{path}");
        app.client.json("GET", &path, None).unwrap()
    };
    assert_eq!(get(details["Key"].as_str().unwrap())["DestinationBucket"], "results");
    let texts: Vec<Value> = get("out/SUCCEEDED_0.json")
        .as_array()
        .unwrap()
        .iter()
        .map(|told| {
            serde_json::from_str::<Value>(told["Output"].as_str().unwrap()).unwrap()["result"]["text"].clone()
        })
        .collect();
    assert_eq!(texts, ["hemp", "jute"]);
}

#[test]
fn data_that_is_large_comes_back_whole() {
    let app = App::start();
    app.project("test", &json!({ "StartAt": "Pass", "States": { "Pass": { "Type": "Pass", "End": true } } }));
    let note = "n".repeat(200_000);
    let run = app.run("test", &json!({ "input": { "note": note } }));
    assert_eq!(run["output"]["note"], json!(note));
    let body = json!({ "input": { "note": "n".repeat(300_000) } }).to_string();
    let refused = app.client.send("POST", "/api/projects/test/runs", body.as_bytes()).unwrap();
    assert_eq!((refused.status, &refused.json().unwrap()["error"]), (413, &json!("input-too-large")));
}
