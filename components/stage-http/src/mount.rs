//! Inputs, from the store into the workspace.

use std::collections::BTreeMap;

use artifact::{Artifacts, Entry, Globs, Store, StoredTree, Tree};

use crate::answer::{
    CORRUPT_ARTIFACT, INVALID_INPUT, INVALID_PARAMETERS, LIMIT_EXCEEDED, Refusal, STORE_FAILED,
};
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
    /// The digest of `files`, as they were before a folder was entered.
    pub digest: artifact::Digest,
    /// The folder that is entered and a slash, or nothing.
    entered: String,
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
        let target = self.target_outside(path);
        target.strip_prefix(&self.entered).map(str::to_owned).unwrap_or(target)
    }

    /// Where the artifact itself stands, if not outside of what is entered; nothing for the root.
    pub fn place(&self) -> Option<&str> {
        let path = if self.input.path == ROOT { "" } else { self.input.path.as_str() };
        if path.len() + 1 == self.entered.len() && self.entered.starts_with(path) {
            return Some("");
        }
        path.strip_prefix(&self.entered)
    }

    fn target_outside(&self, path: &str) -> String {
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
        mounts.push(Mount { input, stored, files, digest, entered: String::new() });
    }
    refuse_conflicts(&mounts)?;
    Ok(mounts)
}

/// Makes a folder the root of everything. What stands outside of it is not mounted.
pub fn enter(mounts: &mut [Mount], folder: &str) -> Result<(), Refusal> {
    let entered = format!("{folder}/");
    for mount in mounts.iter_mut() {
        let files = mount.files.iter().filter(|(path, _)| mount.target_outside(path).starts_with(&entered));
        let files = files.map(|(path, entry)| (path.to_owned(), *entry));
        mount.files = Tree::from_entries(files).map_err(|error| invalid(error.to_string()))?;
        mount.entered.clone_from(&entered);
    }
    if mounts.iter().any(|mount| mount.place().is_some() || !mount.files.is_empty()) {
        return Ok(());
    }
    let cause = format!("no input has a folder `{folder}`, which is to be the working directory");
    Err(Refusal { error: INVALID_PARAMETERS, cause })
}

/// Writes all files into the workspace.
pub fn fill(
    artifacts: &Artifacts<'_, impl Store>,
    mounts: &[Mount],
    stage: &impl Stage,
) -> Result<(), Refusal> {
    for mount in mounts {
        let name = &mount.input.name;
        if let Some(place) = mount.place().filter(|place| !place.is_empty()) {
            stage.create_folder(place).map_err(|error| not_mounted(name, &error))?;
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
            let may_be_below = mount.input.path.starts_with(folder)
                || path.starts_with(&prefix)
                || !mount.entered.is_empty();
            if may_be_below && let Some(path) = mount.target(path).strip_prefix(&prefix) {
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
