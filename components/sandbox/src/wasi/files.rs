//! `wasi:filesystem` over [`crate::fs`].

mod descriptor;

use std::cell::RefCell;

use super::bindings::exports::wasi::filesystem::preopens;
use super::bindings::exports::wasi::filesystem::types::{
    self, Descriptor, DescriptorFlags, DescriptorType, DirectoryEntry, ErrorCode, GuestDirectoryEntryStream,
};
use super::bindings::exports::wasi::io::error::ErrorBorrow;
use super::{Sandbox, State, with};
use crate::fs::{Error, FileSystem, Kind, NodeId};

pub(super) use descriptor::Opened;

impl preopens::Guest for Sandbox {
    /// One folder, `/`: relative paths start there as well. None if as many descriptors are open as may be.
    fn get_directories() -> Vec<(Descriptor, String)> {
        let flags = DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY;
        let root = Held::new(FileSystem::ROOT).map(|node| Descriptor::new(Opened { node, flags }));
        root.into_iter().map(|root| (root, "/".to_owned())).collect()
    }
}

impl types::Guest for Sandbox {
    type Descriptor = Opened;
    type DirectoryEntryStream = Entries;

    fn filesystem_error_code(error: ErrorBorrow<'_>) -> Option<ErrorCode> {
        Some(code(*error.get::<Error>()))
    }
}

/// A node that lives as long as this does, which is one open descriptor.
pub(super) struct Held(NodeId);

impl Held {
    pub(super) fn new(node: NodeId) -> Result<Self, ErrorCode> {
        on_files(|fs| fs.hold(node)).map(|()| Self(node))
    }

    /// For a node that is held for the caller already.
    fn adopt(node: NodeId) -> Self {
        Self(node)
    }

    pub(super) fn id(&self) -> NodeId {
        self.0
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        with(|state| state.fs.release(self.0));
    }
}

/// The names in a folder when reading it began.
pub(super) struct Entries {
    entries: RefCell<std::vec::IntoIter<(String, Kind)>>,
    _folder: Held,
}

impl GuestDirectoryEntryStream for Entries {
    fn read_directory_entry(&self) -> Result<Option<DirectoryEntry>, ErrorCode> {
        let next = self.entries.borrow_mut().next();
        Ok(next.map(|(name, kind)| DirectoryEntry { type_: descriptor_type(kind), name }))
    }
}

impl State {
    /// A program that meets a limit sees `no space left` and no more: the log names the limit.
    pub(super) fn note_limit(&mut self, error: Error) {
        if error.is_limit() {
            self.log.note(&error.to_string());
        }
    }
}

/// Runs something on the file system, and tells the log of limits.
fn on_files<T>(run: impl FnOnce(&mut FileSystem) -> Result<T, Error>) -> Result<T, ErrorCode> {
    with(|state| run(&mut state.fs).inspect_err(|error| state.note_limit(*error)).map_err(code))
}

fn descriptor_type(kind: Kind) -> DescriptorType {
    match kind {
        Kind::File => DescriptorType::RegularFile,
        Kind::Folder => DescriptorType::Directory,
        Kind::Link => DescriptorType::SymbolicLink,
    }
}

fn code(error: Error) -> ErrorCode {
    match error {
        Error::Exists => ErrorCode::Exist,
        Error::NotFound => ErrorCode::NoEntry,
        Error::NotFolder => ErrorCode::NotDirectory,
        Error::IsFolder => ErrorCode::IsDirectory,
        Error::NotEmpty => ErrorCode::NotEmpty,
        Error::Outside | Error::FolderNames => ErrorCode::NotPermitted,
        Error::Loop | Error::IsLink | Error::EndlessLink => ErrorCode::Loop,
        Error::NameTooLong => ErrorCode::NameTooLong,
        Error::Invalid => ErrorCode::Invalid,
        Error::NotOpenedFor => ErrorCode::BadDescriptor,
        Error::BytesLimit(_) => ErrorCode::InsufficientSpace,
        // WASI has no code for too many open files.
        Error::FilesLimit(_) | Error::OpenLimit(_) => ErrorCode::Quota,
        Error::OutOfMemory => ErrorCode::InsufficientMemory,
    }
}
