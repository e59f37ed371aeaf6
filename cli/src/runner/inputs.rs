//! The inputs of a task, on disk.

use std::collections::BTreeMap;
use std::path::Path;

use artifact::tree::Globs;
use artifact::{Artifacts, File, MemoryStore, archive};
use stage_http::answer::{CORRUPT_ARTIFACT, INVALID_INPUT};
use stage_http::inputs::{Input, ROOT};

use super::exchange::Exchange;
use super::retry::{End, Patience};
use super::task::{Failure, Task};
use crate::files::write_file;

/// Why there are no inputs.
pub(super) enum NoInputs {
    /// The task asks for what it can't have.
    Failed(Failure),
    /// Nobody waits for the task any longer, or the runner is told to stop.
    Ended(End),
}

impl From<Failure> for NoInputs {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Fetches the inputs, and writes them below a folder.
pub(super) fn mount(exchange: &Exchange, task: &Task, inputs: &[Input], tree: &Path) -> Result<(), NoInputs> {
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    for input in inputs {
        for file in fetch(exchange, task, input)? {
            let path = match input.path.as_str() {
                ROOT => file.path.clone(),
                folder => format!("{folder}/{}", file.path),
            };
            if let Some(other) = owners.insert(path.clone(), input.name.clone()) {
                let cause = format!("inputs `{other}` and `{}` both have file `{path}`", input.name);
                return Err(Failure::new(INVALID_INPUT, cause).into());
            }
            write_file(&tree.join(&path), &file).map_err(|error| {
                Failure::new("States.TaskFailed", format!("failed to write input file `{path}`: {error}"))
            })?;
        }
    }
    Ok(())
}

/// The files of an input, held against its digest.
fn fetch(exchange: &Exchange, task: &Task, input: &Input) -> Result<Vec<File>, NoInputs> {
    let name = &input.name;
    let globs = Globs::new(&input.include, &input.exclude)
        .map_err(|error| Failure::new(INVALID_INPUT, format!("input `{name}`: {error}")))?;
    let path = format!("/api/tasks/{}/artifacts/{}", task.token, input.artifact);
    let tar = match exchange.bytes(Patience::UntilStopped, "GET", &path, b"") {
        Ok(tar) => tar,
        Err(End::Refused(why)) => {
            return Err(Failure::new(INVALID_INPUT, format!("input `{name}`: {why}")).into());
        }
        Err(end) => return Err(NoInputs::Ended(end)),
    };
    let corrupt = |why: String| Failure::new(CORRUPT_ARTIFACT, format!("input `{name}`: {why}"));
    let files = archive::read(tar.as_slice()).map_err(|error| corrupt(error.to_string()))?;
    let store = MemoryStore::default();
    let (digest, _) =
        Artifacts::new(&store).stage_put(files.clone(), &[]).map_err(|error| corrupt(error.to_string()))?;
    if digest != input.artifact {
        return Err(corrupt(format!("`{}` came as `{digest}`", input.artifact)).into());
    }
    Ok(files.into_iter().filter(|file| globs.matches(&file.path)).collect())
}
