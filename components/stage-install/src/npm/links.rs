//! Copies of the folders that a lock file links to.

use std::fs;
use std::path::Path;

use super::lock::{FOLDER, join};
use super::select::Link;
use crate::error::Error;
use crate::folder::{failed, read};
use crate::limits::MAX_PACKAGE_BYTES;

/// Folders are within folders at most so deep.
const MAX_DEPTH: usize = 64;

/// The files of all linked folders, with their paths below `node_modules`.
pub(super) fn collect(root: &Path, file: &str, links: &[Link]) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let mut files = Vec::new();
    for link in links {
        let found = files.len();
        let folder = root.join(&link.target);
        if folder.is_dir() {
            walk(&folder, &link.place, link.target.is_empty(), 0, &mut files)?;
        }
        if files.len() == found {
            return Err(Error::NoFolder {
                file: file.to_owned(),
                location: join(FOLDER, &link.place),
                target: link.target.clone(),
            });
        }
    }
    Ok(files)
}

fn walk(
    folder: &Path,
    place: &str,
    is_root: bool,
    depth: usize,
    files: &mut Vec<(String, Vec<u8>)>,
) -> Result<(), Error> {
    if depth > MAX_DEPTH {
        let what = format!("the depth of `{place}`");
        return Err(Error::too_large(what, "MAX_DEPTH", format!("{MAX_DEPTH} folders")));
    }
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(|source| failed(folder, source))? {
        entries.push(entry.map_err(|source| failed(folder, source))?);
    }
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        // What it needs is installed beside it; and the stage's own output is no part of the project.
        if name == FOLDER || (is_root && name == "out") {
            continue;
        }
        let path = entry.path();
        let kind = entry.file_type().map_err(|source| failed(&path, source))?;
        let place = join(place, &name);
        if kind.is_dir() {
            walk(&path, &place, false, depth + 1, files)?;
        } else if let Some(contents) = read(&path, MAX_PACKAGE_BYTES, "MAX_PACKAGE_BYTES")? {
            files.push((place, contents));
        }
    }
    Ok(())
}
