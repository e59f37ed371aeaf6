//! Whole installs, from registries that stand in memory.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ropewalk_stage::outbound::{Answer, Error as WayError, Request, Response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256, Sha512};

use super::*;
use crate::archive::tarball::tests::tarball;
use crate::python::tests::wheel;

/// Answers by URL, each in its turn; the last one again and again.
#[derive(Default)]
struct Registries {
    answers: BTreeMap<String, VecDeque<Answer>>,
    /// URL, and the header `authorization`.
    requests: Vec<(String, Option<String>)>,
    pauses_ms: Vec<u32>,
}

impl WayOut for Registries {
    fn send_all(&mut self, requests: Vec<Request>) -> Vec<Answer> {
        requests.into_iter().map(|request| self.send(&request)).collect()
    }

    fn pause(&mut self, duration_ms: u32) {
        self.pauses_ms.push(duration_ms);
    }
}

impl Registries {
    fn send(&mut self, request: &Request) -> Answer {
        let authorization = request.headers().find(|(name, _)| *name == "authorization");
        self.requests.push((request.url().to_owned(), authorization.map(|(_, value)| value.to_owned())));
        let Some(answers) = self.answers.get_mut(request.url()) else {
            return Ok(Response::new(404, &[], "not found"));
        };
        let answer = if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0].clone() };
        match answer {
            Ok(response) if response.body.len() as u64 > request.answer_limit_bytes() => {
                Err(WayError::TooLarge)
            }
            answer => answer,
        }
    }
}

/// A project, and the registries that it installs from.
struct Scene {
    folder: tempfile::TempDir,
    registries: Registries,
    secrets: Vec<Secret>,
    log: String,
}

impl Scene {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            registries: Registries::default(),
            secrets: vec![Secret { name: "token".to_owned(), value: "s3cret".to_owned() }],
            log: String::new(),
        }
    }

    fn write(self, path: &str, contents: impl AsRef<[u8]>) -> Self {
        let place = self.folder.path().join(path);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, contents).unwrap();
        self
    }

    /// A lock file of npm with these packages.
    fn lock(self, packages: &Value) -> Self {
        let lock = json!({ "lockfileVersion": 3, "packages": packages });
        self.write("package-lock.json", lock.to_string())
    }

    fn answers(mut self, url: &str, answers: Vec<Answer>) -> Self {
        self.registries.answers.insert(url.to_owned(), answers.into());
        self
    }

    fn serves(self, url: &str, body: impl Into<Vec<u8>>) -> Self {
        self.answers(url, vec![Ok(Response::new(200, &[], body))])
    }

    fn install(&mut self, parameters: Value) -> Result<Value, Failure> {
        let parameters: Parameters = serde_json::from_value(parameters).unwrap();
        let log = &mut self.log;
        let mut print = |line: &str| {
            log.push_str(line);
            log.push('\n');
        };
        let folder = self.folder.path();
        let report = super::install(folder, &parameters, &self.secrets, &mut self.registries, &mut print);
        assert!(!self.log.contains("s3cret"), "{}", self.log);
        Ok(serde_json::to_value(report?).unwrap())
    }

    #[track_caller]
    fn check_refused(mut self, parameters: Value, error: &str, cause: &str) -> Self {
        let failure = self.install(parameters).unwrap_err();
        assert_eq!(failure.error, error, "{failure}");
        assert!(failure.cause.contains(cause), "{}", failure.cause);
        assert!(!failure.cause.contains("s3cret"), "{}", failure.cause);
        self
    }

    /// What is installed, sorted.
    fn files(&self) -> Vec<String> {
        let root = self.folder.path().join("out");
        let mut open: Vec<PathBuf> = vec![root.clone()];
        let mut files = Vec::new();
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    files.push(path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        files.sort();
        files
    }

    fn urls(&self) -> Vec<&str> {
        self.registries.requests.iter().map(|(url, _)| url.as_str()).collect()
    }
}

fn sri(bytes: &[u8]) -> String {
    format!("sha512-{}", STANDARD.encode(Sha512::digest(bytes)))
}

fn hex(bytes: &[u8]) -> String {
    integrity::encode_hex(&Sha256::digest(bytes))
}

fn package(bytes: &[u8], more: &Value) -> Value {
    let mut package = json!({ "version": "1.0.0", "integrity": sri(bytes) });
    for (name, value) in more.as_object().unwrap() {
        package[name] = value.clone();
    }
    package
}

const A: &str = "https://registry.npmjs.org/a/-/a-1.0.0.tgz";

#[test]
fn a_lock_file_of_npm_is_installed() {
    let a = tarball(&[("package/index.js", "a"), ("package/package.json", "{}")]);
    let b = tarball(&[("b-main/lib/b.js", "b")]);
    let (a_package, b_package) = (package(&a, &json!({ "hasInstallScript": true })), package(&b, &json!({})));
    let packages = json!({
        "": { "dependencies": { "a": "1", "@s/b": "1", "w": "*" } },
        "node_modules/a": a_package, "node_modules/@s/b": b_package, "node_modules/@s/b/node_modules/a": a_package,
        "node_modules/w": { "resolved": "packages/w", "link": true }, "packages/w": { "version": "1.0.0" },
        "node_modules/x": package(&a, &json!({ "optional": true, "os": ["darwin"] })),
    });
    let mut scene = Scene::new()
        .lock(&packages)
        .write("packages/w/index.js", "w")
        .write("packages/w/node_modules/stray/index.js", "")
        .serves(A, a.clone())
        .serves("https://registry.npmjs.org/@s/b/-/b-1.0.0.tgz", b);
    let report = scene.install(json!({})).unwrap();
    let expected = [
        "node_modules/@s/b/lib/b.js",
        "node_modules/@s/b/node_modules/a/index.js",
        "node_modules/@s/b/node_modules/a/package.json",
        "node_modules/a/index.js",
        "node_modules/a/package.json",
        "node_modules/w/index.js",
    ];
    assert_eq!(scene.files(), expected);
    let (a, b) = (json!({ "name": "a", "version": "1.0.0" }), json!({ "name": "@s/b", "version": "1.0.0" }));
    assert_eq!(
        report,
        json!({
            "npm": {
                "lock_file": "package-lock.json", "count": 3, "files": 6, "bytes": 8, "packages": [b, a],
                "bundled": 0, "omitted": 0, "scripts_not_run": [a],
                "skipped": [{ "name": "x", "version": "1.0.0", "reason": "it is made for darwin" }],
            },
            "unlisted": 0,
        })
    );
    assert_eq!(scene.urls().len(), 2, "an archive is downloaded once");
    let warning = "warning: install scripts are not run; these packages wanted one: a@1.0.0\n";
    assert!(scene.log.contains(warning), "{}", scene.log);
    assert!(scene.log.ends_with("`package-lock.json`: 3 packages, 6 files, 0.0 MB\n"), "{}", scene.log);
}

#[test]
fn archives_among_the_inputs_need_no_registry() {
    let a = tarball(&[("package/index.js", "a")]);
    let file = package(&a, &json!({ "resolved": "file:vendor/a.tgz" }));
    let lock = json!({ "node_modules/a": file });
    let mut scene = Scene::new().lock(&lock).write("vendor/a.tgz", &a);
    scene.install(json!({})).unwrap();
    assert_eq!(scene.files(), ["node_modules/a/index.js"]);
    let absent = Scene::new().lock(&lock);
    absent.check_refused(json!({}), "Install.InvalidLockFile", "the file `vendor/a.tgz`, which is not among");
    let other = Scene::new().lock(&lock).write("vendor/a.tgz", "x");
    other.check_refused(
        json!({}),
        "Install.WrongHash",
        "from `vendor/a.tgz` is not what the lock file names",
    );
}

/// A project with the package `a`, of this archive.
fn with_a(archive: &[u8]) -> Scene {
    Scene::new().lock(&json!({ "node_modules/a": package(archive, &json!({})) }))
}

#[test]
fn bad_archives_are_refused() {
    let good = tarball(&[("package/index.js", "a")]);
    let evil = tarball(&[("package/index.js", "evil")]);
    let cause = "`a` 1.0.0 from `https://registry.npmjs.org/a/-/a-1.0.0.tgz` is not what the lock file names: it has \
                 sha512:";
    with_a(&good).serves(A, evil).check_refused(json!({}), "Install.WrongHash", cause);
    let bomb = tarball(&[("package/bomb", &"\0".repeat(64 << 20))]);
    let scene = with_a(&bomb).serves(A, bomb).check_refused(json!({}), "Install.TooLarge", "MAX_RATIO");
    assert_eq!(scene.files(), Vec::<String>::new());
    let climbing = tarball(&[("package/../../../x", "")]);
    with_a(&climbing).serves(A, climbing).check_refused(json!({}), "Install.UnsafePath", "climbs by `..`");
    let preempting = tarball(&[("package/node_modules/b/index.js", "evil")]);
    let lock = json!({
        "node_modules/a": package(&preempting, &json!({})), "node_modules/a/node_modules/b": package(&good, &json!({})),
    });
    let scene = Scene::new().lock(&lock).serves(A, preempting);
    let scene = scene.serves("https://registry.npmjs.org/b/-/b-1.0.0.tgz", good);
    scene.check_refused(json!({}), "Install.UnsafePath", "another package has a file there");
}

fn status(status: u16, headers: &[(&str, &str)]) -> Answer {
    Ok(Response::new(status, headers, ""))
}

#[test]
fn a_registry_that_is_busy_is_asked_again() {
    let a = tarball(&[("package/index.js", "a")]);
    let busy = status(429, &[("Retry-After", "2")]);
    let answers = vec![busy.clone(), Err(WayError::Timeout), Ok(Response::new(200, &[], a.clone()))];
    let mut scene = with_a(&a).answers(A, answers);
    scene.install(json!({})).unwrap();
    assert_eq!(scene.registries.pauses_ms, [2_000, 1_000]);
    assert!(
        scene.log.starts_with(&format!("`{A}` answered with status 429: again in 2 s\n")),
        "{}",
        scene.log
    );
    let scene = with_a(&a).answers(A, vec![busy]);
    scene.check_refused(json!({}), "Install.RegistryBusy", "status 429 in 4 tries; it asks to wait for 2 s");
    let long = status(429, &[("Retry-After", "3600")]);
    let scene = with_a(&a).answers(A, vec![long]);
    let scene = scene.check_refused(json!({}), "Install.RegistryBusy", "it asks to wait for 3600 s");
    assert_eq!((scene.urls().len(), scene.registries.pauses_ms.len()), (1, 0));
    let scene = with_a(&a).answers(A, vec![Err(WayError::Timeout)]);
    let cause = format!("no answer from `{A}` in 4 tries: no answer within the time limit");
    scene.check_refused(json!({}), "Install.Unreachable", &cause);
    let forbidden = WayError::Forbidden("registry.npmjs.org".to_owned());
    let scene = with_a(&a).answers(A, vec![Err(forbidden)]);
    let scene =
        scene.check_refused(json!({}), "Install.HostNotAllowed", "add it to `allowed_outbound_hosts`");
    assert_eq!(scene.urls().len(), 1);
    with_a(&a).check_refused(json!({}), "Install.NotFound", "is not there: status 404");
    let huge = Ok(Response::new(200, &[], vec![0; (64 << 20) + 1]));
    with_a(&a).answers(A, vec![huge]).check_refused(json!({}), "Install.TooLarge", "MAX_ARCHIVE_BYTES");
}

#[test]
fn a_token_goes_to_its_registry_alone() {
    let a = tarball(&[("package/index.js", "a")]);
    let private = json!({ "registry": "https://npm.example/team", "registry_secret": "token" });
    let first = "https://npm.example/team/a/-/a-1.0.0.tgz";
    let moved = |to: &str| vec![status(302, &[("location", to)])];
    let mut scene = with_a(&a)
        .answers(first, moved("/files/a.tgz"))
        .answers("https://npm.example/files/a.tgz", moved("https://cdn.example/a.tgz?signature=s3cret"))
        .serves("https://cdn.example/a.tgz?signature=s3cret", a.clone());
    scene.install(private.clone()).unwrap();
    let sent: Vec<Option<&str>> =
        scene.registries.requests.iter().map(|(_, token)| token.as_deref()).collect();
    assert_eq!(sent, [Some("Bearer s3cret"), Some("Bearer s3cret"), None]);
    let elsewhere = package(&a, &json!({ "resolved": "https://other.example/a.tgz" }));
    let mut scene = Scene::new().lock(&json!({ "node_modules/a": elsewhere }));
    scene = scene.serves("https://other.example/a.tgz", a.clone());
    scene.install(private.clone()).unwrap();
    assert_eq!(scene.registries.requests[0].1, None);
    let refused = |to: &str, cause: &str| {
        with_a(&a).answers(first, moved(to)).check_refused(private.clone(), "Install.BadAnswer", cause);
    };
    refused("http://npm.example/a.tgz", "a redirect from `https` to `http`");
    refused("ftp://npm.example/a.tgz", "no URL of `https` or `http`");
    refused(first, "it redirects more than 5 times");
    let scene = with_a(&a).answers(first, vec![status(403, &[])]);
    scene.check_refused(private.clone(), "Install.AuthenticationFailed", "does not accept the token");
    let scene = with_a(&a).answers(A, vec![status(401, &[])]);
    scene.check_refused(json!({}), "Install.AuthenticationFailed", "it was sent no token");
    let other = json!({ "registry": "https://npm.example/", "registry_secret": "absent" });
    with_a(&a).check_refused(other, "Install.NoSecret", "`\"secrets\": [\"absent\"]`");
}

#[test]
fn parameters_and_lock_files_are_checked() {
    let invalid = "Install.InvalidParameter";
    let check = |parameters: Value, cause: &str| {
        Scene::new().lock(&json!({})).check_refused(parameters, invalid, cause);
    };
    check(json!({ "registry": "npm.example" }), "`registry`: it is not a URL");
    check(json!({ "registry": "https://me:s3cret@npm.example" }), "credentials belong in a secret");
    check(json!({ "index": "file:///x" }), "`index`: it is no URL of `https` or `http`");
    check(json!({ "registry_secret": "token" }), "`registry_secret`: it says nothing without `registry`");
    check(json!({ "timeout_s": 0 }), "`timeout_s`: it is 0");
    check(json!({ "lock_files": ["../package-lock.json"] }), "it climbs by `..`");
    check(json!({ "lock_files": ["yarn.lock"] }), "`yarn.lock` is not the name of a lock file");
    check(json!({ "lock_files": ["a/uv.lock", "poetry.lock"] }), "are of the same kind");
    let named = json!({ "lock_files": ["a/package-lock.json"] });
    Scene::new().check_refused(named, "Install.NoLockFile", "there is no file `a/package-lock.json`");
    Scene::new().check_refused(json!({}), "Install.NoLockFile", "none of `npm-shrinkwrap.json`,");
    let links = json!({ "node_modules/w": { "resolved": "packages/w", "link": true } });
    let cause =
        "links `node_modules/w` to the folder `packages/w`, which is not among the inputs; hint: pass it";
    Scene::new().lock(&links).check_refused(json!({}), "Install.NoFolder", cause);
    assert!(serde_json::from_value::<Parameters>(json!({ "omits": [] })).is_err());
}

const PAGE: &str = "https://pypi.org/simple/a/";
const WHEEL: &str = "https://files.example/a-1.0-py3-none-any.whl";

/// A page of the index with files of `a`.
fn page(files: &[(&str, &[u8])]) -> String {
    let files: Vec<Value> = files
        .iter()
        .map(|(url, bytes)| {
            let name = url.rsplit('/').next().unwrap();
            json!({ "filename": name, "url": url, "hashes": { "sha256": hex(bytes) } })
        })
        .collect();
    json!({ "meta": { "api-version": "1.1" }, "name": "a", "files": files }).to_string()
}

#[track_caller]
fn check_python(file: &str, text: &str, parameters: Value, urls: &[&str]) {
    let bytes = wheel(&[("a/__init__.py", "1")]);
    let text = text.replace("HASH", &format!("sha256:{}", hex(&bytes))).replace("HEX", &hex(&bytes));
    let mut scene = Scene::new().write(file, text).serves(WHEEL, bytes.clone()).serves(
        PAGE,
        page(&[
            ("https://files.example/a-1.0.tar.gz", b"source"),
            (WHEEL, &bytes),
            ("../x/a-0.9-py3-none-any.whl", b""),
        ]),
    );
    let report = scene.install(parameters).unwrap();
    assert_eq!(report["python"]["packages"], json!([{ "name": "a", "version": "1.0" }]), "{report:#}");
    let mut files = scene.files();
    files.retain(|path| !path.contains("dist-info"));
    assert_eq!(files, ["site-packages/a/__init__.py"]);
    assert_eq!(scene.urls(), urls);
}

#[test]
fn python_s_lock_files_are_installed() {
    check_python("requirements.txt", "a==1.0 --hash=HASH\n", json!({}), &[PAGE, WHEEL]);
    let poetry = r#"
        [[package]]
        name = "a"
        version = "1.0"
        optional = false
        groups = ["main", "dev"]
        markers = { main = "sys_platform == 'win32'", dev = "python_version >= '3.9'" }
        files = [{ file = "a-1.0.tar.gz", hash = "sha256:0000000000000000000000000000000000000000000000000000000000000000" },
            { file = "a-1.0-py3-none-any.whl", hash = "HASH" }]
        [[package]]
        name = "b"
        version = "2"
        optional = true
        groups = ["main"]
        [[package]]
        name = "c"
        version = "2"
        optional = false
        groups = ["docs"]
        [metadata]
        lock-version = "2.1"
    "#;
    check_python("poetry.lock", poetry, json!({}), &[PAGE, WHEEL]);
    let uv = r#"
        version = 1
        [[package]]
        name = "project"
        version = "0.1.0"
        source = { virtual = "." }
        dependencies = [{ name = "w", marker = "sys_platform == 'win32'" }]
        [package.dev-dependencies]
        dev = [{ name = "a", extra = ["x"] }]
        docs = [{ name = "d" }]
        [[package]]
        name = "a"
        version = "1.0"
        source = { registry = "https://pypi.org/simple" }
        wheels = [{ url = "https://files.example/a-1.0-cp313-cp313-linux_x86_64.whl", hash = "HASH" },
            { url = "https://files.example/a-1.0-py3-none-any.whl", hash = "HASH", size = 1 }]
        [package.optional-dependencies]
        x = [{ name = "l" }]
        [[package]]
        name = "l"
        version = "1"
        source = { editable = "libs/l" }
        [[package]]
        name = "w"
        version = "1"
        [[package]]
        name = "d"
        version = "1"
    "#;
    check_python("uv.lock", uv, json!({}), &[WHEEL]);
    let pylock = r#"
        lock-version = "1.0"
        [[packages]]
        name = "a"
        version = "1.0"
        wheels = [{ url = "https://files.example/a-1.0-py3-none-any.whl", hashes = { sha256 = "HEX" } }]
        [[packages]]
        name = "w"
        version = "1"
        marker = "os_name == 'nt'"
        [[packages]]
        name = "local"
        directory = { path = "." }
    "#;
    check_python("pylock.toml", pylock, json!({}), &[WHEEL]);
    check_python("pylock.dev.toml", pylock, json!({ "lock_files": ["pylock.dev.toml"] }), &[WHEEL]);
}

#[test]
fn native_packages_of_python_are_refused_or_left_out() {
    let native = "https://files.example/a-1.0-cp313-cp313-manylinux_2_17_x86_64.whl";
    let scene = || {
        let page = page(&[(native, b"native")]);
        let text = format!("a==1.0 --hash=sha256:{}\n", hex(b"native"));
        Scene::new().write("requirements.txt", text).serves(PAGE, page)
    };
    let cause = "`requirements.txt`: `a` 1.0 has no pure wheel, only \
                 `a-1.0-cp313-cp313-manylinux_2_17_x86_64.whl`; hint: with `native: \"skip\"`";
    scene().check_refused(json!({}), "Install.NativePackage", cause);
    let mut skipping = scene();
    let report = skipping.install(json!({ "native": "skip" })).unwrap();
    assert_eq!(report["python"]["count"], 0);
    assert_eq!(report["python"]["skipped"][0]["name"], "a");
    let other = Scene::new().write("requirements.txt", format!("a==1.0 --hash=sha256:{}\n", hex(b"x")));
    let other = other.serves(PAGE, page(&[(native, b"native")]));
    other.check_refused(
        json!({}),
        "Install.NativePackage",
        "has no file with one of the hashes that are named",
    );
}

#[test]
fn bad_indexes_and_wheels_are_refused() {
    let bytes = wheel(&[("a.py", "1")]);
    let scene = || {
        let text = format!("a==1.0 --hash=sha256:{}\n", hex(&bytes));
        Scene::new().write("requirements.txt", text)
    };
    let html = scene().serves(PAGE, "<html>");
    html.check_refused(json!({}), "Install.BadAnswer", "no page of the simple API in JSON");
    let evil = scene().serves(PAGE, page(&[(WHEEL, &bytes)])).serves(WHEEL, wheel(&[("a.py", "evil")]));
    evil.check_refused(json!({}), "Install.WrongHash", "`a` 1.0 from");
    scene().check_refused(json!({}), "Install.NotFound", "`https://pypi.org/simple/a/` is not there");
    let hanging = scene().answers(PAGE, vec![Err(WayError::Timeout)]);
    hanging.check_refused(json!({}), "Install.Unreachable", "no answer from `https://pypi.org/simple/a/`");
    let private = json!({ "index": "https://i.example/simple", "index_secret": "token" });
    let relative = page(&[("../../f/a-1.0-py3-none-any.whl", &bytes)]);
    let mut scene = scene()
        .serves("https://i.example/simple/a/", relative)
        .serves("https://i.example/f/a-1.0-py3-none-any.whl", bytes.clone());
    scene.install(private).unwrap();
    assert!(scene.registries.requests.iter().all(|(_, token)| token.as_deref() == Some("Bearer s3cret")));
}

#[track_caller]
fn check_lock_refused(file: &str, text: &str, error: &str, cause: &str) {
    Scene::new().write(file, text).check_refused(json!({}), error, cause);
}

#[test]
fn python_s_lock_files_are_refused_with_the_reason() {
    let invalid = "Install.InvalidLockFile";
    check_lock_refused("uv.lock", "version = 2\n", invalid, "version 2 cannot be read");
    check_lock_refused("uv.lock", "version = \n", invalid, "`uv.lock`: ");
    check_lock_refused("uv.lock", "version = 1\n", invalid, "it has no project");
    check_lock_refused("pylock.toml", "lock-version = \"2.0\"\n", invalid, "version 2.0 cannot be read");
    let package = "[[package]]\nname = \"a\"\nversion = \"1\"\n";
    let git = format!("{package}source = {{ type = \"git\", url = \"https://g.example\" }}\n");
    check_lock_refused(
        "poetry.lock",
        &git,
        "Install.NativePackage",
        "`a` 1 comes from a source of type `git`",
    );
    check_lock_refused("poetry.lock", package, "Install.NoHash", "`poetry.lock` has no hash for `a` 1");
    let project = "version = 1\n[[package]]\nname = \"p\"\nsource = { virtual = \".\" }\n\
                   dependencies = [{ name = \"a\" }]\n";
    check_lock_refused("uv.lock", project, invalid, "no package `a` for this environment");
    let unhashed = format!("{project}{package}wheels = [{{ url = \"https://f.example/a.whl\" }}]\n");
    check_lock_refused("uv.lock", &unhashed, "Install.NoHash", "no hash for `a` 1");
    let marked =
        "lock-version = \"1.0\"\n[[packages]]\nname = \"a\"\nversion = \"1\"\nmarker = \"nonsense\"\n";
    check_lock_refused("pylock.toml", marked, invalid, "marker `nonsense`");
}
