//! Which files a project has, and which of them are checked.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// A file above this size is not checked, and a diagnostic says so.
pub const MAX_FILE_BYTES: u64 = 4 << 20;

/// What is not checked unless `exclude` says otherwise.
pub const DEFAULT_EXCLUDE: &[&str] = &[
    "**/node_modules/**",
    "**/bower_components/**",
    "**/vendor/**",
    "**/target/**",
    "**/*.min.js",
    "**/*.min.css",
];

/// Folders that belong to no project.
const NEVER: &[&str] = &[".git", ".hg", ".svn"];

/// All files and folders below a folder, as relative paths with `/`.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) files: BTreeSet<String>,
    pub(crate) folders: BTreeSet<String>,
}

/// Lists what is below `root`. Left out: symbolic links, folders of version control, and `out` at the top,
/// which is the stage's own.
pub(crate) fn list(root: &Path) -> io::Result<Listing> {
    let mut listing = Listing::default();
    listing.folders.insert(String::new());
    let mut pending = vec![String::new()];
    while let Some(folder) = pending.pop() {
        for entry in std::fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
            let kind = entry.file_type()?;
            if kind.is_file() {
                listing.files.insert(path);
            } else if kind.is_dir() && path != "out" && !NEVER.contains(&name) {
                listing.folders.insert(path.clone());
                pending.push(path);
            }
        }
    }
    Ok(listing)
}

/// Chooses files by globs.
#[derive(Debug)]
pub(crate) struct Selection {
    include: Option<GlobSet>,
    exclude: GlobSet,
}

impl Selection {
    /// Fails for a glob that doesn't parse, naming it.
    pub(crate) fn new(include: Option<&[String]>, exclude: Option<&[String]>) -> Result<Self, String> {
        let default: Vec<String> = DEFAULT_EXCLUDE.iter().map(ToString::to_string).collect();
        Ok(Self { include: include.map(globs).transpose()?, exclude: globs(exclude.unwrap_or(&default))? })
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.include.as_ref().is_none_or(|globs| globs.is_match(path)) && !self.exclude.is_match(path)
    }
}

fn globs(patterns: &[String]) -> Result<GlobSet, String> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let glob = GlobBuilder::new(pattern)
            .literal_separator(true)
            .build()
            .map_err(|error| format!("`{pattern}` is no glob: {}", error.kind()))?;
        set.add(glob);
    }
    set.build().map_err(|error| format!("the globs are too large: {error}"))
}
