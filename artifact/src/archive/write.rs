use std::io::{self, Write};

use tar::{Builder, EntryType, Header};

use super::ArchiveError;
use crate::{Artifacts, Entry, Store, StoredTree, Tree};

/// Writes a tree as a tar archive, sorted by path. The same tree is always the same bytes: files are
/// owned by nobody in particular, have mode 644 or 755, and were changed at the beginning of 1970.
pub fn write<S: Store + ?Sized>(
    artifacts: &Artifacts<'_, S>,
    stored: &StoredTree,
    out: impl Write,
) -> Result<(), ArchiveError> {
    let mut archive = Builder::new(out);
    for group in groups(stored.tree()) {
        let mut contents = artifacts.read_all(stored, group.iter().map(|(path, _)| *path))?;
        for (path, entry) in group {
            let bytes = contents.remove(path).unwrap_or_default();
            append(&mut archive, path, entry, &bytes).map_err(ArchiveError::Write)?;
        }
    }
    archive.finish().map_err(ArchiveError::Write)
}

/// A header has room for so many bytes of a path.
const MAX_SHORT_PATH_BYTES: usize = 100;

/// So many bytes of files are read at once, unless one file is larger.
const GROUP_BYTES: u64 = 8 << 20;

fn groups(tree: &Tree) -> Vec<Vec<(&str, &Entry)>> {
    let mut groups: Vec<Vec<_>> = Vec::new();
    let mut bytes = 0;
    for (path, entry) in tree.iter() {
        bytes += entry.size;
        match groups.last_mut() {
            Some(group) if bytes <= GROUP_BYTES => group.push((path, entry)),
            _ => {
                bytes = entry.size;
                groups.push(vec![(path, entry)]);
            }
        }
    }
    groups
}

/// The name is written here, since the tar crate takes `\\` for `/` when it runs as WebAssembly.
fn append(out: &mut Builder<impl Write>, path: &str, entry: &Entry, bytes: &[u8]) -> io::Result<()> {
    let mode = if entry.executable { 0o755 } else { 0o644 };
    if path.len() <= MAX_SHORT_PATH_BYTES {
        return out.append(&header(EntryType::Regular, path, entry.size, mode), bytes);
    }
    // As GNU tar does: the path is the contents of an entry before.
    let long = [path.as_bytes(), b"\0"].concat();
    let size = long.len() as u64;
    out.append(&header(EntryType::GNULongName, "././@LongLink", size, 0o644), long.as_slice())?;
    let start = &path[..path.floor_char_boundary(MAX_SHORT_PATH_BYTES)];
    out.append(&header(EntryType::Regular, start, entry.size, mode), bytes)
}

fn header(kind: EntryType, name: &str, size: u64, mode: u32) -> Header {
    let mut header = Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_cksum();
    header
}
