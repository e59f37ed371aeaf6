//! Inputs, from the store into the workspace.

use std::collections::BTreeMap;

use artifact::{Artifacts, Entry, Globs, Store, StoredTree, Tree};

use crate::answer::{CORRUPT_ARTIFACT, INVALID_INPUT, LIMIT_EXCEEDED, Refusal, STORE_FAILED};
use crate::host::{MountedInput, Stage, WorkspaceError};
use crate::inputs::{Input, ROOT};

/// An input, loaded.
#[derive(Debug)]
pub struct Mount {
    /// As it was asked for.
    pub input: Input,
    /// The artifact.
    pub stored: StoredTree,
    /// Those of its files that are mounted.
    pub files: Tree,
    /// The digest of `files`.
    pub digest: artifact::Digest,
}

impl Mount {
    /// What the stage is told of it. A stage whose result is cached must not see what it is not cached by:
    /// it is told the digest of what is mounted.
    pub fn told(&self, is_cached: bool) -> MountedInput {
        let digest = if is_cached { self.digest } else { self.input.artifact };
        MountedInput {
            name: self.input.name.clone(),
            path: self.input.path.clone(),
            digest: digest.to_string(),
        }
    }

    /// Where a file of the artifact stands.
    pub fn target(&self, path: &str) -> String {
        if self.input.path == ROOT { path.to_owned() } else { format!("{}/{path}", self.input.path) }
    }
}

/// Loads what the inputs name; no contents yet.
pub fn load(artifacts: &Artifacts<'_, impl Store>, inputs: Vec<Input>) -> Result<Vec<Mount>, Refusal> {
    let digests: Vec<_> = inputs.iter().map(|input| input.artifact).collect();
    let trees = artifacts.load_many(&digests).map_err(|error| refused(&error))?;
    let mut mounts = Vec::with_capacity(inputs.len());
    for (input, stored) in inputs.into_iter().zip(trees) {
        let globs = Globs::new(&input.include, &input.exclude)
            .map_err(|error| invalid(format!("input `{}`: {error}", input.name)))?;
        let (files, digest) = if globs.match_all() {
            (stored.tree().clone(), *stored.digest())
        } else {
            let files = stored.tree().filtered(&globs);
            let digest = files.digest();
            (files, digest)
        };
        mounts.push(Mount { input, stored, files, digest });
    }
    refuse_conflicts(&mounts)?;
    Ok(mounts)
}

/// Writes all files into the workspace.
pub fn fill(
    artifacts: &Artifacts<'_, impl Store>,
    mounts: &[Mount],
    stage: &impl Stage,
) -> Result<(), Refusal> {
    for mount in mounts {
        let name = &mount.input.name;
        if mount.input.path != ROOT {
            stage.create_folder(&mount.input.path).map_err(|error| not_mounted(name, &error))?;
        }
        artifacts.read_each(&mount.stored, &mount.files, |path, entry, contents| {
            stage
                .write(&mount.target(path), &contents, entry.executable)
                .map_err(|error| Unread::Refused(not_mounted(name, &error)))
        })?;
    }
    Ok(())
}

/// The mounted files below a folder, by their paths relative to it.
pub fn below<'a>(mounts: &'a [Mount], folder: &str) -> BTreeMap<String, &'a Entry> {
    let mut found = BTreeMap::new();
    let prefix = format!("{folder}/");
    for mount in mounts {
        for (path, entry) in mount.files.iter() {
            let is_below = mount.input.path.starts_with(folder) || path.starts_with(&prefix);
            if is_below && let Some(path) = mount.target(path).strip_prefix(&prefix) {
                found.insert(path.to_owned(), entry);
            }
        }
    }
    found
}

/// What the store or the inputs have done to a call, as a refusal.
pub fn refused(error: &artifact::Error) -> Refusal {
    let name = match error {
        artifact::Error::Store(_) => STORE_FAILED,
        artifact::Error::CorruptRecord { .. } | artifact::Error::CorruptFile { .. } => CORRUPT_ARTIFACT,
        _ => INVALID_INPUT,
    };
    Refusal { error: name, cause: error.to_string() }
}

/// Refuses two files at one place, and a file where another input has a folder.
fn refuse_conflicts(mounts: &[Mount]) -> Result<(), Refusal> {
    // Within one input there are none.
    if mounts.len() < 2 {
        return Ok(());
    }
    let mut owners: BTreeMap<String, &str> = BTreeMap::new();
    for mount in mounts {
        let name = mount.input.name.as_str();
        for (path, _) in mount.files.iter() {
            let target = mount.target(path);
            if let Some(other) = owners.get(&target) {
                return Err(invalid(format!("inputs `{other}` and `{name}` both have a file `{target}`")));
            }
            owners.insert(target, name);
        }
    }
    for (target, name) in &owners {
        for (end, _) in target.match_indices('/') {
            if let Some(other) = owners.get(&target[..end]) {
                return Err(invalid(format!(
                    "input `{other}` has a file `{}` where input `{name}` has a folder",
                    &target[..end]
                )));
            }
        }
    }
    Ok(())
}

/// Why files were not read.
enum Unread {
    Refused(Refusal),
    Artifact(artifact::Error),
}

impl From<artifact::Error> for Unread {
    fn from(error: artifact::Error) -> Self {
        Self::Artifact(error)
    }
}

impl From<Unread> for Refusal {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Refused(refusal) => refusal,
            Unread::Artifact(error) => refused(&error),
        }
    }
}

fn not_mounted(input: &str, error: &WorkspaceError) -> Refusal {
    let name = match error {
        WorkspaceError::Limit(_) => LIMIT_EXCEEDED,
        WorkspaceError::InvalidPath(_) | WorkspaceError::NotFound(_) => INVALID_INPUT,
    };
    Refusal { error: name, cause: format!("input `{input}` cannot be mounted: {error}") }
}

fn invalid(cause: String) -> Refusal {
    Refusal { error: INVALID_INPUT, cause }
}
