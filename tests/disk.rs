//! A disk without room: nothing that was acknowledged is lost, and runs go on once there is room again.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::support::{App, Options, eventually, mixed, on_spin};

/// A small file system in memory. Gone when it is dropped.
struct Disk {
    folder: tempfile::TempDir,
}

impl Disk {
    const BYTES: usize = 24 << 20;

    /// `None`: this machine does not let us, which is said.
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={}", Self::BYTES);
        let mount =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path()).output();
        let why = match mount {
            Ok(output) if output.status.success() => return Some(Self { folder }),
            Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            Err(error) => error.to_string(),
        };
        // Not by a macro: what those print of a test that passes is not shown.
        let line = format!("PASSED OVER the tests of a full disk: no file system can be mounted: {why}\n");
        std::io::stderr().write_all(line.as_bytes()).unwrap();
        None
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Takes all the room that is left.
    fn fill(&self) -> PathBuf {
        let path = self.path().join("filler");
        let mut file = std::fs::File::options().create(true).append(true).open(&path).unwrap();
        for size in [1 << 20, 4096] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
        path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Whatever is still open there goes with its process.
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).status();
    }
}

#[test]
fn a_full_disk_costs_time_alone() {
    if on_spin().is_some() {
        return;
    }
    let Some(disk) = Disk::new() else { return };
    let state = disk.path().join("state");
    let mut app = App::start_with(Options { state: Some(state), ..Options::default() });
    app.project("mixed", &mixed::pipeline());
    let kept = app.upload(&[("kept", b"before")]);
    let ids: Vec<String> = (0..10).map(|n| mixed::start(&app, "mixed", n)).collect();
    std::thread::sleep(Duration::from_millis(300));
    let mut filler = disk.fill();
    let refused = eventually("a write is refused", || {
        let files = vec![b'x'; 900_000];
        let mut tar = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(files.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, "large", &files[..]).unwrap();
        let answer = app.client.send("POST", "/api/artifacts", &tar.into_inner().unwrap()).unwrap();
        (answer.status != 201).then_some(answer)
    });
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert!(refused.text().contains("the disk is full: nothing was written"), "{}", refused.text());
    // For a while, with all that the runs want to write.
    for _ in 0..10 {
        std::thread::sleep(Duration::from_millis(300));
        filler = disk.fill();
    }
    let path = format!("/api/artifacts/{kept}/files/kept");
    assert_eq!(app.client.send("GET", &path, b"").unwrap().text(), "before");
    std::fs::remove_file(&filler).unwrap();
    for (n, id) in ids.iter().enumerate() {
        mixed::check(&app, id, n);
    }
    // And what it has survives the process, too.
    let filler = disk.fill();
    app.kill();
    std::fs::remove_file(&filler).unwrap();
    app.restart();
    let runs = app.client.json("GET", "/api/runs?limit=200", None).unwrap();
    assert_eq!(runs["runs"].as_array().unwrap().len(), ids.len());
    let id = mixed::start(&app, "mixed", ids.len());
    mixed::check(&app, &id, ids.len());
    app.client.json("POST", "/api/tick", Some(&json!({}))).unwrap();
}
