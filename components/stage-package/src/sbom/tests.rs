use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::error::Error;
use crate::job::Job;
use crate::parameters::Parameters;

/// The bill of one lock file.
fn bill(name: &str, text: &str, more: &Value) -> Result<Value, Error> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), text).unwrap();
    let mut parameters = json!({ "name": "knots", "version": "1.2.3", "sbom": [name] });
    parameters.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let parameters: Parameters = serde_json::from_value(parameters).unwrap();
    let bill = super::make(folder.path(), &Job::new(folder.path(), &parameters)?)?.unwrap();
    let document: Value = serde_json::from_str(&bill.json).unwrap();
    assert_eq!(document["serialNumber"], bill.serial_number);
    assert_eq!(document["components"].as_array().unwrap().len(), bill.components);
    Ok(document)
}

/// What the schema of CycloneDX 1.6 asks of the parts that are written here.
#[track_caller]
fn check_valid(document: &Value) {
    assert_eq!((&document["bomFormat"], &document["specVersion"]), (&json!("CycloneDX"), &json!("1.6")));
    let serial = document["serialNumber"].as_str().unwrap();
    let uuid = serial.strip_prefix("urn:uuid:").unwrap();
    let lengths: Vec<usize> = uuid.split('-').map(str::len).collect();
    assert_eq!(lengths, [8, 4, 4, 4, 12]);
    assert!(uuid.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)));
    assert_eq!(uuid.as_bytes()[14], b'8', "its version");
    let own = document["metadata"]["component"]["bom-ref"].as_str().unwrap();
    let mut references = BTreeSet::from([own]);
    for component in document["components"].as_array().unwrap() {
        assert!(references.insert(component["bom-ref"].as_str().unwrap()), "twice: {component}");
        assert_eq!(component["purl"], component["bom-ref"]);
        assert!(!component["name"].as_str().unwrap().is_empty());
        assert!(matches!(component["scope"].as_str(), Some("required" | "optional")));
        for hash in component["hashes"].as_array().into_iter().flatten() {
            let length = match hash["alg"].as_str().unwrap() {
                "MD5" => 32,
                "SHA-1" => 40,
                "SHA-256" => 64,
                "SHA-384" => 96,
                "SHA-512" => 128,
                other => panic!("{other}"),
            };
            assert_eq!(hash["content"].as_str().unwrap().len(), length);
        }
        let licenses = component["licenses"].as_array().map_or(0, Vec::len);
        assert!(licenses < 2);
        for reference in component["externalReferences"].as_array().into_iter().flatten() {
            assert!(matches!(reference["type"].as_str(), Some("distribution" | "vcs")));
            assert!(!reference["url"].as_str().unwrap().is_empty());
        }
    }
    let mut listed = BTreeSet::new();
    for dependency in document["dependencies"].as_array().unwrap() {
        assert!(listed.insert(dependency["ref"].as_str().unwrap()), "twice: {dependency}");
        let on: Vec<&str> = dependency["dependsOn"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| one.as_str().unwrap())
            .collect();
        assert_eq!(on.iter().collect::<BTreeSet<_>>().len(), on.len());
        assert!(on.iter().all(|one| references.contains(one)), "{dependency}");
    }
    assert_eq!(listed, references);
}

/// Checks package URLs, and edges as `from -> to`; `.` is the package itself.
#[track_caller]
fn check(name: &str, text: &str, purls: &[&str], edges: &[&str]) -> Value {
    let document = bill(name, text, &json!({})).unwrap();
    check_valid(&document);
    let found: Vec<&str> =
        document["components"].as_array().unwrap().iter().map(|one| one["purl"].as_str().unwrap()).collect();
    assert_eq!(found, purls);
    let short = |reference: &Value| match reference.as_str().unwrap() {
        "knots@1.2.3" => ".".to_owned(),
        purl => purl.split_once('/').unwrap().1.to_owned(),
    };
    let mut found = Vec::new();
    for dependency in document["dependencies"].as_array().unwrap() {
        for on in dependency["dependsOn"].as_array().into_iter().flatten() {
            found.push(format!("{} -> {}", short(&dependency["ref"]), short(on)));
        }
    }
    assert_eq!(found, edges);
    document
}

#[track_caller]
fn check_refused(name: &str, text: &str, part: &str) {
    let error = ropewalk_stage::Failure::from(bill(name, text, &json!({})).unwrap_err());
    assert_eq!(error.error, "Package.InvalidLock", "{error}");
    assert!(error.cause.contains(part), "{error}");
}

const NPM: &str = r#"{
  "name": "knots", "version": "1.0.0", "lockfileVersion": 3,
  "packages": {
    "": { "name": "knots", "version": "1.0.0", "workspaces": ["packages/*"],
      "dependencies": { "@rope/lay": "^1.0.0" }, "devDependencies": { "twine": "1" }, "optionalDependencies": { "gone": "1" } },
    "node_modules/@rope/lay": { "version": "1.0.1", "resolved": "https://registry.example.com/lay.tgz",
      "integrity": "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "license": "MIT", "dependencies": { "twine": "2" } },
    "node_modules/@rope/lay/node_modules/twine": { "version": "2.0.0", "license": "MIT OR Apache-2.0" },
    "node_modules/twine": { "version": "1.0.0", "dev": true, "license": "SEE LICENSE IN X", "dependencies": { "@rope/lay": "1" } },
    "node_modules/inner": { "resolved": "packages/inner", "link": true },
    "packages/inner": { "version": "0.1.0", "dependencies": { "twine": "1" } },
    "node_modules/alias": { "name": "real", "version": "3.0.0", "resolved": "git+ssh://git@git.example.com/real.git#abc" }
  }
}"#;

#[test]
fn npm_locks_are_read() {
    let purls = [
        "pkg:npm/%40rope/lay@1.0.1",
        "pkg:npm/inner@0.1.0",
        "pkg:npm/real@3.0.0?vcs_url=git%2Bssh:%2F%2Fgit%40git.example.com%2Freal.git%23abc",
        "pkg:npm/twine@1.0.0",
        "pkg:npm/twine@2.0.0",
    ];
    let edges = [
        ". -> %40rope/lay@1.0.1",
        ". -> twine@1.0.0",
        "%40rope/lay@1.0.1 -> twine@2.0.0",
        "inner@0.1.0 -> twine@1.0.0",
        "twine@1.0.0 -> %40rope/lay@1.0.1",
    ];
    let document = check("package-lock.json", NPM, &purls, &edges);
    let components = &document["components"];
    assert_eq!(
        components[0],
        json!({
            "type": "library", "bom-ref": purls[0], "group": "@rope", "name": "lay", "version": "1.0.1",
            "scope": "required", "purl": purls[0], "licenses": [{ "license": { "id": "MIT" } }],
            "hashes": [{ "alg": "SHA-1", "content": "da39a3ee5e6b4b0d3255bfef95601890afd80709" }],
            "externalReferences": [{ "type": "distribution", "url": "https://registry.example.com/lay.tgz",
                "hashes": [{ "alg": "SHA-1", "content": "da39a3ee5e6b4b0d3255bfef95601890afd80709" }] }],
        })
    );
    assert_eq!(components[3]["scope"], "optional");
    assert_eq!(components[3]["licenses"], json!([{ "license": { "name": "SEE LICENSE IN X" } }]));
    assert_eq!(components[3]["properties"][0]["name"], "cdx:npm:package:development");
    assert_eq!(components[4]["licenses"], json!([{ "expression": "MIT OR Apache-2.0" }]));
    check(
        "package-lock.json",
        &NPM.replace("\"lockfileVersion\": 3", "\"lockfileVersion\": 2"),
        &purls,
        &edges,
    );
}

#[test]
fn cargo_locks_are_read() {
    let sum = "a".repeat(64);
    let text = format!(
        r#"version = 4
[[package]]
name = "knots"
version = "0.1.0"
dependencies = ["rope 1.0.0", "rope 2.0.0 (registry+https://registry.example.com/index)", "twine"]
[[package]]
name = "rope"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "{sum}"
dependencies = ["twine"]
[[package]]
name = "rope"
version = "2.0.0"
source = "registry+https://registry.example.com/index"
checksum = "{sum}"
[[package]]
name = "twine"
version = "0.3.0"
source = "git+https://git.example.com/twine?branch=main#abc"
"#
    );
    let twine = "twine@0.3.0?vcs_url=git%2Bhttps:%2F%2Fgit.example.com%2Ftwine%3Fbranch%3Dmain%23abc";
    let second = "rope@2.0.0?repository_url=https:%2F%2Fregistry.example.com%2Findex";
    let purls = [
        "pkg:cargo/knots@0.1.0",
        "pkg:cargo/rope@1.0.0",
        &format!("pkg:cargo/{second}"),
        &format!("pkg:cargo/{twine}"),
    ];
    let edges = [
        ". -> knots@0.1.0",
        "knots@0.1.0 -> rope@1.0.0",
        &format!("knots@0.1.0 -> {second}"),
        &format!("knots@0.1.0 -> {twine}"),
        &format!("rope@1.0.0 -> {twine}"),
    ];
    let document = check("Cargo.lock", &text, &purls, &edges);
    assert_eq!(document["components"][1]["hashes"], json!([{ "alg": "SHA-256", "content": sum }]));
    let old = format!(
        "[[package]]\nname = \"rope\"\nversion = \"1.0.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n\
         [metadata]\n\"checksum rope 1.0.0 (registry+https://github.com/rust-lang/crates.io-index)\" = \"{sum}\"\n"
    );
    let document = check("Cargo.lock", &old, &["pkg:cargo/rope@1.0.0"], &[]);
    assert_eq!(document["components"][0]["hashes"][0]["content"], json!(sum));
}

#[test]
fn python_locks_are_read() {
    let hash = format!("sha256:{}", "b".repeat(64));
    let uv = format!(
        r#"version = 1
[[package]]
name = "knots"
version = "1.0.0"
source = {{ editable = "." }}
dependencies = [{{ name = "rope-lay" }}]
[package.dev-dependencies]
dev = [{{ name = "twine" }}]
[[package]]
name = "Rope_Lay"
version = "1.0.0"
source = {{ registry = "https://registry.example.com/simple" }}
dependencies = [{{ name = "twine", marker = "python_version < '3'" }}, {{ name = "absent" }}]
sdist = {{ url = "https://files.example.com/lay.tar.gz", hash = "{hash}", size = 1 }}
wheels = [{{ url = "https://files.example.com/lay.whl", hash = "{hash}" }}]
[[package]]
name = "twine"
version = "2.0.0"
source = {{ git = "https://git.example.com/twine#abc" }}
"#
    );
    let twine = "twine@2.0.0?vcs_url=https:%2F%2Fgit.example.com%2Ftwine%23abc";
    let edges = [". -> rope-lay@1.0.0", &format!(". -> {twine}"), &format!("rope-lay@1.0.0 -> {twine}")];
    let document = check("uv.lock", &uv, &["pkg:pypi/rope-lay@1.0.0", &format!("pkg:pypi/{twine}")], &edges);
    assert_eq!(document["components"][0]["externalReferences"].as_array().unwrap().len(), 2);

    let poetry = format!(
        r#"[[package]]
name = "lay"
version = "1.0.0"
optional = false
files = [{{ file = "lay.whl", hash = "{hash}" }}]
[package.dependencies]
twine = {{ version = ">=1", markers = "extra == 'x'" }}
[[package]]
name = "twine"
version = "2.0.0"
files = []
"#
    );
    let both = ["pkg:pypi/lay@1.0.0", "pkg:pypi/twine@2.0.0"];
    let edges = [". -> lay@1.0.0", "lay@1.0.0 -> twine@2.0.0"];
    check("poetry.lock", &poetry, &both, &edges);

    let pylock = format!(
        r#"lock-version = "1.0"
created-by = "someone"
[[packages]]
name = "lay"
version = "1.0.0"
dependencies = [{{ name = "twine" }}]
[packages.sdist]
url = "https://files.example.com/lay.tar.gz"
hashes = {{ sha256 = "{}" }}
[[packages]]
name = "twine"
version = "2.0.0"
"#,
        "b".repeat(64)
    );
    check("pylock.toml", &pylock, &both, &edges);
    check("pylock.test.toml", &pylock, &both, &edges);
}

#[test]
fn requirements_are_read() {
    let text = format!(
        "# made by a tool\n--index-url https://registry.example.com/simple\n\nRope.Lay[fast]==1.0.0 ; python_version > '3' \\\n    \
         --hash=sha256:{a} \\\n    --hash=sha256:{b}\n    # via knots\ntwine===2.0 # why\n\
         tar @ https://files.example.com/tar.whl\n",
        a = "a".repeat(64),
        b = "b".repeat(64)
    );
    let purls = [
        "pkg:pypi/rope-lay@1.0.0",
        "pkg:pypi/tar?download_url=https:%2F%2Ffiles.example.com%2Ftar.whl",
        "pkg:pypi/twine@2.0",
    ];
    let edges = [
        ". -> rope-lay@1.0.0",
        ". -> tar?download_url=https:%2F%2Ffiles.example.com%2Ftar.whl",
        ". -> twine@2.0",
    ];
    let document = check("requirements.txt", &text, &purls, &edges);
    assert_eq!(document["components"][0]["hashes"].as_array().unwrap().len(), 2);
    check("requirements-test.txt", "a==1\n", &["pkg:pypi/a@1"], &[". -> a@1"]);
}

#[test]
fn locks_that_tell_too_little_are_refused() {
    let requirements = |text, part| check_refused("requirements.txt", text, part);
    requirements("a==1\nb>=1\n", "line 2, `b>=1`: it is not pinned");
    requirements("a==1.*\n", "not pinned");
    requirements("a\n", "not pinned");
    requirements("==1\n", "not pinned");
    requirements("-r other.txt\n", "names what is not here");
    requirements("-e .\n", "names what is not here");
    requirements("a==1 --hash=sha256:00\n", "is no SHA-256 hash");
    let npm = |text, part| check_refused("package-lock.json", text, part);
    npm(r#"{"lockfileVersion": 1, "dependencies": {}}"#, "of version 1");
    npm("{", "cannot be read");
    npm(
        r#"{"lockfileVersion": 3, "packages": {"node_modules/a": {"integrity": "sha512-AAAA"}}}"#,
        "package `a`",
    );
    let cargo = |text, part| check_refused("Cargo.lock", text, part);
    cargo("[[package]]\n", "missing field `name`");
    cargo("[[package]]\nname = \"a\"\nversion = \"1.0.0\"\ndependencies = [\"b\"]\n", "depends on `b`");
    cargo("[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nchecksum = \"x\"\n", "is no SHA-256 hash");
    check_refused("pylock.toml", "lock-version = \"2.0\"\n", "version `2.0`");
    check_refused("poetry.lock", "[[package]]\nname = 1\n", "cannot be read");
    check_refused("yarn.lock", "", "of no known kind");
}

#[test]
fn a_bill_says_no_more_than_it_is_told() {
    let text = "idna==3.10\n";
    let plain = bill("requirements.txt", text, &json!({})).unwrap();
    assert_eq!(plain, bill("requirements.txt", text, &json!({})).unwrap());
    assert_eq!(plain["metadata"]["timestamp"], Value::Null);
    let told = json!({ "created": "2026-08-17T21:43:13+02:00", "source": "https://git.example.com/r.git",
        "revision": "abc", "name": "@rope/knots" });
    let document = bill("requirements.txt", text, &told).unwrap();
    check_valid(&document);
    assert_ne!(document["serialNumber"], plain["serialNumber"]);
    assert_eq!(document["metadata"]["timestamp"], "2026-08-17T19:43:13Z");
    assert_eq!(
        document["metadata"]["component"],
        json!({ "type": "application", "bom-ref": "@rope/knots@1.2.3", "group": "@rope", "name": "knots",
            "version": "1.2.3",
            "externalReferences": [{ "type": "vcs", "url": "https://git.example.com/r.git", "comment": "abc" }] })
    );
}

#[test]
fn lock_files_that_stand_there_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let make = |parameters: Value| {
        let parameters: Parameters = serde_json::from_value(parameters).unwrap();
        super::make(folder.path(), &Job::new(folder.path(), &parameters).unwrap())
            .unwrap()
            .map(|bill| bill.lock_files)
    };
    let plain = json!({ "name": "a", "version": "1" });
    assert_eq!(make(plain.clone()), None);
    for name in ["requirements.txt", "Cargo.lock"] {
        std::fs::write(folder.path().join(name), "").unwrap();
    }
    assert_eq!(make(plain), Some(vec!["Cargo.lock".to_owned(), "requirements.txt".to_owned()]));
    assert_eq!(make(json!({ "name": "a", "version": "1", "sbom": [] })), None);
}

#[test]
fn a_lock_file_over_the_limit_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let lock = std::fs::File::create(folder.path().join("package-lock.json")).unwrap();
    lock.set_len(100 << 20).unwrap();
    let parameters: Parameters = serde_json::from_value(json!({ "name": "a", "version": "1" })).unwrap();
    let job = Job::new(folder.path(), &parameters).unwrap();
    let error = ropewalk_stage::Failure::from(super::make(folder.path(), &job).unwrap_err());
    assert_eq!(error.error, "Package.TooLarge", "{error}");
    assert!(error.cause.contains("`package-lock.json` has 104857600 bytes"), "{error}");
}
