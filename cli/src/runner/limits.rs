//! What a command may take: by a control group of its own where one is delegated to the runner.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Bytes of a MiB.
pub(super) const MIB: u64 = 1 << 20;

/// What one command may take, with all processes that it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Memory, in bytes.
    pub(crate) memory_bytes: u64,
    /// Processes at once.
    pub(crate) processes: u64,
    /// Time from its start to its end.
    pub(crate) time: Duration,
    /// What it prints, in bytes.
    pub(crate) output_bytes: u64,
}

/// Which limit a command passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exceeded {
    Memory,
    Processes,
    Time,
    Output,
}

impl Limits {
    /// The error and the cause of a command that passed a limit.
    pub(super) fn told(&self, exceeded: Exceeded) -> (&'static str, String) {
        match exceeded {
            Exceeded::Memory => {
                ("States.TaskFailed", format!("memory limit of {} MiB exceeded", self.memory_bytes / MIB))
            }
            Exceeded::Processes => {
                ("States.TaskFailed", format!("process limit of {} exceeded", self.processes))
            }
            Exceeded::Time => ("States.Timeout", format!("time limit of {} s exceeded", self.time.as_secs())),
            Exceeded::Output => {
                ("States.TaskFailed", format!("output limit of {} KiB exceeded", self.output_bytes >> 10))
            }
        }
    }
}

/// Reads a size: bytes, or `512MiB`, `2GiB`, `64KiB`.
pub(crate) fn parse_bytes(text: &str) -> Result<u64, String> {
    let units = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("", 0)];
    let (digits, shift) = units
        .iter()
        .find_map(|(unit, shift)| text.strip_suffix(unit).map(|digits| (digits.trim(), *shift)))
        .unwrap_or((text, 0));
    let number: u64 = digits.parse().map_err(|_| format!("`{text}` is no size: write `512MiB`"))?;
    number
        .checked_mul(1 << shift)
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| format!("`{text}` is out of range"))
}

/// The control group that is delegated to the runner (v2), below which each command gets one of its own.
pub(super) struct Cgroups {
    folder: PathBuf,
    next: AtomicUsize,
}

/// The control group of one command. Gone when it is dropped.
pub(super) struct Cgroup {
    folder: PathBuf,
}

impl Cgroups {
    /// The runner's own, if it may make others in it: `Delegate=yes` in a systemd unit.
    pub(super) fn delegated() -> Option<Self> {
        let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
        let own = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
        Self::prepare(&Path::new("/sys/fs/cgroup").join(own), std::process::id())
    }

    /// Moves the runner into a leaf, since a group with processes can't limit those below it, and passes the controllers on.
    fn prepare(folder: &Path, process: u32) -> Option<Self> {
        let available = fs::read_to_string(folder.join("cgroup.controllers")).ok()?;
        let has = |name: &str| available.split_whitespace().any(|other| other == name);
        if !has("memory") || !has("pids") {
            return None;
        }
        let leaf = folder.join("runner");
        fs::create_dir_all(&leaf).ok()?;
        fs::write(leaf.join("cgroup.procs"), process.to_string()).ok()?;
        fs::write(folder.join("cgroup.subtree_control"), "+memory +pids").ok()?;
        Some(Self { folder: folder.to_owned(), next: AtomicUsize::new(0) })
    }

    /// A group for one command.
    pub(super) fn make(&self, limits: &Limits) -> std::io::Result<Cgroup> {
        let number = self.next.fetch_add(1, Ordering::SeqCst);
        let group = Cgroup { folder: self.folder.join(format!("job-{number}")) };
        fs::create_dir_all(&group.folder)?;
        // The helper that starts the command is in it, too.
        for (file, value) in [
            ("memory.max", limits.memory_bytes.to_string()),
            ("memory.oom.group", "1".to_owned()),
            ("pids.max", (limits.processes + 2).to_string()),
        ] {
            fs::write(group.folder.join(file), value)?;
        }
        // Not there where the machine has no swap.
        let _ = fs::write(group.folder.join("memory.swap.max"), "0");
        Ok(group)
    }
}

impl Cgroup {
    /// Where a process enters it.
    pub(super) fn entrance(&self) -> PathBuf {
        self.folder.join("cgroup.procs")
    }

    /// Which limit was passed in it.
    pub(super) fn exceeded(&self) -> Option<Exceeded> {
        if self.count("memory.events", "oom_kill") > 0 {
            return Some(Exceeded::Memory);
        }
        (self.count("pids.events", "max") > 0).then_some(Exceeded::Processes)
    }

    /// Ends all that is in it.
    pub(super) fn kill(&self) {
        // There from Linux 5.14 on; whoever kills looks at the processes, too.
        let _ = fs::write(self.folder.join("cgroup.kill"), "1");
    }

    fn count(&self, file: &str, event: &str) -> u64 {
        let text = fs::read_to_string(self.folder.join(file)).unwrap_or_default();
        let mut pairs = text.lines().filter_map(|line| line.split_once(' '));
        pairs.find(|(name, _)| *name == event).and_then(|(_, count)| count.parse().ok()).unwrap_or(0)
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        // It is empty by now; if the kernel takes longer, an empty group costs little.
        let _ = fs::remove_dir(&self.folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<u64>) {
        assert_eq!(parse_bytes(text).ok(), expected, "{text}");
    }

    #[test]
    fn reads_sizes() {
        check("1024", Some(1024));
        check("64KiB", Some(64 << 10));
        check("512MiB", Some(512 << 20));
        check("2 GiB", Some(2 << 30));
        for wrong in ["", "0", "MiB", "-1MiB", "1TB", "99999999999999GiB"] {
            check(wrong, None);
        }
    }

    #[test]
    fn a_command_gets_a_control_group_with_its_limits() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Cgroups::prepare(folder.path(), 7).is_none(), "there are no controllers");
        fs::write(folder.path().join("cgroup.controllers"), "cpu memory pids\n").unwrap();
        let groups = Cgroups::prepare(folder.path(), 7).unwrap();
        let read = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();
        assert_eq!(read("runner/cgroup.procs"), "7");
        assert_eq!(read("cgroup.subtree_control"), "+memory +pids");
        let limits =
            Limits { memory_bytes: MIB, processes: 8, time: Duration::from_secs(1), output_bytes: 1 };
        let group = groups.make(&limits).unwrap();
        assert_eq!((read("job-0/memory.max").as_str(), read("job-0/pids.max").as_str()), ("1048576", "10"));
        assert_eq!(group.exceeded(), None);
        fs::write(group.folder.join("pids.events"), "max 3\n").unwrap();
        assert_eq!(group.exceeded(), Some(Exceeded::Processes));
        fs::write(group.folder.join("memory.events"), "low 0\noom 1\noom_kill 2\n").unwrap();
        assert_eq!(group.exceeded(), Some(Exceeded::Memory));
        group.kill();
        assert_eq!(read("job-0/cgroup.kill"), "1");
    }
}
