//! What can be checked out.

use stage_checkout::Parameters;

use crate::support::git_server::GitServer;
use crate::support::repository::Repository;
use crate::support::{CheckedOut, check_out, files, parameters};

/// Checks out, and compares the files with the repository's working directory.
#[track_caller]
fn check(repository: &Repository, parameters: &Parameters) -> CheckedOut {
    let checked_out = expect(parameters);
    let (actual, expected) = (checked_out.files(), files(&repository.path()));
    assert!(actual.keys().eq(expected.keys()), "{:?}\n{:?}", actual.keys(), expected.keys());
    for (path, contents) in &expected {
        assert!(actual[path] == *contents, "{path} is another");
    }
    assert_eq!(checked_out.output.commit, repository.git(&["rev-parse", "HEAD"]));
    checked_out
}

#[track_caller]
fn expect(parameters: &Parameters) -> CheckedOut {
    match check_out(parameters, &[]) {
        Ok(checked_out) => checked_out,
        Err((failure, log)) => panic!("{failure}\n{log}"),
    }
}

#[test]
fn a_commit_by_its_id() {
    let repository = Repository::small();
    repository.write("docs/a/b.md", "ümläut\n".as_bytes());
    repository.write("empty", b"");
    let commit = repository.commit("Add a page\n\nWith a body.");
    let server = GitServer::start(repository.root());
    let checked_out = check(
        &repository,
        &Parameters {
            commit: Some(commit.clone()),
            reference: Some("refs/heads/main".to_owned()),
            branch: Some("main".to_owned()),
            ..parameters(&server.url("site"))
        },
    );
    let json = serde_json::to_value(&checked_out.output).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "commit": commit, "ref": "refs/heads/main", "branch": "main", "tag": null,
            "repository": server.url("site"), "author": {"name": "Ada", "email": "ada@example.com"},
            "subject": "Add a page", "committed_at": "2026-01-02T03:04:05+02:00",
            "files": 3, "bytes": 18, "submodules": [], "lfs": [], "symlinks": [], "executables": [], "unlisted": 0,
        })
    );
    assert_eq!(checked_out.log.lines().count(), 3, "{}", checked_out.log);
}

#[test]
fn only_the_commit_itself_is_fetched() {
    let repository = Repository::small();
    let noise: Vec<u8> = (0..200_000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    repository.write("large", &noise);
    repository.commit("Add something large");
    repository.git(&["rm", "--quiet", "large"]);
    repository.commit("Remove it");
    let server = GitServer::start(repository.root());
    let checked_out = check(&repository, &parameters(&server.url("site")));
    assert!(checked_out.output.pack_bytes < 1000, "{}", checked_out.output.pack_bytes);
}

#[test]
fn branches_tags_and_head() {
    let repository = Repository::small();
    repository.git(&["tag", "light"]);
    repository.git(&["tag", "--annotate", "--message", "One", "v1"]);
    repository.git(&["tag", "--annotate", "--message", "A tag of a tag", "v1-again", "v1"]);
    repository.git(&["branch", "feature/x"]);
    repository.git(&["update-ref", "refs/pull/7/head", "HEAD"]);
    let server = GitServer::start(repository.root());
    let check = |reference: Option<&str>, branch: Option<&str>, tag: Option<&str>, expected: &str| {
        let checked_out = check(
            &repository,
            &Parameters {
                reference: reference.map(str::to_owned),
                branch: branch.map(str::to_owned),
                tag: tag.map(str::to_owned),
                ..parameters(&server.url("site"))
            },
        );
        assert_eq!(checked_out.output.reference.as_deref(), Some(expected));
        assert_eq!(checked_out.output.branch.as_deref(), expected.strip_prefix("refs/heads/"));
        assert_eq!(checked_out.output.tag.as_deref(), expected.strip_prefix("refs/tags/"));
        assert_eq!(checked_out.warnings(), Vec::<&str>::new());
    };
    check(None, None, None, "refs/heads/main");
    check(Some("HEAD"), None, None, "refs/heads/main");
    check(Some("main"), None, None, "refs/heads/main");
    check(Some("refs/heads/feature/x"), None, None, "refs/heads/feature/x");
    check(None, Some("feature/x"), None, "refs/heads/feature/x");
    check(Some("light"), None, None, "refs/tags/light");
    check(None, None, Some("v1"), "refs/tags/v1");
    check(Some("refs/tags/v1-again"), None, None, "refs/tags/v1-again");
    check(Some("refs/pull/7/head"), None, None, "refs/pull/7/head");
    check(Some("pull/7/head"), None, None, "refs/pull/7/head");
}

#[test]
fn an_annotated_tag_by_its_own_id_is_its_commit() {
    let repository = Repository::small();
    repository.git(&["tag", "--annotate", "--message", "One", "v1"]);
    let tag = repository.git(&["rev-parse", "v1"]);
    let server = GitServer::start(repository.root());
    let checked_out = check(
        &repository,
        &Parameters {
            commit: Some(tag.clone()),
            tag: Some("v1".to_owned()),
            ..parameters(&server.url("site"))
        },
    );
    assert_ne!(checked_out.output.commit, tag);
    assert_eq!(checked_out.output.tag.as_deref(), Some("v1"));
}

#[test]
fn a_branch_goes_before_a_tag_of_its_name() {
    let repository = Repository::small();
    repository.git(&["tag", "both"]);
    repository.git(&["checkout", "--quiet", "-b", "both"]);
    repository.write("more", b"more");
    repository.commit("Go on");
    let server = GitServer::start(repository.root());
    let checked_out = check(
        &repository,
        &Parameters { reference: Some("both".to_owned()), ..parameters(&server.url("site")) },
    );
    assert_eq!(
        checked_out.warnings(),
        ["there is `refs/tags/both` beside `refs/heads/both`, which is taken"]
    );
}

#[test]
fn a_commit_that_no_ref_points_at_any_more() {
    let repository = Repository::small();
    repository.write("lost", b"soon");
    let lost = repository.commit("To be overwritten");
    repository.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    repository.commit("Forced over it");
    let server = GitServer::start(repository.root());
    let checked_out = expect(&Parameters { commit: Some(lost.clone()), ..parameters(&server.url("site")) });
    assert_eq!(checked_out.output.commit, lost);
    assert_eq!(checked_out.files()["lost"], b"soon");
}

#[test]
fn executables_links_submodules_and_lfs_pointers() {
    let repository = Repository::small();
    repository.write("run.sh", b"#!/bin/sh\n");
    let pointer =
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 123456\n", "ab".repeat(32));
    repository.write("film.mp4", pointer.as_bytes());
    let module = repository.git(&["rev-parse", "HEAD"]);
    repository.git(&["add", "--all"]);
    repository.git(&["update-index", "--chmod=+x", "run.sh"]);
    let target = repository.blob(b"../elsewhere");
    repository.git(&["update-index", "--add", "--cacheinfo", &format!("120000,{target},docs/link")]);
    repository.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{module},vendor/lib")]);
    repository.git(&["commit", "--quiet", "--message", "Everything"]);
    let server = GitServer::start(repository.root());
    let checked_out = check(&repository, &parameters(&server.url("site")));
    assert!(checked_out.is_executable("run.sh") && !checked_out.is_executable("README.md"));
    let json = serde_json::to_value(&checked_out.output.written).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "files": 3, "bytes": pointer.len() + 10 + 9, "unlisted": 0, "executables": ["run.sh"],
            "submodules": [{"path": "vendor/lib", "commit": module}],
            "symlinks": [{"path": "docs/link", "target": "../elsewhere"}],
            "lfs": [{"path": "film.mp4", "oid": format!("sha256:{}", "ab".repeat(32)), "size": 123_456}],
        })
    );
    let mut warnings = checked_out.warnings();
    warnings.sort_unstable();
    assert_eq!(
        warnings,
        [
            "`docs/link` is a symbolic link to `../elsewhere`, which artifacts cannot have".to_owned(),
            "`film.mp4` is a Git LFS pointer to a file of 123456 bytes, which is not fetched".to_owned(),
            format!("`vendor/lib` is a submodule at commit {module}, which is not fetched"),
        ]
    );
}

#[test]
fn thousands_of_files_and_a_commit_without_any() {
    let repository = Repository::small();
    for n in 0..2000 {
        repository.write(
            &format!("pages/{}/{n}.md", n % 40),
            format!("# Page {n}\n\n{}\n", "rope ".repeat(n % 50)).as_bytes(),
        );
    }
    repository.commit("Write a lot");
    repository.git(&["gc", "--quiet"]);
    let server = GitServer::start(repository.root());
    assert_eq!(check(&repository, &parameters(&server.url("site"))).output.written.files, 2001);

    let empty = Repository::empty();
    empty.commit("Nothing");
    let server = GitServer::start(empty.root());
    assert_eq!(check(&empty, &parameters(&server.url("site"))).output.written.files, 0);
}

/// Files of which each has most in common with the next: git stores them as chains of deltas.
fn similar_files() -> Repository {
    let repository = Repository::empty();
    let line = |n: usize| format!("line {n}: {}\n", n.wrapping_mul(2_654_435_761) % 1_000_003);
    let lines: Vec<String> = (0..8000).map(line).collect();
    for n in 0..60 {
        repository.write(&format!("data/{n:02}.txt"), lines[n * 60..n * 60 + 3000].concat().as_bytes());
    }
    repository.commit("Add what is much alike");
    repository.git(&["repack", "-adf", "--depth=200", "--window=50", "--quiet"]);
    repository
}

#[test]
fn deltas_by_distance_and_by_name() {
    let repository = similar_files();
    let chains = repository.git(&["verify-pack", "--stat-only", &only_pack(&repository)]);
    assert!(chains.contains("chain length = 10"), "git has made no chains of deltas:\n{chains}");
    let server = GitServer::start(repository.root());
    let checked_out = check(&repository, &parameters(&server.url("site")));
    assert!(checked_out.output.pack_bytes < 300_000, "{}", checked_out.output.pack_bytes);

    // A server may name the bases of deltas by their ids, though it was told that distances will do.
    let pack =
        repository.git_with(&["pack-objects", "--revs", "--stdout", "--quiet", "--depth=200"], b"HEAD\n");
    let server = GitServer::start_with(repository.root(), move |request, git| {
        let mut answer = git(&request);
        if request.is_fetch() {
            answer.body = crate::support::pack_builder::fetch_answer(&pack);
        }
        answer
    });
    check(&repository, &parameters(&server.url("site")));
}

fn only_pack(repository: &Repository) -> String {
    let folder = repository.path().join(".git/objects/pack");
    let mut packs = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    packs
        .find(|path| path.extension().is_some_and(|extension| extension == "idx"))
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned()
}

#[test]
fn servers_of_older_protocols() {
    let repository = Repository::small();
    let first = repository.git(&["rev-parse", "HEAD"]);
    repository.git(&["tag", "--annotate", "--message", "One", "v1"]);
    repository.write("b", b"b");
    repository.commit("Go on");
    for version in [None, Some("version=1")] {
        let server = GitServer::start_with(repository.root(), move |mut request, git| {
            request.headers.retain(|(name, _)| name != "git-protocol");
            request.headers.extend(version.map(|version| ("git-protocol".to_owned(), version.to_owned())));
            git(&request)
        });
        let url = server.url("site");
        let head = check(&repository, &parameters(&url));
        assert_eq!(head.output.branch.as_deref(), Some("main"));
        let tag = expect(&Parameters { tag: Some("v1".to_owned()), ..parameters(&url) });
        assert_eq!(tag.output.commit, first);
        let older = expect(&Parameters { commit: Some(first.clone()), ..parameters(&url) });
        assert_eq!((older.output.commit.as_str(), older.output.written.files), (first.as_str(), 1));
    }
}

#[test]
fn servers_that_give_nothing_but_the_tips_of_refs() {
    let repository = Repository::small();
    let first = repository.git(&["rev-parse", "HEAD"]);
    repository.write("b", b"b");
    repository.commit("Go on");
    for version in ["version=0", "version=2"] {
        let refused = format!("want {first}").into_bytes();
        let server = GitServer::start_with(repository.root(), move |mut request, git| {
            request.headers.retain(|(name, _)| name != "git-protocol");
            request.headers.push(("git-protocol".to_owned(), version.to_owned()));
            let mut answer = git(&request);
            if request.body.windows(refused.len()).any(|window| window == refused) {
                answer.body = b"0016ERR want not valid".to_vec();
            }
            answer
        });
        let of_main = Parameters {
            commit: Some(first.clone()),
            branch: Some("main".to_owned()),
            ..parameters(&server.url("site"))
        };
        let found = expect(&of_main);
        assert_eq!((found.output.commit.as_str(), found.output.written.files), (first.as_str(), 1));
        let said = "the server says `want not valid`: looking among the newest 100 commits of branch `main`";
        assert!(found.log.contains(said), "{}", found.log);
    }
}

#[test]
fn redirects_are_followed_and_tokens_are_sent() {
    let repository = Repository::small();
    let real = GitServer::start_with(repository.root(), |request, git| {
        // `x-access-token:s3cret`
        assert_eq!(request.header("authorization"), None, "the token stays with its host");
        git(&request)
    });
    let target = real.url("site");
    let front = GitServer::start_with(repository.root(), move |request, git| {
        assert_eq!(request.header("authorization"), Some("Basic eC1hY2Nlc3MtdG9rZW46czNjcmV0"));
        assert!(request.header("user-agent").is_some_and(|agent| agent.starts_with("git/")));
        if request.path.starts_with("/site/") {
            return git(&request);
        }
        let mut answer = crate::support::git_server::Answer::text(301, "moved");
        let location = match request.path.as_str() {
            "/old/info/refs" => format!("/site/info/refs?{}", request.query),
            _ => format!("{target}/info/refs?{}", request.query),
        };
        answer.headers.push(("location".to_owned(), location));
        answer
    });
    for (name, found) in
        [("site", front.url("site")), ("old", front.url("site")), ("older", real.url("site"))]
    {
        let checked_out = check_out(&parameters(&front.url(name)), &[("git_token", "s3cret\n")]);
        let checked_out = checked_out.unwrap_or_else(|(failure, _)| panic!("{failure}"));
        assert_eq!(checked_out.output.repository, found);
        assert_eq!(checked_out.log.contains("the token is not sent there"), name == "older");
    }
}
