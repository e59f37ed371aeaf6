//! From paths to nodes.
//!
//! A path is relative to a folder and never leads above it: neither by `..`, nor by a link, whose target is read as
//! if it stood in the link's place. Targets are relative, too, so that a link can lead to nowhere else.

use std::borrow::Cow;

use super::{Error, FileSystem, Kind, MAX_LINKS_FOLLOWED, MAX_NAME_BYTES, NodeId};

/// What becomes of a link at the end of a path. Those before the end are followed in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// It is followed.
    Always,
    /// It is meant itself, unless a `/` comes after it.
    BeforeSlash,
    /// It is meant itself.
    Never,
}

/// Where a path leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// A name in a folder, whether or not something has it.
    Name {
        folder: NodeId,
        /// Owned if a link led to it.
        name: Cow<'a, str>,
        node: Option<NodeId>,
        /// The path ends in `/`: only a folder will do.
        folder_wanted: bool,
    },
    /// A folder that the path reaches by `.` or `..`, so that it names none.
    Unnamed(NodeId),
}

/// How far a path was walked.
enum Walked<'a> {
    To(Place<'a>),
    /// To a link. The path goes on from the folder in which that stands.
    Link(String),
}

/// Where a walk stands.
struct Position {
    folder: NodeId,
    /// Below the folder from which it started.
    depth: u32,
}

impl FileSystem {
    /// The node to which a path leads from a folder.
    pub fn lookup(&self, base: NodeId, path: &str, follow: Follow) -> Result<NodeId, Error> {
        match self.place(base, path, follow)? {
            Place::Unnamed(node) => Ok(node),
            Place::Name { node: None, .. } => Err(Error::NotFound),
            Place::Name { node: Some(node), folder_wanted, .. } => {
                if folder_wanted && self.arena.node(node).kind() != Kind::Folder {
                    return Err(Error::NotFolder);
                }
                Ok(node)
            }
        }
    }

    pub(super) fn place<'a>(&self, base: NodeId, path: &'a str, follow: Follow) -> Result<Place<'a>, Error> {
        let mut at = Position { folder: base, depth: 0 };
        let mut path = match self.walk(&mut at, path, follow)? {
            Walked::To(place) => return Ok(place),
            Walked::Link(path) => path,
        };
        for _ in 0..MAX_LINKS_FOLLOWED {
            let next = match self.walk(&mut at, &path, follow)? {
                Walked::To(place) => return Ok(place.into_owned()),
                Walked::Link(path) => path,
            };
            path = next;
        }
        Err(Error::Loop)
    }

    fn walk<'a>(&self, at: &mut Position, path: &'a str, follow: Follow) -> Result<Walked<'a>, Error> {
        if path.is_empty() {
            return Err(Error::NotFound);
        }
        if path.starts_with('/') {
            return Err(Error::Outside);
        }
        let folder_wanted = path.ends_with('/');
        let mut rest = path;
        while !rest.is_empty() {
            let (name, after) = rest.split_once('/').unwrap_or((rest, ""));
            rest = after.trim_start_matches('/');
            let names = self.arena.node(at.folder).names()?;
            match name {
                "." => continue,
                ".." => {
                    at.depth = at.depth.checked_sub(1).ok_or(Error::Outside)?;
                    at.folder = self.parent(at.folder);
                    continue;
                }
                _ => check_name(name)?,
            }
            let node = names.get(name).copied();
            let is_last = rest.is_empty();
            if let Some(target) = node.and_then(|node| self.arena.node(node).target()) {
                let is_followed =
                    !is_last || follow == Follow::Always || (follow == Follow::BeforeSlash && folder_wanted);
                if is_followed {
                    let slash = if is_last && !folder_wanted { "" } else { "/" };
                    return Ok(Walked::Link(format!("{target}{slash}{rest}")));
                }
            }
            if is_last {
                let name = Cow::Borrowed(name);
                return Ok(Walked::To(Place::Name { folder: at.folder, name, node, folder_wanted }));
            }
            at.folder = node.ok_or(Error::NotFound)?;
            at.depth += 1;
        }
        self.arena.node(at.folder).names()?;
        Ok(Walked::To(Place::Unnamed(at.folder)))
    }
}

impl Place<'_> {
    fn into_owned<'b>(self) -> Place<'b> {
        match self {
            Place::Unnamed(node) => Place::Unnamed(node),
            Place::Name { folder, name, node, folder_wanted } => {
                Place::Name { folder, name: Cow::Owned(name.into_owned()), node, folder_wanted }
            }
        }
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
