//! What cargo says, to programs and to people.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The end of one compilation.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// The package that was compiled.
    pub(super) package: String,
    /// The WebAssembly that came out, if any did.
    pub(super) wasm: Option<PathBuf>,
}

#[derive(serde::Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
enum Line {
    CompilerArtifact {
        package_id: String,
        target: Target,
        filenames: Vec<PathBuf>,
    },
    #[serde(other)]
    Other,
}

#[derive(serde::Deserialize)]
struct Target {
    kind: Vec<String>,
}

/// Reads one line of `--message-format json`.
pub(super) fn parse(line: &str) -> Option<Message> {
    let Ok(Line::CompilerArtifact { package_id, target, filenames }) = serde_json::from_str(line) else {
        return None;
    };
    if !target.kind.iter().any(|kind| kind == "cdylib") {
        return None;
    }
    let package = package_name(&package_id)?.to_owned();
    let wasm = filenames.into_iter().find(|path| path.extension().is_some_and(|end| end == "wasm"));
    Some(Message { package, wasm })
}

/// The name in `path+file:///folder#name@1.0.0`, or in `path+file:///name#1.0.0`, as it is written where
/// folder and package have the same name.
fn package_name(id: &str) -> Option<&str> {
    let (place, version) = id.rsplit_once('#')?;
    match version.split_once('@') {
        Some((name, _)) => Some(name),
        None => place.rsplit('/').next(),
    }
}

/// Reads names and folders of packages in what `cargo metadata` says.
pub(super) fn packages(json: &[u8]) -> Result<BTreeMap<String, PathBuf>> {
    #[derive(serde::Deserialize)]
    struct Metadata {
        packages: Vec<Package>,
    }
    #[derive(serde::Deserialize)]
    struct Package {
        name: String,
        manifest_path: PathBuf,
    }
    let folder = |manifest: &Path| manifest.parent().unwrap_or(manifest).to_owned();
    let metadata: Metadata = serde_json::from_slice(json).context("cargo's metadata is malformed")?;
    Ok(metadata.packages.into_iter().map(|package| (package.name, folder(&package.manifest_path))).collect())
}

/// Reads a line such as `Building [=====>   ] 12/87: serde, syn`: done, total, and what is being done.
pub(super) fn count(line: &str) -> Option<(u32, u32, &str)> {
    let rest = line.trim_start().strip_prefix("Building")?;
    let (_, counts) = rest.split_once("] ")?;
    let (counts, names) = counts.split_once(':').unwrap_or((counts, ""));
    let (done, total) = counts.split_once('/')?;
    Some((done.trim().parse().ok()?, total.trim().parse().ok()?, names.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_count(line: &str, expected: Option<(u32, u32, &str)>) {
        assert_eq!(count(line), expected);
    }

    #[test]
    fn counts_are_read() {
        check_count(
            "    Building [=====>    ] 12/87: serde, syn(build)",
            Some((12, 87, "serde, syn(build)")),
        );
        check_count("    Building [         ] 0/2", Some((0, 2, "")));
        check_count("   Compiling serde v1.0.0", None);
        check_count("error: Building [x] a/b: c", None);
    }

    #[test]
    fn artifacts_are_read() {
        let line = r#"{"reason":"compiler-artifact","package_id":"path+file:///w/stage-x#0.1.0",
            "target":{"kind":["cdylib","rlib"],"crate_types":["cdylib"],"name":"stage_x"},
            "filenames":["/t/stage_x.wasm","/t/libstage_x.rlib"],"fresh":true}"#;
        let message = Message { package: "stage-x".to_owned(), wasm: Some("/t/stage_x.wasm".into()) };
        assert_eq!(parse(line), Some(message));
        assert_eq!(parse(r#"{"reason":"build-finished","success":true}"#), None);
        assert_eq!(parse("warning: x"), None);
        assert_eq!(package_name("path+file:///w/other#stage-x@0.1.0"), Some("stage-x"));
    }
}
