//! Isolation by namespaces (namespaces(7)), without any program's help and without privileges.
//!
//! The first user namespace owns the mounts. The command runs in a second one, in which it is an ordinary user, and in which
//! it cannot undo that a folder is read only.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};
use nix::unistd::{chdir, getgid, getuid, pivot_root};

use super::steps::{PROCESSES_HEADROOM, end_with_parent, supervise};
use super::{SYSTEM, Spec, Step, helper, spawn};

/// What tools take an ordinary user's id for.
const ORDINARY: u32 = 1_000;
/// Devices that commands have.
const DEVICES: [&str; 6] = ["full", "null", "random", "tty", "urandom", "zero"];
/// Parts of `/proc` by which a superuser changes the whole machine: whom the runner's user may be.
const PROTECTED: [&str; 5] = ["bus", "fs", "irq", "sys", "sysrq-trigger"];
/// What `/dev/shm` holds: it is memory that counts for nobody.
const SHARED_MEMORY: &str = "mode=1777,size=64m";

/// The ids by which the command knows itself: never the superuser's, for whom programs do other things.
pub(super) fn inner_ids() -> (u32, u32) {
    (ordinary(getuid().as_raw()), ordinary(getgid().as_raw()))
}

/// The file that `/etc/resolv.conf` links to, where that is outside of the system's folders.
pub(super) fn resolver() -> Option<PathBuf> {
    let target = fs::canonicalize("/etc/resolv.conf").ok()?;
    (!is_below_system(&target)).then_some(target)
}

/// Runs the command in namespaces of its own.
pub(super) fn run(spec: &Spec) -> Result<i32> {
    let (uid, gid) = (getuid().as_raw(), getgid().as_raw());
    let mut flags = CloneFlags::CLONE_NEWUSER
        | CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWPID
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWUTS;
    if !spec.network {
        flags |= CloneFlags::CLONE_NEWNET;
    }
    unshare(flags).context("failed to make namespaces")?;
    map_ids((0, uid), (0, gid))?;
    // Becoming another user took this back.
    end_with_parent()?;
    let mut init = spawn(helper(), &Spec { step: Step::Init, ..spec.clone() })?;
    let status = init.wait().context("failed to wait for the command")?;
    Ok(status.code().unwrap_or(137))
}

/// The first process of the namespace: when it ends, so does all that is in it.
pub(super) fn init(spec: &Spec) -> Result<i32> {
    end_with_parent()?;
    let ids = outer_ids()?;
    put_together(spec).context("failed to put the command's root together")?;
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNS)
        .context("failed to make the inner namespace")?;
    map_ids((ids.0, 0), (ids.1, 0))?;
    end_with_parent()?;
    supervise(spec)
}

/// The ids that the command is to have: seen from within, the runner's are the superuser's.
fn outer_ids() -> Result<(u32, u32)> {
    let outside = |file: &str| -> Result<u32> {
        let map = fs::read_to_string(format!("/proc/self/{file}"))
            .with_context(|| format!("failed to read `{file}`"))?;
        let id = map.split_whitespace().nth(1).and_then(|id| id.parse().ok());
        id.with_context(|| format!("`{file}` is not as it was written"))
    };
    Ok((ordinary(outside("uid_map")?), ordinary(outside("gid_map")?)))
}

fn ordinary(id: u32) -> u32 {
    if id == 0 { ORDINARY } else { id }
}

/// Maps one user and one group: inside, outside.
fn map_ids(uid: (u32, u32), gid: (u32, u32)) -> Result<()> {
    let lines = [
        ("setgroups", "deny".to_owned()),
        ("uid_map", format!("{} {} 1", uid.0, uid.1)),
        ("gid_map", format!("{} {} 1", gid.0, gid.1)),
    ];
    for (file, line) in lines {
        fs::write(format!("/proc/self/{file}"), line).with_context(|| format!("failed to write `{file}`"))?;
    }
    Ok(())
}

/// Puts the root together, and makes it the root.
fn put_together(spec: &Spec) -> Result<()> {
    let root = &spec.root;
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    mount(None::<&str>, "/", None::<&str>, private, None::<&str>).context("`/`")?;
    mount_new("tmpfs", root, MsFlags::MS_NOSUID | MsFlags::MS_NODEV, "mode=755,size=4m")?;
    for path in SYSTEM.map(Path::new) {
        if let Ok(target) = fs::read_link(path) {
            symlink(target, within(root, path)).with_context(|| format!("`{}`", path.display()))?;
        } else if path.is_dir() {
            bind(path, &within(root, path), MsFlags::MS_REC)?;
        }
    }
    bind(&spec.temporary, &within(root, Path::new("/tmp")), MsFlags::empty())?;
    for path in resolver().iter().chain(&spec.shared).filter(|path| !is_below_system(path)) {
        bind(path, &within(root, path), MsFlags::MS_REC)?;
    }
    close(root)?;
    devices(&root.join("dev"))?;
    let safe = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    mount_new("proc", &root.join("proc"), safe, "")?;
    limit_processes(&root.join("proc"), spec.processes)?;
    for part in PROTECTED {
        let part = root.join("proc").join(part);
        if part.exists() {
            bind(&part, &part, MsFlags::empty())?;
            remount(&part, safe | MsFlags::MS_RDONLY)?;
        }
    }
    bind(&spec.folder, &within(root, &spec.folder), MsFlags::empty())?;
    remount(root, MsFlags::MS_RDONLY | MsFlags::MS_NOSUID | MsFlags::MS_NODEV)?;
    chdir(root).context("root")?;
    pivot_root(".", ".").context("failed to change the root")?;
    umount2(".", MntFlags::MNT_DETACH).context("failed to leave the old root")?;
    chdir("/").context("`/`")
}

/// Limits the ids of processes, and so their number, since `RLIMIT_NPROC` does not hold for the superuser's. From Linux 6.14 on
/// that limit is the namespace's own; before, it is the machine's, and nothing is written.
fn limit_processes(proc: &Path, processes: u64) -> Result<()> {
    /// Ids below this are given only once (`RESERVED_PIDS` of the kernel).
    const RESERVED: u64 = 300;
    let release =
        fs::read_to_string(proc.join("sys/kernel/osrelease")).context("failed to read the release")?;
    if version(&release) < Some((6, 14)) {
        return Ok(());
    }
    let most = RESERVED + processes.saturating_add(PROCESSES_HEADROOM);
    let most = most.min(u64::from(u16::MAX) << 6);
    fs::write(proc.join("sys/kernel/pid_max"), most.to_string()).context("failed to limit the processes")
}

fn version(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

/// Makes what is mounted so far read only, but for `/tmp`. A bind mount brings others along, each with flags of its own,
/// which it must keep.
fn close(root: &Path) -> Result<()> {
    let table = fs::read_to_string("/proc/self/mountinfo").context("failed to read the mounts")?;
    for (path, flags) in table.lines().filter_map(mounted) {
        let Ok(inner) = path.strip_prefix(root) else { continue };
        let writable = inner.as_os_str().is_empty() || inner == Path::new("tmp");
        let flags = flags | MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
        remount(&path, if writable { flags } else { flags | MsFlags::MS_RDONLY })?;
    }
    Ok(())
}

/// A mount's place and flags, from a line of `/proc/self/mountinfo` (proc(5)).
fn mounted(line: &str) -> Option<(PathBuf, MsFlags)> {
    let mut fields = line.split(' ').skip(4);
    let place = fields
        .next()?
        .replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\");
    let flags = fields.next()?.split(',').map(|name| match name {
        "ro" => MsFlags::MS_RDONLY,
        "nosuid" => MsFlags::MS_NOSUID,
        "nodev" => MsFlags::MS_NODEV,
        "noexec" => MsFlags::MS_NOEXEC,
        "noatime" => MsFlags::MS_NOATIME,
        "nodiratime" => MsFlags::MS_NODIRATIME,
        "relatime" => MsFlags::MS_RELATIME,
        _ => MsFlags::empty(),
    });
    Some((place.into(), flags.collect()))
}

fn devices(folder: &Path) -> Result<()> {
    mount_new("tmpfs", folder, MsFlags::MS_NOSUID, "mode=755,size=64k")?;
    for name in DEVICES {
        bind(&Path::new("/dev").join(name), &folder.join(name), MsFlags::empty())?;
    }
    let links = [("fd", "fd"), ("fd/0", "stdin"), ("fd/1", "stdout"), ("fd/2", "stderr")];
    for (target, name) in links {
        symlink(format!("/proc/self/{target}"), folder.join(name)).context("`/dev`")?;
    }
    mount_new("tmpfs", &folder.join("shm"), MsFlags::MS_NOSUID | MsFlags::MS_NODEV, SHARED_MEMORY)
}

fn mount_new(kind: &str, place: &Path, flags: MsFlags, options: &str) -> Result<()> {
    let failed = || format!("`{}` ({kind})", place.display());
    fs::create_dir_all(place).with_context(failed)?;
    mount(Some(kind), place, Some(kind), flags, Some(options)).with_context(failed)
}

/// Shows a file or folder at another place.
fn bind(from: &Path, to: &Path, more: MsFlags) -> Result<()> {
    let failed = || format!("`{}`", from.display());
    if from.is_dir() {
        fs::create_dir_all(to).with_context(failed)?;
    } else {
        fs::create_dir_all(to.parent().unwrap_or(Path::new("/"))).with_context(failed)?;
        fs::write(to, "").with_context(failed)?;
    }
    mount(Some(from), to, None::<&str>, MsFlags::MS_BIND | more, None::<&str>).with_context(failed)
}

fn remount(place: &Path, flags: MsFlags) -> Result<()> {
    let flags = MsFlags::MS_BIND | MsFlags::MS_REMOUNT | flags;
    mount(None::<&str>, place, None::<&str>, flags, None::<&str>)
        .with_context(|| format!("failed to close `{}`", place.display()))
}

fn within(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}

fn is_below_system(path: &Path) -> bool {
    SYSTEM.iter().any(|system| path.starts_with(system))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_mounts() {
        let line =
            "36 35 98:0 /mnt1 /a\\040b/c ro,noatime,nodev master:1 - ext3 /dev/root rw,errors=continue";
        let flags = MsFlags::MS_RDONLY | MsFlags::MS_NOATIME | MsFlags::MS_NODEV;
        assert_eq!(mounted(line), Some(("/a b/c".into(), flags)));
        assert_eq!(mounted("36 35"), None);
    }

    #[test]
    fn reads_releases() {
        assert_eq!(version("6.18.44-x"), Some((6, 18)));
        assert_eq!(version("5.10"), Some((5, 10)));
        assert_eq!(version("x"), None);
    }
}
