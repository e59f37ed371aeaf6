//! `pylock.toml` (PEP 751): what is to be installed, one package after the other.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Value;

use super::pinned::{Locked, Pinned, PinnedFile, Wants, file_name, file_url};
use crate::error::Error;
use crate::integrity::Integrity;
use crate::report::Skipped;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Lock {
    lock_version: String,
    #[serde(default)]
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: Option<String>,
    marker: Option<String>,
    #[serde(default)]
    wheels: Vec<File>,
    sdist: Option<File>,
    archive: Option<File>,
    vcs: Option<Value>,
    directory: Option<Value>,
}

#[derive(Deserialize)]
struct File {
    name: Option<String>,
    url: Option<String>,
    #[serde(default)]
    hashes: BTreeMap<String, String>,
}

/// Reads a lock file.
pub(super) fn read(file: &str, text: &str, wants: &Wants) -> Result<Locked, Error> {
    let lock: Lock = toml::from_str(text).map_err(|error| Error::lock(file, error.message()))?;
    if !lock.lock_version.starts_with("1.") {
        let problem = format!("version {} cannot be read, only version 1", lock.lock_version);
        return Err(Error::lock(file, problem));
    }
    let mut locked = Locked::default();
    for package in &lock.packages {
        if !wants.accepts(file, package.marker.as_deref())? {
            locked.omitted += 1;
        } else if package.directory.is_some() {
            locked.skipped.push(Skipped {
                name: package.name.clone(),
                version: package.version.clone().unwrap_or_default(),
                reason: "it is a local folder, which is not built".to_owned(),
            });
        } else {
            locked.packages.push(package.pinned(file)?);
        }
    }
    Ok(locked)
}

impl Package {
    fn pinned(&self, file: &str) -> Result<Pinned, Error> {
        // Only what has to be built may come without a version.
        let mut pinned = Pinned::new(file, &self.name, self.version.as_deref().unwrap_or("0"))?;
        if self.vcs.is_some() {
            pinned.problem = Some("comes from a repository".to_owned());
            return Ok(pinned);
        }
        for one in self.wheels.iter().chain(&self.sdist).chain(&self.archive) {
            let Some(url) = &one.url else { continue };
            let url = file_url(file, url)?;
            let hashes: Vec<String> =
                one.hashes.iter().map(|(name, hash)| format!("{name}:{hash}")).collect();
            let integrity = Integrity::from_hex(hashes.iter().map(String::as_str))
                .map_err(|problem| Error::lock(file, format!("{}: {problem}", pinned.what())))?;
            let name = one.name.clone().unwrap_or_else(|| file_name(&url));
            pinned.files.push(PinnedFile { name, url: Some(url), integrity });
        }
        if pinned.files.is_empty() {
            pinned.problem = Some("has no file with a URL".to_owned());
        }
        Ok(pinned)
    }
}
