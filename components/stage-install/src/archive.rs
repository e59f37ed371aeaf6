//! What all archives must be: small enough, and with paths that stay below their folder.

pub(crate) mod tarball;
pub(crate) mod zip;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::rc::Rc;

use crate::error::Error;
use crate::limits::{
    MAX_NAME_BYTES, MAX_PACKAGE_BYTES, MAX_PACKAGE_ENTRIES, MAX_PATH_BYTES, MAX_RATIO, RATIO_FROM_BYTES,
};

/// A file of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    /// Relative, `/` between names, none of them empty, `.` or `..`.
    pub(crate) path: String,
    pub(crate) contents: Vec<u8>,
}

/// Counts what comes out of an archive, and stops it where it is too much.
#[derive(Debug, Clone)]
pub(crate) struct Meter {
    packed_bytes: u64,
    unpacked_bytes: Rc<Cell<u64>>,
    stopped_by: Rc<Cell<Option<Stop>>>,
    entries: Rc<Cell<usize>>,
}

#[derive(Debug, Clone, Copy)]
enum Stop {
    Bytes,
    Ratio,
}

/// A reader of unpacked bytes.
pub(crate) struct Metered<R> {
    inner: R,
    meter: Meter,
}

impl Meter {
    /// For an archive of so many bytes.
    pub(crate) fn new(packed_bytes: usize) -> Self {
        Self {
            packed_bytes: packed_bytes as u64,
            unpacked_bytes: Rc::default(),
            stopped_by: Rc::default(),
            entries: Rc::default(),
        }
    }

    /// Counts what is read.
    pub(crate) fn read<R: Read>(&self, inner: R) -> Metered<R> {
        Metered { inner, meter: self.clone() }
    }

    /// Counts an entry.
    pub(crate) fn entry(&self, what: &str) -> Result<(), Error> {
        self.entries.set(self.entries.get() + 1);
        if self.entries.get() > MAX_PACKAGE_ENTRIES {
            let max = format!("{MAX_PACKAGE_ENTRIES} entries");
            return Err(Error::too_large(format!("the archive of {what}"), "MAX_PACKAGE_ENTRIES", max));
        }
        Ok(())
    }

    /// What an error of a reader means: the limit that stopped it, or a broken archive.
    pub(crate) fn explain(&self, what: &str, problem: &dyn std::fmt::Display) -> Error {
        let unpacked = format!("{what}, unpacked,");
        match self.stopped_by.get() {
            Some(Stop::Bytes) => {
                Error::too_large(unpacked, "MAX_PACKAGE_BYTES", format!("{MAX_PACKAGE_BYTES} bytes"))
            }
            Some(Stop::Ratio) => {
                let max = format!("{MAX_RATIO} times its {} bytes, as an archive bomb is", self.packed_bytes);
                Error::too_large(unpacked, "MAX_RATIO", max)
            }
            None => Error::BadArchive {
                what: what.to_owned(),
                problem: format!("the archive is broken: {problem}"),
            },
        }
    }

    fn count(&self, bytes: usize) -> io::Result<()> {
        let unpacked = self.unpacked_bytes.get() + bytes as u64;
        self.unpacked_bytes.set(unpacked);
        let stop = if unpacked > MAX_PACKAGE_BYTES {
            Stop::Bytes
        } else if unpacked > RATIO_FROM_BYTES && unpacked / MAX_RATIO > self.packed_bytes {
            Stop::Ratio
        } else {
            return Ok(());
        };
        self.stopped_by.set(Some(stop));
        Err(io::Error::other("too large"))
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.meter.count(read)?;
        Ok(read)
    }
}

/// The path of an entry, put in order. Names that are empty or `.` say nothing and are left out.
pub(crate) fn clean_path(path: &str) -> Result<String, String> {
    if path.starts_with('/') {
        return Err("it is absolute".to_owned());
    }
    if path.chars().any(char::is_control) {
        return Err("it has a control character".to_owned());
    }
    let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty() && *name != ".").collect();
    if names.contains(&"..") {
        return Err("it climbs by `..`".to_owned());
    }
    if names.iter().any(|name| name.len() > MAX_NAME_BYTES) {
        return Err(format!("a name in it has more than MAX_NAME_BYTES, {MAX_NAME_BYTES} bytes"));
    }
    let path = names.join("/");
    if path.len() > MAX_PATH_BYTES {
        return Err(format!("it has more than MAX_PATH_BYTES, {MAX_PATH_BYTES} bytes"));
    }
    Ok(path)
}

/// Collects the files of one archive.
pub(crate) struct Files<'a> {
    what: &'a str,
    files: BTreeMap<String, Vec<u8>>,
}

impl<'a> Files<'a> {
    pub(crate) fn of(what: &'a str) -> Self {
        Self { what, files: BTreeMap::new() }
    }

    /// Adds a file. The same again says nothing new; another of the same path is refused.
    pub(crate) fn add(&mut self, path: String, contents: Vec<u8>) -> Result<(), Error> {
        if self.files.get(&path).is_some_and(|other| *other != contents) {
            return Err(self.unsafe_path(&path, "it is there twice, with different contents"));
        }
        self.files.insert(path, contents);
        Ok(())
    }

    pub(crate) fn unsafe_path(&self, path: &str, problem: impl Into<String>) -> Error {
        let path = path.chars().take(200).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        Error::UnsafePath { what: self.what.to_owned(), path, problem: problem.into() }
    }

    /// All of them, in the order of their paths.
    pub(crate) fn finish(self) -> Vec<File> {
        self.files.into_iter().map(|(path, contents)| File { path, contents }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, expected: Result<&str, &str>) {
        assert_eq!(clean_path(path), expected.map(str::to_owned).map_err(str::to_owned));
    }

    #[test]
    fn paths_stay_below_their_folder() {
        check("a/b.js", Ok("a/b.js"));
        check("./a//b/", Ok("a/b"));
        check("", Ok(""));
        check("/etc/passwd", Err("it is absolute"));
        check("a/../../b", Err("it climbs by `..`"));
        check("a\0b", Err("it has a control character"));
        check(&"a".repeat(256), Err("a name in it has more than MAX_NAME_BYTES, 255 bytes"));
        check(&"a/".repeat(600), Err("it has more than MAX_PATH_BYTES, 1024 bytes"));
    }
}
