//! Writes files where nothing need be yet.

use std::io;
use std::path::Path;

use anyhow::{Context, Result};
use artifact::File;

/// Writes a file, and makes the folders above it.
pub(crate) fn write(path: &Path, contents: &[u8]) -> Result<()> {
    write_plain(path, contents).with_context(|| format!("failed to write `{}`", path.display()))
}

/// Writes a file of an artifact, which may be a program, and makes the folders above it.
pub(crate) fn write_file(path: &Path, file: &File) -> io::Result<()> {
    write_plain(path, &file.contents)?;
    if file.executable { make_executable(path) } else { Ok(()) }
}

fn write_plain(path: &Path, contents: &[u8]) -> io::Result<()> {
    path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
    std::fs::write(path, contents)
}

#[cfg(unix)]
fn make_executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> io::Result<()> {
    Ok(())
}
