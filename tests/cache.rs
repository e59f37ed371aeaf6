//! The same stage on the same input runs once.

use serde_json::{Value, json};

use crate::support::{App, Options, RedisServer, on_spin, probe, probe_state};

fn stage(run: &Value) -> &Value {
    &run["stages"][0]
}

#[test]
fn an_equal_call_is_answered_from_the_cache() {
    let app = App::start();
    let share = |name: &str, text: &str| {
        let pipeline = probe(&json!({ "do": "echo", "text": text }));
        app.put_project(name, &json!({ "pipeline": pipeline, "cache": { "share": true } }));
    };
    share("one", "a");
    share("two", "a");
    share("other", "b");
    app.project("alone", &probe(&json!({ "do": "echo", "text": "a" })));
    let first = app.run("one", &json!({}));
    assert_eq!(stage(&first)["cached"], false, "{first:#}");
    let second = app.run("two", &json!({}));
    assert_eq!(stage(&second)["cached"], true, "{second:#}");
    assert_eq!(stage(&second)["from_run"], first["id"]);
    assert_eq!(second["output"]["result"], first["output"]["result"]);
    let log = app.client.send("GET", &format!("/api/runs/{}/log", second["id"].as_str().unwrap()), b"");
    let told = format!("(from the cache: run {} printed this)", first["id"].as_str().unwrap());
    assert!(log.unwrap().text().contains(&told));
    for project in ["other", "alone"] {
        let other = app.run(project, &json!({}));
        assert_eq!(stage(&other)["cached"], false, "{other:#}");
    }
    let fresh = app.run("one", &json!({ "no_cache": true }));
    assert_eq!(stage(&fresh)["cached"], false, "{fresh:#}");
}

#[test]
fn inputs_decide_after_the_filter() {
    let app = App::start();
    let mut pipeline = probe(&json!({ "do": "read-files" }));
    pipeline["States"]["Probe"]["Parameters"]["inputs"] =
        json!({ "source": { "artifact.$": "$.tree", "include": ["*.txt"] } });
    app.project("test", &pipeline);
    let before = app.upload(&[("a.txt", b"a"), ("b.md", b"1")]);
    let other_page = app.upload(&[("a.txt", b"a"), ("b.md", b"2")]);
    let other_text = app.upload(&[("a.txt", b"b"), ("b.md", b"1")]);
    let cached = |tree: &str| {
        let run = app.run("test", &json!({ "input": { "tree": tree } }));
        assert_eq!(run["status"], "succeeded", "{run:#}");
        stage(&run)["cached"].as_bool().unwrap()
    };
    assert!(!cached(&before));
    assert!(cached(&other_page), "a file that the stage doesn't read decides");
    assert!(!cached(&other_text));
}

#[test]
fn a_failure_is_not_cached() {
    let app = App::start();
    app.project("test", &probe(&json!({ "do": "fail", "error": "Probe.Sad", "cause": "x" })));
    for _ in 0..2 {
        let run = app.run("test", &json!({}));
        assert_eq!(stage(&run)["cached"], false, "{run:#}");
    }
}

#[test]
fn concurrent_equal_calls_run_once() {
    check_runs_once(&[App::start()]);
}

#[test]
fn concurrent_equal_calls_run_once_on_several_hosts_too() {
    if on_spin().is_some() {
        return;
    }
    let Some(server) = RedisServer::start() else { return };
    let host = || {
        let environment = vec![("ROPEWALK_STORE", server.url())];
        App::start_with(Options { environment, ..Options::default() })
    };
    check_runs_once(&[host(), host()]);
}

/// Starts equal runs on these hosts of one store at once.
#[track_caller]
fn check_runs_once(hosts: &[App]) {
    hosts[0].project("equal", &probe(&json!({ "do": "work", "text": "equal" })));
    let ids: Vec<String> =
        (0..8).map(|number| hosts[number % hosts.len()].start_run("equal", &json!({}))).collect();
    let runs: Vec<Value> = ids.iter().map(|id| hosts[0].finished(id)).collect();
    let (fresh, cached): (Vec<&Value>, Vec<&Value>) =
        runs.iter().partition(|run| stage(run)["cached"] == false);
    assert_eq!(fresh.len(), 1, "{runs:#?}");
    assert!(cached.iter().all(|run| stage(run)["from_run"] == fresh[0]["id"]), "{runs:#?}");
}

/// What `ropewalk cache` prints.
#[track_caller]
fn cache(app: &App, arguments: &[&str]) -> String {
    let output = app.ropewalk(&[&["cache"], arguments].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_miss_is_explained() {
    let app = App::start();
    let mut pipeline = probe(&json!({ "do": "read-files" }));
    pipeline["States"]["Probe"]["Parameters"]["inputs"] =
        json!({ "source": { "artifact.$": "$.tree", "include": ["**"] } });
    app.project("test", &pipeline);
    let run = |files: &[(&str, &[u8])], more: &Value| {
        let mut request = json!({ "input": { "tree": app.upload(files) } });
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        app.run("test", &request)["id"].as_str().unwrap().to_owned()
    };
    let explain = |id: &str| cache(&app, &["explain", id, "Probe"]);
    let first = run(&[("a.txt", b"a"), ("b.txt", b"b")], &json!({}));
    assert!(explain(&first).contains("none of the 32 runs before it"), "{}", explain(&first));
    let second = run(&[("a.txt", b"a"), ("b.txt", b"B")], &json!({}));
    let told = explain(&second);
    assert!(told.contains(&format!("since run {first}: file `b.txt` changed")), "{told}");
    let again = run(&[("a.txt", b"a"), ("b.txt", b"b")], &json!({}));
    assert!(explain(&again).contains(&format!("the result is that of run {first}")), "{}", explain(&again));
    let fresh = run(&[("a.txt", b"a"), ("b.txt", b"b")], &json!({ "no_cache": true }));
    assert!(explain(&fresh).contains("told not to use"), "{}", explain(&fresh));
    pipeline["States"]["Probe"]["Parameters"]["parameters"] = json!({ "do": "echo", "text": "x" });
    app.project("test", &pipeline);
    let other = run(&[("a.txt", b"a"), ("b.txt", b"b")], &json!({}));
    let told = explain(&other);
    assert!(told.contains("parameter `do` was \"read-files\", is \"echo\""), "{told}");
    let unknown = app.ropewalk(&["cache", "explain", &other, "Nope"]);
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn what_is_cached_is_listed_and_cleared() {
    let app = App::start();
    app.project("one", &probe(&json!({ "do": "echo", "text": "a" })));
    app.project("two", &probe(&json!({ "do": "echo", "text": "a" })));
    let first = app.run("one", &json!({}));
    app.run("two", &json!({}));
    let listed = cache(&app, &["list", "--project", "one"]);
    assert!(listed.contains(first["id"].as_str().unwrap()) && !listed.contains(" two "), "{listed}");
    assert!(cache(&app, &["clear", "--project", "one"]).contains("forgot 1 cached"));
    assert_eq!(stage(&app.run("one", &json!({})))["cached"], false);
    assert_eq!(stage(&app.run("two", &json!({})))["cached"], true);
    assert!(cache(&app, &["stats"]).contains("nothing was collected yet"));
    let denied = app.client.send_with("GET", "/api/cache", &[], b"").unwrap();
    assert_eq!(denied.status, 401);
}

#[test]
fn a_fork_reads_the_cache_and_writes_its_own() {
    let app = App::start();
    app.project("test", &probe(&json!({ "do": "echo", "text.$": "$.text" })));
    let cached = |text: &str, reference: &str| {
        let run = app.run("test", &json!({ "ref": reference, "input": { "text": text } }));
        assert_eq!(run["status"], "succeeded", "{run:#}");
        stage(&run)["cached"].as_bool().unwrap()
    };
    assert!(!cached("ours", "refs/heads/main"));
    assert!(cached("ours", "refs/pull/7/head"), "a fork does what was done before");
    assert!(!cached("theirs", "refs/pull/7/head"));
    assert!(cached("theirs", "refs/pull/7/head"));
    assert!(!cached("theirs", "refs/pull/8/head"), "one fork reads another's");
    assert!(!cached("theirs", "refs/heads/main"), "a protected branch reads what a fork wrote");
}

/// What a run's stage left, downloaded whole.
#[track_caller]
fn download(app: &App, artifact: &str) -> Vec<u8> {
    let answer = app.client.send("GET", &format!("/api/artifacts/{artifact}"), b"").unwrap();
    answer.ok().unwrap_or_else(|error| panic!("{artifact}: {error}")).body
}

#[test]
fn collections_under_load_and_kills_lose_nothing_that_is_named() {
    if on_spin().is_some() {
        return;
    }
    let environment = vec![
        ("SPIN_VARIABLE_STORE_GRACE_S", "5".to_owned()),
        ("SPIN_VARIABLE_STORE_LIMIT", "200 KiB".to_owned()),
    ];
    let mut app = App::start_with(Options { environment, ..Options::default() });
    let mut copy = probe_state(&json!({ "do": "copy-inputs", "artifact": "left" }), Some("Deploy"));
    // Beneath a folder, so that what is left is another artifact than what was uploaded.
    copy["Parameters"]["inputs"] =
        json!({ "page": { "artifact.$": "$.page", "include": ["**"], "path": "made" } });
    copy["ResultPath"] = json!("$.made");
    let deploy = json!({
        "Type": "Task", "Resource": "stage-deploy", "End": true,
        "Parameters": {
            "inputs": { "site": { "artifact.$": "$.made.artifacts.left", "include": ["**"] } },
            "parameters": { "site.$": "$.site" },
        },
    });
    let pipeline = json!({ "StartAt": "Probe", "States": { "Probe": copy, "Deploy": deploy } });
    app.put_project("test", &json!({ "pipeline": pipeline, "retention": { "runs": 4 } }));
    let garbage = app.upload(&[("nobody", &vec![b'x'; 300_000])]);
    let tagged = app.upload(&[("kept", b"by its name")]);
    let tag = app.ropewalk(&["artifact", "tag", "v1", &tagged]);
    assert!(tag.status.success(), "{}", String::from_utf8_lossy(&tag.stderr));
    let mut started = Vec::new();
    for round in 0..6 {
        for n in 0..3 {
            let text = format!("page {round} {n} {}", "y".repeat(20_000));
            let page = app.upload(&[("page.html", text.as_bytes())]);
            let request = json!({ "input": { "page": page, "site": format!("site{n}") } });
            started.push(app.start_run("test", &request));
        }
        app.client.json("POST", "/api/cache/collect", None).unwrap();
        // The collection looks around after five seconds: some are killed before, in the middle, and after.
        std::thread::sleep(std::time::Duration::from_millis(4_600 + round * 250));
        app.restart();
    }
    for id in &started {
        let kept = app.client.send("GET", &format!("/api/runs/{id}"), b"").unwrap();
        if kept.status == 404 {
            continue;
        }
        let run = app.finished(id);
        assert_eq!(run["status"], "succeeded", "{run:#}");
        download(&app, stage(&run)["artifacts"]["left"].as_str().unwrap());
    }
    for n in 0..3 {
        assert!(app.get(&format!("/sites/site{n}/made/page.html")).text().starts_with("page 5"));
    }
    for _ in 0..3 {
        cache(&app, &["gc"]);
        std::thread::sleep(std::time::Duration::from_secs(6));
    }
    let stats = cache(&app, &["stats"]);
    assert!(stats.contains("budget          200.0 KiB"), "{stats}");
    assert_eq!(
        app.client.send("GET", &format!("/api/artifacts/{garbage}"), b"").unwrap().status,
        404,
        "{stats}"
    );
    download(&app, &tagged);
    for n in 0..3 {
        assert!(app.get(&format!("/sites/site{n}/made/page.html")).text().starts_with("page 5"));
    }
}
