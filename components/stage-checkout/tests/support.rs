//! What the tests stand on.

pub(crate) mod client;
pub(crate) mod git_server;
pub(crate) mod pack_builder;
pub(crate) mod repository;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ropewalk_stage::{Failure, Secret};
use stage_checkout::{Output, Parameters, run};
use tempfile::TempDir;

use client::Client;

/// A checkout that was made.
pub(crate) struct CheckedOut {
    pub output: Output,
    pub log: String,
    folder: TempDir,
}

impl CheckedOut {
    /// Every file: its path and contents.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        files(&self.folder.path().join("source"))
    }

    /// Where the files are.
    pub(crate) fn source(&self) -> PathBuf {
        self.folder.path().join("source")
    }

    /// Whether a file is executable.
    pub(crate) fn is_executable(&self, path: &str) -> bool {
        use std::os::unix::fs::PermissionsExt;
        let metadata = fs::metadata(self.folder.path().join("source").join(path)).unwrap();
        metadata.permissions().mode() & 0o111 != 0
    }

    /// The log's warnings.
    pub(crate) fn warnings(&self) -> Vec<&str> {
        self.log.lines().filter_map(|line| line.strip_prefix("warning: ")).collect()
    }
}

/// Runs the stage natively.
pub(crate) fn check_out(
    parameters: &Parameters,
    secrets: &[(&str, &str)],
) -> Result<CheckedOut, (Failure, String)> {
    check_out_on(Path::new("base-that-is-not-there"), parameters, secrets)
}

/// The same with the files of another checkout.
pub(crate) fn check_out_on(
    base: &Path,
    parameters: &Parameters,
    secrets: &[(&str, &str)],
) -> Result<CheckedOut, (Failure, String)> {
    let folder = tempfile::tempdir().unwrap();
    let secrets: Vec<Secret> = secrets
        .iter()
        .map(|(name, value)| Secret { name: (*name).to_owned(), value: (*value).to_owned() })
        .collect();
    let mut log = String::new();
    let mut print = |line: &str| {
        log.push_str(line);
        log.push('\n');
    };
    match run(parameters, &secrets, &mut Client, (base, &folder.path().join("source")), &mut print) {
        Ok(output) => Ok(CheckedOut { output, log, folder }),
        Err(failure) => Err((failure, log)),
    }
}

/// The stage's parameters for a repository.
pub(crate) fn parameters(repository: &str) -> Parameters {
    Parameters { repository: repository.to_owned(), ..Parameters::default() }
}

/// Every file below a folder, less git's own.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        for entry in fs::read_dir(current).unwrap() {
            let entry = entry.unwrap();
            let kind = entry.file_type().unwrap();
            if kind.is_dir() && entry.file_name() != ".git" {
                folders.push(entry.path());
            } else if kind.is_file() {
                let path = entry.path();
                let relative = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(relative, fs::read(path).unwrap());
            }
        }
    }
    found
}
