use std::fs;

use artifact::attest::{Envelope, PublicKey, Statement, Target};
use artifact::{Digest, Entry, Tree};
use ropewalk_stage::{Call, Caller, Input, Secret};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{FILE, Failure, Output, attest};

/// A key that openssl made, for tests alone.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIKn8VoHP9vaB96Bz6DFLoL6ccLRaWkWGMGsXGx7pGv6m\n-----END PRIVATE KEY-----";
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGM0MbhjalADH2gISptB8ocIXvwkKP5zXef7oLZfDeqM=\n-----END PUBLIC KEY-----";

/// A working directory, and what is mounted there.
struct Folder {
    folder: TempDir,
    inputs: Vec<Input>,
}

impl Folder {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), inputs: Vec::new() }
    }

    /// Mounts an input, and gives its tree.
    fn mount(&mut self, name: &str, place: &str, files: &[(&str, &str)]) -> Tree {
        let entries = files.iter().map(|(path, contents)| {
            let target = self.folder.path().join(place).join(path);
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::write(target, contents).unwrap();
            let size = contents.len() as u64;
            ((*path).to_owned(), Entry { digest: Digest::of(contents.as_bytes()), size, executable: false })
        });
        let tree = Tree::from_entries(entries.collect::<Vec<_>>()).unwrap();
        let digest = tree.digest().to_string();
        self.inputs.push(Input { name: name.to_owned(), path: place.to_owned(), digest });
        tree
    }

    fn run(&self, parameters: Value, secrets: &[(&str, &str)]) -> Result<Output, Failure> {
        let secrets = secrets
            .iter()
            .map(|(name, value)| Secret { name: (*name).to_owned(), value: (*value).to_owned() });
        let caller = Caller {
            project: "knots".to_owned(),
            run: "r1".to_owned(),
            state: "Attest".to_owned(),
            attempt: 1,
            idempotency_key: "k".to_owned(),
            grant: "g".to_owned(),
            secrets: secrets.collect(),
        };
        let call = Call { inputs: self.inputs.clone(), caller: Some(caller) };
        attest(self.folder.path(), &serde_json::from_value(parameters).unwrap(), &call)
    }

    fn statement(&self, artifact: &str) -> Statement {
        let text = fs::read(self.folder.path().join("out").join(artifact).join(FILE)).unwrap();
        Envelope::read(&text).unwrap().open(&PublicKey::from_pem(PUBLIC).unwrap()).unwrap()
    }
}

const SECRETS: [(&str, &str); 1] = [("signing_key", KEY)];

#[test]
fn what_was_made_is_attested() {
    let mut folder = Folder::new();
    let tree = folder.mount("package", ".", &[("knots.tar.gz", "packed"), ("sub/knots.zip", "zipped")]);
    let parameters = json!({
        "builder": "https://ci.example.com", "source": "https://git.example.com/knots.git", "ref": "refs/heads/main",
        "commit": "0123456789abcdef0123456789abcdef01234567", "pipeline": "arn:…:knots", "parameters": { "version": "1" },
        "started_at": "2026-08-17T19:43:13Z", "dependencies": { "source": Digest::of(b"source") },
    });
    let output = folder.run(parameters.clone(), &SECRETS).unwrap();
    assert_eq!((output.subjects, output.path), (3, "provenance.intoto.jsonl"));
    let statement = folder.statement("attestation");
    for target in [Target::file("a", b"packed"), Target::file("b", b"zipped"), Target::folder("c", &tree)] {
        target.find(&statement).unwrap();
    }
    assert!(Target::file("a", b"other").find(&statement).is_err());
    assert_eq!(statement.commit(), Some("0123456789abcdef0123456789abcdef01234567"));
    assert_eq!(statement.source(), Some("git+https://git.example.com/knots.git@refs/heads/main"));
    let predicate = serde_json::to_value(&statement.predicate).unwrap();
    assert_eq!(
        predicate["buildDefinition"]["externalParameters"],
        json!({ "project": "knots", "pipeline": "arn:…:knots", "repository": "https://git.example.com/knots.git",
            "ref": "refs/heads/main", "parameters": { "version": "1" } })
    );
    assert_eq!(predicate["buildDefinition"]["resolvedDependencies"][1]["name"], "source");
    assert_eq!(
        predicate["runDetails"],
        json!({ "builder": { "id": "https://ci.example.com" },
            "metadata": { "invocationId": "r1", "startedOn": "2026-08-17T19:43:13Z" } })
    );
    // A repetition, under the same call, gives the same.
    folder.run(parameters, &SECRETS).unwrap();
    assert_eq!(folder.statement("attestation"), statement);
}

#[test]
fn an_image_is_attested_by_its_manifest() {
    let manifest = "{}";
    let digest = Digest::of(manifest.as_bytes());
    let index = json!({ "manifests": [{ "digest": digest,
        "annotations": { "org.opencontainers.image.ref.name": "1.2.3" } }] })
    .to_string();
    let blob = format!("blobs/sha256/{}", digest.hex());
    let layout = |blob_contents| {
        let mut folder = Folder::new();
        folder.mount("archives", "archives", &[("a.zip", "a")]);
        folder.mount(
            "image",
            "image",
            &[("oci-layout", "{}"), ("index.json", &index), (&blob, blob_contents)],
        );
        folder
    };
    let folder = layout(manifest);
    assert_eq!(folder.run(json!({ "output": "signed" }), &SECRETS).unwrap().subjects, 4);
    let statement = folder.statement("signed");
    assert_eq!(Target::digest(digest).find(&statement).unwrap().name.as_deref(), Some("image:1.2.3"));
    assert_eq!(statement.subject[1].name.as_deref(), Some("archives/a.zip"));
    check_refused(&layout("{ }"), json!({}), "Attest.InvalidLayout", "is altered");
    let mut broken = Folder::new();
    broken.mount("image", ".", &[("oci-layout", "{}"), ("index.json", &index)]);
    check_refused(&broken, json!({}), "Attest.InvalidLayout", "is not in it");
    let mut broken = Folder::new();
    broken.mount("image", ".", &[("oci-layout", "{}")]);
    check_refused(&broken, json!({}), "Attest.InvalidLayout", "no `index.json`");
}

#[track_caller]
fn check_refused(folder: &Folder, parameters: Value, error: &str, part: &str) {
    let failure = folder.run(parameters, &SECRETS).unwrap_err();
    assert_eq!(failure.error, error, "{failure}");
    assert!(failure.cause.contains(part), "{failure}");
}

#[test]
fn what_cannot_be_attested_is_refused() {
    check_refused(&Folder::new(), json!({}), "Attest.NothingToAttest", "no input");
    let mut nested = Folder::new();
    nested.mount("one", ".", &[("a", "a")]);
    nested.mount("other", "other", &[("b", "b")]);
    check_refused(&nested, json!({}), "Attest.NothingToAttest", "within another");
    let mut folder = Folder::new();
    folder.mount("package", ".", &[("a", "a")]);
    let check = |parameters, part| check_refused(&folder, parameters, "Attest.InvalidParameter", part);
    check(json!({ "output": "a/b" }), "`output`");
    check(json!({ "builder": "somebody" }), "a URI");
    check(json!({ "source": "a\nb" }), "one line");
    check(json!({ "dependencies": { "source": "main" } }), "`sha256:…`");
}

#[test]
fn keys_that_are_none_are_named_and_not_shown() {
    let mut folder = Folder::new();
    folder.mount("package", ".", &[("a", "a")]);
    let failure = folder.run(json!({}), &[]).unwrap_err();
    assert_eq!(failure.error, "Attest.NoKey");
    assert!(failure.cause.contains("`signing_key`"), "{failure}");
    let failure = folder.run(json!({ "key": "other" }), &[("other", "hunter2")]).unwrap_err();
    assert_eq!(failure.error, "Attest.InvalidKey");
    assert!(failure.cause.contains("`other`") && !failure.cause.contains("hunter2"), "{failure}");
}
