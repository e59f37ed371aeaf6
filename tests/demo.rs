//! The README's first command.

use std::process::Command;

use crate::support::on_spin;

#[test]
fn the_demo_ends_with_a_changed_page() {
    if on_spin().is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_ropewalk"))
        .args(["demo", "--once", "--listen", "127.0.0.1:0", "--state"])
        .arg(folder.path().join("state"))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}");
    for state in ["Checkout", "Lint", "UnitTests", "BuildArtifact", "Deploy"] {
        assert_eq!(told.matches(state).count(), 2, "{state}: {told}");
    }
    assert!(told.contains("cache of"), "{told}");
    assert!(told.contains("live, changed: http://"), "{told}");
    assert!(output.stdout.is_empty(), "standard output is data");
}
