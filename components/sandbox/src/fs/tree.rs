//! Names: giving, taking, listing.

use super::node::{Body, Node};
use super::path::Place;
use super::{Error, FileSystem, Follow, Kind, NodeId};

impl FileSystem {
    /// Creates a folder. The one above it must be there.
    pub fn create_folder(&mut self, base: NodeId, path: &str) -> Result<(), Error> {
        match self.place(base, path, Follow::Never)? {
            Place::Unnamed(_) | Place::Name { node: Some(_), .. } => Err(Error::Exists),
            Place::Name { folder, name, node: None, .. } => {
                self.create(folder, &name, Node::folder(folder)).map(drop)
            }
        }
    }

    /// Removes a folder, which must be empty.
    pub fn remove_folder(&mut self, base: NodeId, path: &str) -> Result<(), Error> {
        let Place::Name { folder, name, node, .. } = self.place(base, path, Follow::Never)? else {
            return Err(Error::Invalid);
        };
        let node = node.ok_or(Error::NotFound)?;
        if !self.arena.node(node).names()?.is_empty() {
            return Err(Error::NotEmpty);
        }
        self.unlink(folder, &name, node)
    }

    /// Removes a file or link.
    pub fn remove_file(&mut self, base: NodeId, path: &str) -> Result<(), Error> {
        let Place::Name { folder, name, node, folder_wanted } = self.place(base, path, Follow::Never)? else {
            return Err(Error::IsFolder);
        };
        let node = node.ok_or(Error::NotFound)?;
        match self.arena.node(node).kind() {
            Kind::Folder => Err(Error::IsFolder),
            Kind::File | Kind::Link if folder_wanted => Err(Error::NotFolder),
            Kind::File | Kind::Link => self.unlink(folder, &name, node),
        }
    }

    /// Gives a node another name. A file or link takes the place of one, a folder that of an empty folder.
    pub fn rename(&mut self, from_base: NodeId, from: &str, to_base: NodeId, to: &str) -> Result<(), Error> {
        let from = self.place(from_base, from, Follow::Never)?;
        let to = self.place(to_base, to, Follow::Never)?;
        let Place::Name { folder: old_folder, name: old_name, node, folder_wanted } = from else {
            return Err(Error::Invalid);
        };
        let node = node.ok_or(Error::NotFound)?;
        let is_folder = self.arena.node(node).kind() == Kind::Folder;
        let Place::Name { folder, name, node: target, folder_wanted: to_folder } = to else {
            return Err(if is_folder { Error::NotEmpty } else { Error::IsFolder });
        };
        if !is_folder && (folder_wanted || to_folder) {
            return Err(Error::NotFolder);
        }
        self.check_folder(folder)?;
        if is_folder && self.is_within(folder, node) {
            return Err(Error::Invalid);
        }
        match target {
            Some(target) if target == node => return Ok(()),
            Some(target) => self.make_way(folder, &name, target, is_folder)?,
            None => {}
        }
        self.arena.node_mut(old_folder).names_mut()?.remove(&*old_name);
        self.arena.node_mut(folder).names_mut()?.insert(name.as_ref().into(), node);
        if let Body::Folder { parent, .. } = &mut self.arena.node_mut(node).body {
            *parent = folder;
        }
        Ok(())
    }

    /// What a folder has in it, in bytewise order of the names.
    pub fn entries(&self, folder: NodeId) -> Result<Vec<(String, Kind)>, Error> {
        let names = self.arena.node(folder).names()?;
        Ok(names.iter().map(|(name, node)| (name.to_string(), self.arena.node(*node).kind())).collect())
    }

    pub(super) fn create(&mut self, folder: NodeId, name: &str, node: Node) -> Result<NodeId, Error> {
        self.check_folder(folder)?;
        let node = self.add(node)?;
        self.arena.node_mut(folder).names_mut()?.insert(name.into(), node);
        Ok(node)
    }

    /// A folder that is removed takes nothing in.
    pub(super) fn check_folder(&self, folder: NodeId) -> Result<(), Error> {
        if self.arena.node(folder).links == 0 { Err(Error::NotFound) } else { Ok(()) }
    }

    pub(super) fn parent(&self, folder: NodeId) -> NodeId {
        match self.arena.node(folder).body {
            Body::Folder { parent, .. } => parent,
            Body::File { .. } | Body::Link { .. } => folder,
        }
    }

    fn make_way(
        &mut self,
        folder: NodeId,
        name: &str,
        target: NodeId,
        for_folder: bool,
    ) -> Result<(), Error> {
        match (&self.arena.node(target).body, for_folder) {
            (Body::File { .. } | Body::Link { .. }, true) => return Err(Error::NotFolder),
            (Body::Folder { .. }, false) => return Err(Error::IsFolder),
            (Body::Folder { names, .. }, true) if !names.is_empty() => return Err(Error::NotEmpty),
            _ => {}
        }
        self.unlink(folder, name, target)
    }

    fn unlink(&mut self, folder: NodeId, name: &str, node: NodeId) -> Result<(), Error> {
        self.arena.node_mut(folder).names_mut()?.remove(name);
        let removed = self.arena.node_mut(node);
        removed.links -= 1;
        if removed.links > 0 {
            self.more_names -= 1;
        }
        self.free_if_unused(node);
        Ok(())
    }

    pub(super) fn is_within(&self, mut folder: NodeId, ancestor: NodeId) -> bool {
        while folder != ancestor {
            if folder == Self::ROOT {
                return false;
            }
            folder = self.parent(folder);
        }
        true
    }
}
