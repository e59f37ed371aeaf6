//! The files that are packed, in the order of their paths.

use std::fs;
use std::path::{Path, PathBuf};

use artifact::{Globs, MAX_FILE_BYTES, MAX_FILES, MAX_TREE_BYTES};

use crate::error::Error;
use crate::parameters::{Parameters, check_path};

/// The deepest folder that is entered.
const MAX_DEPTH: usize = 128;

/// A file, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    /// Relative to the root, divided by `/`.
    pub(crate) path: String,
    pub(crate) contents: Vec<u8>,
    pub(crate) executable: bool,
}

/// The folder whose files are packed.
pub(crate) fn root(base: &Path, root: &str) -> Result<PathBuf, Error> {
    let root = root.trim_end_matches('/');
    if root.is_empty() || root == "." {
        return Ok(base.to_owned());
    }
    check_path("root", root)?;
    let folder = base.join(root);
    if !folder.is_dir() {
        return Err(Error::parameter("root", root, "there is no such folder"));
    }
    Ok(folder)
}

/// A file that a parameter names, relative to the root.
pub(crate) fn read_named(root: &Path, parameter: &'static str, path: &str) -> Result<Vec<u8>, Error> {
    check_path(parameter, path)?;
    let file = root.join(path);
    if !file.is_file() {
        return Err(Error::parameter(parameter, path, "there is no such file in `root`"));
    }
    read(&file, path)
}

/// Reads every file that is to be packed. Sorted by path as bytes, whatever order folders list them in.
pub(crate) fn collect(base: &Path, root: &Path, parameters: &Parameters) -> Result<Vec<File>, Error> {
    let globs = Globs::new(&parameters.include, &parameters.exclude)?;
    let executable = match &parameters.executable {
        Some(globs) => Some(Globs::new(globs, &[])?),
        None => None,
    };
    let left_out = [base.join("out"), base.join(parameters.image.layout())];
    let mut paths = Vec::new();
    walk(root, "", 0, &left_out, &mut paths)?;
    paths.sort_unstable();
    let mut files = Vec::new();
    let mut bytes = 0_u64;
    for path in paths.into_iter().filter(|path| globs.matches(path)) {
        if files.len() >= MAX_FILES {
            return Err(Error::TooLarge {
                what: "there are too many files".to_owned(),
                limit: MAX_FILES as u64,
            });
        }
        let contents = read(&root.join(&path), &path)?;
        bytes += contents.len() as u64;
        if bytes > MAX_TREE_BYTES {
            let what = "the files have too many bytes together".to_owned();
            return Err(Error::TooLarge { what, limit: MAX_TREE_BYTES });
        }
        let executable =
            executable.as_ref().map_or_else(|| is_program(&contents), |globs| globs.matches(&path));
        files.push(File { path, contents, executable });
    }
    if files.is_empty() {
        return Err(Error::Empty { root: parameters.root.clone() });
    }
    Ok(files)
}

/// Whether a file says of itself that it is a program: a script, ELF, or Mach-O.
fn is_program(contents: &[u8]) -> bool {
    const STARTS: [&[u8]; 5] =
        [b"#!", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe\x00\x00\x00\x02"];
    STARTS.iter().any(|start| contents.starts_with(start))
}

fn read(file: &Path, path: &str) -> Result<Vec<u8>, Error> {
    let size = fs::metadata(file).map_err(|error| Error::io("read", file, &error))?.len();
    if size > MAX_FILE_BYTES {
        let what = format!("file `{path}` has {size} bytes");
        return Err(Error::TooLarge { what, limit: MAX_FILE_BYTES });
    }
    fs::read(file).map_err(|error| Error::io("read", file, &error))
}

fn walk(
    folder: &Path,
    above: &str,
    depth: usize,
    left_out: &[PathBuf],
    found: &mut Vec<String>,
) -> Result<(), Error> {
    if depth > MAX_DEPTH {
        let what = format!("folder `{above}` is nested too deep");
        return Err(Error::TooLarge { what, limit: MAX_DEPTH as u64 });
    }
    let failed = |error| Error::io("read", folder, &error);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        if left_out.contains(&path) {
            continue;
        }
        let name = entry.file_name();
        let refused = |why: &str| Error::InvalidPath {
            path: format!("{above}{}", name.to_string_lossy().escape_debug()),
            why: why.to_owned(),
        };
        let relative = format!("{above}{}", name.to_str().ok_or_else(|| refused("its name is not UTF-8"))?);
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() {
            walk(&path, &format!("{relative}/"), depth + 1, left_out, found)?;
        } else if kind.is_file() {
            artifact::tree::check_path(&relative).map_err(|error| refused(error.why))?;
            found.push(relative);
        } else {
            return Err(refused("it is neither a file nor a folder: hint: packages have no links"));
        }
    }
    Ok(())
}
