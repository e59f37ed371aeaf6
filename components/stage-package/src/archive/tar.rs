use std::io;

use tar::{Builder, EntryType, Header};

use super::{mode, place};
use crate::error::Error;
use crate::files::File;
use crate::moment::Moment;

/// A header has room for so many bytes of a path.
const MAX_SHORT_PATH_BYTES: usize = 100;

/// A POSIX tar archive (ustar, with pax records for paths that are long or not ASCII). All files belong to
/// 0:0 and were changed at the moment given, or at the beginning of 1970. There are no entries for folders: in an
/// image's layer one would take the place of the base's, links and modes included.
pub(crate) fn tar(files: &[File], prefix: &str, created: Option<Moment>) -> Result<Vec<u8>, Error> {
    let mut archive = Builder::new(Vec::new());
    let mtime = created.map_or(0, Moment::seconds);
    for file in files {
        append(&mut archive, &place(prefix, &file.path), file, mtime)
            .map_err(|error| Error::format("tar", error))?;
    }
    archive.into_inner().map_err(|error| Error::format("tar", error))
}

/// The name is written here, since the tar crate takes `\\` for `/` when it runs as WebAssembly.
fn append(archive: &mut Builder<Vec<u8>>, path: &str, file: &File, mtime: u64) -> io::Result<()> {
    if path.len() > MAX_SHORT_PATH_BYTES || !path.is_ascii() {
        archive.append_pax_extensions([("path", path.as_bytes())])?;
    }
    let name = &path[..path.floor_char_boundary(MAX_SHORT_PATH_BYTES)];
    let mut header = Header::new_ustar();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(EntryType::Regular);
    header.set_size(file.contents.len() as u64);
    header.set_mode(mode(file.executable));
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(mtime);
    header.set_cksum();
    archive.append(&header, file.contents.as_slice())
}
