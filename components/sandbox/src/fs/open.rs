//! Opening by path.

use super::node::Node;
use super::path::Place;
use super::{Error, FileSystem, Follow, Kind, NodeId};

/// How to open a file or folder.
// They are the flags of WASI's `open-at`, each of which goes with most others.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Open {
    /// Create a file if nothing is there.
    pub create: bool,
    /// With `create`: fail if something is there.
    pub exclusive: bool,
    /// Only a folder will do.
    pub folder: bool,
    /// Empty the file.
    pub truncate: bool,
    /// It will be written to.
    pub write: bool,
    /// Follow a link at the end of the path. A link itself cannot be opened.
    pub follow: bool,
}

impl FileSystem {
    /// Opens a file or folder, and [holds](Self::hold) it.
    pub fn open(&mut self, base: NodeId, path: &str, how: Open) -> Result<NodeId, Error> {
        if how.create && how.folder {
            return Err(Error::Invalid);
        }
        self.check_open()?;
        let follow = match how {
            Open { create: true, exclusive: true, .. } => Follow::Never,
            Open { follow: true, .. } => Follow::Always,
            _ => Follow::BeforeSlash,
        };
        let node = match self.place(base, path, follow)? {
            Place::Unnamed(node) => self.open_existing(node, how, true)?,
            Place::Name { node: Some(node), folder_wanted, .. } => {
                self.open_existing(node, how, folder_wanted)?
            }
            Place::Name { node: None, .. } if !how.create => return Err(Error::NotFound),
            Place::Name { folder_wanted: true, .. } => return Err(Error::IsFolder),
            Place::Name { folder, name, .. } => self.create(folder, &name, Node::file(Vec::new(), false))?,
        };
        self.hold(node)?;
        Ok(node)
    }

    fn open_existing(&mut self, node: NodeId, how: Open, folder_wanted: bool) -> Result<NodeId, Error> {
        let kind = self.arena.node(node).kind();
        if how.create && how.exclusive {
            return Err(Error::Exists);
        }
        match kind {
            Kind::Folder if how.create || how.write || how.truncate => Err(Error::IsFolder),
            Kind::Link => Err(Error::IsLink),
            Kind::File if how.folder || folder_wanted => Err(Error::NotFolder),
            Kind::File if how.truncate => self.set_len(node, 0).map(|()| node),
            _ => Ok(node),
        }
    }
}
