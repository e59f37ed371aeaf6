//! Trees of files: what an artifact is, and how its digest comes about.

mod filter;
mod glob;
mod manifest;
mod path;

use std::collections::BTreeMap;

pub use filter::{Globs, InvalidGlob, MAX_GLOBS};
pub use glob::{MAX_GLOB_BYTES, MAX_NESTING};
pub use manifest::ManifestError;
pub use path::{InvalidPath, MAX_PART_BYTES, check_path};

use crate::Digest;

/// The most files that a tree may have.
pub const MAX_FILES: usize = 50_000;
/// The largest file, in bytes.
pub const MAX_FILE_BYTES: u64 = 64 << 20;
/// The most bytes that the files of a tree may have together.
pub const MAX_TREE_BYTES: u64 = 256 << 20;
/// The longest path, in bytes of UTF-8.
pub const MAX_PATH_BYTES: usize = 1024;

/// A file of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// SHA-256 of the contents.
    pub digest: Digest,
    /// In bytes.
    pub size: u64,
    /// Whether it may be run as a program.
    pub executable: bool,
}

/// Files by their paths. There are no empty folders and no symbolic links.
///
/// # Canonical manifest
///
/// The digest of a tree is that of its manifest: UTF-8 text, each line ended by one `\n`. The first
/// line is `ropewalk tree 1`; then comes one line a file, sorted by path as bytes:
///
/// ```text
/// <64 lower-case hexadecimal digits of SHA-256> <size in bytes, decimal> <`-`, or `x` if executable> <path>
/// ```
///
/// with single spaces, and sizes without leading zeros. A path is relative, its parts are divided by `/`,
/// none is empty, `.` or `..`, or longer than 255 bytes, and no character is a control character, so
/// that no line breaks; the path as a whole has at most [`MAX_PATH_BYTES`]. No path occurs twice, and
/// none is at once a file and a folder above another. The tree without files has the manifest
/// `ropewalk tree 1\n`. One tree has one manifest, and every other text is refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    entries: BTreeMap<String, Entry>,
}

/// Files cannot be one tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// A path breaks the rules.
    #[error(transparent)]
    Path(#[from] InvalidPath),
    /// A path occurs twice.
    #[error("file `{0}` is there twice")]
    Twice(String),
    /// A path is a file and a folder.
    #[error("`{0}` is both a file and a folder")]
    FileAndFolder(String),
    /// More than [`MAX_FILES`].
    #[error("there are more than {MAX_FILES} files")]
    TooManyFiles,
    /// More than [`MAX_FILE_BYTES`].
    #[error("file `{path}` has {bytes} bytes: the limit is {MAX_FILE_BYTES}")]
    FileTooLarge {
        /// Which file.
        path: String,
        /// Its size.
        bytes: u64,
    },
    /// More than [`MAX_TREE_BYTES`].
    #[error("the files have more than {MAX_TREE_BYTES} bytes together")]
    TooLarge,
}

impl Tree {
    /// A tree without files.
    pub fn new() -> Self {
        Self::default()
    }

    /// A tree of these files, if they keep the rules.
    pub fn from_entries(files: impl IntoIterator<Item = (String, Entry)>) -> Result<Self, TreeError> {
        let mut entries = BTreeMap::new();
        let mut bytes = 0_u64;
        for (path, entry) in files {
            check_path(&path)?;
            check_size(&path, entry.size)?;
            bytes = bytes.saturating_add(entry.size);
            if bytes > MAX_TREE_BYTES {
                return Err(TreeError::TooLarge);
            }
            if entries.len() >= MAX_FILES {
                return Err(TreeError::TooManyFiles);
            }
            if entries.contains_key(&path) {
                return Err(TreeError::Twice(path));
            }
            entries.insert(path, entry);
        }
        let tree = Self { entries };
        tree.check_folders()?;
        Ok(tree)
    }

    /// The digest of the canonical manifest: the artifact's name.
    pub fn digest(&self) -> Digest {
        Digest::of(self.to_manifest().as_bytes())
    }

    /// The file at a path.
    pub fn get(&self, path: &str) -> Option<&Entry> {
        self.entries.get(path)
    }

    /// Every file, sorted by path as bytes.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Entry)> {
        self.entries.iter().map(|(path, entry)| (path.as_str(), entry))
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no file.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The size of all files together, in bytes.
    pub fn bytes(&self) -> u64 {
        self.entries.values().map(|entry| entry.size).sum()
    }

    /// The files that match one of `include` and none of `exclude`. See [`Globs`].
    pub fn filter<T: AsRef<str>>(&self, include: &[T], exclude: &[T]) -> Result<Self, InvalidGlob> {
        let globs = Globs::new(include, exclude)?;
        if globs.match_all() {
            return Ok(self.clone());
        }
        Ok(self.filtered(&globs))
    }

    /// The files that these globs match.
    #[must_use]
    pub fn filtered(&self, globs: &Globs) -> Self {
        let matching = self.entries.iter().filter(|(path, _)| globs.matches(path));
        Self { entries: matching.map(|(path, entry)| (path.clone(), *entry)).collect() }
    }

    /// Refuses a path that is both a file and a folder.
    fn check_folders(&self) -> Result<(), TreeError> {
        for path in self.entries.keys() {
            let above = path.match_indices('/').map(|(end, _)| &path[..end]);
            if let Some(folder) = above.into_iter().find(|folder| self.entries.contains_key(*folder)) {
                return Err(TreeError::FileAndFolder(folder.to_owned()));
            }
        }
        Ok(())
    }
}

/// Refuses a size over [`MAX_FILE_BYTES`].
pub fn check_size(path: &str, bytes: u64) -> Result<(), TreeError> {
    if bytes <= MAX_FILE_BYTES {
        return Ok(());
    }
    Err(TreeError::FileTooLarge { path: path.to_owned(), bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(size: u64) -> Entry {
        Entry { digest: Digest::of(b""), size, executable: false }
    }

    #[track_caller]
    fn check_refused(files: &[(&str, u64)], expected: &str) {
        let files = files.iter().map(|(path, size)| ((*path).to_owned(), entry(*size)));
        assert_eq!(Tree::from_entries(files).unwrap_err().to_string(), expected);
    }

    #[test]
    fn files_that_cannot_be_one_tree_are_refused() {
        check_refused(&[("a", 0), ("a", 0)], "file `a` is there twice");
        check_refused(&[("a/b", 0), ("a.b", 0), ("a", 0)], "`a` is both a file and a folder");
        check_refused(&[("a", MAX_FILE_BYTES + 1)], "file `a` has 67108865 bytes: the limit is 67108864");
        let large: Vec<_> = ["a", "b", "c", "d", "e"].map(|path| (path, MAX_FILE_BYTES)).into();
        check_refused(&large, "the files have more than 268435456 bytes together");
        check_refused(&[("../a", 0)], "path `../a` is refused: a part is `..`");
    }

    #[test]
    fn more_files_than_the_limit_are_refused() {
        let files = |count| (0..count).map(|number| (format!("f{number}"), entry(0)));
        assert_eq!(Tree::from_entries(files(MAX_FILES + 1)), Err(TreeError::TooManyFiles));
        assert_eq!(Tree::from_entries(files(MAX_FILES)).unwrap().len(), MAX_FILES);
    }
}
