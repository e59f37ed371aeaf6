//! The processes of a command, found by their parents: what they take, and how all of them end.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// How often it is looked for processes that were started while others were stopped.
const MAX_LOOKS: usize = 64;

/// What all processes below one take together.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taken {
    /// How many there are.
    pub(super) processes: u64,
    /// Their resident memory in bytes; what they share counts for each.
    pub(super) memory_bytes: u64,
}

/// What the processes below this one take, itself not counted.
pub(super) fn taken(root: i32) -> Taken {
    let below = below(root);
    Taken { processes: below.len() as u64, memory_bytes: below.iter().map(|pid| resident_bytes(*pid)).sum() }
}

/// How many threads the user of this process has, as the kernel counts them for its limit.
pub(super) fn tasks_of_user() -> u64 {
    let user = nix::unistd::getuid().as_raw();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let own = processes.filter(|entry| entry.metadata().is_ok_and(|found| found.uid() == user));
    own.filter_map(|entry| fs::read_dir(entry.path().join("task")).ok())
        .map(|tasks| tasks.count() as u64)
        .sum()
}

/// Ends all processes below this one. They are stopped first, so that none starts another meanwhile.
pub(super) fn kill_below(root: i32) {
    let mut stopped = BTreeSet::new();
    for _ in 0..MAX_LOOKS {
        let new: Vec<i32> = below(root).into_iter().filter(|pid| stopped.insert(*pid)).collect();
        if new.is_empty() {
            break;
        }
        for pid in new {
            // It may have ended.
            let _ = kill(Pid::from_raw(pid), Signal::SIGSTOP);
        }
    }
    for pid in below(root) {
        let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
    }
}

/// The processes below this one.
fn below(root: i32) -> Vec<i32> {
    let mut children: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let pid = entry.file_name().to_str().and_then(|name| name.parse().ok());
        let stat =
            pid.and_then(|pid: i32| Some((pid, fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)));
        if let Some((pid, stat)) = stat
            && let Some(parent) = parent(&stat)
        {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found = Vec::new();
    let mut next = vec![root];
    while let Some(pid) = next.pop() {
        for child in children.remove(&pid).unwrap_or_default() {
            found.push(child);
            next.push(child);
        }
    }
    found
}

/// The parent that `/proc/<pid>/stat` tells (proc(5)): behind the program's name, which may hold anything. A process that has
/// ended, and waits for its parent to hear of it, takes nothing.
fn parent(stat: &str) -> Option<i32> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X") {
        return None;
    }
    fields.next()?.parse().ok()
}

fn resident_bytes(pid: i32) -> u64 {
    const PAGE_BYTES: u64 = 4096;
    let statm = fs::read_to_string(format!("/proc/{pid}/statm")).unwrap_or_default();
    statm
        .split_whitespace()
        .nth(1)
        .and_then(|pages| pages.parse().ok())
        .map_or(0, |pages: u64| pages * PAGE_BYTES)
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn reads_stat() {
        assert_eq!(parent("7 (a) b) S 3 7 7"), Some(3));
        assert_eq!(parent("7 (sh) Z 3 7 7"), None);
        assert_eq!(parent(""), None);
    }

    #[test]
    fn a_tree_is_counted_and_ended() {
        let mut shell = Command::new("sh")
            .args(["-c", "sh -c 'sleep 60 & sleep 60' & wait"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let root = i32::try_from(shell.id()).unwrap();
        let until = Instant::now() + Duration::from_secs(20);
        while taken(root).processes < 3 {
            assert!(Instant::now() < until, "{:?}", taken(root));
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(taken(root).memory_bytes > 0);
        kill_below(root);
        shell.wait().unwrap();
        assert_eq!(taken(root).processes, 0);
    }
}
