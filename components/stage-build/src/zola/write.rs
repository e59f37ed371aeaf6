//! Writes the artifact.

mod minify;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::{Place, files};

/// Files of the site as they come.
#[derive(Debug)]
pub(crate) struct Writer<'p> {
    place: &'p Place,
    minify: bool,
    written: BTreeSet<PathBuf>,
}

impl<'p> Writer<'p> {
    pub(crate) fn new(place: &'p Place, minify: bool) -> Self {
        Self { place, minify, written: BTreeSet::new() }
    }

    /// Writes a file in a folder, which is a URL's path.
    pub(crate) fn write(&mut self, folder: &str, name: &str, text: String) -> Result<(), Error> {
        let shown = format!("{}/{name}", folder.trim_matches('/'));
        let path = files::relative(shown.trim_start_matches('/'))
            .ok_or_else(|| Error::UnsafePath { what: "path", path: shown.clone() })?;
        if self.minify && name.ends_with(".html") {
            return self.write_file(&path, minify::html(&text).as_bytes());
        }
        self.write_file(&path, text.as_bytes())
    }

    /// Writes a file, in place of what was written before under its name.
    pub(crate) fn write_file(&mut self, path: &Path, bytes: &[u8]) -> Result<(), Error> {
        self.count(path)?;
        files::write(self.place, path, bytes)
    }

    /// Copies a file of the project.
    pub(crate) fn copy(&mut self, from: &Path, to: &Path) -> Result<(), Error> {
        self.count(to)?;
        let bytes = std::fs::read(from).map_err(|error| Error::io("read", from, &error))?;
        files::write(self.place, to, &bytes)
    }

    fn count(&mut self, path: &Path) -> Result<(), Error> {
        self.written.insert(path.to_owned());
        if self.written.len() as u64 > files::MAX_FILES {
            return Err(Error::TooLarge {
                what: "the site has too many files".to_owned(),
                limit: files::MAX_FILES,
            });
        }
        Ok(())
    }
}
