//! Files of components, each with a note beside it of what it was made of.

use std::path::{Path, PathBuf};
use std::{fs, process};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::describe::Description;

/// The file of one component.
pub(super) struct Output<'a> {
    path: &'a Path,
    note: PathBuf,
}

impl<'a> Output<'a> {
    pub(super) fn new(path: &'a Path) -> Self {
        Self { path, note: path.with_extension("wasm.made-of") }
    }

    pub(super) fn path(&self) -> &Path {
        self.path
    }

    /// The size of the file, which must be there.
    pub(super) fn bytes(&self) -> Result<u64> {
        let known =
            fs::metadata(self.path).with_context(|| format!("failed to read `{}`", self.path.display()))?;
        Ok(known.len())
    }

    /// Whether the file is there, whole, and made of these inputs.
    pub(super) fn is_made_of(&self, inputs: &str) -> bool {
        let (Ok(note), Ok(wasm)) = (fs::read_to_string(&self.note), fs::read(self.path)) else {
            return false;
        };
        note == note_of(&wasm, inputs)
    }

    /// Writes the file, and the note after it.
    pub(super) fn write(&self, wasm: &[u8], inputs: &str) -> Result<()> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("failed to create `{}`", folder.display()))?;
        }
        replace(self.path, wasm)?;
        replace(&self.note, note_of(wasm, inputs).as_bytes())
    }

    /// Writes the note beside a file that something else wrote.
    pub(super) fn note(&self, inputs: &str) -> Result<()> {
        let wasm =
            fs::read(self.path).with_context(|| format!("failed to read `{}`", self.path.display()))?;
        replace(&self.note, note_of(&wasm, inputs).as_bytes())
    }

    /// What the stage in the file says it is, as it was kept when the file was written.
    pub(super) fn description(&self) -> Option<Description> {
        serde_json::from_slice(&fs::read(self.description_path()).ok()?).ok()
    }

    /// Keeps what the stage in the file says it is.
    pub(super) fn write_description(&self, description: &Description) -> Result<()> {
        replace(&self.description_path(), &serde_json::to_vec(description)?)
    }

    fn description_path(&self) -> PathBuf {
        self.path.with_extension("wasm.description.json")
    }
}

fn note_of(wasm: &[u8], inputs: &str) -> String {
    format!("{inputs}\n{}\n", hex::encode(Sha256::digest(wasm)))
}

/// Nobody ever sees half of a file: it is written beside its place and then moved there.
fn replace(path: &Path, contents: &[u8]) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", process::id()));
    let beside = path.with_file_name(name);
    let written = fs::write(&beside, contents).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // Best effort: the error that counts is the one above.
        let _ = fs::remove_file(&beside);
    }
    written.with_context(|| format!("failed to write `{}`", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_inputs_and_its_contents() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("below/x.wasm");
        let output = Output::new(&path);
        assert!(!output.is_made_of("a"));
        output.write(b"wasm", "a").unwrap();
        assert!(output.is_made_of("a"));
        assert!(!output.is_made_of("b"));
        assert_eq!(output.bytes().unwrap(), 4);
        fs::write(&path, "cut").unwrap();
        assert!(!output.is_made_of("a"), "a damaged file counts as one of its inputs");
        let names = fs::read_dir(path.parent().unwrap()).unwrap().count();
        assert_eq!(names, 2, "something is left beside the file and its note");
    }
}
