//! What is in a commit: every entry of its tree and of the trees below, with the paths checked, before
//! anything is written.

use std::collections::HashSet;

use gix_hash::{Kind as Hash, ObjectId};
use gix_object::tree::EntryKind;
use gix_object::{Kind, TreeRefIter};

use crate::error::Error;
use crate::limits::{MAX_FILES, MAX_FOLDER_DEPTH};
use crate::objects::Objects;
use crate::path;

/// An entry of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Safe to write, relative to the top.
    pub(crate) path: String,
    /// The object that it names; of a submodule, a commit elsewhere.
    pub(crate) id: ObjectId,
    pub(crate) kind: EntryKind,
}

/// All entries of a tree, a folder always before what is in it.
pub(crate) fn list(objects: &mut Objects, tree: ObjectId) -> Result<Vec<Entry>, Error> {
    let mut entries = Vec::new();
    let mut folders = vec![(String::new(), tree, 0)];
    while let Some((folder, tree, depth)) = folders.pop() {
        if depth > MAX_FOLDER_DEPTH {
            return Err(Error::too_large(
                "folders within folders",
                "MAX_FOLDER_DEPTH",
                MAX_FOLDER_DEPTH.to_string(),
            ));
        }
        let first = entries.len();
        read_folder(objects, &folder, &tree, &mut entries)?;
        let inner = entries[first..].iter().filter(|entry| entry.kind == EntryKind::Tree);
        folders.extend(inner.map(|entry| (entry.path.clone(), entry.id, depth + 1)));
    }
    Ok(entries)
}

fn read_folder(
    objects: &mut Objects,
    folder: &str,
    tree: &ObjectId,
    entries: &mut Vec<Entry>,
) -> Result<(), Error> {
    let (kind, bytes) = objects.read(tree)?;
    if kind != Kind::Tree {
        return Err(Error::CorruptPack(format!("folder `{folder}` is a {kind}")));
    }
    let mut names = HashSet::new();
    for entry in TreeRefIter::from_bytes(&bytes, Hash::Sha1) {
        let entry = entry.map_err(|error| Error::corrupt(&format!("folder `{folder}`"), &error))?;
        let kind = entry.mode.kind();
        let path = path::join(folder, entry.filename, kind == EntryKind::Link)?;
        if !names.insert(entry.filename) {
            return Err(Error::CorruptPack(format!("`{path}` is there twice")));
        }
        if entries.len() >= MAX_FILES {
            return Err(Error::too_large(
                "the number of files and folders",
                "MAX_FILES",
                MAX_FILES.to_string(),
            ));
        }
        entries.push(Entry { path, id: entry.oid.to_owned(), kind });
    }
    Ok(())
}
