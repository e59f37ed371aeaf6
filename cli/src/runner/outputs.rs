//! What a command left below `out/`, as archives.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use stage_http::answer::INVALID_OUTPUT;
use stage_http::outputs::{FOLDER, MAX_ARTIFACTS};

use super::task::Failure;
use crate::pack::MAX_PACKED_BYTES;

/// What a command left.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    /// Archives by the names of the artifacts that they become.
    pub(super) archives: BTreeMap<String, Vec<u8>>,
    /// What is no file or folder, and so is passed over: symbolic links above all.
    pub(super) passed_over: Vec<String>,
}

/// Collects each folder below `out/`.
pub(super) fn collect(tree: &Path) -> Result<Outputs, Failure> {
    let mut outputs = Outputs::default();
    let folder = tree.join(FOLDER);
    // The command may have made it anything.
    if !fs::symlink_metadata(&folder).is_ok_and(|found| found.is_dir()) {
        return Ok(outputs);
    }
    for (name, path) in entries(&folder)? {
        let found = fs::symlink_metadata(&path).map_err(|error| unreadable(&path, &error))?;
        if found.is_file() {
            let cause = format!(
                "file `out/{name}` is in no artifact: hint: write it to a folder, `out/<name of the artifact>/`"
            );
            return Err(Failure::new(INVALID_OUTPUT, cause));
        }
        if !found.is_dir() {
            outputs.passed_over.push(format!("out/{name}"));
            continue;
        }
        let mut archive = tar::Builder::new(Vec::new());
        pack(&mut archive, &path, "", &mut outputs.passed_over)?;
        let archive = archive.into_inner().map_err(|error| unreadable(&path, &error))?;
        outputs.archives.insert(name, archive);
    }
    if outputs.archives.len() > MAX_ARTIFACTS {
        let count = outputs.archives.len();
        let cause = format!("there are {count} folders below `out/`: the limit is {MAX_ARTIFACTS}");
        return Err(Failure::new(INVALID_OUTPUT, cause));
    }
    Ok(outputs)
}

/// Adds the files of a folder, sorted. A folder at a time is open, and none is followed through a link.
fn pack(
    archive: &mut tar::Builder<Vec<u8>>,
    folder: &Path,
    prefix: &str,
    passed_over: &mut Vec<String>,
) -> Result<(), Failure> {
    for (name, path) in entries(folder)? {
        let inner = format!("{prefix}{name}");
        let found = fs::symlink_metadata(&path).map_err(|error| unreadable(&path, &error))?;
        if found.is_dir() {
            pack(archive, &path, &format!("{inner}/"), passed_over)?;
        } else if found.is_file() {
            let packed = archive.get_ref().len() as u64;
            if packed + found.len() > MAX_PACKED_BYTES as u64 {
                let cause = format!("an artifact has more than {MAX_PACKED_BYTES} bytes, with `{inner}`");
                return Err(Failure::new(INVALID_OUTPUT, cause));
            }
            let contents = fs::read(&path).map_err(|error| unreadable(&path, &error))?;
            let mut header = tar::Header::new_gnu();
            header.set_size(contents.len() as u64);
            header.set_mode(if found.permissions().mode() & 0o111 == 0 { 0o644 } else { 0o755 });
            archive
                .append_data(&mut header, &inner, contents.as_slice())
                .map_err(|error| unreadable(&path, &error))?;
        } else {
            passed_over.push(inner);
        }
    }
    Ok(())
}

fn entries(folder: &Path) -> Result<BTreeMap<String, std::path::PathBuf>, Failure> {
    let read = fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    read.map(|entry| {
        let entry = entry.map_err(|error| unreadable(folder, &error))?;
        let name = entry.file_name().into_string().map_err(|name| {
            let cause = format!("`{}` below `out/` has a name that is not UTF-8", name.to_string_lossy());
            Failure::new(INVALID_OUTPUT, cause)
        })?;
        Ok((name, entry.path()))
    })
    .collect()
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Failure::new(INVALID_OUTPUT, format!("`{name}` below `out/` cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_become_archives() {
        let tree = tempfile::tempdir().unwrap();
        assert!(collect(tree.path()).unwrap().archives.is_empty());
        let program = tree.path().join("out/program/bin");
        fs::create_dir_all(&program).unwrap();
        fs::create_dir_all(tree.path().join("out/empty")).unwrap();
        fs::write(program.join("run"), "x").unwrap();
        fs::set_permissions(program.join("run"), fs::Permissions::from_mode(0o700)).unwrap();
        fs::write(program.join("notes"), "y").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", program.join("link")).unwrap();
        let outputs = collect(tree.path()).unwrap();
        assert_eq!(outputs.passed_over, ["bin/link"]);
        assert_eq!(outputs.archives.keys().collect::<Vec<_>>(), ["empty", "program"]);
        let files = artifact::archive::read(outputs.archives["program"].as_slice()).unwrap();
        let files: Vec<_> = files.iter().map(|file| (file.path.as_str(), file.executable)).collect();
        assert_eq!(files, [("bin/notes", false), ("bin/run", true)]);
        fs::write(tree.path().join("out/stray"), "").unwrap();
        assert!(collect(tree.path()).unwrap_err().cause.contains("`out/stray` is in no artifact"));
    }

    #[test]
    fn out_is_not_followed_elsewhere() {
        let tree = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/etc", tree.path().join("out")).unwrap();
        assert!(collect(tree.path()).unwrap().archives.is_empty());
    }
}
