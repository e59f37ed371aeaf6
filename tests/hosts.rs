//! Several hosts on one Redis, any of which may be killed or stand still: each run ends right, and once.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{App, Mode, Options, Proxy, RedisServer, eventually, mixed, on_spin, within};

/// Runs of each test.
const RUNS: usize = 20;

/// A host on this Redis.
fn host(url: &str) -> App {
    App::start_with(Options { environment: vec![("ROPEWALK_STORE", url.to_owned())], ..Options::default() })
}

/// Two hosts of a Redis, unless there is none, or the tests run on Spin.
fn two_hosts() -> Option<(RedisServer, [App; 2])> {
    if on_spin().is_some() {
        return None;
    }
    let server = RedisServer::start()?;
    let hosts = [host(&server.url()), host(&server.url())];
    hosts[0].project("mixed", &mixed::pipeline());
    Some((server, hosts))
}

#[test]
fn one_goes_on_where_another_was_killed() {
    let Some((_server, mut hosts)) = two_hosts() else { return };
    let mut ids = Vec::new();
    for round in 0..RUNS / 4 {
        for n in 0..4 {
            ids.push(mixed::start(&hosts[n % 2], "mixed", ids.len()));
        }
        std::thread::sleep(Duration::from_millis(97 * round as u64));
        hosts[round % 2].restart();
    }
    // From now on there is one host, and what the other had begun.
    hosts[0].kill();
    for (n, id) in ids.iter().enumerate() {
        mixed::check(&hosts[1], id, n);
    }
}

/// Who drives a run, from its record in Redis.
#[track_caller]
fn owner(server: &RedisServer, id: &str) -> String {
    let record = server.ask(&format!("GET ropewalk:run/{id}")).unwrap();
    let (_, owner) =
        record.split_once(r#""owner":""#).unwrap_or_else(|| panic!("nobody drives it: {record}"));
    owner.split('"').next().unwrap().to_owned()
}

#[test]
fn a_start_leaves_the_leases_of_others_alone() {
    let Some((server, mut hosts)) = two_hosts() else { return };
    // Waits so short that the driver stays, and so many that it is still there when the other host has ticked.
    let wait = |next: &str| json!({ "Type": "Wait", "Seconds": 4, "Next": next });
    let states = json!({ "A": wait("B"), "B": wait("C"), "C": wait("D"), "D": { "Type": "Succeed" } });
    hosts[0].project("waits", &json!({ "StartAt": "A", "States": states }));
    let id = hosts[0].start_run("waits", &json!({}));
    let before = owner(&server, &id);
    hosts[1].restart();
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(owner(&server, &id), before, "a host that started took the run over");
    assert_eq!(hosts[1].finished(&id)["status"], "succeeded");
}

#[test]
fn a_host_that_stood_still_changes_nothing_afterwards() {
    let Some((_server, hosts)) = two_hosts() else { return };
    let ids: Vec<String> = (0..RUNS).map(|n| mixed::start(&hosts[0], "mixed", n)).collect();
    std::thread::sleep(Duration::from_millis(700));
    hosts[0].signal("STOP");
    let stopped = Instant::now();
    for (n, id) in ids.iter().enumerate() {
        mixed::check(&hosts[1], id, n);
    }
    assert!(stopped.elapsed() > Duration::from_secs(2), "nothing was left to take over");
    let histories = |app: &App| -> Vec<String> {
        let events = |id: &String| app.client.json("GET", &format!("/api/runs/{id}/events"), None).unwrap();
        ids.iter().map(|id| events(id).to_string()).collect()
    };
    let before = histories(&hosts[1]);
    hosts[0].signal("CONT");
    // It comes back with answers of stages, writes and ticks of before.
    std::thread::sleep(Duration::from_secs(4));
    assert_eq!(histories(&hosts[1]), before);
    assert_eq!(histories(&hosts[0]), before);
    let after = mixed::start(&hosts[0], "mixed", RUNS);
    mixed::check(&hosts[1], &after, RUNS);
}

/// Runs on two hosts, of which the first reaches Redis by a proxy that does this for so long.
fn with_cut_network(mode: Mode, lasting: Duration) {
    if on_spin().is_some() {
        return;
    }
    let Some(server) = RedisServer::start() else { return };
    let proxy = Proxy::to(server.port());
    let hosts = [host(&format!("redis://127.0.0.1:{}", proxy.port())), host(&server.url())];
    hosts[0].project("mixed", &mixed::pipeline());
    let ids: Vec<String> = (0..RUNS).map(|n| mixed::start(&hosts[n % 2], "mixed", n)).collect();
    std::thread::sleep(Duration::from_millis(500));
    proxy.set(mode);
    let cut = Instant::now();
    // Who asks meanwhile is told why there is no answer, and is not kept waiting for ever.
    let refused = hosts[0].client.send("GET", &format!("/api/runs/{}", ids[0]), b"").unwrap();
    assert!(cut.elapsed() < Duration::from_secs(20), "{:?}", cut.elapsed());
    let named = format!("redis at `127.0.0.1:{}/0` cannot be reached", proxy.port());
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert!(refused.text().contains(&named), "{}", refused.text());
    std::thread::sleep(lasting.saturating_sub(cut.elapsed()));
    proxy.set(Mode::Pass);
    // A connection that was begun before is given up first.
    eventually("the store is reached again", || {
        hosts[0].client.json("GET", &format!("/api/runs/{}", ids[0]), None).ok()
    });
    for (n, id) in ids.iter().enumerate() {
        mixed::check(&hosts[(n + 1) % 2], id, n);
    }
    let log = hosts[0].log();
    assert!(log.contains(&named) && log.contains("is reached again"), "{log}");
}

#[test]
fn a_network_that_is_cut_costs_time_alone() {
    with_cut_network(Mode::Cut, Duration::from_secs(3));
}

#[test]
fn a_network_that_holds_everything_back_costs_time_alone() {
    // Longer than a lease: the other host takes over, and what was held back comes when all is done.
    with_cut_network(Mode::Hold, Duration::from_secs(15));
}

#[test]
fn a_lone_host_waits_for_its_redis() {
    if on_spin().is_some() {
        return;
    }
    let Some(mut server) = RedisServer::start() else { return };
    let app = host(&server.url());
    app.project("mixed", &mixed::pipeline());
    let ids: Vec<String> = (0..RUNS / 2).map(|n| mixed::start(&app, "mixed", n)).collect();
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(600));
        server.kill();
        std::thread::sleep(Duration::from_millis(900));
        server.restart();
    }
    within(Duration::from_secs(30), "the host answers", || {
        app.client.json("GET", "/api/projects", None).ok()
    });
    for (n, id) in ids.iter().enumerate() {
        mixed::check(&app, id, n);
    }
}

/// Makes an authority and a certificate for `localhost` in a folder.
fn certificates(folder: &std::path::Path) {
    let openssl = |arguments: &[&str]| {
        let output = Command::new("openssl").current_dir(folder).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let ca = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test \
              -keyout ca.key -out ca.pem";
    openssl(&ca.split_whitespace().collect::<Vec<_>>());
    let request = "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost \
                   -keyout server.key -out server.csr";
    openssl(&request.split_whitespace().collect::<Vec<_>>());
    std::fs::write(folder.join("names"), "subjectAltName=DNS:localhost").unwrap();
    let sign = "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names \
                -out server.pem";
    openssl(&sign.split_whitespace().collect::<Vec<_>>());
}

#[test]
fn passwords_and_tls_come_by_the_environment() {
    if on_spin().is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    certificates(folder.path());
    let path = |name: &str| folder.path().join(name).display().to_string();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let (certificate, key, ca) = (path("server.pem"), path("server.key"), path("ca.pem"));
    let arguments = [
        ["--tls-port", &port],
        ["--tls-cert-file", &certificate],
        ["--tls-key-file", &key],
        ["--tls-ca-cert-file", &ca],
        ["--tls-auth-clients", "no"],
        ["--requirepass", "hunter2"],
    ];
    let Some(_server) = RedisServer::start_with(&arguments.concat()) else { return };
    let url = format!("rediss://:hunter2@localhost:{port}/?prefix=secret");
    let app = App::start_with(Options {
        environment: vec![("ROPEWALK_STORE", url), ("SSL_CERT_FILE", ca)],
        ..Options::default()
    });
    app.project("mixed", &mixed::pipeline());
    let id = mixed::start(&app, "mixed", 0);
    mixed::check(&app, &id, 0);
    assert!(!app.log().contains("hunter2"), "{}", app.log());
}

/// What `ropewalk up` says when it does not start.
#[track_caller]
fn check_refused(store: &str, arguments: &[&str], token: Option<&str>, expected: &str) {
    let state = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ropewalk"));
    command.args(["up", "--listen", "127.0.0.1:0", "--state"]).arg(state.path()).args(arguments);
    command.env("ROPEWALK_STORE", store);
    if let Some(token) = token {
        command.env("SPIN_VARIABLE_API_TOKEN", token).env("SPIN_VARIABLE_MASTER_KEY", token);
    }
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains(expected) && !told.contains("hunter2"), "{told}");
}

#[test]
fn what_cannot_be_a_store_is_told() {
    if on_spin().is_some() {
        return;
    }
    check_refused("http://:hunter2@localhost", &[], None, "the store's URL is not that of a Redis");
    check_refused("redis://:hunter2@localhost", &[], None, "variable `api_token` has no value");
    let nobody = "redis at `127.0.0.1:1/0` cannot be reached: Connection refused";
    check_refused("redis://:hunter2@127.0.0.1:1", &[], Some("token"), nobody);
    let Some(server) = RedisServer::start_with(&["--appendonly", "no"]) else { return };
    check_refused(&server.url(), &[], Some("token"), "set `appendonly yes` and `appendfsync always`");
}
