mod archives;
mod images;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::error::Error;
use crate::{Output, package};

/// A working directory.
struct Folder {
    folder: TempDir,
}

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self { folder: tempfile::tempdir().unwrap() };
        for (path, contents) in files {
            folder.write(path, contents.as_bytes());
        }
        folder
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, path: &str, contents: &[u8]) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }

    fn read(&self, path: &str) -> Vec<u8> {
        fs::read(self.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Runs the stage; `name` and `version` are set unless given.
    fn run(&self, parameters: Value) -> Result<Output, Error> {
        let mut all = json!({ "name": "knots", "version": "1.2.3" });
        all.as_object_mut().unwrap().extend(parameters.as_object().unwrap().clone());
        package(self.path(), &serde_json::from_value(all).unwrap())
    }

    /// Every file below a folder.
    fn files(&self, below: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.path().join(below)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let relative = path.strip_prefix(self.path()).unwrap().to_owned();
                    files.insert(relative, fs::read(&path).unwrap());
                }
            }
        }
        files
    }
}

#[track_caller]
fn check_refused(folder: &Folder, parameters: Value, error: &str, part: &str) {
    let failure = ropewalk_stage::Failure::from(folder.run(parameters).unwrap_err());
    assert_eq!(failure.error, error, "{failure}");
    assert!(failure.cause.contains(part), "{failure}");
}

const EVERYTHING: &str = r#"{"format": ["oci", "zip", "tar.gz", "zip"], "created": "2026-08-17T21:43:13+02:00",
    "source": "https://git.example.com/knots.git", "revision": "0123456789abcdef0123456789abcdef01234567"}"#;
const REQUIREMENTS: (&str, &str) = ("requirements.txt", "idna==3.10\n");

#[test]
fn the_same_input_gives_the_same_bytes() {
    let files = [("b.txt", "b"), ("a/z.sh", "#!/bin/sh\n"), ("a/ü.txt", "ü"), REQUIREMENTS];
    let mut reversed = files;
    reversed.reverse();
    let (one, other) = (Folder::new(&files), Folder::new(&reversed));
    let everything: Value = serde_json::from_str(EVERYTHING).unwrap();
    let first = one.run(everything.clone()).unwrap();
    let second = other.run(everything.clone()).unwrap();
    assert_eq!(first, second);
    let written = one.files("out");
    assert_eq!(written, other.files("out"));
    // Two archives, a bill; marker, index, manifest, configuration, layer.
    assert_eq!(written.len(), 3 + 5);
    // What lies there already is not packed.
    assert_eq!(one.run(everything).unwrap(), first);
}

#[test]
fn the_result_tells_what_was_made() {
    let folder = Folder::new(&[("a.txt", "a"), REQUIREMENTS]);
    let output = folder.run(serde_json::from_str(EVERYTHING).unwrap()).unwrap();
    let paths: Vec<&str> = output.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["knots-1.2.3.tar.gz", "knots-1.2.3.zip", "knots-1.2.3.cdx.json"]);
    for file in &output.files {
        let contents = folder.read(&format!("out/{}/{}", file.artifact, file.path));
        assert_eq!((artifact::Digest::of(&contents), contents.len() as u64), (file.digest, file.bytes));
    }
    let subjects: Vec<(&str, &str)> = output
        .subjects
        .iter()
        .map(|subject| (subject.name.as_str(), subject.digest["sha256"].as_str()))
        .collect();
    let manifest = output.image.as_ref().unwrap().manifest;
    assert_eq!(subjects.len(), 4);
    assert!(subjects.contains(&("knots", &manifest.hex())));
    assert!(subjects.contains(&("knots-1.2.3.zip", &output.files[1].digest.hex())));
    let sbom = output.sbom.unwrap();
    assert_eq!((sbom.components, sbom.lock_files), (1, vec!["requirements.txt".to_owned()]));
}

#[test]
fn parameters_that_cannot_be_are_refused() {
    let folder = Folder::new(&[("a.txt", "a")]);
    let check = |parameters, part: &str| check_refused(&folder, parameters, "Package.InvalidParameter", part);
    check(json!({ "name": "" }), "`name`");
    check(json!({ "name": "../up" }), "`../up`");
    check(json!({ "name": "a//b" }), "`a//b`");
    check(json!({ "name": "n".repeat(101) }), "up to 100");
    check(json!({ "version": "1 2" }), "`version`");
    check(json!({ "version": "1/2" }), "`version`");
    check(json!({ "output": "a/b" }), "`output`");
    check(json!({ "output": "image" }), "artifact of the image");
    check(json!({ "prefix": "../x" }), "`prefix`");
    check(json!({ "root": "nothing" }), "no such folder");
    check(json!({ "root": "a.txt" }), "no such folder");
    check(json!({ "root": "/etc" }), "absolute");
    check(json!({ "include": ["{a"] }), "is not closed");
    check(json!({ "executable": ["[z-a]"] }), "goes backwards");
    check(json!({ "created": "today" }), "RFC 3339");
    check(json!({ "source": "a\nb" }), "one line");
    check(json!({ "annotations": { "": "x" } }), "has a name");
    check(json!({ "component": "a.wasm" }), "for the format `oci`");
    check(json!({ "sbom": ["nothing/package-lock.json"] }), "no such file");
    let oci = |image: Value| json!({ "format": ["oci"], "image": image });
    check(oci(json!({ "base": "debian:13" })), "by its digest");
    check(oci(json!({ "platform": "linux" })), "linux/amd64");
    check(oci(json!({ "platform": "linux/a/b/c" })), "linux/amd64");
    check(oci(json!({ "env": { "A=B": "c" } })), "no `=`");
    check(oci(json!({ "folder": "/a/../b" })), "`..`");
    let unknown =
        serde_json::from_value::<crate::Parameters>(json!({ "name": "a", "version": "1", "formats": [] }));
    assert!(unknown.unwrap_err().to_string().contains("formats"));
}

#[test]
fn what_cannot_be_packed_is_refused() {
    let folder = Folder::new(&[("a.txt", "a")]);
    check_refused(&folder, json!({ "include": ["*.md"] }), "Package.Empty", "no file of `.`");
    check_refused(&Folder::new(&[]), json!({}), "Package.Empty", "no file");
    let large = fs::File::create(folder.path().join("large.bin")).unwrap();
    large.set_len(artifact::MAX_FILE_BYTES + 1).unwrap();
    check_refused(
        &folder,
        json!({}),
        "Package.TooLarge",
        "file `large.bin` has 67108865 bytes: the limit is 67108864",
    );
    folder.run(json!({ "exclude": ["large.bin"] })).unwrap();
}

#[cfg(unix)]
#[test]
fn links_and_odd_names_are_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::new(&[("a.txt", "a")]);
    let link = folder.path().join("link");
    std::os::unix::fs::symlink("/etc/passwd", &link).unwrap();
    check_refused(&folder, json!({}), "Package.InvalidPath", "`link`");
    fs::remove_file(link).unwrap();
    let odd = folder.path().join("a\nb");
    fs::write(&odd, "x").unwrap();
    check_refused(&folder, json!({}), "Package.InvalidPath", "control character");
    fs::remove_file(odd).unwrap();
    fs::write(folder.path().join(OsStr::from_bytes(b"\xff")), "x").unwrap();
    check_refused(&folder, json!({}), "Package.InvalidPath", "not UTF-8");
}

#[test]
fn folders_nested_too_deep_are_refused() {
    let folder = Folder::new(&[]);
    folder.write(&format!("{}a.txt", "d/".repeat(130)), b"a");
    check_refused(&folder, json!({}), "Package.TooLarge", "nested too deep");
}
