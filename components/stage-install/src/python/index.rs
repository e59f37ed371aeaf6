//! Looking files up in an index of packages, by the simple API in JSON (PEP 691).

use std::collections::BTreeMap;

use serde::Deserialize;
use url::Url;

use super::pinned::{Pinned, PinnedFile};
use super::wheel::WheelName;
use crate::download::{Downloads, Kind, shown};
use crate::error::Error;
use crate::integrity::Integrity;
use crate::limits::{BATCH, MAX_INDEX_BYTES};

const PAGES: Kind = Kind {
    accept: "application/vnd.pypi.simple.v1+json",
    max_bytes: MAX_INDEX_BYTES,
    limit: "MAX_INDEX_BYTES",
};

/// The page of one package. Members that do not matter here are passed over.
#[derive(Deserialize)]
struct Page {
    files: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    filename: String,
    url: String,
    hashes: BTreeMap<String, String>,
}

/// Completes the packages of which the lock file does not say where their files are.
pub(super) fn look_up(
    packages: &mut [Pinned],
    index: &Url,
    downloads: &mut Downloads<'_>,
) -> Result<(), Error> {
    let is_open = |package: &Pinned| {
        package.problem.is_none()
            && (package.any_of.is_some() || package.files.iter().any(|file| file.url.is_none()))
    };
    let mut open: Vec<&mut Pinned> = packages.iter_mut().filter(|package| is_open(package)).collect();
    for batch in open.chunks_mut(BATCH) {
        let pages: Result<Vec<Url>, Error> = batch.iter().map(|package| page(package, index)).collect();
        let pages = pages?;
        for ((package, page), answer) in batch.iter_mut().zip(&pages).zip(downloads.get_all(&pages, PAGES)) {
            let answer = answer?;
            let read: Page = serde_json::from_slice(&answer.body).map_err(|error| Error::BadAnswer {
                url: shown(page),
                problem: format!("no page of the simple API in JSON: {error}"),
            })?;
            complete(package, page, read.files)?;
        }
    }
    Ok(())
}

fn page(package: &Pinned, index: &Url) -> Result<Url, Error> {
    let index = package.index.as_ref().unwrap_or(index);
    index
        .join(&format!("{}/", package.name))
        .map_err(|error| Error::BadAnswer { url: shown(index), problem: error.to_string() })
}

/// Adds the files with one of the hashes, and the URLs of those that are named.
fn complete(package: &mut Pinned, page: &Url, listed: Vec<Listed>) -> Result<(), Error> {
    for one in listed {
        let url = page.join(&one.url).map_err(|error| Error::BadAnswer {
            url: shown(page),
            problem: format!("the URL of `{}`: {error}", one.filename),
        });
        if let Some(file) =
            package.files.iter_mut().find(|file| file.name == one.filename && file.url.is_none())
        {
            file.url = Some(url?);
            continue;
        }
        let Some(any_of) = &package.any_of else { continue };
        let is_other_version =
            WheelName::parse(&one.filename).is_some_and(|name| name.version != package.version);
        if is_other_version {
            continue;
        }
        let hashes: Vec<String> = one.hashes.iter().map(|(name, hash)| format!("{name}:{hash}")).collect();
        let Ok(integrity) = Integrity::from_hex(hashes.iter().map(String::as_str)) else { continue };
        if any_of.agrees_with(&integrity) {
            package.files.push(PinnedFile { name: one.filename, url: Some(url?), integrity: any_of.clone() });
        }
    }
    Ok(())
}
