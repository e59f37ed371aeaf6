//! Filling the file system before a program runs, and reading it out after.

use std::rc::Rc;

use super::node::{Body, Node};
use super::{Error, FileSystem, Follow, Kind, NodeId};

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
        self.check_room(contents.len() as u64)?;
        self.create(folder, name, Node::file(contents, executable)).map(drop)
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
    ///
    /// Links are followed: one to a file is listed as that file, one to a folder as what is in that. One that leads to
    /// nothing, or in a circle, is listed as itself, and [`contents`](Self::contents) says what is wrong with it.
    pub fn list(&self, folder: &str) -> Vec<Listed> {
        let mut listing = Listing { of: folder, files: Vec::new(), folders: Vec::new(), seen: 0 };
        if let Ok(top) = self.lookup(Self::ROOT, folder, Follow::Always) {
            listing.folders.push(Below { path: String::new(), folder: top, over: None });
        }
        while let Some(below) = listing.folders.pop() {
            if let Body::Folder { names, .. } = &self.arena.node(below.folder).body {
                for (name, node) in names {
                    self.list_one(&mut listing, &below, name, *node);
                }
            }
        }
        listing.files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        listing.files
    }

    fn list_one(&self, listing: &mut Listing<'_>, below: &Below, name: &str, node: NodeId) {
        listing.seen += 1;
        let path = if below.path.is_empty() { name.to_owned() } else { format!("{}/{name}", below.path) };
        let (node, over) = if self.arena.node(node).kind() == Kind::Link {
            let whole = format!("{}/{path}", listing.of);
            // A link that leads nowhere stays what it is.
            let target = self.lookup(Self::ROOT, &whole, Follow::Always).unwrap_or(node);
            (target, Some(Rc::new(Over { stood_in: below.folder, before: below.over.clone() })))
        } else {
            (node, below.over.clone())
        };
        let found = self.arena.node(node);
        let is_endless = || {
            listing.seen > self.limits.files
                || Over::all(over.as_ref()).any(|stood_in| self.is_within(stood_in, node))
        };
        match &found.body {
            Body::Folder { .. } if !is_endless() => listing.folders.push(Below { path, folder: node, over }),
            Body::File { executable, .. } => {
                listing.files.push(Listed { path, size: found.bytes(), executable: *executable });
            }
            Body::Folder { .. } | Body::Link { .. } => {
                listing.files.push(Listed { path, size: 0, executable: false });
            }
        }
    }

    /// The whole contents of a file, which a link may lead to.
    pub fn contents(&self, path: &str) -> Result<&[u8], Error> {
        let node = self.lookup(Self::ROOT, path, Follow::Always)?;
        let is_link = || {
            let named = self.lookup(Self::ROOT, path, Follow::Never);
            named.is_ok_and(|node| self.arena.node(node).kind() == Kind::Link)
        };
        match self.arena.node(node).kind() {
            Kind::Folder if is_link() => Err(Error::EndlessLink),
            _ => self.read(node, 0, u64::MAX),
        }
    }
}

/// What is listed, and what is still to be.
struct Listing<'a> {
    of: &'a str,
    files: Vec<Listed>,
    folders: Vec<Below>,
    /// Names that were met, as often as they were.
    seen: u32,
}

/// A folder, and how the listing came there.
struct Below {
    path: String,
    folder: NodeId,
    /// The last link on the way.
    over: Option<Rc<Over>>,
}

/// A link to a folder.
struct Over {
    stood_in: NodeId,
    before: Option<Rc<Over>>,
}

impl Over {
    /// The folders in which this link and those before it stood.
    fn all(last: Option<&Rc<Self>>) -> impl Iterator<Item = NodeId> {
        std::iter::successors(last, |over| over.before.as_ref()).map(|over| over.stood_in)
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
