//! The project's files, as scripts see them: the project's folder is `/`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The files below a folder. Paths are absolute, `/`-separated and of the scripts.
#[derive(Debug)]
pub(crate) struct Disk {
    root: PathBuf,
}

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Folder,
}

impl Kind {
    /// As scripts call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Folder => "directory",
        }
    }
}

impl Disk {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// Where a path of the scripts is. It can't climb above the project.
    fn place(&self, path: &str) -> PathBuf {
        self.root.join(normalize(path).trim_start_matches('/'))
    }

    pub(crate) fn kind(&self, path: &str) -> Option<Kind> {
        self.stat(path).map(|(kind, _)| kind)
    }

    /// Kind and bytes.
    pub(crate) fn stat(&self, path: &str) -> Option<(Kind, u64)> {
        let metadata = fs::metadata(self.place(path)).ok()?;
        let kind = if metadata.is_dir() { Kind::Folder } else { Kind::File };
        Some((kind, metadata.len()))
    }

    pub(crate) fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        if self.kind(path) == Some(Kind::Folder) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        fs::read(self.place(path))
    }

    /// What doesn't decode is replaced, as Node does.
    pub(crate) fn read_text(&self, path: &str) -> io::Result<String> {
        let bytes = self.read(path)?;
        Ok(match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        })
    }

    pub(crate) fn write(&self, path: &str, bytes: &[u8], append: bool) -> io::Result<()> {
        use std::io::Write;
        let place = self.place(path);
        if self.kind(path) == Some(Kind::Folder) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if append {
            fs::OpenOptions::new().append(true).create(true).open(place)?.write_all(bytes)
        } else {
            fs::write(place, bytes)
        }
    }

    /// Names and kinds, sorted.
    pub(crate) fn list(&self, path: &str) -> io::Result<Vec<(String, Kind)>> {
        match self.kind(path) {
            None => return Err(io::ErrorKind::NotFound.into()),
            Some(Kind::File) => return Err(io::ErrorKind::NotADirectory.into()),
            Some(Kind::Folder) => {}
        }
        let mut entries = Vec::new();
        for entry in fs::read_dir(self.place(path))? {
            let entry = entry?;
            let kind = if entry.file_type()?.is_dir() { Kind::Folder } else { Kind::File };
            if let Some(name) = entry.file_name().to_str() {
                entries.push((name.to_owned(), kind));
            }
        }
        entries.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        Ok(entries)
    }

    /// Answers the first folder that was made, if one was.
    pub(crate) fn make_folder(&self, path: &str, recursive: bool) -> io::Result<Option<String>> {
        let path = normalize(path);
        match self.kind(&path) {
            Some(Kind::Folder) if recursive => return Ok(None),
            Some(_) => return Err(io::ErrorKind::AlreadyExists.into()),
            None => {}
        }
        if !recursive {
            fs::create_dir(self.place(&path))?;
            return Ok(Some(path));
        }
        let mut first = path.clone();
        while let Some((above, _)) = first.rsplit_once('/').filter(|(above, _)| !above.is_empty()) {
            match self.kind(above) {
                None => first = above.to_owned(),
                Some(Kind::File) => return Err(io::ErrorKind::NotADirectory.into()),
                Some(Kind::Folder) => break,
            }
        }
        fs::create_dir_all(self.place(&path))?;
        Ok(Some(first))
    }

    /// Removes a file; a folder only with all that is in it, and if `recursive` says so.
    pub(crate) fn remove(&self, path: &str, recursive: bool) -> io::Result<()> {
        match self.kind(path) {
            Some(Kind::Folder) if recursive => fs::remove_dir_all(self.place(path)),
            Some(Kind::Folder) => Err(io::ErrorKind::IsADirectory.into()),
            _ => fs::remove_file(self.place(path)),
        }
    }

    /// Removes a folder, which must be empty unless `recursive`.
    pub(crate) fn remove_folder(&self, path: &str, recursive: bool) -> io::Result<()> {
        match self.kind(path) {
            Some(Kind::File) => Err(io::ErrorKind::NotADirectory.into()),
            _ if recursive => fs::remove_dir_all(self.place(path)),
            _ => fs::remove_dir(self.place(path)),
        }
    }

    pub(crate) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.place(from), self.place(to))
    }
}

/// An error as Node's code for it.
pub(crate) fn code(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "ENOENT",
        io::ErrorKind::AlreadyExists => "EEXIST",
        io::ErrorKind::IsADirectory => "EISDIR",
        io::ErrorKind::NotADirectory => "ENOTDIR",
        io::ErrorKind::DirectoryNotEmpty => "ENOTEMPTY",
        io::ErrorKind::PermissionDenied => "EACCES",
        _ => "EIO",
    }
}

/// An absolute path without `.`, `..` and empty names. `..` at the top stays there.
pub(crate) fn normalize(path: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => drop(names.pop()),
            name => names.push(name),
        }
    }
    format!("/{}", names.join("/"))
}

/// The folder of a file.
pub(crate) fn folder(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((folder, _)) => folder,
    }
}

/// Appends a relative path to a folder.
pub(crate) fn join(folder: &str, path: &str) -> String {
    normalize(&format!("{folder}/{path}"))
}
