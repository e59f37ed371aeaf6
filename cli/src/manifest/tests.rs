//! Manifests, whole and with mistakes.

use std::path::Path;

use super::{Manifest, ManifestError, Route};

const WHOLE: &str = r#"
spin_manifest_version = 2

[application]
name = "shop"
version = "1.2.3"
authors = ["someone"]

[variables]
token = { required = true, secret = true }
host = { default = "example.com" }

[[trigger.http]]
route = "/api/..."
component = "api"

[[trigger.http]]
id = "by-id"
route = { private = true }
component = "stage-x"

[component.api]
source = "target/api.wasm"
key_value_stores = ["default"]
allowed_outbound_hosts = ["https://{{ host }}", "http://*.spin.internal"]
variables = { token = "Bearer {{ token }}" }
environment = { COLOUR = "blue" }
build = { command = ["make", "make check"], workdir = "api", watch = ["src/**"] }

[component.stage-x]
source = "x.wasm"
[component.stage-x.tool.ropewalk]
stage = "stage-x"
memory_mib = 512
time_s = 120
"#;

fn parse(text: &str) -> Result<Manifest, String> {
    Manifest::parse(text, Path::new("/app/spin.toml")).map_err(|error| error.to_string())
}

#[test]
fn reads_all_that_is_supported() {
    let manifest = parse(WHOLE).expect("manifest");
    assert_eq!(manifest.application.name, "shop");
    assert!(manifest.variables["token"].secret && manifest.variables["token"].default.is_none());
    assert_eq!(manifest.triggers[0].route.to_string(), "/api/...");
    assert_eq!(manifest.triggers[1].route, Route::Private);
    let api = &manifest.components["api"];
    assert_eq!(api.source, Path::new("/app/target/api.wasm"));
    assert_eq!(api.variables["token"].names().collect::<Vec<_>>(), ["token"]);
    let build = api.build.as_ref().expect("build");
    assert_eq!(build.commands, ["make", "make check"]);
    assert_eq!(build.watch, ["src/**"]);
    let tool = &manifest.components["stage-x"].tool;
    assert_eq!(
        (tool.stage.as_deref(), tool.memory_mib, tool.time_s),
        (Some("stage-x"), Some(512), Some(120))
    );
}

#[test]
fn reads_the_application_of_this_repository() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spin.toml");
    let manifest = Manifest::load(&path).expect("manifest");
    assert!(manifest.components.contains_key("orchestrator"));
}

/// Replaces a piece of the whole manifest, and expects this problem.
#[track_caller]
fn check(piece: &str, replacement: &str, expected: &str) {
    assert!(WHOLE.contains(piece), "no `{piece}`");
    let error = parse(&WHOLE.replacen(piece, replacement, 1)).expect_err("must fail");
    let problems: Vec<&str> = error.lines().skip(1).map(str::trim).collect();
    assert_eq!(problems, [expected]);
}

#[test]
fn names_mistakes_of_the_application() {
    check(
        "spin_manifest_version = 2",
        "spin_manifest_version = 1",
        "2:25: spin_manifest_version: only manifest version 2 is supported \
         (hint: write `spin_manifest_version = 2`; `spin doctor` upgrades older manifests)",
    );
    check("name = \"shop\"", "nam = \"shop\"\nname = \"shop\"", "5:1: application.nam: unknown key");
    check("name = \"shop\"", "name = 3", "5:8: application.name: must be a string");
    check(
        "host = { default = \"example.com\" }",
        "host = {}",
        "11:8: variables.host: neither `default` nor `required = true` (hint: write one of them)",
    );
    check("version = \"1.2.3\"", "version = \"1.2.3", "6:17: invalid basic string, expected `\"`");
}

#[test]
fn names_mistakes_of_triggers() {
    check(
        "component = \"stage-x\"",
        "component = \"stage-y\"",
        "trigger.http: component `stage-y` is not defined (hint: write `[component.stage-y]`)",
    );
    check(
        "{ private = true }",
        "{ private = false }",
        "19:9: trigger.http.route: not a route (hint: write a path, or `{ private = true }`)",
    );
    check(
        "{ private = true }",
        "\"/api/*\"",
        "17:1: trigger.http: route `/api/*` is taken by component `api` (hint: give each route to one component)",
    );
    check(
        "\"/api/...\"",
        "\"/a/.../b\"",
        "14:9: trigger.http.route: `/a/.../b`: a wildcard may only be the last part",
    );
    check("\"/api/...\"", "\"/a//b\"", "14:9: trigger.http.route: `/a//b` has two slashes in a row");
    check(
        "\"/api/...\"",
        "\"/.well-known/spin/x\"",
        "14:9: trigger.http.route: paths under `/.well-known/spin/` are the host's own",
    );
    check(
        "[component.api]",
        "[[trigger.redis]]\nchannel = \"x\"\n[component.api]",
        "22:11: trigger.redis: only the `http` trigger is supported \
         (hint: remove it, or run the application with `spin up`)",
    );
}

#[test]
fn names_mistakes_of_components() {
    check(
        "source = \"x.wasm\"",
        "files = [\"a\"]\nsource = \"x.wasm\"",
        "31:1: component.stage-x.files: not supported (hint: remove it, or run the application with `spin up`)",
    );
    check(
        "source = \"x.wasm\"",
        "source = { url = \"https://example.com/x.wasm\", digest = \"sha256:0\" }",
        "31:10: component.stage-x.source: only a local file is supported \
         (hint: download the file, and name it by its path)",
    );
    check(
        "[\"default\"]",
        "[\"cache\"]",
        "24:21: component.api.key_value_stores: there is no store `cache` (hint: use the one store there is, `default`)",
    );
    check(
        "\"http://*.spin.internal\"",
        "\"spin.internal\"",
        "25:49: component.api.allowed_outbound_hosts: `spin.internal` has no scheme \
         (hint: write `scheme://host:port`, wildcards allowed)",
    );
    check(
        "{{ token }}",
        "{{ tocken }}",
        "component.api: `Bearer {{ tocken }}` uses variable `tocken`, which is not defined \
         (hint: write `tocken = { required = true }` under `[variables]`)",
    );
    check(
        "Bearer {{ token }}",
        "Bearer {{ token",
        "26:23: component.api.variables.token: `{{` in `Bearer {{ token` has no `}}`",
    );
    check(
        "memory_mib = 512",
        "memory_mib = 0",
        "34:14: component.stage-x.tool.ropewalk.memory_mib: must be a whole number from 1 to 4096",
    );
    check("time_s = 120", "time = 120", "35:1: component.stage-x.tool.ropewalk.time: unknown key");
    check(
        "[component.stage-x.tool.ropewalk]",
        "[component.stage-x.profile.debug]\nsource = \"y\"\n[component.stage-x.tool.ropewalk]",
        "32:20: component.stage-x.profile: not supported (hint: remove it, or run the application with `spin up`)",
    );
}

#[test]
fn a_stage_may_be_a_program_that_something_else_makes() {
    let told = "program = \"p/stage.wasm\"\nprogram_build = \"make p\"";
    let manifest = parse(&WHOLE.replace("stage = \"stage-x\"", told)).expect("manifest");
    let tool = &manifest.components["stage-x"].tool;
    let program = tool.program.as_ref().expect("program");
    assert_eq!(
        (program.path.as_path(), program.build.as_deref()),
        (Path::new("/app/p/stage.wasm"), Some("make p"))
    );
    assert!(tool.is_stage());
    check(
        "stage = \"stage-x\"",
        "stage = \"stage-x\"\nprogram = \"p.wasm\"",
        "32:1: component.stage-x.tool.ropewalk: more than one of `stage`, `command` and `program` (hint: `stage` names a \
         package that cargo compiles, `command` a WASI command, `program` a stage that something else makes: keep one)",
    );
    check(
        "stage = \"stage-x\"",
        "program_build = \"make\"",
        "32:1: component.stage-x.tool.ropewalk.program_build: makes no program \
         (hint: name in `program` the file that it makes)",
    );
}

#[test]
fn reports_all_mistakes_at_once() {
    let text = WHOLE
        .replace("time_s = 120", "time_s = -1")
        .replace("\"/api/...\"", "7")
        .replace("name = \"shop\"", "");
    let error = parse(&text).expect_err("must fail");
    assert_eq!(error.lines().count(), 4, "{error}");
    assert!(error.starts_with("failed to read `/app/spin.toml`:\n  "), "{error}");
}

#[test]
fn a_missing_file_is_named() {
    let error = Manifest::load(Path::new("/nowhere/spin.toml")).expect_err("must fail").to_string();
    assert!(error.starts_with("failed to read `/nowhere/spin.toml`: No such file"), "{error}");
    assert!(error.ends_with("hint: name the manifest, or go to the folder that has `spin.toml`"), "{error}");
}

#[test]
fn some_components_may_be_kept() {
    let text = r#"
        spin_manifest_version = 2
        [application]
        name = "x"
        [[trigger.http]]
        route = "/a"
        component = "a"
        [[trigger.http]]
        route = "/b"
        component = "b"
        [component.a]
        source = "a.wasm"
        [component.b]
        source = "b.wasm"
    "#;
    let kept = |ids: &[&str]| {
        let mut manifest = Manifest::parse(text, Path::new("spin.toml")).unwrap();
        manifest.keep(&ids.iter().map(ToString::to_string).collect::<Vec<_>>())?;
        let triggers: Vec<String> = manifest.triggers.into_iter().map(|trigger| trigger.component).collect();
        let components: Vec<String> = manifest.components.into_keys().collect();
        Ok::<_, ManifestError>((components, triggers))
    };
    for (ids, expected) in [(&["b"][..], &["b"][..]), (&[], &["a", "b"]), (&["b", "a"], &["a", "b"])] {
        let (components, triggers) = kept(ids).unwrap();
        let expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
        assert_eq!((&components, &triggers), (&expected, &expected));
    }
    let error = kept(&["a", "c"]).unwrap_err();
    assert_eq!(error.to_string(), "no component `c` in `spin.toml`\nhint: it has a, b");
}
