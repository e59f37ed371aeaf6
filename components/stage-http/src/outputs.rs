//! What the stage left under `out/`, from the workspace towards the store.

use std::collections::BTreeMap;

use artifact::{Artifacts, Digest, Entry, File, Store, StoredTree};

use crate::host::{LeftFile, Stage, WorkspaceError};
use crate::mount::{self, Mount};

/// The folder whose folders become artifacts.
pub const FOLDER: &str = "out";
/// The most artifacts of one call.
pub const MAX_ARTIFACTS: usize = 64;

/// Artifacts, and what must be written so that they are stored.
#[derive(Debug, Default)]
pub struct Outputs {
    /// By name.
    pub artifacts: BTreeMap<String, Digest>,
    /// Keys and values.
    pub writes: artifact::Writes,
}

/// Why what the stage left cannot be stored.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// A file is beside the folders.
    #[error("file `out/{0}` is in no artifact: hint: write it to a folder, `out/<name of the artifact>/`")]
    Stray(String),
    /// More than [`MAX_ARTIFACTS`].
    #[error("there are {0} folders below `out/`: the limit is {MAX_ARTIFACTS}")]
    TooMany(usize),
    /// The files of an artifact cannot be one tree.
    #[error("artifact `{name}`: {cause}")]
    Artifact {
        /// Its name.
        name: String,
        /// Why not.
        cause: artifact::Error,
    },
    /// A link leads to nothing, or in a circle.
    #[error("file `out/{0}` cannot be read: {1}")]
    Unreadable(String, WorkspaceError),
}

/// Collects each folder below `out/` in which the stage left something of its own. One that is only what
/// an input had there is none of its making, unless that input was mounted into `out/` on purpose.
pub fn collect(
    artifacts: &Artifacts<'_, impl Store>,
    mounts: &[Mount],
    stage: &impl Stage,
) -> Result<Outputs, OutputError> {
    let left = stage.list(FOLDER);
    if left.is_empty() {
        return Ok(Outputs::default());
    }
    let mounted = mount::below(mounts, FOLDER);
    let bases: Vec<&StoredTree> = mounts.iter().map(|mount| &mount.stored).collect();
    let folders = by_folder(stage, left, &mounted)?;
    if folders.len() > MAX_ARTIFACTS {
        return Err(OutputError::TooMany(folders.len()));
    }
    let mut outputs = Outputs::default();
    for (name, files) in folders {
        let files = read_all(stage, &name, files)?;
        if is_untouched(&name, &files, &mounted) && !is_mounted_on_purpose(&name, mounts) {
            continue;
        }
        let (digest, writes) = artifacts
            .stage_put(files, &bases)
            .map_err(|cause| OutputError::Artifact { name: name.clone(), cause })?;
        outputs.writes.extend(writes);
        outputs.artifacts.insert(name, digest);
    }
    Ok(outputs)
}

/// The files by the folder directly below `out/`, their paths relative to that.
fn by_folder(
    stage: &impl Stage,
    left: Vec<LeftFile>,
    mounted: &BTreeMap<String, &Entry>,
) -> Result<BTreeMap<String, Vec<LeftFile>>, OutputError> {
    let mut folders: BTreeMap<String, Vec<LeftFile>> = BTreeMap::new();
    for file in left {
        if let Some((name, path)) = file.path.split_once('/') {
            let file = LeftFile { path: path.to_owned(), ..file.clone() };
            folders.entry(name.to_owned()).or_default().push(file);
            continue;
        }
        let contents = read(stage, &file.path)?;
        if mounted.get(&file.path).is_none_or(|entry| entry.digest != Digest::of(&contents)) {
            return Err(OutputError::Stray(file.path));
        }
    }
    Ok(folders)
}

fn read_all(stage: &impl Stage, folder: &str, files: Vec<LeftFile>) -> Result<Vec<File>, OutputError> {
    let files = files.into_iter().map(|file| {
        let contents = read(stage, &format!("{folder}/{}", file.path))?;
        Ok(File { path: file.path, contents, executable: file.executable })
    });
    files.collect()
}

fn read(stage: &impl Stage, path: &str) -> Result<Vec<u8>, OutputError> {
    stage.read(&format!("{FOLDER}/{path}")).map_err(|error| OutputError::Unreadable(path.to_owned(), error))
}

/// Whether these files are exactly those that inputs have in this folder.
fn is_untouched(name: &str, files: &[File], mounted: &BTreeMap<String, &Entry>) -> bool {
    let prefix = format!("{name}/");
    let before = mounted.keys().filter(|path| path.starts_with(&prefix)).count();
    before == files.len()
        && files.iter().all(|file| {
            mounted.get(&format!("{prefix}{}", file.path)).is_some_and(|entry| {
                entry.size == file.contents.len() as u64
                    && entry.executable == file.executable
                    && entry.digest == Digest::of(&file.contents)
            })
        })
}

fn is_mounted_on_purpose(name: &str, mounts: &[Mount]) -> bool {
    let folder = format!("{FOLDER}/{name}");
    mounts.iter().filter_map(Mount::place).any(|path| {
        path == FOLDER
            || path.strip_prefix(&folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}
