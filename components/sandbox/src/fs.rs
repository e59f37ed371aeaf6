//! A file system in memory: files, folders, and links of both kinds. Everything about it follows from the calls
//! made: numbers of nodes are given in order, folders list their names in bytewise order.
//!
//! A node that is removed while someone [holds](FileSystem::hold) it lives on until it is released,
//! as on POSIX.

mod content;
mod links;
mod node;
mod open;
mod path;
mod tree;
mod workspace;

#[cfg(test)]
mod tests;

pub use node::{Kind, NodeId, Stat, Time};
pub use open::Open;
pub use path::Follow;
pub use workspace::Listed;

use node::{Arena, Node};

/// Bytes of one name in a path.
pub const MAX_NAME_BYTES: usize = 255;
/// Bytes of the target of a symbolic link.
pub const MAX_TARGET_BYTES: usize = 4096;
/// Symbolic links on one path.
pub const MAX_LINKS_FOLLOWED: u32 = 40;

/// How much a file system may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all files together, and of the targets of links.
    pub bytes: u64,
    /// Files, folders and links together; one that has several names counts once for each.
    pub files: u32,
    /// Nodes that are [held](FileSystem::hold) at once: open files and folders, and streams of them.
    pub open: u32,
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
    /// More than [`MAX_LINKS_FOLLOWED`].
    #[error("the path leads over more than {MAX_LINKS_FOLLOWED} links")]
    Loop,
    /// A link is where a file or folder must be, and was not to be followed.
    #[error("a link is where a file or folder must be")]
    IsLink,
    /// A folder was to get a second name.
    #[error("a folder has one name alone")]
    FolderNames,
    /// A link that leads to a folder in which it stands, or over which all in all too much would be listed.
    #[error("the link leads to a folder, and from there in a circle or to more than the limit of files")]
    EndlessLink,
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
    /// [`Limits::open`], which is named, is reached.
    #[error("the limit of {0} open descriptors is reached")]
    OpenLimit(u32),
    /// The memory of this instance is used up before any limit.
    #[error("the memory for files is used up")]
    OutOfMemory,
}

impl Error {
    /// Whether a limit is reached, of which the text tells more than a program is told.
    pub fn is_limit(self) -> bool {
        matches!(self, Self::BytesLimit(_) | Self::FilesLimit(_) | Self::OpenLimit(_) | Self::OutOfMemory)
    }
}

/// Files, folders and links in memory, within limits.
#[derive(Debug)]
pub struct FileSystem {
    arena: Arena,
    limits: Limits,
    /// Bytes of all files and links, of those among them that are removed but held.
    bytes: u64,
    /// Names beside the first one that each node has.
    more_names: u32,
    /// Holds.
    open: u32,
    /// What the clock shows.
    now: Time,
}

impl FileSystem {
    /// The folder from which everything hangs.
    pub const ROOT: NodeId = NodeId::ROOT;

    /// A file system of one empty folder. All its times are `now_seconds` after 1970.
    pub fn new(limits: Limits, now_seconds: u64) -> Self {
        let now = Time { seconds: now_seconds, nanoseconds: 0 };
        Self { arena: Arena::new(Node::root()), limits, bytes: 0, more_names: 0, open: 0, now }
    }

    /// How much is allowed.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Bytes of all files together.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Files, folders and links together, as often as each has a name; the root doesn't count.
    pub fn files(&self) -> u32 {
        self.arena.len() - 1 + self.more_names
    }

    /// Keeps a node alive until [`release`](Self::release) is called as often.
    pub fn hold(&mut self, id: NodeId) -> Result<(), Error> {
        self.check_open()?;
        self.open += 1;
        self.arena.node_mut(id).holders += 1;
        Ok(())
    }

    /// Ends one [`hold`](Self::hold). A removed node goes with its last holder.
    pub fn release(&mut self, id: NodeId) {
        let node = self.arena.node_mut(id);
        node.holders -= 1;
        self.open -= 1;
        self.free_if_unused(id);
    }

    /// What is known of a node.
    pub fn stat(&self, id: NodeId) -> Stat {
        self.arena.node(id).stat(self.now)
    }

    /// Sets the times of a node; `None` leaves one as it is.
    pub fn set_times(&mut self, id: NodeId, accessed: Option<Time>, modified: Option<Time>) {
        let times = self.arena.node_mut(id).times.get_or_insert_default();
        times.accessed = accessed.or(times.accessed);
        times.modified = modified.or(times.modified);
    }

    /// What the clock of all file times shows.
    pub fn now(&self) -> Time {
        self.now
    }

    fn add(&mut self, node: Node) -> Result<NodeId, Error> {
        self.check_files()?;
        self.bytes += node.bytes();
        Ok(self.arena.add(node))
    }

    fn check_files(&self) -> Result<(), Error> {
        if self.files() < self.limits.files { Ok(()) } else { Err(Error::FilesLimit(self.limits.files)) }
    }

    fn check_open(&self) -> Result<(), Error> {
        if self.open < self.limits.open { Ok(()) } else { Err(Error::OpenLimit(self.limits.open)) }
    }

    fn check_room(&self, bytes: u64) -> Result<(), Error> {
        let left = self.limits.bytes.saturating_sub(self.bytes);
        if bytes <= left { Ok(()) } else { Err(Error::BytesLimit(self.limits.bytes)) }
    }

    fn free_if_unused(&mut self, id: NodeId) {
        let node = self.arena.node(id);
        if node.links > 0 || node.holders > 0 {
            return;
        }
        self.bytes -= self.arena.remove(id).bytes();
    }
}
