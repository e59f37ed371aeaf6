//! Reading and writing the bytes of files, within the limit.

use super::{Error, FileSystem, NodeId};

impl FileSystem {
    /// At most `len` bytes from `offset` on: fewer where the file ends, none past its end.
    pub fn read(&self, file: NodeId, offset: u64, len: u64) -> Result<&[u8], Error> {
        let contents = self.arena.node(file).contents()?;
        let size = contents.len() as u64;
        let start = offset.min(size);
        let end = start.saturating_add(len).min(size);
        // Both are at most `contents.len()`, so the casts are exact.
        #[allow(clippy::cast_possible_truncation)]
        Ok(&contents[start as usize..end as usize])
    }

    /// Writes all bytes from `offset` on. A gap before them is filled with zeroes.
    pub fn write(&mut self, file: NodeId, offset: u64, bytes: Vec<u8>) -> Result<(), Error> {
        let old = self.arena.node(file).contents()?.len() as u64;
        if bytes.is_empty() {
            return Ok(());
        }
        let end = offset.saturating_add(bytes.len() as u64);
        let more = self.check_growth(old, end)?;
        let contents = self.arena.node_mut(file).contents_mut()?;
        if old == 0 && offset == 0 {
            *contents = bytes;
        } else {
            grow(contents, more)?;
            let end = to_index(end)?;
            let start = end - bytes.len();
            contents[start..end].copy_from_slice(&bytes);
        }
        self.bytes += more;
        Ok(())
    }

    /// Writes all bytes at the end.
    pub fn append(&mut self, file: NodeId, bytes: Vec<u8>) -> Result<(), Error> {
        let end = self.stat(file).size;
        self.write(file, end, bytes)
    }

    /// Cuts the file, or fills it up with zeroes.
    pub fn set_len(&mut self, file: NodeId, len: u64) -> Result<(), Error> {
        let old = self.arena.node(file).contents()?.len() as u64;
        let more = self.check_growth(old, len)?;
        let contents = self.arena.node_mut(file).contents_mut()?;
        if len == 0 {
            *contents = Vec::new();
        } else if len < old {
            contents.truncate(to_index(len)?);
        } else {
            grow(contents, more)?;
        }
        self.bytes = self.bytes - old + len;
        Ok(())
    }

    /// By how many bytes a file grows that is to reach to `end`, if the limit allows it.
    fn check_growth(&self, old: u64, end: u64) -> Result<u64, Error> {
        let more = end.saturating_sub(old);
        self.check_room(more).map(|()| more)
    }
}

/// A file that is longer than this grows by a quarter of its length and no more, so that a large one that is written
/// piece by piece never takes twice its size.
const LARGE_BYTES: usize = 1 << 20;

/// Adds zeroes, or says that the memory is used up.
fn grow(contents: &mut Vec<u8>, more: u64) -> Result<(), Error> {
    let more = to_index(more)?;
    let room = if contents.len() < LARGE_BYTES { contents.len() } else { contents.len() / 4 };
    if contents.capacity() - contents.len() < more {
        contents
            .try_reserve_exact(more.max(room))
            .or_else(|_| contents.try_reserve_exact(more))
            .map_err(|_| Error::OutOfMemory)?;
    }
    contents.resize(contents.len() + more, 0);
    Ok(())
}

fn to_index(bytes: u64) -> Result<usize, Error> {
    usize::try_from(bytes).map_err(|_| Error::OutOfMemory)
}
