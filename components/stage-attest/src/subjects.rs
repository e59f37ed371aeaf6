//! What is attested: each input as a whole, and its files, or the image that it is.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use artifact::Digest;
use artifact::attest::{Resource, TREE_DIGEST};
use ropewalk_stage::Input;
use serde::Deserialize;

use crate::Error;

/// Most subjects of one statement.
const MAX_SUBJECTS: usize = 10_000;
/// The deepest folder that is entered.
const MAX_DEPTH: usize = 128;
/// What of an image layout's `index.json` names an image.
const REFERENCE: &str = "org.opencontainers.image.ref.name";

#[derive(Deserialize)]
struct Index {
    manifests: Vec<Descriptor>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: String,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

/// The subjects, in the order of the inputs and of paths.
pub(crate) fn collect(base: &Path, inputs: &[Input]) -> Result<Vec<Resource>, Error> {
    if inputs.is_empty() {
        return Err(Error::NothingToAttest(
            "there is no input: hint: pass what was made, `\"inputs\": { \"package.$\": \"$.artifacts.package\" }`",
        ));
    }
    let places: Vec<&str> = inputs.iter().map(|input| input.path.trim_end_matches('/')).collect();
    let within = |one: &str, other: &str| one == "." || one == other || other.starts_with(&format!("{one}/"));
    for (at, place) in places.iter().enumerate() {
        if places.iter().enumerate().any(|(other, path)| other != at && within(place, path)) {
            return Err(Error::NothingToAttest(
                "an input stands within another: hint: give each of several inputs a `path` of its own",
            ));
        }
    }
    let mut subjects = Vec::new();
    for (input, place) in inputs.iter().zip(places) {
        subjects.push(subject(&input.name, TREE_DIGEST, digest(&input.digest)?));
        let folder = if place == "." { base.to_owned() } else { base.join(place) };
        if folder.join("oci-layout").is_file() {
            images(&folder, &input.name, &mut subjects)?;
        } else {
            let above = if place == "." { String::new() } else { format!("{place}/") };
            files(&folder, &above, 0, &base.join("out"), &mut subjects)?;
        }
    }
    Ok(subjects)
}

fn subject(name: &str, algorithm: &str, digest: Digest) -> Resource {
    Resource {
        name: Some(name.to_owned()),
        digest: BTreeMap::from([(algorithm.to_owned(), digest.hex())]),
        ..Resource::default()
    }
}

fn digest(text: &str) -> Result<Digest, Error> {
    text.parse().map_err(|error: artifact::InvalidDigest| Error::Failed(error.to_string()))
}

/// The manifests that a layout names, each of them held to its digest.
fn images(folder: &Path, input: &str, subjects: &mut Vec<Resource>) -> Result<(), Error> {
    let refused =
        |why: String| Error::InvalidLayout(format!("input `{input}` is no whole image layout: {why}"));
    let index =
        fs::read(folder.join("index.json")).map_err(|_| refused("it has no `index.json`".to_owned()))?;
    let index: Index = serde_json::from_slice(&index)
        .map_err(|error| refused(format!("its `index.json` cannot be read: {error}")))?;
    for manifest in index.manifests {
        let named: Digest = manifest.digest.parse().map_err(|error| refused(format!("{error}")))?;
        let blob = fs::read(folder.join("blobs/sha256").join(named.hex()))
            .map_err(|_| refused(format!("manifest `{named}` is not in it")))?;
        if Digest::of(&blob) != named {
            return Err(refused(format!("manifest `{named}` is altered")));
        }
        let reference = manifest.annotations.get(REFERENCE).map(|reference| format!("{input}:{reference}"));
        push(subjects, subject(reference.as_deref().unwrap_or(input), "sha256", named))?;
    }
    Ok(())
}

fn files(
    folder: &Path,
    above: &str,
    depth: usize,
    left_out: &Path,
    subjects: &mut Vec<Resource>,
) -> Result<(), Error> {
    if depth > MAX_DEPTH {
        return Err(Error::TooLarge {
            what: format!("folder `{above}` is nested too deep"),
            limit: MAX_DEPTH,
        });
    }
    let failed = |error: std::io::Error| Error::Failed(format!("failed to read `{above}`: {error}"));
    let mut entries = fs::read_dir(folder).map_err(failed)?.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let name = format!("{above}{}", entry.file_name().to_string_lossy());
        if path == left_out {
            continue;
        }
        if entry.file_type().map_err(failed)?.is_dir() {
            files(&path, &format!("{name}/"), depth + 1, left_out, subjects)?;
        } else {
            let contents = fs::read(&path).map_err(failed)?;
            push(subjects, subject(&name, "sha256", Digest::of(&contents)))?;
        }
    }
    Ok(())
}

fn push(subjects: &mut Vec<Resource>, subject: Resource) -> Result<(), Error> {
    if subjects.len() >= MAX_SUBJECTS {
        return Err(Error::TooLarge {
            what: "there are too many files to attest".to_owned(),
            limit: MAX_SUBJECTS,
        });
    }
    subjects.push(subject);
    Ok(())
}
