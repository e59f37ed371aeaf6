//! Writing a commit's files, and telling what can't be written.

use std::fs;
use std::path::{Path, PathBuf};

use gix_hash::ObjectId;
use gix_object::Kind;
use gix_object::tree::EntryKind;
use serde::Serialize;

use crate::error::{Error, quoted};
use crate::lfs;
use crate::limits::{MAX_CHECKOUT_BYTES, MAX_LISTED};
use crate::objects::Objects;
use crate::parameters::{Plan, Policy};
use crate::tree::Entry;

/// What was written, and what was not.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Written {
    /// How many files were written.
    pub files: usize,
    /// Their bytes together.
    pub bytes: u64,
    /// Submodules: their folders are missing.
    pub submodules: Vec<Submodule>,
    /// Git LFS pointers: they stand where the large files should.
    pub lfs: Vec<LfsPointer>,
    /// Symbolic links: they are missing.
    pub symlinks: Vec<Symlink>,
    /// Files that are executable in the repository.
    pub executables: Vec<String>,
    /// How many entries these lists would have beyond the first 200 of each.
    pub unlisted: usize,
}

/// A submodule.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Submodule {
    /// Its folder.
    pub path: String,
    /// The commit that belongs there.
    pub commit: String,
}

/// A Git LFS pointer.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct LfsPointer {
    /// The file.
    pub path: String,
    /// Digest of the file's contents, `sha256:` and 64 hexadecimal digits.
    pub oid: String,
    /// The file's size in bytes.
    pub size: u64,
}

/// A symbolic link.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Symlink {
    /// The link.
    pub path: String,
    /// What it points at.
    pub target: String,
}

/// Writes the entries of a tree into an empty folder.
pub(crate) fn write(
    objects: &mut Objects,
    entries: Vec<Entry>,
    root: &Path,
    plan: &Plan,
    log: &mut dyn FnMut(&str),
) -> Result<Written, Error> {
    let mut writer = Writer { objects, root, plan, log, written: Written::default() };
    writer.make_folder("")?;
    for Entry { path, id, kind } in entries {
        match kind {
            EntryKind::Tree => writer.make_folder(&path)?,
            EntryKind::Blob => writer.file(path, &id, false)?,
            EntryKind::BlobExecutable => writer.file(path, &id, true)?,
            EntryKind::Link => writer.symlink(path, &id)?,
            EntryKind::Commit => writer.submodule(path, &id)?,
        }
    }
    Ok(writer.written)
}

struct Writer<'a> {
    objects: &'a mut Objects,
    root: &'a Path,
    plan: &'a Plan,
    log: &'a mut dyn FnMut(&str),
    written: Written,
}

impl Writer<'_> {
    fn file(&mut self, path: String, id: &ObjectId, executable: bool) -> Result<(), Error> {
        let contents = self.blob(&path, id)?;
        self.written.files += 1;
        self.written.bytes += contents.len() as u64;
        if self.written.bytes > MAX_CHECKOUT_BYTES {
            let max = format!("{MAX_CHECKOUT_BYTES} bytes");
            return Err(Error::too_large("the sum of the files", "MAX_CHECKOUT_BYTES", max));
        }
        let place = self.place(&path);
        fs::write(&place, &contents).map_err(|source| Error::Write { path: path.clone(), source })?;
        if let Some(pointer) = lfs::parse(&contents) {
            self.lfs_pointer(&path, pointer)?;
        }
        if executable {
            make_executable(&place).map_err(|source| Error::Write { path: path.clone(), source })?;
            list(&mut self.written.executables, path, &mut self.written.unlisted);
        }
        Ok(())
    }

    fn lfs_pointer(&mut self, path: &str, pointer: lfs::Pointer) -> Result<(), Error> {
        let what = format!(
            "`{path}` is a Git LFS pointer to a file of {} bytes, which is not fetched",
            pointer.size
        );
        self.left_out(self.plan.lfs, "Checkout.LfsPointer", what, "lfs")?;
        let pointer = LfsPointer { path: path.to_owned(), oid: pointer.oid, size: pointer.size };
        list(&mut self.written.lfs, pointer, &mut self.written.unlisted);
        Ok(())
    }

    fn symlink(&mut self, path: String, id: &ObjectId) -> Result<(), Error> {
        let target = quoted(&self.blob(&path, id)?);
        let what = format!("`{path}` is a symbolic link to `{target}`, which artifacts cannot have");
        self.left_out(self.plan.symlinks, "Checkout.SymbolicLink", what, "symlinks")?;
        list(&mut self.written.symlinks, Symlink { path, target }, &mut self.written.unlisted);
        Ok(())
    }

    fn submodule(&mut self, path: String, id: &ObjectId) -> Result<(), Error> {
        let what = format!("`{path}` is a submodule at commit {id}, which is not fetched");
        self.left_out(self.plan.submodules, "Checkout.Submodule", what, "submodules")?;
        list(
            &mut self.written.submodules,
            Submodule { path, commit: id.to_string() },
            &mut self.written.unlisted,
        );
        Ok(())
    }

    /// Warns of something that isn't checked out, or fails over it.
    fn left_out(
        &mut self,
        policy: Policy,
        name: &'static str,
        what: String,
        parameter: &'static str,
    ) -> Result<(), Error> {
        match policy {
            Policy::Report => {
                (self.log)(&format!("warning: {what}"));
                Ok(())
            }
            Policy::Fail => Err(Error::LeftOut { name, what, parameter }),
        }
    }

    fn blob(&mut self, path: &str, id: &ObjectId) -> Result<Vec<u8>, Error> {
        match self.objects.read(id)? {
            (Kind::Blob, contents) => Ok(contents),
            (kind, _) => Err(Error::CorruptPack(format!("file `{path}` is a {kind}"))),
        }
    }

    fn make_folder(&mut self, path: &str) -> Result<(), Error> {
        fs::create_dir_all(self.place(path)).map_err(|source| Error::Write { path: path.to_owned(), source })
    }

    fn place(&self, path: &str) -> PathBuf {
        if path.is_empty() { self.root.to_owned() } else { self.root.join(path) }
    }
}

/// Adds to a list of the result, unless it is full.
fn list<T>(items: &mut Vec<T>, item: T, unlisted: &mut usize) {
    if items.len() < MAX_LISTED {
        items.push(item);
    } else {
        *unlisted += 1;
    }
}

#[cfg(unix)]
fn make_executable(place: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(place, fs::Permissions::from_mode(0o755))
}

/// WASI has no permissions. The result lists the executables.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it has the signature of the one above")]
fn make_executable(_place: &Path) -> std::io::Result<()> {
    Ok(())
}
