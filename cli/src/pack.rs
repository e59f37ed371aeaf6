//! A working directory as a tar archive: what git would see of it.

use std::path::Path;

use anyhow::{Context, Result, bail};
use ignore::WalkBuilder;

/// Most bytes of a packed directory; the API's own limit on uploads.
pub(crate) const MAX_PACKED_BYTES: usize = 64 << 20;

/// Packs the files below a folder, less those that `.gitignore` names, `.git`, and Ropewalk's own state.
/// Symbolic links are passed over, and named in the second value.
pub(crate) fn pack(folder: &Path) -> Result<(Vec<u8>, Vec<String>)> {
    let mut tar = tar::Builder::new(Vec::new());
    tar.follow_symlinks(false);
    let mut links = Vec::new();
    let walk = WalkBuilder::new(folder)
        .hidden(false)
        .parents(false)
        .require_git(false)
        .filter_entry(|entry| !matches!(entry.file_name().to_str(), Some(".git" | ".ropewalk")))
        .sort_by_file_name(Ord::cmp)
        .build();
    for entry in walk {
        let entry = entry.with_context(|| format!("failed to read `{}`", folder.display()))?;
        let path = entry.path();
        let name = path.strip_prefix(folder).unwrap_or(path);
        let Some(kind) = entry.file_type() else { continue };
        if kind.is_symlink() {
            links.push(name.display().to_string());
        } else if kind.is_file() {
            tar.append_path_with_name(path, name)
                .with_context(|| format!("failed to pack `{}`", path.display()))?;
        }
        if tar.get_ref().len() > MAX_PACKED_BYTES {
            bail!(
                "`{}` has more than {MAX_PACKED_BYTES} bytes; hint: name what isn't needed in `.gitignore`",
                folder.display()
            );
        }
    }
    Ok((tar.into_inner().context("failed to end the archive")?, links))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn packs_what_git_would_see() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("a.md", "a");
        write("sub/b.md", "b");
        write(".gitignore", "ignored\n");
        write("ignored", "x");
        write(".git/config", "x");
        write(".ropewalk/state", "x");
        #[cfg(unix)]
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("link")).unwrap();
        let (tar, links) = pack(folder.path()).unwrap();
        let mut archive = tar::Archive::new(tar.as_slice());
        let names: Vec<String> = archive
            .entries()
            .unwrap()
            .map(|entry| entry.unwrap().path().unwrap().display().to_string())
            .collect();
        assert_eq!(names, [".gitignore", "a.md", "sub/b.md"]);
        assert_eq!(links, ["link"]);
    }
}
