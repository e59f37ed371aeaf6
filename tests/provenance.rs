//! What is packed is attested, and `ropewalk verify` holds it against the attestation.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::App;

/// Keys that openssl made, for tests alone.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIKn8VoHP9vaB96Bz6DFLoL6ccLRaWkWGMGsXGx7pGv6m\n-----END PRIVATE KEY-----\n";
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGM0MbhjalADH2gISptB8ocIXvwkKP5zXef7oLZfDeqM=\n-----END PUBLIC KEY-----\n";
const OTHER_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAMjD2q/vjhqrcD4cjcgcwEAykylHFJn70dx6v3DK1JWY=\n-----END PUBLIC KEY-----\n";

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// Packs in both ways, and signs all of it.
fn pipeline() -> Value {
    let function = |name: &str| format!("arn:aws:lambda:region:account-id:function:{name}-function");
    json!({
        "QueryLanguage": "JSONata",
        "StartAt": "Package",
        "States": {
            "Package": {
                "Type": "Task",
                "Resource": function("package"),
                "Arguments": {
                    "inputs": { "source": "{% $states.input.source %}" },
                    "parameters": { "name": "knots", "version": "1.2.3", "format": ["tar.gz", "oci"] },
                },
                "Assign": { "made": "{% $states.result.artifacts %}" },
                "Next": "Attest",
            },
            "Attest": {
                "Type": "Task",
                "Resource": function("attest"),
                "Arguments": {
                    "inputs": {
                        "package": { "artifact": "{% $made.package %}", "path": "package" },
                        "image": { "artifact": "{% $made.image %}", "path": "image" },
                    },
                    "parameters": {
                        "builder": "https://ci.example.com",
                        "source": "https://git.example.com/knots.git",
                        "commit": "{% $states.context.Execution.Input.commit %}",
                        "pipeline": "{% $states.context.StateMachine.Id %}",
                        "started_at": "{% $states.context.Execution.StartTime %}",
                    },
                    "secrets": ["signing_key"],
                },
                "End": true,
            },
        },
    })
}

fn verify(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ropewalk")).arg("verify").args(args).output().unwrap()
}

#[track_caller]
fn check(args: &[&str], code: i32, part: &str) {
    let output = verify(args);
    let told =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{told}");
    assert!(told.contains(part), "{told}");
}

#[test]
fn what_is_made_can_be_verified() {
    let app = App::start();
    app.put_project("knots", &json!({ "pipeline": pipeline(), "secrets": { "signing_key": KEY } }));
    let source = app.upload(&[("a.txt", b"a"), ("b.txt", b"b")]);
    let run = app.run("knots", &json!({ "input": { "source": source, "commit": COMMIT } }));
    assert_eq!(run["status"], "succeeded", "{run:#}");
    let id = run["id"].as_str().unwrap();
    assert!(!run.to_string().contains("PRIVATE KEY"));

    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for (artifact, name) in
        [("Package/package", "package"), ("Package/image", "image"), ("Attest/attestation", "signed")]
    {
        let got = app.ropewalk(&["artifact", "get", &format!("{id}/{artifact}"), "--output", &place(name)]);
        assert_eq!(got.status.code(), Some(0), "{}", String::from_utf8_lossy(&got.stderr));
    }
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).unwrap();
        place(name)
    };
    let (key, other) = (write("key.pub", PUBLIC), write("other.pub", OTHER_PUBLIC));
    let attestation = place("signed/provenance.intoto.jsonl");
    let with = |named: &str, code: i32, part: &str| {
        check(&[named, "--key", &key, "--attestation", &attestation], code, part);
    };
    let archive = place("package/knots-1.2.3.tar.gz");
    with(&archive, 0, "is `package/knots-1.2.3.tar.gz`");
    with(&archive, 0, "https://ci.example.com");
    with(&archive, 0, COMMIT);
    with(&archive, 0, "git+https://git.example.com/knots.git");
    with(&place("package"), 0, "is `package`");
    with(&place("image"), 0, "is `image`");
    with(run["stages"][0]["artifacts"]["image"].as_str().unwrap(), 0, "is `image`");
    let manifest = image_digest(Path::new(&place("image")));
    with(&manifest, 0, "is `image:1.2.3`");
    let json = verify(&[&archive, "--key", &key, "--attestation", &attestation, "--json"]);
    let told: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((&told["verified"], &told["run"]), (&json!(true), &json!(id)));

    check(&[&archive, "--key", &other, "--attestation", &attestation], 1, "was signed by key");
    let altered = write("altered.tar.gz", "altered");
    with(&altered, 1, "is not what was attested");
    std::fs::write(folder.path().join("package/more.txt"), "more").unwrap();
    with(&place("package"), 1, "is not what was attested");
    let text = std::fs::read_to_string(&attestation).unwrap();
    let forged = write("provenance.intoto.jsonl", &text.replacen("\"payload\":\"ey", "\"payload\":\"eyI", 1));
    check(&[&archive, "--key", &key, "--attestation", &forged], 1, "not verified");
    // Beside what was made.
    check(&[&altered, "--key", &key], 1, "not verified");
    with(&place("nothing"), 2, "is not there");
    check(&[&archive, "--key", &key], 2, "`--attestation`");
    check(&[&archive, "--key", &attestation, "--attestation", &attestation], 2, "not an ed25519 public key");
}

fn image_digest(layout: &Path) -> String {
    let index: Value = serde_json::from_slice(&std::fs::read(layout.join("index.json")).unwrap()).unwrap();
    index["manifests"][0]["digest"].as_str().unwrap().to_owned()
}

#[test]
fn without_its_key_nothing_is_signed() {
    let app = App::start();
    let source = app.upload(&[("a.txt", b"a")]);
    let run = |secrets: Value| {
        app.put_project("knots", &json!({ "pipeline": pipeline(), "secrets": secrets }));
        app.run("knots", &json!({ "input": { "source": source, "commit": COMMIT } }))
    };
    let ended = run(json!({ "signing_key": "not a key, but eight or more characters" }));
    assert_eq!(
        (&ended["status"], &ended["error"]),
        (&json!("failed"), &json!("Attest.InvalidKey")),
        "{ended:#}"
    );
    assert!(!ended.to_string().contains("not a key, but"));
}
