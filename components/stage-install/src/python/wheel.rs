//! Wheels: their names, and what is in them.

use std::collections::BTreeMap;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pep440_rs::Version;
use pep508_rs::PackageName;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::pinned::Pinned;
use crate::archive::{File, zip};
use crate::error::Error;

/// What a wheel's file name says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct WheelName {
    pub(super) name: PackageName,
    pub(super) version: Version,
    python: String,
    abi: String,
    platform: String,
}

/// What of a wheel goes where.
#[derive(Debug)]
pub(super) struct Unpacked {
    /// For `site-packages`.
    pub(super) files: Vec<File>,
    /// For elsewhere: scripts, headers, data.
    pub(super) left_out: Vec<String>,
}

impl WheelName {
    /// Reads `name-version(-build)-python-abi-platform.whl`.
    pub(super) fn parse(file: &str) -> Option<Self> {
        let parts: Vec<&str> = file.strip_suffix(".whl")?.split('-').collect();
        let ([name, version, python, abi, platform] | [name, version, _, python, abi, platform]) = parts[..]
        else {
            return None;
        };
        Some(Self {
            name: PackageName::from_str(name).ok()?,
            version: Version::from_str(version).ok()?,
            python: python.to_owned(),
            abi: abi.to_owned(),
            platform: platform.to_owned(),
        })
    }

    /// Whether it has no native code, and is for this version of Python 3.
    pub(super) fn is_pure(&self, python_minor: u64) -> bool {
        let fits = |tag: &str| match (tag.strip_prefix("py3"), tag.strip_prefix("cp3")) {
            (Some(""), _) => true,
            (Some(minor), _) => minor.parse().is_ok_and(|minor: u64| minor <= python_minor),
            (_, Some(minor)) => minor.parse().is_ok_and(|minor: u64| minor == python_minor),
            _ => false,
        };
        self.abi == "none" && self.platform == "any" && self.python.split('.').any(fits)
    }
}

/// The files of a wheel, each checked against the list that the wheel has of them.
pub(super) fn unpack(pinned: &Pinned, what: &str, bytes: &[u8]) -> Result<Unpacked, Error> {
    let files = zip::unpack(what, bytes)?;
    let bad = |problem: String| Error::BadArchive { what: what.to_owned(), problem };
    let (info, data) = folders(pinned, &files).map_err(bad)?;
    let text = |name: &str| {
        let path = format!("{info}/{name}");
        let file = files.iter().find(|file| file.path == path);
        file.and_then(|file| std::str::from_utf8(&file.contents).ok())
            .ok_or_else(|| bad(format!("the wheel has no file `{path}`")))
    };
    check_kind(text("WHEEL")?).map_err(bad)?;
    check_record(text("RECORD")?, &info, &files).map_err(bad)?;
    let mut unpacked = Unpacked { files: Vec::new(), left_out: Vec::new() };
    for File { path, contents } in files {
        let place = match path.strip_prefix(&data).and_then(|below| below.split_once('/')) {
            None => path,
            Some(("purelib" | "platlib", below)) => below.to_owned(),
            Some(_) => {
                unpacked.left_out.push(format!("`{path}`"));
                continue;
            }
        };
        unpacked.files.push(File { path: place, contents });
    }
    Ok(unpacked)
}

/// The folders `….dist-info` and `….data/`.
fn folders(pinned: &Pinned, files: &[File]) -> Result<(String, String), String> {
    let tops = files.iter().filter_map(|file| file.path.split_once('/')).map(|(top, _)| top);
    let mut infos: Vec<&str> = tops.filter(|top| top.ends_with(".dist-info")).collect();
    infos.dedup();
    let [info] = infos[..] else {
        return Err(format!("the wheel has {} folders `….dist-info`, not one", infos.len()));
    };
    let stem = info.trim_end_matches(".dist-info");
    let named = stem.rsplit_once('-').and_then(|(name, version)| {
        Some((PackageName::from_str(name).ok()?, Version::from_str(version).ok()?))
    });
    if named.as_ref() != Some(&(pinned.name.clone(), pinned.version.clone())) {
        return Err(format!("the wheel is one of `{stem}`"));
    }
    Ok((info.to_owned(), format!("{stem}.data/")))
}

fn check_kind(wheel: &str) -> Result<(), String> {
    let value = |name: &str| {
        let line = |line: &'_ str| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        };
        wheel.lines().find_map(line).unwrap_or_default()
    };
    let version = value("Wheel-Version");
    if !version.starts_with("1.") {
        return Err(format!("wheels of version `{version}` cannot be read"));
    }
    if !value("Root-Is-Purelib").eq_ignore_ascii_case("true") {
        return Err("the wheel says that it has native code: `Root-Is-Purelib` is not `true`".to_owned());
    }
    Ok(())
}

/// Holds all files against `RECORD`: none more, none less, and no other contents.
fn check_record(record: &str, info: &str, files: &[File]) -> Result<(), String> {
    let mut listed = BTreeMap::new();
    for line in record.lines().filter(|line| !line.trim().is_empty()) {
        let mut parts = line.rsplitn(3, ',');
        let (_, hash, path) = (parts.next(), parts.next(), parts.next());
        let (Some(hash), Some(path)) = (hash, path) else {
            return Err(format!("line `{line}` of RECORD is not understood"));
        };
        let quoted = path.strip_prefix('"').and_then(|path| path.strip_suffix('"'));
        listed.insert(quoted.map_or_else(|| path.to_owned(), |path| path.replace("\"\"", "\"")), hash);
    }
    for file in files {
        let is_own =
            ["RECORD", "RECORD.jws", "RECORD.p7s"].iter().any(|own| file.path == format!("{info}/{own}"));
        let hash = listed.remove(&file.path);
        match hash {
            _ if is_own => {}
            None => return Err(format!("`{}` is not in the wheel's RECORD", file.path)),
            Some(hash) if matches(hash, &file.contents) => {}
            Some(_) => return Err(format!("`{}` has not the hash that the wheel's RECORD has", file.path)),
        }
    }
    match listed.keys().find(|path| !path.ends_with('/')) {
        Some(missing) => Err(format!("`{missing}` is in the wheel's RECORD, and not in the wheel")),
        None => Ok(()),
    }
}

fn matches(hash: &str, contents: &[u8]) -> bool {
    let actual = match hash.split_once('=') {
        Some(("sha256", _)) => Sha256::digest(contents).to_vec(),
        Some(("sha384", _)) => Sha384::digest(contents).to_vec(),
        Some(("sha512", _)) => Sha512::digest(contents).to_vec(),
        _ => return false,
    };
    let encoded = hash.split_once('=').map_or("", |(_, encoded)| encoded.trim_end_matches('='));
    URL_SAFE_NO_PAD.encode(actual) == encoded
}

#[cfg(test)]
pub(super) mod tests;
