//! `package-lock.json` and `npm-shrinkwrap.json`, versions 2 and 3.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::package::Package;
use crate::archive::clean_path;
use crate::error::Error;
use crate::folder::read;
use crate::limits::{MAX_LOCK_BYTES, MAX_PACKAGES};

/// The folder in which packages are.
pub(super) const FOLDER: &str = "node_modules";

/// A lock file.
#[derive(Debug)]
pub(super) struct Lock {
    pub(super) file: String,
    /// By their places: `node_modules/a/node_modules/b`, `packages/c`; the project itself has an empty one.
    pub(super) packages: BTreeMap<String, Package>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    lockfile_version: Option<u64>,
    packages: Option<BTreeMap<String, Package>>,
}

impl Lock {
    /// Reads a lock file of a folder.
    pub(super) fn read(root: &Path, file: &str) -> Result<Self, Error> {
        let bytes = read(&root.join(file), MAX_LOCK_BYTES, "MAX_LOCK_BYTES")?;
        let bytes = bytes.ok_or_else(|| Error::NoFile(file.to_owned()))?;
        Self::parse(file, &bytes)
    }

    pub(super) fn parse(file: &str, bytes: &[u8]) -> Result<Self, Error> {
        let written: Written = serde_json::from_slice(bytes).map_err(|error| Error::lock(file, error))?;
        let packages = match (written.lockfile_version, written.packages) {
            (Some(2 | 3), Some(packages)) => packages,
            (version, _) => {
                let version =
                    version.map_or("without a version".to_owned(), |version| format!("of version {version}"));
                return Err(Error::InvalidLock {
                    file: file.to_owned(),
                    problem: format!("a lock file {version} cannot be read, only versions 2 and 3"),
                    hint: Some(
                        "`npm install --package-lock-only --lockfile-version 3` writes one".to_owned(),
                    ),
                });
            }
        };
        if packages.len() > MAX_PACKAGES {
            let what = format!("`{file}` has {} packages: that", packages.len());
            return Err(Error::too_large(what, "MAX_PACKAGES", MAX_PACKAGES.to_string()));
        }
        for place in packages.keys() {
            check_place(place)
                .map_err(|problem| Error::lock(file, format!("package `{place}`: {problem}")))?;
        }
        Ok(Self { file: file.to_owned(), packages })
    }

    /// The place of the package that another one gets when it asks for a name.
    pub(super) fn resolve(&self, from: &str, name: &str) -> Option<&str> {
        let mut folder = from;
        loop {
            if !folder.ends_with(FOLDER) {
                let place = join(folder, &format!("{FOLDER}/{name}"));
                if let Some((place, _)) = self.packages.get_key_value(&place) {
                    return Some(place);
                }
            }
            if folder.is_empty() {
                return None;
            }
            folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
        }
    }
}

/// A path below a folder; an empty one is the folder in which everything is.
pub(super) fn join(folder: &str, path: &str) -> String {
    if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") }
}

/// The name of the package at a place: what stands behind the last `node_modules/`.
pub(super) fn name_at(place: &str) -> &str {
    match place.rfind("node_modules/") {
        Some(at) => &place[at + FOLDER.len() + 1..],
        None => place,
    }
}

/// A place outside of `node_modules` and what is below it there: `packages/a` and `node_modules/b`.
pub(super) fn split(place: &str) -> (&str, &str) {
    if place.starts_with("node_modules/") {
        return ("", place);
    }
    match place.find("/node_modules/") {
        Some(at) => (&place[..at], &place[at + 1..]),
        None => (place, ""),
    }
}

fn check_place(place: &str) -> Result<(), String> {
    if clean_path(place)? != place {
        return Err("it is not a path that npm writes".to_owned());
    }
    let (_, mut rest) = split(place);
    while let Some(below) = rest.strip_prefix("node_modules/") {
        let name_end = below.find("/node_modules/").unwrap_or(below.len());
        let name = &below[..name_end];
        let names = name.split('/').count();
        if names > 2 || (names == 2 && !name.starts_with('@')) || name.ends_with(FOLDER) {
            return Err(format!("`{name}` is not the name of a package"));
        }
        rest = below.get(name_end + 1..).unwrap_or_default();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_as_node_finds_them() {
        let lock = Lock::parse(
            "package-lock.json",
            br#"{ "lockfileVersion": 3, "packages": {
                "": {}, "node_modules/a": {}, "node_modules/b": {}, "node_modules/a/node_modules/b": {},
                "packages/c": {}, "packages/c/node_modules/a": {}, "node_modules/@s/d": {}
            } }"#,
        )
        .unwrap();
        assert_eq!(lock.resolve("", "b"), Some("node_modules/b"));
        assert_eq!(lock.resolve("node_modules/a", "b"), Some("node_modules/a/node_modules/b"));
        assert_eq!(lock.resolve("node_modules/a/node_modules/b", "a"), Some("node_modules/a"));
        assert_eq!(lock.resolve("node_modules/@s/d", "b"), Some("node_modules/b"));
        assert_eq!(lock.resolve("packages/c", "a"), Some("packages/c/node_modules/a"));
        assert_eq!(lock.resolve("packages/c", "b"), Some("node_modules/b"));
        assert_eq!(lock.resolve("packages/c", "x"), None);
        assert_eq!(name_at("node_modules/a/node_modules/@s/d"), "@s/d");
        assert_eq!(split("packages/c/node_modules/a/node_modules/b").0, "packages/c");
    }

    #[track_caller]
    fn check_refused(json: &str, cause: &str) {
        let error = Lock::parse("package-lock.json", json.as_bytes()).unwrap_err();
        assert_eq!(error.name(), "Install.InvalidLockFile");
        assert!(error.to_string().contains(cause), "{error}");
    }

    #[test]
    fn other_lock_files_are_refused() {
        check_refused("{", "`package-lock.json`: EOF");
        check_refused(r#"{ "lockfileVersion": 1, "dependencies": {} }"#, "of version 1 cannot be read");
        check_refused("{}", "without a version");
        let place = |place: &str| format!(r#"{{ "lockfileVersion": 3, "packages": {{ "{place}": {{}} }} }}"#);
        check_refused(&place("node_modules/../../etc"), "climbs by `..`");
        check_refused(&place("/node_modules/a"), "it is absolute");
        check_refused(&place("node_modules//a"), "not a path that npm writes");
        check_refused(&place("node_modules/a/b"), "`a/b` is not the name of a package");
        check_refused(&place("node_modules/a/node_modules/@s/b/c"), "`@s/b/c` is not the name");
        check_refused(&place("node_modules/node_modules"), "`node_modules` is not the name");
    }
}
