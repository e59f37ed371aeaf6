//! Descriptors: open files and folders.

use std::cell::{Cell, RefCell};

use super::super::bindings::exports::wasi::filesystem::types::{
    Advice, Descriptor, DescriptorBorrow, DescriptorFlags, DescriptorStat, DescriptorType,
    DirectoryEntryStream, ErrorCode, Filesize, GuestDescriptor, MetadataHashValue, NewTimestamp, OpenFlags,
    PathFlags,
};
use super::super::bindings::exports::wasi::io::streams::{InputStream, OutputStream};
use super::super::io::{Input, MAX_TRANSFER_BYTES, Output};
use super::{Entries, Held, code, descriptor_type, on_files};
use crate::fs::{Error, FileSystem, Follow, NodeId, Open, Stat, Time};

/// Of a second.
const NANOSECONDS: u32 = 1_000_000_000;

/// An open file or folder, and for what it was opened.
pub(in super::super) struct Opened {
    pub(super) node: Held,
    pub(super) flags: DescriptorFlags,
}

impl Opened {
    fn id(&self) -> NodeId {
        self.node.id()
    }

    fn needs(&self, flag: DescriptorFlags) -> Result<(), ErrorCode> {
        if self.flags.contains(flag) { Ok(()) } else { Err(code(Error::NotOpenedFor)) }
    }

    /// For reading or writing contents: another hold on the file.
    fn file(&self, flag: DescriptorFlags) -> Result<Held, ErrorCode> {
        self.needs(flag)?;
        on_files(|fs| fs.read(self.id(), 0, 0).map(drop))?;
        Held::new(self.id())
    }

    fn stat_of(&self, flags: PathFlags, path: &str) -> Result<Stat, ErrorCode> {
        on_files(|fs| Ok(fs.stat(fs.lookup(self.id(), path, follow(flags))?)))
    }
}

impl GuestDescriptor for Opened {
    fn read_via_stream(&self, offset: Filesize) -> Result<InputStream, ErrorCode> {
        let file = self.file(DescriptorFlags::READ)?;
        Ok(InputStream::new(Input::File(file, Cell::new(offset))))
    }

    fn write_via_stream(&self, offset: Filesize) -> Result<OutputStream, ErrorCode> {
        let file = self.file(DescriptorFlags::WRITE)?;
        Ok(OutputStream::new(Output::At(file, Cell::new(offset))))
    }

    fn append_via_stream(&self) -> Result<OutputStream, ErrorCode> {
        Ok(OutputStream::new(Output::End(self.file(DescriptorFlags::WRITE)?)))
    }

    /// Advice changes nothing; a folder takes none.
    fn advise(&self, _: Filesize, _: Filesize, _: Advice) -> Result<(), ErrorCode> {
        on_files(|fs| fs.read(self.id(), 0, 0).map(drop)).map_err(|_| ErrorCode::BadDescriptor)
    }

    fn sync_data(&self) -> Result<(), ErrorCode> {
        Ok(())
    }

    fn get_flags(&self) -> Result<DescriptorFlags, ErrorCode> {
        Ok(self.flags)
    }

    fn get_type(&self) -> Result<DescriptorType, ErrorCode> {
        on_files(|fs| Ok(descriptor_type(fs.stat(self.id()).kind)))
    }

    fn set_size(&self, size: Filesize) -> Result<(), ErrorCode> {
        self.needs(DescriptorFlags::WRITE)?;
        on_files(|fs| fs.set_len(self.id(), size))
    }

    fn set_times(&self, accessed: NewTimestamp, modified: NewTimestamp) -> Result<(), ErrorCode> {
        on_files(|fs| set_times(fs, self.id(), accessed, modified))
    }

    fn read(&self, length: Filesize, offset: Filesize) -> Result<(Vec<u8>, bool), ErrorCode> {
        self.needs(DescriptorFlags::READ)?;
        on_files(|fs| {
            let bytes = fs.read(self.id(), offset, length.min(MAX_TRANSFER_BYTES))?;
            let end = offset.saturating_add(bytes.len() as u64);
            Ok((bytes.to_vec(), end >= fs.stat(self.id()).size))
        })
    }

    fn write(&self, buffer: Vec<u8>, offset: Filesize) -> Result<Filesize, ErrorCode> {
        self.needs(DescriptorFlags::WRITE)?;
        let len = buffer.len() as u64;
        on_files(|fs| fs.write(self.id(), offset, buffer).map(|()| len))
    }

    fn read_directory(&self) -> Result<DirectoryEntryStream, ErrorCode> {
        let entries = on_files(|fs| fs.entries(self.id()))?.into_iter();
        let folder = Held::new(self.id())?;
        Ok(DirectoryEntryStream::new(Entries { entries: RefCell::new(entries), _folder: folder }))
    }

    fn sync(&self) -> Result<(), ErrorCode> {
        Ok(())
    }

    fn create_directory_at(&self, path: String) -> Result<(), ErrorCode> {
        on_files(|fs| fs.create_folder(self.id(), &path))
    }

    fn stat(&self) -> Result<DescriptorStat, ErrorCode> {
        on_files(|fs| Ok(fs.stat(self.id()).into()))
    }

    fn stat_at(&self, flags: PathFlags, path: String) -> Result<DescriptorStat, ErrorCode> {
        self.stat_of(flags, &path).map(Into::into)
    }

    fn set_times_at(
        &self,
        flags: PathFlags,
        path: String,
        accessed: NewTimestamp,
        modified: NewTimestamp,
    ) -> Result<(), ErrorCode> {
        on_files(|fs| {
            let node = fs.lookup(self.id(), &path, follow(flags))?;
            set_times(fs, node, accessed, modified)
        })
    }

    fn link_at(
        &self,
        flags: PathFlags,
        old_path: String,
        new_descriptor: DescriptorBorrow<'_>,
        new_path: String,
    ) -> Result<(), ErrorCode> {
        let new_base = new_descriptor.get::<Self>().id();
        on_files(|fs| fs.link(self.id(), &old_path, follow(flags), new_base, &new_path))
    }

    fn open_at(
        &self,
        path_flags: PathFlags,
        path: String,
        open: OpenFlags,
        flags: DescriptorFlags,
    ) -> Result<Descriptor, ErrorCode> {
        let how = Open {
            create: open.contains(OpenFlags::CREATE),
            exclusive: open.contains(OpenFlags::EXCLUSIVE),
            folder: open.contains(OpenFlags::DIRECTORY),
            truncate: open.contains(OpenFlags::TRUNCATE),
            write: flags.contains(DescriptorFlags::WRITE),
            follow: path_flags.contains(PathFlags::SYMLINK_FOLLOW),
        };
        let node = Held::adopt(on_files(|fs| fs.open(self.id(), &path, how))?);
        Ok(Descriptor::new(Opened { node, flags }))
    }

    fn readlink_at(&self, path: String) -> Result<String, ErrorCode> {
        on_files(|fs| fs.read_link(self.id(), &path).map(str::to_owned))
    }

    fn remove_directory_at(&self, path: String) -> Result<(), ErrorCode> {
        on_files(|fs| fs.remove_folder(self.id(), &path))
    }

    fn rename_at(
        &self,
        old_path: String,
        new_descriptor: DescriptorBorrow<'_>,
        new_path: String,
    ) -> Result<(), ErrorCode> {
        let new_base = new_descriptor.get::<Self>().id();
        on_files(|fs| fs.rename(self.id(), &old_path, new_base, &new_path))
    }

    fn symlink_at(&self, target: String, path: String) -> Result<(), ErrorCode> {
        on_files(|fs| fs.symlink(&target, self.id(), &path))
    }

    fn unlink_file_at(&self, path: String) -> Result<(), ErrorCode> {
        on_files(|fs| fs.remove_file(self.id(), &path))
    }

    fn is_same_object(&self, other: DescriptorBorrow<'_>) -> bool {
        self.id() == other.get::<Self>().id()
    }

    fn metadata_hash(&self) -> Result<MetadataHashValue, ErrorCode> {
        on_files(|fs| Ok(hash(fs.stat(self.id()))))
    }

    fn metadata_hash_at(&self, flags: PathFlags, path: String) -> Result<MetadataHashValue, ErrorCode> {
        self.stat_of(flags, &path).map(hash)
    }
}

/// Programs take it for the number of the node, so it must not change with the contents.
fn hash(stat: Stat) -> MetadataHashValue {
    MetadataHashValue { lower: stat.number, upper: 0 }
}

fn follow(flags: PathFlags) -> Follow {
    if flags.contains(PathFlags::SYMLINK_FOLLOW) { Follow::Always } else { Follow::BeforeSlash }
}

fn set_times(
    fs: &mut FileSystem,
    node: NodeId,
    accessed: NewTimestamp,
    modified: NewTimestamp,
) -> Result<(), Error> {
    let now = fs.now();
    let resolve = |new: NewTimestamp| match new {
        NewTimestamp::NoChange => Ok(None),
        NewTimestamp::Now => Ok(Some(now)),
        NewTimestamp::Timestamp(time) if time.nanoseconds >= NANOSECONDS => Err(Error::Invalid),
        NewTimestamp::Timestamp(time) => Ok(Some(Time::from(time))),
    };
    fs.set_times(node, resolve(accessed)?, resolve(modified)?);
    Ok(())
}

impl From<Stat> for DescriptorStat {
    fn from(stat: Stat) -> Self {
        Self {
            type_: descriptor_type(stat.kind),
            link_count: stat.links,
            size: stat.size,
            data_access_timestamp: Some(stat.accessed.into()),
            data_modification_timestamp: Some(stat.modified.into()),
            status_change_timestamp: Some(stat.modified.into()),
        }
    }
}
