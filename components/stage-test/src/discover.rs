//! Which files are tests.

use std::io;
use std::path::Path;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::parameters::Parameters;

const EXTENSIONS: &[&str] = &["js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "wasm"];

/// Folders in which there are no tests of the project.
const NEVER: &[&str] = &["node_modules", ".git", ".hg", ".svn"];

/// Why the test files can't be named.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`{glob}` is no glob: {why}")]
    Glob { glob: String, why: String },
    #[error("failed to list the files: {0}")]
    List(#[from] io::Error),
}

/// The reports below `root`, sorted: what stages that run tests left.
pub(crate) fn reports(root: &Path) -> Result<Vec<String>, Error> {
    let mut files = list(root)?;
    files.retain(|file| file == "report.json" || file.ends_with("/report.json"));
    files.sort_unstable();
    Ok(files)
}

/// The test files below `root`, sorted.
pub(crate) fn test_files(root: &Path, parameters: &Parameters) -> Result<Vec<String>, Error> {
    let include = parameters.files.as_deref().map(globs).transpose()?;
    let exclude = globs(&parameters.exclude)?;
    let mut files = list(root)?;
    files.retain(|file| {
        let chosen = match &include {
            Some(globs) => globs.is_match(file) && extension(file).is_some(),
            None => looks_like_test(file),
        };
        chosen && !exclude.is_match(file)
    });
    files.sort_unstable();
    Ok(files)
}

fn extension(file: &str) -> Option<(&str, &str)> {
    let name = file.rsplit('/').next().unwrap_or(file);
    let (stem, extension) = name.rsplit_once('.')?;
    // `.d.ts` only declares.
    let declares = stem.ends_with(".d") && extension.ends_with("ts");
    (EXTENSIONS.contains(&extension) && !declares).then_some((stem, extension))
}

fn looks_like_test(file: &str) -> bool {
    let Some((stem, extension)) = extension(file) else { return false };
    if extension == "wasm" {
        return [".test", "_test"].iter().any(|end| stem.ends_with(end));
    }
    let mut folders = file.split('/').rev().skip(1);
    if folders.any(|folder| folder == "__tests__") {
        return true;
    }
    let named = [".test", ".spec"].iter().any(|end| stem.ends_with(end));
    if matches!(extension, "jsx" | "tsx") {
        return named;
    }
    let in_test_folder = file.split('/').rev().skip(1).any(|folder| folder == "test");
    in_test_folder
        || named
        || stem == "test"
        || stem.starts_with("test-")
        || ["-test", "_test"].iter().any(|end| stem.ends_with(end))
}

fn list(root: &Path) -> io::Result<Vec<String>> {
    let mut files = Vec::new();
    let mut pending = vec![String::new()];
    while let Some(folder) = pending.pop() {
        for entry in std::fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
            let kind = entry.file_type()?;
            if kind.is_file() {
                files.push(path);
            } else if kind.is_dir() && path != "out" && !NEVER.contains(&name) {
                pending.push(path);
            }
        }
    }
    Ok(files)
}

fn globs(patterns: &[String]) -> Result<GlobSet, Error> {
    let refuse = |glob: &str, why: String| Error::Glob { glob: glob.to_owned(), why };
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let glob = GlobBuilder::new(pattern)
            .literal_separator(true)
            .build()
            .map_err(|error| refuse(pattern, error.kind().to_string()))?;
        set.add(glob);
    }
    set.build().map_err(|error| refuse(&patterns.join(", "), error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::looks_like_test;

    #[track_caller]
    fn check(file: &str, expected: bool) {
        assert_eq!(looks_like_test(file), expected, "{file}");
    }

    #[test]
    fn files_are_found_as_node_finds_them() {
        for file in [
            "a.test.js",
            "src/a.test.mjs",
            "a-test.cjs",
            "a_test.ts",
            "test.js",
            "src/test.mts",
            "test-a.js",
            "test/helper.js",
            "src/test/deep/er.mjs",
            "a.b.test.ts",
            "a.spec.js",
            "src/__tests__/a.js",
            "a.test.tsx",
            "a.test.wasm",
            "a_test.wasm",
        ] {
            check(file, true);
        }
        for file in [
            "a.js",
            "atest.js",
            "testa.js",
            "tests/a.js",
            "a.test.json",
            "a.test.d.ts",
            "test/data.txt",
            "test/a.tsx",
            "test/a.wasm",
        ] {
            check(file, false);
        }
    }
}
