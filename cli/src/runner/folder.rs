//! Where the tasks of one runner have their folders. What a runner that was killed left behind, the next one removes.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};

/// How the folder of a runner begins; its process's id follows.
const PREFIX: &str = "runner-";
/// Held by the runner whose folder it is in.
const LOCK: &str = "lock";

/// The folder of one runner. Gone when it is dropped.
pub(super) struct Folder {
    path: PathBuf,
    next: AtomicUsize,
    _lock: File,
}

/// The folder of one task. Gone when it is dropped.
pub(super) struct JobFolder {
    path: PathBuf,
}

impl Folder {
    /// Makes one below `work`, and removes those of runners that are no more.
    pub(super) fn open(work: &Path) -> Result<Self> {
        let failed = || format!("failed to make a folder in `{}`", work.display());
        fs::create_dir_all(work).with_context(failed)?;
        let work = work.canonicalize().with_context(failed)?;
        sweep(&work).with_context(failed)?;
        let path = work.join(format!("{PREFIX}{}", std::process::id()));
        fs::create_dir_all(&path).with_context(failed)?;
        fs::set_permissions(&path, Permissions::from_mode(0o700)).with_context(failed)?;
        let lock = File::create(path.join(LOCK)).with_context(failed)?;
        lock.try_lock().with_context(failed)?;
        Ok(Self { path, next: AtomicUsize::new(0), _lock: lock })
    }

    /// Makes one for a task.
    pub(super) fn job(&self) -> Result<JobFolder> {
        let number = self.next.fetch_add(1, Ordering::SeqCst);
        let job = JobFolder { path: self.path.join(format!("job-{number}")) };
        for part in [job.tree(), job.home(), job.temporary(), job.root()] {
            fs::create_dir_all(&part).with_context(|| format!("failed to make `{}`", part.display()))?;
        }
        Ok(job)
    }
}

impl JobFolder {
    /// All that the command may write to.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the inputs are, and the command begins.
    pub(super) fn tree(&self) -> PathBuf {
        self.path.join("tree")
    }

    /// The command's home.
    pub(super) fn home(&self) -> PathBuf {
        self.path.join("home")
    }

    /// What the command sees as `/tmp`.
    pub(super) fn temporary(&self) -> PathBuf {
        self.path.join("tmp")
    }

    /// Where its root is put together.
    pub(super) fn root(&self) -> PathBuf {
        self.path.join("root")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

impl Drop for JobFolder {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

fn sweep(work: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(work)? {
        let path = entry?.path();
        let is_runners = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX));
        // Whoever lives holds the lock; one that has none yet is being made.
        if is_runners && File::open(path.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok()) {
            remove(&path);
        }
    }
    Ok(())
}

/// Removes a folder, also where the command took away its own right to.
fn remove(path: &Path) {
    if fs::remove_dir_all(path).is_ok() || !path.exists() {
        return;
    }
    open_up(path);
    // What can't be removed now, the next runner tries.
    let _ = fs::remove_dir_all(path);
}

fn open_up(folder: &Path) {
    let _ = fs::set_permissions(folder, Permissions::from_mode(0o700));
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            open_up(&entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_dead_runner_left_is_removed_and_what_a_living_one_has_is_not() {
        let work = tempfile::tempdir().unwrap();
        let living = Folder::open(work.path()).unwrap();
        let job = living.job().unwrap();
        let dead = work.path().join("runner-0/job-1/tree/closed");
        fs::create_dir_all(&dead).unwrap();
        fs::write(work.path().join("runner-0/lock"), "").unwrap();
        fs::write(work.path().join("other"), "").unwrap();
        fs::set_permissions(&dead, Permissions::from_mode(0o000)).unwrap();
        sweep(work.path()).unwrap();
        assert!(!work.path().join("runner-0").exists());
        assert!(job.tree().exists() && work.path().join("other").exists());
        let path = job.path().to_owned();
        drop(job);
        assert!(!path.exists());
        drop(living);
        assert_eq!(fs::read_dir(work.path()).unwrap().count(), 1);
    }
}
