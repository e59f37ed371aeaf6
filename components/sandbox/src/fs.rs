//! A file system in memory: files and folders, no links. Everything about it follows from the calls
//! made: numbers of nodes are given in order, folders list their names in bytewise order.
//!
//! A node that is removed while someone [holds](FileSystem::hold) it lives on until it is released,
//! as on POSIX.

mod content;
mod node;
mod open;
mod path;
mod tree;
mod workspace;

#[cfg(test)]
mod tests;

pub use node::{Kind, NodeId, Stat, Time};
pub use open::Open;
pub use workspace::Listed;

use node::{Arena, Node};

/// Bytes of one name in a path.
pub const MAX_NAME_BYTES: usize = 255;

/// How much a file system may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all files together.
    pub bytes: u64,
    /// Files and folders together.
    pub files: u32,
}

/// Why something cannot be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Something has this name already.
    #[error("it exists already")]
    Exists,
    /// Nothing has this name.
    #[error("nothing is there")]
    NotFound,
    /// A file is where a folder must be.
    #[error("a file is where a folder must be")]
    NotFolder,
    /// A folder is where a file must be.
    #[error("a folder is where a file must be")]
    IsFolder,
    /// A folder that is to go has something in it.
    #[error("the folder is not empty")]
    NotEmpty,
    /// The path is absolute, or climbs out of the folder from which it starts.
    #[error("the path leads out of the folder from which it starts")]
    Outside,
    /// A name in the path is over-long.
    #[error("a name in the path is longer than {MAX_NAME_BYTES} bytes")]
    NameTooLong,
    /// The request contradicts itself: a folder into itself, an end before the beginning.
    #[error("the request contradicts itself")]
    Invalid,
    /// The file was not opened for this.
    #[error("the file was not opened for this")]
    NotOpenedFor,
    /// [`Limits::bytes`], which is named, is reached.
    #[error("the limit of {0} bytes of files is reached")]
    BytesLimit(u64),
    /// [`Limits::files`], which is named, is reached.
    #[error("the limit of {0} files and folders is reached")]
    FilesLimit(u32),
    /// The memory of this instance is used up before any limit.
    #[error("the memory for files is used up")]
    OutOfMemory,
}

/// Files and folders in memory, within limits.
#[derive(Debug)]
pub struct FileSystem {
    arena: Arena,
    limits: Limits,
    /// Bytes of all files, of those among them that are removed but held.
    bytes: u64,
    /// What the clock shows.
    now: Time,
}

impl FileSystem {
    /// The folder from which everything hangs.
    pub const ROOT: NodeId = NodeId::ROOT;

    /// A file system of one empty folder. All its times are `now_seconds` after 1970.
    pub fn new(limits: Limits, now_seconds: u64) -> Self {
        let now = Time { seconds: now_seconds, nanoseconds: 0 };
        Self { arena: Arena::new(Node::root()), limits, bytes: 0, now }
    }

    /// How much is allowed.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Bytes of all files together.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Files and folders together; the root doesn't count.
    pub fn files(&self) -> u32 {
        self.arena.len() - 1
    }

    /// Keeps a node alive until [`release`](Self::release) is called as often.
    pub fn hold(&mut self, id: NodeId) {
        self.arena.node_mut(id).holders += 1;
    }

    /// Ends one [`hold`](Self::hold). A removed node goes with its last holder.
    pub fn release(&mut self, id: NodeId) {
        let node = self.arena.node_mut(id);
        node.holders = node.holders.saturating_sub(1);
        self.free_if_unused(id);
    }

    /// What is known of a node.
    pub fn stat(&self, id: NodeId) -> Stat {
        self.arena.node(id).stat(self.now)
    }

    /// Sets the times of a node; `None` leaves one as it is.
    pub fn set_times(&mut self, id: NodeId, accessed: Option<Time>, modified: Option<Time>) {
        let node = self.arena.node_mut(id);
        node.accessed = accessed.or(node.accessed);
        node.modified = modified.or(node.modified);
    }

    /// What the clock of all file times shows.
    pub fn now(&self) -> Time {
        self.now
    }

    fn add(&mut self, node: Node) -> Result<NodeId, Error> {
        if self.files() >= self.limits.files {
            return Err(Error::FilesLimit(self.limits.files));
        }
        Ok(self.arena.add(node))
    }

    fn free_if_unused(&mut self, id: NodeId) {
        let node = self.arena.node(id);
        if node.linked || node.holders > 0 {
            return;
        }
        let removed = self.arena.remove(id);
        if let Some(contents) = removed.contents() {
            self.bytes -= contents.len() as u64;
        }
    }
}
