//! `kill -9` of the host, again and again, while fifty runs with Parallel, Map, Wait and Retry are under way: each of
//! them ends right, and everything in it counts once.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use crate::support::{App, mixed, on_spin};

/// Runs that are open at each kill.
const OPEN: usize = 50;
/// Kills, unless `ROPEWALK_KILLS` names another number.
const KILLS: usize = 25;

/// Starts runs until so many are open again.
fn fill(app: &App, ids: &mut Vec<String>) {
    let listed = app.client.json("GET", &format!("/api/runs?limit={}", ids.len().max(1)), None).unwrap();
    let listed = listed["runs"].as_array().expect("runs");
    let ended: BTreeSet<&str> =
        listed.iter().filter(|run| run["status"] != "running").filter_map(|run| run["id"].as_str()).collect();
    let open = ids.iter().filter(|id| !ended.contains(id.as_str())).count();
    for _ in open..OPEN {
        ids.push(mixed::start(app, "mixed", ids.len()));
    }
}

/// A pause that differs from kill to kill, without a clock: a multiplicative sequence over 0..400 ms.
fn pause(kill: usize) -> Duration {
    Duration::from_millis((kill as u64).wrapping_mul(2_654_435_761) % 400)
}

#[test]
fn fifty_runs_survive_kills() {
    if on_spin().is_some() {
        return;
    }
    let kills = std::env::var("ROPEWALK_KILLS").map_or(KILLS, |kills| kills.parse().expect("a number"));
    let mut app = App::start();
    app.project("mixed", &mixed::pipeline());
    let mut ids = Vec::new();
    for kill in 0..kills {
        fill(&app, &mut ids);
        std::thread::sleep(pause(kill));
        app.restart();
    }
    for (n, id) in ids.iter().enumerate() {
        mixed::check(&app, id, n);
    }
    let open: Value = app.client.json("GET", "/api/runs?limit=200", None).unwrap();
    let open = open["runs"].as_array().expect("runs").iter().filter(|run| run["status"] == "running").count();
    assert_eq!(open, 0, "a run that nobody was told of goes on");
}
