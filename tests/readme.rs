//! What README.md promises can be done.

use std::path::Path;

#[test]
fn its_commands_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let mut checked = 0;
    for line in readme.lines().map(str::trim) {
        let Some(rest) = line.strip_prefix("$ ropewalk ").or_else(|| line.strip_prefix("| `ropewalk "))
        else {
            continue;
        };
        let words: Vec<&str> = rest
            .split_whitespace()
            .map(|word| word.trim_end_matches(['`', '|']))
            .take_while(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase()))
            .take(2)
            .collect();
        let works = |words: &[&str]| {
            let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_ropewalk"));
            command.args(words).arg("--help").output().unwrap().status.success()
        };
        assert!(works(&words[..1]), "`ropewalk {rest}`");
        checked += 1;
    }
    assert!(checked >= 5, "README.md shows {checked} commands");
    for command in ["cargo run --release -- demo", "cargo test"] {
        assert!(readme.contains(command), "README.md does not name `{command}`");
    }
}
