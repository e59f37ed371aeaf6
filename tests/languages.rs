//! Stages in other languages, made by their real toolchains: the registries of npm and Python are asked for what lock files pin by digest.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::{manifest_path, on_spin};

/// Packages are kept here from one run of the tests to the next, below a stage's folder.
const KEPT: [&str; 2] = ["node_modules", ".venv"];

/// An application with a new stage.
struct Made {
    app: PathBuf,
    stage: PathBuf,
}

#[track_caller]
fn ropewalk(app: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ropewalk"));
    command.args(arguments).arg("--app").arg(app).output().unwrap()
}

#[track_caller]
fn succeeds(app: &Path, arguments: &[&str]) -> (String, String) {
    let output = ropewalk(app, arguments);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (data, told) = (text(output.stdout), text(output.stderr));
    assert_eq!(output.status.code(), Some(0), "ropewalk {arguments:?}: {told}");
    (data, told)
}

/// A new stage in an application like that of the other tests.
#[track_caller]
fn new(name: &str, language: &str) -> Made {
    let whole = manifest_path();
    let app = whole.with_file_name(format!("language-{language}"));
    let stage = app.join("stages").join(name);
    let kept = app.join("kept");
    std::fs::create_dir_all(&kept).unwrap();
    for folder in KEPT.iter().filter(|folder| stage.join(folder).exists()) {
        let _ = std::fs::remove_dir_all(kept.join(folder));
        std::fs::rename(stage.join(folder), kept.join(folder)).unwrap();
    }
    let _ = std::fs::remove_dir_all(app.join("stages"));
    let text = std::fs::read_to_string(whole).unwrap();
    let text = text
        .replace("source = \"../", "source = \"../../")
        .replace("source = \"stage-", "source = \"../stage-");
    std::fs::write(app.join("spin.toml"), text).unwrap();
    succeeds(&app, &["stage", "new", name, "--lang", language]);
    for folder in KEPT.iter().filter(|folder| kept.join(folder).exists()) {
        std::fs::rename(kept.join(folder), stage.join(folder)).unwrap();
    }
    Made { app, stage }
}

/// The skeleton builds, passes its own cases, and runs on a folder.
#[track_caller]
fn check(language: &str) {
    if on_spin().is_some() {
        return;
    }
    let name = format!("marks-in-{language}");
    let Made { app, stage } = new(&name, language);
    let (_, told) = succeeds(&app, &["stage", "test", &name]);
    assert!(told.contains("3 passed, 0 failed"), "{told}");
    check_run(&app, &name, &stage);
    let readme = std::fs::read_to_string(stage.join("README.md")).unwrap();
    for line in readme.lines().filter_map(|line| line.strip_prefix("$ ropewalk ")) {
        assert!(line.contains(&name), "{line}");
    }
}

#[track_caller]
fn check_run(app: &Path, name: &str, stage: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in");
    std::fs::create_dir_all(input.join("deep/er")).unwrap();
    // Ü, and a pair of surrogates, as JSON may write them.
    std::fs::write(input.join("deep/er/a.txt"), "x\n  Über😀: y\r\n").unwrap();
    std::fs::write(input.join("binary"), b"\xff\xfe\x00").unwrap();
    let arguments = |json: bool, input: &Path, output: &Path| -> Vec<String> {
        let params = r#"{"marker": "\u00dcber\ud83d\ude00", "max": 1}"#;
        let mut all = ["stage", "run", name, "--params", params, "--input"].map(str::to_owned).to_vec();
        all.extend([input.display().to_string(), "--output".to_owned(), output.display().to_string()]);
        all.extend(json.then(|| "--json".to_owned()));
        all
    };
    let output = folder.path().join("out");
    let words = arguments(true, &input, &output);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (data, _) = succeeds(app, &words);
    let ran: Value = serde_json::from_str(&data).unwrap();
    assert_eq!(ran["result"], json!({ "files": 2, "marks": 1 }), "{ran:#}");
    assert_eq!(ran["log"], "deep/er/a.txt:2: Über😀: y\n", "{ran:#}");
    let report = std::fs::read(output.join("report/marks.json")).unwrap();
    let report: Value = serde_json::from_slice(&report).unwrap();
    assert_eq!(report, json!([{ "file": "deep/er/a.txt", "line": 2, "text": "Über😀: y" }]));

    // Without `--json` the result alone is data; a failure of the stage is exit code 1, a misuse 2.
    let cases = stage.join("tests/too-many");
    let input = cases.join("input").display().to_string();
    let plain = succeeds(app, &["stage", "run", name, "--input", &input]).0;
    assert_eq!(serde_json::from_str::<Value>(&plain).unwrap(), json!({ "files": 1, "marks": 0 }));
    let parameters = format!("@{}", cases.join("parameters.json").display());
    let failed = ropewalk(app, &["stage", "run", name, "--input", &input, "--params", &parameters]);
    assert_eq!(failed.status.code(), Some(1));
    let told = String::from_utf8(failed.stderr).unwrap();
    assert!(told.contains(".TooMany: 2 lines hold `FIXME`, the most is 1"), "{told}");
    assert!(told.contains("a.txt:1: FIXME: one") && told.contains("out/report/marks.json"), "{told}");
    let misused = ropewalk(app, &["stage", "run", name, "--params", "7"]);
    assert_eq!(misused.status.code(), Some(2));
}

#[test]
fn a_stage_in_javascript() {
    check("js");
}

#[test]
fn a_stage_in_python() {
    check("python");
}

#[test]
fn a_stage_in_c() {
    check("c");
}

/// The example in Rust is a member of this workspace; what `stage new` writes is the same under another name.
#[test]
fn a_stage_in_rust() {
    if on_spin().is_some() {
        return;
    }
    let app = manifest_path().parent().unwrap();
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("examples/stages/tests");
    let cases = cases.to_str().unwrap();
    let (_, told) = succeeds(app, &["stage", "test", "todo-marks", "--cases", cases]);
    assert!(told.contains("3 passed, 0 failed"), "{told}");
    let (shown, _) = succeeds(app, &["stage", "show", "todo-marks"]);
    for part in [
        "stage-todo-marks 0.1.0, hermetic",
        "marker <text>  [default: \"TODO\"]",
        "What a line is searched for.",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let unknown = ropewalk(app, &["stage", "show", "todo"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8(unknown.stderr).unwrap().contains("hint: it has stage-attest, "));
    let (listed, _) = succeeds(app, &["stage", "list"]);
    assert!(listed.contains("stage-deploy         0.1.0    with effects"), "{listed}");
}

/// The commands that the guide shows take what it gives them.
#[test]
fn the_guide_shows_commands_that_exist() {
    let guide = include_str!("../examples/stages/README.md");
    let mut checked = 0;
    for line in guide.lines().filter_map(|line| line.strip_prefix("$ ropewalk ")) {
        let line = line.split(" # ").next().unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        let help =
            Command::new(env!("CARGO_BIN_EXE_ropewalk")).args(&words[..2]).arg("--help").output().unwrap();
        assert!(help.status.success(), "ropewalk {line}");
        let help = String::from_utf8(help.stdout).unwrap();
        for flag in words.iter().filter(|word| word.starts_with("--")) {
            assert!(help.contains(flag), "`ropewalk {line}`: {help}");
        }
        checked += 1;
    }
    assert!(checked >= 8, "{checked}");
}
