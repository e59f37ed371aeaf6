//! The dashboard, as a browser shows it.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::support::{App, probe_chain};

const CHROMIUM: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .flat_map(|folder| CHROMIUM.map(|name| folder.join(name)))
        .find(|program| program.is_file())
}

/// Opens a page, and gives what the browser made of it; a screenshot goes to the file.
fn open(browser: &Path, url: &str, screenshot: &Path) -> String {
    let profile = tempfile::tempdir().unwrap();
    let browse = |what: &[String]| {
        Command::new(browser)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-quic"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .args(what)
            .arg(url)
            .output()
            .unwrap()
    };
    let shot =
        browse(&[format!("--screenshot={}", screenshot.display()), "--window-size=1100,900".to_owned()]);
    assert!(screenshot.is_file(), "{}", String::from_utf8_lossy(&shot.stderr));
    String::from_utf8_lossy(&browse(&["--dump-dom".to_owned()]).stdout).into_owned()
}

#[test]
#[allow(clippy::print_stderr, reason = "what was passed over must be seen")]
fn a_browser_shows_runs_and_stages() {
    let Some(browser) = chromium() else {
        eprintln!("passed over: no Chromium on this machine");
        return;
    };
    let app = App::start();
    app.project(
        "shown",
        &probe_chain(&[
            json!({ "do": "print", "text": "a line <b>of</b> the log" }),
            json!({ "do": "fail", "error": "Probe.Sad", "cause": "for the picture" }),
        ]),
    );
    let run = app.run("shown", &json!({ "branch": "main" }));
    let id = run["id"].as_str().unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("target/screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    let base = app.client.url();
    let list = open(
        &browser,
        &format!("{base}/ui/?token=a%20token%20for%20tests%20alone"),
        &folder.join("runs.png"),
    );
    assert!(list.contains(&format!("/ui/runs/{id}")), "{list}");
    assert!(list.contains("✗ failed"), "{list}");

    let signed = app.client.send_with("GET", "/ui/?token=a%20token%20for%20tests%20alone", &[], b"").unwrap();
    assert_eq!(signed.status, 303);
    let cookie = signed.header("set-cookie").unwrap();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/ui"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let cookie = cookie.split(';').next().unwrap();
    let page = app
        .client
        .send_with("GET", &format!("/ui/runs/{id}"), &[("cookie", cookie)], b"")
        .unwrap()
        .ok()
        .unwrap();
    let page = page.text();
    for part in ["S0", "S1", "a line &lt;b&gt;of&lt;/b&gt; the log", "Probe.Sad", "for the picture"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("<b>of</b>"), "what a stage prints is markup: {page}");
}

#[test]
fn nobody_sees_it_unasked() {
    let app = App::start();
    for path in ["/ui/", "/ui/runs/x", "/ui/artifacts/sha256:00"] {
        let answer = app.get(path);
        assert_eq!(answer.status, 401, "{path}");
        assert!(answer.text().contains("Sign in"), "{path}");
    }
    assert_eq!(app.get("/ui/?token=wrong").status, 401);
}
