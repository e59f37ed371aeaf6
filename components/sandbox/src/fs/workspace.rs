//! Filling the file system before a program runs, and reading it out after.

use super::node::{Body, Node};
use super::{Error, FileSystem, NodeId};

/// A file below a folder that was listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// From the folder on, `/` between names.
    pub path: String,
    /// In bytes.
    pub size: u64,
    /// Whether it was mounted as one that may be run.
    pub executable: bool,
}

impl FileSystem {
    /// Creates a file of these contents, and the folders above it. They are taken over, not copied.
    pub fn mount(&mut self, path: &str, contents: Vec<u8>, executable: bool) -> Result<(), Error> {
        let (folders, name) = path.rsplit_once('/').unwrap_or((".", path));
        let folder = self.create_folders(folders)?;
        check_part(name)?;
        if self.arena.node(folder).names()?.contains_key(name) {
            return Err(Error::Exists);
        }
        let bytes = contents.len() as u64;
        if bytes > self.limits.bytes.saturating_sub(self.bytes) {
            return Err(Error::BytesLimit(self.limits.bytes));
        }
        self.create(folder, name, Node::file(contents, executable))?;
        self.bytes += bytes;
        Ok(())
    }

    /// Creates a folder and those above it, as far as they are missing. `.` is the root.
    pub fn create_folders(&mut self, path: &str) -> Result<NodeId, Error> {
        let mut folder = Self::ROOT;
        if path == "." {
            return Ok(folder);
        }
        for part in path.split('/') {
            check_part(part)?;
            let existing = self.arena.node(folder).names()?.get(part).copied();
            folder = match existing {
                Some(node) => node,
                None => self.create(folder, part, Node::folder(folder))?,
            };
        }
        self.arena.node(folder).names()?;
        Ok(folder)
    }

    /// Every file below a folder, in bytewise order of the paths. None if there is no such folder.
    pub fn list(&self, folder: &str) -> Vec<Listed> {
        let mut files = Vec::new();
        let mut folders = Vec::new();
        if let Ok(top) = self.lookup(Self::ROOT, folder) {
            folders.push((String::new(), top));
        }
        while let Some((above, folder)) = folders.pop() {
            let Body::Folder { names, .. } = &self.arena.node(folder).body else {
                continue;
            };
            for (name, id) in names {
                let path = if above.is_empty() { name.to_string() } else { format!("{above}/{name}") };
                match &self.arena.node(*id).body {
                    Body::Folder { .. } => folders.push((path, *id)),
                    Body::File { contents, executable } => {
                        let size = contents.len() as u64;
                        files.push(Listed { path, size, executable: *executable });
                    }
                }
            }
        }
        files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        files
    }

    /// The whole contents of a file.
    pub fn contents(&self, path: &str) -> Result<&[u8], Error> {
        let node = self.lookup(Self::ROOT, path)?;
        self.read(node, 0, u64::MAX)
    }
}

/// Parts of mounted paths are names: nothing that a path could hide in.
fn check_part(part: &str) -> Result<(), Error> {
    match part {
        "" | "." | ".." => Err(Error::Outside),
        _ if part.len() > super::MAX_NAME_BYTES => Err(Error::NameTooLong),
        _ if part.contains('\0') => Err(Error::Invalid),
        _ => Ok(()),
    }
}
