//! What is there already is not fetched again.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex};

use stage_checkout::Parameters;

use crate::support::git_server::{Answer, GitServer};
use crate::support::repository::Repository;
use crate::support::{CheckedOut, check_out_on, files, parameters};

/// Files of the large repository.
const FILES: u32 = 2_000;

/// Text that doesn't shrink much.
fn noise(seed: u32) -> String {
    let words = (0..100u32).map(|n| format!("{:08x}", (seed * 1000 + n).wrapping_mul(2_654_435_761)));
    words.collect::<Vec<_>>().concat()
}

fn large() -> Repository {
    let repository = Repository::small();
    for n in 0..FILES {
        repository.write(&format!("d{}/f{n}.txt", n % 50), noise(n).as_bytes());
    }
    repository.write("run.sh", b"#!/bin/sh\n");
    fs::set_permissions(repository.path().join("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    repository.commit("Add many files");
    repository.git(&["config", "uploadpack.allowFilter", "true"]);
    repository
}

#[track_caller]
fn check_on(base: &Path, repository: &Repository, parameters: &Parameters) -> CheckedOut {
    let checked_out =
        check_out_on(base, parameters, &[]).unwrap_or_else(|(failure, log)| panic!("{failure}\n{log}"));
    assert!(checked_out.files() == files(&repository.path()), "{}", checked_out.log);
    assert_eq!(checked_out.output.commit, repository.git(&["rev-parse", "HEAD"]));
    checked_out
}

#[test]
fn a_file_that_changed_is_all_that_is_fetched() {
    let repository = large();
    let server = GitServer::start(repository.root());
    let parameters = parameters(&server.url("site"));
    let nowhere = Path::new("nowhere");
    let first = check_on(nowhere, &repository, &parameters);
    repository.write("d7/f7.txt", b"changed\n");
    repository.write("d8/copy.txt", noise(7).as_bytes());
    repository.commit("Change one, and copy one");
    let whole = check_on(nowhere, &repository, &parameters);
    let again = check_on(&first.source(), &repository, &parameters);
    let (whole, part) = (whole.output.pack_bytes, again.output.pack_bytes);
    assert!(again.log.contains("\n1 of its files are not there yet\n"), "{}", again.log);
    // Folders have some 30 bytes a file, which don't shrink.
    assert!(whole > 800_000 && part < 100_000, "{part} of {whole} bytes");
    assert!(again.is_executable("run.sh"));
    let same = check_on(&again.source(), &repository, &parameters);
    assert!(same.log.contains("\n0 of its files are not there yet\n"), "{}", same.log);
}

#[test]
fn a_server_that_gives_no_single_files_is_asked_for_all() {
    let repository = large();
    let base = tempfile::tempdir().unwrap();
    fs::write(base.path().join("a"), "a").unwrap();
    repository.git(&["config", "uploadpack.allowFilter", "false"]);
    let server = GitServer::start(repository.root());
    let plain = check_on(base.path(), &repository, &parameters(&server.url("site")));
    assert!(!plain.log.contains("not there yet"), "{}", plain.log);
    repository.git(&["config", "uploadpack.allowFilter", "true"]);
    let asked = Arc::new(Mutex::new(0));
    let refused = Arc::clone(&asked);
    let server = GitServer::start_with(repository.root(), move |request, git| {
        let mut asked = refused.lock().unwrap();
        *asked += usize::from(request.is_fetch());
        if request.is_fetch() && *asked == 2 {
            let body = b"0022ERR upload-pack: not our ref 1";
            return Answer::new(200, "application/x-git-upload-pack-result", body);
        }
        git(&request)
    });
    let refused = check_on(base.path(), &repository, &parameters(&server.url("site")));
    assert!(refused.log.contains("fetching the commit whole"), "{}", refused.log);
    assert_eq!(*asked.lock().unwrap(), 3);
}

#[test]
fn what_is_there_is_believed_by_its_contents_alone() {
    let repository = large();
    let server = GitServer::start(repository.root());
    let base = tempfile::tempdir().unwrap();
    // The right name, and other contents; a file where a folder is wanted; a file of another name.
    fs::create_dir_all(base.path().join("d1")).unwrap();
    fs::write(base.path().join("d1/f1.txt"), "not what it was").unwrap();
    fs::write(base.path().join("d2"), "a file").unwrap();
    fs::write(base.path().join("elsewhere"), noise(3)).unwrap();
    let checked_out = check_on(base.path(), &repository, &parameters(&server.url("site")));
    let expected = format!("\n{} of its files are not there yet\n", FILES + 1);
    assert!(checked_out.log.contains(&expected), "{}", checked_out.log);
}
