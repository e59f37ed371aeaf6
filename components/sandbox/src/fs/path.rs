//! From paths to nodes.

use super::{Error, FileSystem, Kind, MAX_NAME_BYTES, NodeId};

/// Where a path leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// A name in a folder, whether or not something has it.
    Name {
        folder: NodeId,
        name: &'a str,
        node: Option<NodeId>,
        /// The path ends in `/`: only a folder will do.
        folder_wanted: bool,
    },
    /// A folder that the path reaches by `.` or `..`, so that it names none.
    Unnamed(NodeId),
}

impl FileSystem {
    /// The node to which a path leads from a folder. `..` cannot climb above that folder.
    pub fn lookup(&self, base: NodeId, path: &str) -> Result<NodeId, Error> {
        match self.place(base, path)? {
            Place::Unnamed(node) => Ok(node),
            Place::Name { node: None, .. } => Err(Error::NotFound),
            Place::Name { node: Some(node), folder_wanted, .. } => {
                if folder_wanted && self.arena.node(node).kind() == Kind::File {
                    return Err(Error::NotFolder);
                }
                Ok(node)
            }
        }
    }

    pub(super) fn place<'a>(&self, base: NodeId, path: &'a str) -> Result<Place<'a>, Error> {
        if path.is_empty() {
            return Err(Error::NotFound);
        }
        if path.starts_with('/') {
            return Err(Error::Outside);
        }
        let folder_wanted = path.ends_with('/');
        let mut depth = 0_u32;
        let mut folder = base;
        let mut names = path.split('/').filter(|name| !name.is_empty()).peekable();
        while let Some(name) = names.next() {
            let entries = self.arena.node(folder).names()?;
            match name {
                "." => {}
                ".." => {
                    depth = depth.checked_sub(1).ok_or(Error::Outside)?;
                    folder = self.parent(folder);
                }
                _ if names.peek().is_none() => {
                    check_name(name)?;
                    let node = entries.get(name).copied();
                    return Ok(Place::Name { folder, name, node, folder_wanted });
                }
                _ => {
                    check_name(name)?;
                    folder = *entries.get(name).ok_or(Error::NotFound)?;
                    depth += 1;
                }
            }
        }
        self.arena.node(folder).names()?;
        Ok(Place::Unnamed(folder))
    }
}

fn check_name(name: &str) -> Result<(), Error> {
    if name.len() > MAX_NAME_BYTES {
        return Err(Error::NameTooLong);
    }
    if name.contains('\0') {
        return Err(Error::Invalid);
    }
    Ok(())
}
