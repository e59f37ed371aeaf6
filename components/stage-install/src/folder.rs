//! The folder that becomes the artifact.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::limits::{MAX_INSTALL_BYTES, MAX_INSTALL_FILES, MAX_PATH_BYTES};

/// A folder, and what is in it.
pub(crate) struct Folder {
    root: PathBuf,
    pub(crate) files: usize,
    pub(crate) bytes: u64,
}

impl Folder {
    /// A new folder.
    pub(crate) fn create(root: PathBuf) -> Result<Self, Error> {
        fs::create_dir_all(&root).map_err(|source| failed(&root, source))?;
        Ok(Self { root, files: 0, bytes: 0 })
    }

    /// Writes a file of a package. Its path is clean. Tells whether it was there already, from another
    /// package: then it is left as it is.
    pub(crate) fn write(&mut self, path: &str, contents: &[u8]) -> Result<Written, Error> {
        if path.len() > MAX_PATH_BYTES {
            let max = format!("{MAX_PATH_BYTES} bytes");
            return Err(Error::too_large(format!("the path of `{path}`"), "MAX_PATH_BYTES", max));
        }
        let place = self.root.join(path);
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder).map_err(|source| failed(folder, source))?;
        }
        let mut file = match fs::File::create_new(&place) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::AlreadyExists && place.is_file() => {
                let there = fs::read(&place).map_err(|source| failed(&place, source))?;
                return Ok(if there == contents { Written::Same } else { Written::Other });
            }
            Err(source) => return Err(failed(&place, source)),
        };
        file.write_all(contents).map_err(|source| failed(&place, source))?;
        self.files += 1;
        self.bytes += contents.len() as u64;
        if self.files > MAX_INSTALL_FILES {
            let max = format!("{MAX_INSTALL_FILES} files");
            return Err(Error::too_large("what is installed", "MAX_INSTALL_FILES", max));
        }
        if self.bytes > MAX_INSTALL_BYTES {
            let max = format!("{MAX_INSTALL_BYTES} bytes");
            return Err(Error::too_large("what is installed", "MAX_INSTALL_BYTES", max));
        }
        Ok(Written::New)
    }
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// It is there now.
    New,
    /// It was there.
    Same,
    /// Another one is there.
    Other,
}

/// Reads a file of the inputs, of a limited size. `None`: it isn't there.
pub(crate) fn read(path: &Path, max_bytes: u64, limit: &'static str) -> Result<Option<Vec<u8>>, Error> {
    let bytes = match fs::metadata(path) {
        Ok(found) if found.is_file() => found.len(),
        Ok(_) => return Ok(None),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(failed(path, source)),
    };
    if bytes > max_bytes {
        let what = format!("`{}`", path.display());
        return Err(Error::too_large(what, limit, format!("{max_bytes} bytes")));
    }
    fs::read(path).map(Some).map_err(|source| failed(path, source))
}

pub(crate) fn failed(path: &Path, source: std::io::Error) -> Error {
    Error::File { path: path.display().to_string(), source }
}
