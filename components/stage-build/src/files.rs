//! Walks, copies and counts files, always in the order of their names.

use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::Place;
use crate::error::Error;

/// The most files that a site may have.
pub(crate) const MAX_FILES: u64 = 50_000;
/// The deepest folder that is entered, counted from the site's own.
const MAX_DEPTH: usize = 64;

/// What there is in a folder.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    pub(crate) pages: u64,
    pub(crate) files: u64,
    pub(crate) bytes: u64,
}

/// A path without `.`, if it is relative and does not climb.
pub(crate) fn relative(path: &str) -> Option<PathBuf> {
    let mut clean = PathBuf::new();
    for part in Path::new(path).components() {
        match part {
            Component::Normal(name) => clean.push(name),
            Component::CurDir => {}
            _ => return None,
        }
    }
    (!path.contains(['\\', '\0'])).then_some(clean)
}

/// The files of a site, relative to its folder. Left out are the artifacts being built, and names that
/// begin with a dot, except `.well-known`.
pub(crate) fn of_site(place: &Place) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    let artifacts = place.base.join("out");
    walk(&place.root, 0, &mut found, &|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        path != artifacts && (!name.starts_with('.') || name == ".well-known")
    })?;
    Ok(found.iter().filter_map(|path| path.strip_prefix(&place.root).ok()).map(Path::to_owned).collect())
}

/// All files below a folder, relative to it; those that only an editor or a desktop leaves are not.
pub(crate) fn below(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    walk(folder, 0, &mut found, &|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        !(name == ".DS_Store" || name == ".git" || name.ends_with('~') || name.ends_with(".swp"))
    })?;
    Ok(found.iter().filter_map(|path| path.strip_prefix(folder).ok()).map(Path::to_owned).collect())
}

/// Writes a file of the site, and the folders above it.
pub(crate) fn write(place: &Place, path: &Path, contents: &[u8]) -> Result<(), Error> {
    let target = place.out.join(path);
    create_parent(&target)?;
    fs::write(&target, contents).map_err(|error| Error::io("write", &target, &error))
}

/// Copies a file of the site as it is.
pub(crate) fn copy(place: &Place, path: &Path) -> Result<(), Error> {
    let (source, target) = (place.root.join(path), place.out.join(path));
    create_parent(&target)?;
    fs::copy(&source, &target).map_err(|error| Error::io("copy", &source, &error))?;
    Ok(())
}

/// The text of a file of the site, without a byte order mark.
pub(crate) fn read_text(place: &Place, path: &Path) -> Result<String, Error> {
    let source = place.root.join(path);
    let bytes = fs::read(&source).map_err(|error| Error::io("read", &source, &error))?;
    let mut text = String::from_utf8(bytes).map_err(|_| Error::InvalidText(place.show(&source)))?;
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    Ok(text)
}

/// Counts what is in a folder; an absent one is empty.
pub(crate) fn totals(folder: &Path) -> Result<Totals, Error> {
    let mut found = Vec::new();
    if folder.is_dir() {
        walk(folder, 0, &mut found, &|_| true)?;
    }
    let mut totals = Totals::default();
    for path in found {
        let metadata = fs::metadata(&path).map_err(|error| Error::io("read", &path, &error))?;
        totals.files += 1;
        totals.bytes += metadata.len();
        totals.pages += u64::from(is_html(&path));
    }
    Ok(totals)
}

/// Whether the name says that it is an HTML page.
pub(crate) fn is_html(path: &Path) -> bool {
    has_extension(path, &["html", "htm"])
}

/// Whether the name says that it is Markdown.
pub(crate) fn is_markdown(path: &Path) -> bool {
    has_extension(path, &["md", "markdown"])
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|have| extensions.iter().any(|one| one.eq_ignore_ascii_case(have)))
}

fn create_parent(path: &Path) -> Result<(), Error> {
    let Some(parent) = path.parent() else {
        return Ok(());
    };
    fs::create_dir_all(parent).map_err(|error| Error::io("create", parent, &error))
}

fn walk(
    folder: &Path,
    depth: usize,
    found: &mut Vec<PathBuf>,
    wanted: &dyn Fn(&Path) -> bool,
) -> Result<(), Error> {
    if depth > MAX_DEPTH {
        let what = format!("`{}` is nested too deep", folder.display());
        return Err(Error::TooLarge { what, limit: MAX_DEPTH as u64 });
    }
    let failed = |error| Error::io("read", folder, &error);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let kind = entry.file_type().map_err(failed)?;
        // What a link leads to is looked up; everything else is known by now.
        let is_folder = if kind.is_symlink() { entry.path().is_dir() } else { kind.is_dir() };
        paths.push((entry.path(), is_folder));
    }
    paths.sort();
    for (path, is_folder) in paths.into_iter().filter(|(path, _)| wanted(path)) {
        if is_folder {
            walk(&path, depth + 1, found, wanted)?;
        } else {
            if found.len() as u64 >= MAX_FILES {
                return Err(Error::TooLarge {
                    what: "the site has too many files".to_owned(),
                    limit: MAX_FILES,
                });
            }
            found.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, expected: Option<&str>) {
        assert_eq!(relative(path), expected.map(PathBuf::from), "{path}");
    }

    #[test]
    fn relative_paths_stay_below() {
        check(".", Some(""));
        check("", Some(""));
        check("./docs/", Some("docs"));
        check("a/./b", Some("a/b"));
        check("/docs", None);
        check("a/../b", None);
        check("..", None);
        check("a\\b", None);
    }
}
