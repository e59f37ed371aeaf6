//! What the file system is made of.

use std::collections::BTreeMap;

use super::Error;

/// One file, folder or link. Valid as long as it has a name or a holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeId(u32);

impl NodeId {
    pub(super) const ROOT: Self = Self(0);
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
}

/// A moment of the virtual clock or one that a program has set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time {
    /// Since 1970-01-01T00:00:00Z.
    pub seconds: u64,
    /// Of the second.
    pub nanoseconds: u32,
}

/// What is known of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// What it is.
    pub kind: Kind,
    /// In bytes: of a link those of its target; 0 for a folder.
    pub size: u64,
    /// Names that the node has: 0 once it is removed.
    pub links: u64,
    /// No other node of this file system has, or ever had, this number.
    pub number: u64,
    /// When it was last read, unless set otherwise the moment at which the clock stands.
    pub accessed: Time,
    /// When it was last written, likewise.
    pub modified: Time,
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) body: Body,
    pub(super) number: u64,
    /// How many names it has. The root always has one.
    pub(super) links: u32,
    pub(super) holders: u32,
    /// Those that were set: few ever are, and there may be many nodes.
    pub(super) times: Option<Box<Times>>,
}

/// Times that were set; `None` is the moment at which the clock stands.
#[derive(Debug, Default)]
pub(super) struct Times {
    pub(super) accessed: Option<Time>,
    pub(super) modified: Option<Time>,
}

#[derive(Debug)]
pub(super) enum Body {
    File { contents: Vec<u8>, executable: bool },
    Folder { names: BTreeMap<Box<str>, NodeId>, parent: NodeId },
    Link { target: Box<str> },
}

impl Node {
    pub(super) fn root() -> Self {
        Self::folder(NodeId::ROOT)
    }

    pub(super) fn folder(parent: NodeId) -> Self {
        Self::new(Body::Folder { names: BTreeMap::new(), parent })
    }

    pub(super) fn file(contents: Vec<u8>, executable: bool) -> Self {
        Self::new(Body::File { contents, executable })
    }

    pub(super) fn link(target: Box<str>) -> Self {
        Self::new(Body::Link { target })
    }

    fn new(body: Body) -> Self {
        Self { body, number: 0, links: 1, holders: 0, times: None }
    }

    pub(super) fn kind(&self) -> Kind {
        match self.body {
            Body::File { .. } => Kind::File,
            Body::Folder { .. } => Kind::Folder,
            Body::Link { .. } => Kind::Link,
        }
    }

    /// What it counts towards the limit of bytes.
    pub(super) fn bytes(&self) -> u64 {
        match &self.body {
            Body::File { contents, .. } => contents.len() as u64,
            Body::Folder { .. } => 0,
            Body::Link { target } => target.len() as u64,
        }
    }

    pub(super) fn stat(&self, now: Time) -> Stat {
        Stat {
            kind: self.kind(),
            size: self.bytes(),
            links: self.links.into(),
            number: self.number,
            accessed: self.times.as_ref().and_then(|times| times.accessed).unwrap_or(now),
            modified: self.times.as_ref().and_then(|times| times.modified).unwrap_or(now),
        }
    }

    pub(super) fn contents(&self) -> Result<&Vec<u8>, Error> {
        match &self.body {
            Body::File { contents, .. } => Ok(contents),
            Body::Folder { .. } | Body::Link { .. } => Err(Error::IsFolder),
        }
    }

    pub(super) fn contents_mut(&mut self) -> Result<&mut Vec<u8>, Error> {
        match &mut self.body {
            Body::File { contents, .. } => Ok(contents),
            Body::Folder { .. } | Body::Link { .. } => Err(Error::IsFolder),
        }
    }

    /// Where it leads, if it is a link.
    pub(super) fn target(&self) -> Option<&str> {
        match &self.body {
            Body::Link { target } => Some(target),
            Body::File { .. } | Body::Folder { .. } => None,
        }
    }

    pub(super) fn names(&self) -> Result<&BTreeMap<Box<str>, NodeId>, Error> {
        match &self.body {
            Body::Folder { names, .. } => Ok(names),
            Body::File { .. } | Body::Link { .. } => Err(Error::NotFolder),
        }
    }

    pub(super) fn names_mut(&mut self) -> Result<&mut BTreeMap<Box<str>, NodeId>, Error> {
        match &mut self.body {
            Body::Folder { names, .. } => Ok(names),
            Body::File { .. } | Body::Link { .. } => Err(Error::NotFolder),
        }
    }
}

/// Nodes by id. Places of removed nodes are used again, their numbers are not.
#[derive(Debug)]
pub(super) struct Arena {
    nodes: Vec<Option<Node>>,
    free: Vec<u32>,
    added: u64,
    len: u32,
}

impl Arena {
    pub(super) fn new(root: Node) -> Self {
        let mut arena = Self { nodes: Vec::new(), free: Vec::new(), added: 0, len: 0 };
        arena.add(root);
        arena
    }

    pub(super) fn len(&self) -> u32 {
        self.len
    }

    pub(super) fn add(&mut self, mut node: Node) -> NodeId {
        self.added += 1;
        self.len += 1;
        node.number = self.added;
        if let Some(place) = self.free.pop() {
            self.nodes[place as usize] = Some(node);
            return NodeId(place);
        }
        let place = u32::try_from(self.nodes.len()).expect("`Limits::files` is a u32");
        self.nodes.push(Some(node));
        NodeId(place)
    }

    pub(super) fn remove(&mut self, id: NodeId) -> Node {
        let node = self.nodes[id.0 as usize].take().expect("a node is removed once");
        self.free.push(id.0);
        self.len -= 1;
        node
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        self.nodes[id.0 as usize].as_ref().expect("a node lives while it has a name or a holder")
    }

    pub(super) fn node_mut(&mut self, id: NodeId) -> &mut Node {
        self.nodes[id.0 as usize].as_mut().expect("a node lives while it has a name or a holder")
    }
}
