use serde_json::{Value, json};

use super::*;

const SHA512: &str =
    "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==";

/// A package of the registry.
fn package(more: &Value) -> Value {
    let mut package = json!({ "version": "1.0.0", "integrity": SHA512 });
    for (name, value) in more.as_object().unwrap() {
        package[name] = value.clone();
    }
    package
}

fn try_select(packages: &Value, parameters: Value, registry: &str) -> Result<Selection, Error> {
    let json = json!({ "lockfileVersion": 3, "packages": packages }).to_string();
    let lock = Lock::parse("package-lock.json", json.as_bytes())?;
    let parameters = serde_json::from_value(parameters).unwrap();
    super::select(&lock, &parameters, &Url::parse(registry).unwrap())
}

fn selected(packages: &Value, parameters: Value) -> Selection {
    try_select(packages, parameters, REGISTRY).unwrap()
}

#[track_caller]
fn check(packages: &Value, parameters: Value, places: &[&str], skipped: &[(&str, &str)]) -> Selection {
    let selection = selected(packages, parameters);
    let planned: Vec<&str> = selection.planned.iter().map(|planned| planned.place.as_str()).collect();
    assert_eq!(planned, places);
    let reasons = selection.skipped.iter().map(|skipped| (skipped.name.as_str(), skipped.reason.as_str()));
    assert_eq!(reasons.collect::<Vec<_>>(), skipped);
    selection
}

#[test]
fn kinds_are_omitted_as_npm_does() {
    let packages = json!({
        "": {}, "node_modules/a": package(&json!({})), "node_modules/b": package(&json!({ "dev": true })),
        "node_modules/c": package(&json!({ "devOptional": true })),
        "node_modules/d": package(&json!({ "optional": true })),
        "node_modules/e": package(&json!({ "peer": true })),
        "node_modules/a/node_modules/f": package(&json!({ "inBundle": true })),
    });
    let mut packages = packages;
    packages[""] = json!({ "devDependencies": { "c": "1", "d": "1" } });
    let all = ["a", "b", "c", "d", "e"];
    assert_eq!(check(&packages, json!({}), &all, &[]).bundled, 1);
    check(&packages, json!({ "omit": ["dev"] }), &["a", "c", "d", "e"], &[]);
    check(&packages, json!({ "omit": ["dev", "optional"] }), &["a", "e"], &[]);
    let selection = check(&packages, json!({ "omit": ["peer"] }), &["a", "b", "c", "d"], &[]);
    assert_eq!(selection.omitted, 1);
}

#[test]
fn native_packages_are_left_out_with_what_only_they_need() {
    let packages = json!({
        "": { "dependencies": { "sharp": "1" }, "optionalDependencies": { "fsevents": "1" } },
        "node_modules/sharp": package(&json!({ "optionalDependencies": { "sharp-linux": "1", "sharp-wasm": "1" },
            "dependencies": { "shared": "1" } })),
        "node_modules/sharp-linux": package(&json!({ "optional": true, "os": ["linux"], "cpu": ["x64"] })),
        "node_modules/sharp-wasm": package(&json!({ "optional": true, "cpu": ["wasm32"] })),
        "node_modules/fsevents": package(&json!({ "optional": true, "os": ["darwin"],
            "dependencies": { "nan": "1", "shared": "1" } })),
        "node_modules/nan": package(&json!({ "optional": true })),
        "node_modules/shared": package(&json!({})),
        "node_modules/posix": package(&json!({ "os": ["linux", "darwin"] })),
    });
    let skipped = [
        ("fsevents", "it is made for darwin"),
        ("nan", "only packages that are left out need it"),
        ("sharp-linux", "it is made for linux x64"),
    ];
    check(&packages, json!({}), &["posix", "shared", "sharp", "sharp-wasm"], &skipped);
}

#[test]
fn workspaces_are_linked_and_bring_what_is_theirs() {
    let packages = json!({
        "": { "workspaces": ["packages/*"] },
        "node_modules/w": { "resolved": "packages/w", "link": true },
        "packages/w": { "version": "1.0.0", "dependencies": { "a": "1" } },
        "node_modules/a": package(&json!({})),
        "packages/w/node_modules/a": package(&json!({ "version": "2.0.0", "optional": true })),
    });
    let selection = check(&packages, json!({}), &["a", "w/node_modules/a"], &[]);
    assert_eq!(selection.links, [Link { place: "w".to_owned(), target: "packages/w".to_owned() }]);
    let skipped = [
        ("w", "it is a link to the local folder `packages/w`"),
        ("a", "it belongs to the local folder `packages/w`"),
    ];
    let selection = check(&packages, json!({ "links": "skip" }), &["a"], &skipped);
    assert_eq!(selection.links, []);
}

#[track_caller]
fn check_source(more: &Value, registry: &str, expected: &str) {
    let packages = json!({ "node_modules/@s/a": package(more) });
    let selection = try_select(&packages, json!({}), registry).unwrap();
    let source = match &selection.planned[0].source {
        Source::Url(url) => url.to_string(),
        Source::File(path) => format!("file {path}"),
    };
    assert_eq!(source, expected);
}

#[test]
fn archives_are_where_the_lock_file_or_the_registry_says() {
    let mirror = "https://mirror.example/npm/";
    let resolved = |url: &str| json!({ "resolved": url });
    let default = "https://registry.npmjs.org/@s/a/-/a-1.0.0.tgz";
    check_source(&json!({}), REGISTRY, default);
    check_source(&json!({}), mirror, "https://mirror.example/npm/@s/a/-/a-1.0.0.tgz");
    check_source(&resolved(default), mirror, "https://mirror.example/npm/@s/a/-/a-1.0.0.tgz");
    let other = "https://other.example/a.tgz";
    check_source(&resolved(other), mirror, other);
    check_source(&resolved("file:vendor/a.tgz"), mirror, "file vendor/a.tgz");
    check_source(&json!({ "name": "b" }), REGISTRY, "https://registry.npmjs.org/b/-/b-1.0.0.tgz");
}

#[track_caller]
fn check_refused(packages: &Value, name: &str, cause: &str) {
    let error = try_select(packages, json!({}), REGISTRY).unwrap_err();
    let failure = ropewalk_stage::Failure::from(error);
    assert_eq!(failure.error, name);
    assert_eq!(failure.cause, cause);
}

#[test]
fn what_cannot_be_installed_is_named_at_once() {
    let mut unpinned = package(&json!({}));
    unpinned.as_object_mut().unwrap().remove("integrity");
    let packages = json!({ "node_modules/a": unpinned, "node_modules/b": unpinned });
    let cause = "`package-lock.json` has no hash for `a` 1.0.0, `b` 1.0.0; hint: remove the lock file and write \
                 it anew: `npm install --package-lock-only`";
    check_refused(&packages, "Install.NoHash", cause);
    let from = |url: &str| json!({ "node_modules/a": package(&json!({ "resolved": url })) });
    let cause = "`package-lock.json`: `a` 1.0.0 comes from a git repository; hint: depend on a version from a \
                 registry, or on the URL of an archive";
    check_refused(&from("git+ssh://git@git.example/o/a.git#0123"), "Install.Unsupported", cause);
    let cause = "`package-lock.json`: `a` 1.0.0: `resolved` has credentials, which belong in a secret";
    check_refused(&from("https://me:s3cret@r.example/a.tgz"), "Install.InvalidLockFile", cause);
    let wrong = json!({ "node_modules/a": package(&json!({ "integrity": "md5-kAFQmDzST7DWlj99KOF/cg==" })) });
    let cause = "`package-lock.json`: `a` 1.0.0: `md5-kAFQmDzST7DWlj99KOF/cg==` has no hash of a kind that can be \
                 trusted";
    check_refused(&wrong, "Install.InvalidLockFile", cause);
    let outside = json!({ "node_modules/a": { "resolved": "../a", "link": true } });
    let cause = "`package-lock.json`: `node_modules/a` links to `../a`: it climbs by `..`";
    check_refused(&outside, "Install.InvalidLockFile", cause);
}
