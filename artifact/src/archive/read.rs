use std::io::{self, Read};

use tar::{Archive, Entry, EntryType};

use super::ArchiveError;
use crate::tree::{MAX_TREE_BYTES, TreeError, check_path, check_size};
use crate::{File, MAX_FILES};

/// The largest archive, in bytes: the largest tree and what its headers may take.
pub const MAX_ARCHIVE_BYTES: u64 = MAX_TREE_BYTES + (128 << 20);

/// An archive is a sequence of blocks, and ends with blocks of zeros.
const BLOCK_BYTES: usize = 512;

/// The files of a tar archive (ustar, GNU or PAX), at most so much as one tree may have.
///
/// A leading `./` of a path is dropped, and folders are passed over: trees have none that are empty.
/// Links, devices, pipes and sparse files are refused, and so is an absolute path, one with `..`, and a
/// file that is there twice. Of a mode only "executable by its owner" is kept; owners and times are not.
pub fn read(archive: impl Read) -> Result<Vec<File>, ArchiveError> {
    let mut watched = Watched::new(archive.take(MAX_ARCHIVE_BYTES));
    let files = read_files(&mut watched);
    if let Some(method) = compression(&watched.start) {
        return Err(ArchiveError::Compressed(method));
    }
    let files = files?;
    if watched.last != [0; BLOCK_BYTES] {
        return Err(ArchiveError::Cut);
    }
    Ok(files)
}

fn read_files(archive: &mut impl Read) -> Result<Vec<File>, ArchiveError> {
    let mut archive = Archive::new(archive);
    let mut files = Vec::new();
    let mut bytes = 0_u64;
    for (index, entry) in archive.entries().map_err(malformed)?.enumerate() {
        if index >= MAX_FILES {
            return Err(ArchiveError::TooManyEntries);
        }
        let mut entry = entry.map_err(malformed)?;
        let Some(path) = path_of_file(&mut entry)? else {
            continue;
        };
        check_size(&path, entry.size())?;
        bytes += entry.size();
        if bytes > MAX_TREE_BYTES {
            return Err(TreeError::TooLarge.into());
        }
        files.push(read_file(path, &mut entry)?);
    }
    refuse_twice(&files)?;
    Ok(files)
}

/// The path of an entry, if it is a file and no folder.
fn path_of_file(entry: &mut Entry<'_, impl Read>) -> Result<Option<String>, ArchiveError> {
    let raw = entry.path_bytes().into_owned();
    let path = String::from_utf8(raw)
        .map_err(|error| ArchiveError::NotUtf8(String::from_utf8_lossy(error.as_bytes()).into_owned()))?;
    let kind = match entry.header().entry_type() {
        // git writes the commit's id as comment.
        EntryType::XGlobalHeader => return Ok(None),
        // Before there was a type for folders they were files with a slash at the end.
        EntryType::Directory => None,
        EntryType::Regular | EntryType::Continuous if path.ends_with('/') => None,
        EntryType::Regular | EntryType::Continuous if is_sparse(entry)? => Some("sparse file"),
        EntryType::Regular | EntryType::Continuous => {
            let path = path.trim_start_matches("./");
            check_path(path)?;
            return Ok(Some(path.to_owned()));
        }
        EntryType::Symlink => Some("symbolic link"),
        EntryType::Link => Some("hard link"),
        EntryType::Char | EntryType::Block => Some("device"),
        EntryType::Fifo => Some("pipe"),
        EntryType::GNUSparse => Some("sparse file"),
        _ => Some("thing of unknown type"),
    };
    match kind {
        Some(kind) => Err(ArchiveError::Unsupported { path, kind }),
        None => Ok(None),
    }
}

/// PAX archives say by extensions that what follows are the pieces of a file with holes.
fn is_sparse(entry: &mut Entry<'_, impl Read>) -> Result<bool, ArchiveError> {
    let Some(extensions) = entry.pax_extensions().map_err(malformed)? else {
        return Ok(false);
    };
    for extension in extensions {
        if extension.map_err(malformed)?.key_bytes().starts_with(b"GNU.sparse") {
            return Ok(true);
        }
    }
    Ok(false)
}

fn read_file(path: String, entry: &mut Entry<'_, impl Read>) -> Result<File, ArchiveError> {
    let mode = entry.header().mode().map_err(malformed)?;
    let size = entry.size();
    let mut contents = Vec::new();
    entry.read_to_end(&mut contents).map_err(malformed)?;
    if contents.len() as u64 != size {
        return Err(ArchiveError::Cut);
    }
    Ok(File { path, contents, executable: mode & 0o100 != 0 })
}

fn refuse_twice(files: &[File]) -> Result<(), TreeError> {
    let mut seen = std::collections::BTreeSet::new();
    match files.iter().find(|file| !seen.insert(file.path.as_str())) {
        Some(file) => Err(TreeError::Twice(file.path.clone())),
        None => Ok(()),
    }
}

fn malformed(error: impl std::fmt::Display) -> ArchiveError {
    ArchiveError::Malformed(error.to_string())
}

fn compression(start: &[u8]) -> Option<&'static str> {
    const MAGIC: [(&[u8], &str); 5] = [
        (b"\x1f\x8b", "gzip"),
        (b"BZh", "bzip2"),
        (b"\xfd7zXZ", "xz"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"PK\x03\x04", "zip"),
    ];
    MAGIC.into_iter().find(|(magic, _)| start.starts_with(magic)).map(|(_, name)| name)
}

/// Keeps how an archive begins and its last block: the tar reader takes any end for the end.
struct Watched<R> {
    inner: R,
    start: Vec<u8>,
    last: [u8; BLOCK_BYTES],
}

impl<R> Watched<R> {
    fn new(inner: R) -> Self {
        Self { inner, start: Vec::new(), last: [1; BLOCK_BYTES] }
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let bytes = &buffer[..count];
        let missing = 6_usize.saturating_sub(self.start.len()).min(count);
        self.start.extend_from_slice(&bytes[..missing]);
        let kept = count.min(BLOCK_BYTES);
        self.last.rotate_left(kept);
        self.last[BLOCK_BYTES - kept..].copy_from_slice(&bytes[count - kept..]);
        Ok(count)
    }
}
