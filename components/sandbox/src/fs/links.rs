//! Links, symbolic and hard.

use super::node::Node;
use super::path::Place;
use super::{Error, FileSystem, Follow, Kind, MAX_TARGET_BYTES, NodeId};

impl FileSystem {
    /// Creates a symbolic link. Nothing need be at its target, which is relative to the folder of the link.
    pub fn symlink(&mut self, target: &str, base: NodeId, path: &str) -> Result<(), Error> {
        match target {
            "" => return Err(Error::NotFound),
            _ if target.starts_with('/') => return Err(Error::Outside),
            _ if target.len() > MAX_TARGET_BYTES => return Err(Error::NameTooLong),
            _ if target.contains('\0') => return Err(Error::Invalid),
            _ => {}
        }
        let (folder, name) = self.vacant(base, path)?;
        let node = Node::link(target.into());
        self.check_room(node.bytes())?;
        self.create(folder, &name, node).map(drop)
    }

    /// The target of a symbolic link.
    pub fn read_link(&self, base: NodeId, path: &str) -> Result<&str, Error> {
        let node = self.lookup(base, path, Follow::BeforeSlash)?;
        self.arena.node(node).target().ok_or(Error::Invalid)
    }

    /// Gives a file or link one more name.
    pub fn link(
        &mut self,
        from_base: NodeId,
        from: &str,
        follow: Follow,
        to_base: NodeId,
        to: &str,
    ) -> Result<(), Error> {
        let node = self.lookup(from_base, from, follow)?;
        if self.arena.node(node).kind() == Kind::Folder {
            return Err(Error::FolderNames);
        }
        let (folder, name) = self.vacant(to_base, to)?;
        self.check_folder(folder)?;
        self.check_files()?;
        self.arena.node_mut(folder).names_mut()?.insert(name, node);
        self.arena.node_mut(node).links += 1;
        self.more_names += 1;
        Ok(())
    }

    /// A name that nothing has, for what is no folder.
    fn vacant(&self, base: NodeId, path: &str) -> Result<(NodeId, Box<str>), Error> {
        match self.place(base, path, Follow::Never)? {
            Place::Unnamed(_) | Place::Name { node: Some(_), .. } => Err(Error::Exists),
            Place::Name { folder_wanted: true, .. } => Err(Error::NotFound),
            Place::Name { folder, name, node: None, .. } => Ok((folder, name.as_ref().into())),
        }
    }
}
