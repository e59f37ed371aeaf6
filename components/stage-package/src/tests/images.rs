//! Image layouts: what is in them, and which bases are refused.

use artifact::Digest;
use serde_json::{Value, json};
use wasm_encoder::{
    Component, ComponentExportKind, ComponentExportSection, ComponentImportSection, ComponentTypeRef,
    ComponentTypeSection, InstanceType,
};

use super::{Folder, check_refused};

fn blob(folder: &Folder, layout: &str, digest: &Value) -> Vec<u8> {
    let digest: Digest = digest.as_str().unwrap().parse().unwrap();
    let bytes = folder.read(&format!("{layout}/blobs/sha256/{}", digest.hex()));
    assert_eq!(Digest::of(&bytes), digest);
    bytes
}

/// Manifest and configuration of the one image of a layout, every blob of which is there.
fn image(folder: &Folder, layout: &str) -> (Value, Value) {
    let marker: Value = serde_json::from_slice(&folder.read(&format!("{layout}/oci-layout"))).unwrap();
    assert_eq!(marker, json!({ "imageLayoutVersion": "1.0.0" }));
    let index: Value = serde_json::from_slice(&folder.read(&format!("{layout}/index.json"))).unwrap();
    assert_eq!(index["schemaVersion"], 2);
    assert_eq!(index["manifests"].as_array().unwrap().len(), 1);
    assert_eq!(index["manifests"][0]["annotations"]["org.opencontainers.image.ref.name"], "1.2.3");
    let manifest: Value =
        serde_json::from_slice(&blob(folder, layout, &index["manifests"][0]["digest"])).unwrap();
    assert_eq!(manifest["mediaType"], "application/vnd.oci.image.manifest.v1+json");
    for layer in manifest["layers"].as_array().unwrap() {
        assert_eq!(blob(folder, layout, &layer["digest"]).len() as u64, layer["size"]);
    }
    let config = blob(folder, layout, &manifest["config"]["digest"]);
    (manifest, serde_json::from_slice(&config).unwrap())
}

/// An image of one file, its layout in `base`, and its digest.
fn base(files: &[(&str, &str)]) -> (Folder, String) {
    let made = Folder::new(&[("base.txt", "base")]);
    let image = json!({ "env": { "PATH": "/bin", "LANG": "C" }, "entrypoint": ["/bin/sh"], "cmd": ["-i"],
        "labels": { "a": "1", "b": "2" }, "user": "nobody", "workdir": "/srv" });
    let output = made.run(json!({ "format": ["oci"], "image": image })).unwrap();
    let folder = Folder::new(files);
    for (path, contents) in made.files("out/image") {
        let path = path.strip_prefix("out/image").unwrap();
        folder.write(&format!("base/{}", path.display()), &contents);
    }
    (folder, output.image.unwrap().manifest.to_string())
}

#[test]
fn an_image_from_scratch_is_whole() {
    let folder = Folder::new(&[("bin/app", "#!/bin/sh\n")]);
    let parameters = json!({
        "format": ["oci"], "created": "2026-08-17T21:43:13+02:00", "revision": "abc", "source": "https://example.com/r",
        "annotations": { "org.opencontainers.image.title": "Knots" },
        "image": { "folder": "/app/", "platform": "linux/arm64/v8", "entrypoint": ["/app/bin/app"], "cmd": ["--help"],
            "env": { "B": "2", "A": "1" }, "user": "1000:1000", "workdir": "/app", "labels": { "x": "y" } },
    });
    let output = folder.run(parameters).unwrap();
    let (manifest, config) = image(&folder, "out/image");
    let made = output.image.unwrap();
    assert_eq!((made.kind, made.layers), ("container", 1));
    assert_eq!(manifest["config"]["digest"], json!(made.config));
    assert_eq!(
        manifest["annotations"],
        json!({
            "org.opencontainers.image.title": "Knots", "org.opencontainers.image.version": "1.2.3",
            "org.opencontainers.image.source": "https://example.com/r", "org.opencontainers.image.revision": "abc",
            "org.opencontainers.image.created": "2026-08-17T19:43:13Z",
        })
    );
    assert_eq!(
        config["config"],
        json!({ "User": "1000:1000", "Env": ["A=1", "B=2"], "Entrypoint": ["/app/bin/app"], "Cmd": ["--help"],
            "WorkingDir": "/app", "Labels": { "x": "y" } })
    );
    assert_eq!(
        (&config["os"], &config["architecture"], &config["variant"]),
        (&json!("linux"), &json!("arm64"), &json!("v8"))
    );
    assert_eq!(config["created"], "2026-08-17T19:43:13Z");
    let layer = blob(&folder, "out/image", &manifest["layers"][0]["digest"]);
    let mut tar = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(layer.as_slice()), &mut tar).unwrap();
    assert_eq!(config["rootfs"]["diff_ids"], json!([Digest::of(&tar)]));
    let mut archive = tar::Archive::new(tar.as_slice());
    let paths: Vec<_> =
        archive.entries().unwrap().map(|entry| entry.unwrap().path().unwrap().into_owned()).collect();
    assert_eq!(paths, [std::path::Path::new("app/bin/app")]);
}

#[test]
fn an_image_stands_on_its_base() {
    let (folder, digest) = base(&[("app.txt", "app")]);
    let image_parameters =
        json!({ "base": digest, "env": { "LANG": "de" }, "entrypoint": ["/app"], "labels": { "b": "3" } });
    folder.run(json!({ "format": ["oci"], "image": image_parameters })).unwrap();
    let (manifest, config) = image(&folder, "out/image");
    let (below, _) = image(&folder, "base");
    assert_eq!(manifest["layers"].as_array().unwrap().len(), 2);
    assert_eq!(manifest["layers"][0], below["layers"][0]);
    assert_eq!(manifest["annotations"]["org.opencontainers.image.base.digest"], json!(digest));
    assert_eq!(
        config["config"],
        json!({ "User": "nobody", "Env": ["LANG=de", "PATH=/bin"], "Entrypoint": ["/app"], "WorkingDir": "/srv",
            "Labels": { "a": "1", "b": "3" } })
    );
    assert_eq!(config["history"].as_array().unwrap().len(), 2);
    assert_eq!(config["rootfs"]["diff_ids"].as_array().unwrap().len(), 2);
    // The base itself is not packed.
    let layer = blob(&folder, "out/image", &manifest["layers"][1]["digest"]);
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(layer.as_slice()));
    assert_eq!(archive.entries().unwrap().count(), 1);
}

/// Puts an index with these platforms in place of the base's manifest, and gives its digest.
fn index(folder: &Folder, digest: &str, platforms: &[(&str, &str)]) -> String {
    let digest: Digest = digest.parse().unwrap();
    let size = folder.read(&format!("base/blobs/sha256/{}", digest.hex())).len();
    let manifests: Vec<Value> = platforms
        .iter()
        .map(|(os, architecture)| {
            json!({ "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest, "size": size,
                "platform": { "os": os, "architecture": architecture } })
        })
        .collect();
    let index = json!({ "schemaVersion": 2, "manifests": manifests }).to_string();
    let digest = Digest::of(index.as_bytes());
    folder.write(&format!("base/blobs/sha256/{}", digest.hex()), index.as_bytes());
    digest.to_string()
}

#[test]
fn a_base_is_found_by_its_platform() {
    let (folder, digest) = base(&[("app.txt", "app")]);
    let several = index(&folder, &digest, &[("linux", "arm64"), ("linux", "amd64")]);
    let oci = |image: Value| json!({ "format": ["oci"], "image": image });
    folder.run(oci(json!({ "base": several }))).unwrap();
    let (manifest, _) = image(&folder, "out/image");
    assert_eq!(manifest["annotations"]["org.opencontainers.image.base.digest"], json!(digest));
    let wrong = oci(json!({ "base": several, "platform": "linux/s390x" }));
    check_refused(&folder, wrong, "Package.InvalidBase", "no image for `linux/s390x`, but for `linux/arm64`");
    let lying = oci(json!({ "base": several, "platform": "linux/arm64" }));
    check_refused(&folder, lying, "Package.InvalidBase", "it is for `linux/amd64`, not for `linux/arm64`");
}

#[test]
fn broken_bases_are_refused() {
    let check = |spoil: &dyn Fn(&Folder, &str) -> Option<String>, part: &str| {
        let (folder, digest) = base(&[("app.txt", "app")]);
        let digest = spoil(&folder, &digest).unwrap_or(digest);
        let parameters = json!({ "format": ["oci"], "image": { "base": digest } });
        check_refused(&folder, parameters, "Package.InvalidBase", part);
    };
    let path = |digest: &str| format!("base/blobs/sha256/{}", digest.trim_start_matches("sha256:"));
    let layer = |folder: &Folder| image(folder, "base").0["layers"][0]["digest"].as_str().unwrap().to_owned();
    check(&|_, _| Some(Digest::of(b"another").to_string()), "is not in its layout");
    check(
        &|folder, _| {
            folder.write("base/oci-layout", b"{}");
            None
        },
        "not that of an image layout",
    );
    check(
        &|folder, _| {
            folder.write("base/oci-layout", br#"{"imageLayoutVersion":"2.0.0"}"#);
            None
        },
        "version `2.0.0`",
    );
    check(
        &|folder, _| {
            std::fs::remove_file(folder.path().join("base/oci-layout")).unwrap();
            None
        },
        "mount the base's layout",
    );
    check(
        &|folder, digest| {
            folder.write(&path(digest), b"{}");
            None
        },
        "is altered: its digest is",
    );
    check(
        &|folder, _| {
            folder.write(&path(&layer(folder)), b"x");
            None
        },
        "a layer, `sha256:",
    );
    check(
        &|folder, _| {
            std::fs::remove_file(folder.path().join(path(&layer(folder)))).unwrap();
            None
        },
        "is not in its layout",
    );
    let replaced = |text: &str| {
        let (digest, text) = (Digest::of(text.as_bytes()).to_string(), text.to_owned());
        move |folder: &Folder, _: &str| {
            folder.write(&path(&digest), text.as_bytes());
            Some(digest.clone())
        }
    };
    check(&replaced("not JSON"), "cannot be read");
    check(&replaced("{}"), "its manifest cannot be read");
}

/// A component that imports one instance and exports it under another name.
fn component() -> Vec<u8> {
    let mut types = ComponentTypeSection::new();
    types.instance(&InstanceType::new());
    let mut imports = ComponentImportSection::new();
    imports.import("wasi:cli/environment@0.2.6", ComponentTypeRef::Instance(0));
    let mut exports = ComponentExportSection::new();
    exports.export("wasi:cli/run@0.2.6", ComponentExportKind::Instance, 0, None);
    let mut component = Component::new();
    component.section(&types).section(&imports).section(&exports);
    component.finish()
}

#[test]
fn a_component_becomes_an_artifact() {
    let folder = Folder::new(&[]);
    folder.write("app.wasm", &component());
    let output =
        folder.run(json!({ "format": ["oci"], "component": "app.wasm", "revision": "abc" })).unwrap();
    let made = output.image.unwrap();
    assert_eq!((made.kind, made.layers), ("wasm", 1));
    let (manifest, config) = image(&folder, "out/image");
    assert_eq!(manifest["config"]["mediaType"], "application/vnd.wasm.config.v0+json");
    assert_eq!(manifest["layers"][0]["mediaType"], "application/wasm");
    assert_eq!(manifest["annotations"]["org.opencontainers.image.revision"], "abc");
    let layer = Digest::of(&component());
    assert_eq!(
        config,
        json!({ "created": "1970-01-01T00:00:00Z", "architecture": "wasm", "os": "wasip2", "layerDigests": [layer],
            "component": { "exports": ["wasi:cli/run@0.2.6"], "imports": ["wasi:cli/environment@0.2.6"] } })
    );
}

#[test]
fn what_is_no_component_is_refused() {
    let check = |contents: &[u8], part: &str| {
        let folder = Folder::new(&[]);
        folder.write("app.wasm", contents);
        let parameters = json!({ "format": ["oci"], "component": "app.wasm" });
        check_refused(&folder, parameters, "Package.NotAComponent", part);
    };
    check(b"", "doesn't begin as one");
    check(b"#!/bin/sh\n", "doesn't begin as one");
    check(b"\0asm\x01\0\0\0", "core module");
    let whole = component();
    check(&whole[..whole.len() - 3], "unexpected end");
    let folder = Folder::new(&[]);
    let parameters = json!({ "format": ["oci"], "component": "app.wasm" });
    check_refused(&folder, parameters, "Package.InvalidParameter", "no such file");
}

#[test]
fn an_image_without_a_time_is_of_1970() {
    let folder = Folder::new(&[("a.txt", "a")]);
    folder.run(json!({ "format": ["oci"] })).unwrap();
    let (manifest, config) = image(&folder, "out/image");
    assert_eq!(config["created"], "1970-01-01T00:00:00Z");
    assert_eq!(config["history"][0]["created"], "1970-01-01T00:00:00Z");
    assert!(manifest["annotations"].get("org.opencontainers.image.created").is_none());
}
