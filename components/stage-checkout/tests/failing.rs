//! What can't be checked out, and what is said then.

use stage_checkout::{Parameters, Policy};

use crate::support::git_server::{Answer, GitServer};
use crate::support::repository::Repository;
use crate::support::{check_out, parameters};

/// Checks the name of the failure, and its cause, in which `URL` stands for the repository's.
#[track_caller]
fn check(parameters: &Parameters, secrets: &[(&str, &str)], error: &str, cause: &str) {
    let Err((failure, log)) = check_out(parameters, secrets) else {
        panic!("it is checked out");
    };
    let actual = failure.cause.replace(&parameters.repository, "URL");
    assert_eq!((failure.error.as_str(), actual.as_str()), (error, cause));
    for (_, secret) in secrets {
        assert!(!failure.cause.contains(secret) && !log.contains(secret), "the secret is told");
    }
}

#[test]
fn unknown_refs_and_commits() {
    let repository = Repository::small();
    repository.git(&["branch", "next"]);
    let tip = repository.git(&["rev-parse", "HEAD"]);
    let server = GitServer::start(repository.root());
    let url = server.url("site");
    let unknown = |reference: &str, cause: &str| {
        let parameters = Parameters { reference: Some(reference.to_owned()), ..parameters(&url) };
        check(&parameters, &[], "Checkout.UnknownRef", cause);
    };
    unknown("mian", "`URL` has no branch or tag `mian`; hint: it has `main`, `next`");
    unknown("refs/heads/mian", "`URL` has no branch `mian`; hint: it has `main`, `next`");
    unknown("refs/tags/v9", "`URL` has no tag `v9`; hint: it has `main`, `next`");

    let missing = "0123456789abcdef0123456789abcdef01234567";
    let hint = "; hint: a forced push or a deleted branch may have left it behind: run the newest commit";
    let by_id = |branch: &str, cause: &str| {
        let parameters = Parameters {
            commit: Some(missing.to_owned()),
            branch: Some(branch.to_owned()),
            ..parameters(&url)
        };
        check(
            &parameters,
            &[],
            "Checkout.UnknownCommit",
            &format!("`URL` does not give commit {missing}: {cause}{hint}"),
        );
    };
    let said = format!("it says `upload-pack: not our ref {missing}`");
    by_id(
        "main",
        &format!("{said}, and the commit is not among the newest 100 of branch `main`, whose tip is {tip}"),
    );
    by_id("gone", &format!("{said}, and there is no branch `gone` any more to look in"));

    let tree = repository.git(&["rev-parse", "HEAD^{tree}"]);
    let of_tree = Parameters { commit: Some(tree.clone()), ..parameters(&url) };
    check(
        &of_tree,
        &[],
        "Checkout.InvalidParameter",
        &format!("parameter `commit`: {tree} is a tree, not a commit"),
    );
}

#[test]
fn repositories_that_are_none() {
    let repository = Repository::small();
    let server = GitServer::start(repository.root());
    let hint = "; hint: give the URL that `git clone` takes over HTTP; some hosts want `.git` at its end";
    let cause = format!("`URL` is not a git repository: status 404{hint}");
    check(&parameters(&server.url("nothing")), &[], "Checkout.NotARepository", &cause);

    let empty = Repository::empty();
    let server = GitServer::start(empty.root());
    check(&parameters(&server.url("site")), &[], "Checkout.UnknownRef", "`URL` has no commit yet");

    let sha256 = Repository::with_format("sha256");
    sha256.commit("Begin");
    let server = GitServer::start(sha256.root());
    let cause = "`URL` is a sha256 repository, and only SHA-1 ones can be read";
    check(&parameters(&server.url("site")), &[], "Checkout.Unsupported", cause);

    let page = |content_type: &'static str| {
        GitServer::start_with(repository.root(), move |_, _| Answer::new(200, content_type, b"hello"))
    };
    let cause = format!("`URL` is not a git repository: a web page is there{hint}");
    check(&parameters(&page("text/html; charset=utf-8").url("x")), &[], "Checkout.NotARepository", &cause);
    let cause = format!(
        "`URL` is not a git repository: the server does not speak the smart protocol, its answer is `text/plain`{hint}"
    );
    check(&parameters(&page("text/plain").url("x")), &[], "Checkout.NotARepository", &cause);
    let smart = "application/x-git-upload-pack-advertisement";
    let Err((failure, _)) = check_out(&parameters(&page(smart).url("x")), &[]) else { panic!() };
    assert_eq!(failure.error, "Checkout.BadAnswer");
}

#[test]
fn servers_that_want_other_credentials_or_none() {
    let repository = Repository::small();
    let server =
        GitServer::start_with(repository.root(), |request, git| match request.header("authorization") {
            Some("Basic eC1hY2Nlc3MtdG9rZW46cmlnaHQ=") => git(&request),
            Some("Basic eC1hY2Nlc3MtdG9rZW46cmVhZGVy") => Answer::text(403, "no right to read\n"),
            Some(other) => Answer::text(401, &format!("bad credentials {other}, that is wrong-token")),
            None => Answer::text(401, "who are you?"),
        });
    let url = server.url("site");
    check(
        &parameters(&url),
        &[],
        "Checkout.AuthenticationFailed",
        "`URL` wants a token, or does not exist; hint: check the URL, or give the project a secret `git_token` that holds \
         an access token",
    );
    check(
        &parameters(&url),
        &[("git_token", "wrong-token")],
        "Checkout.AuthenticationFailed",
        "`URL` does not accept the token: `bad credentials Basic ***, that is ***`; hint: is it expired, or for another \
         host? Some hosts want the user's name, too: parameter `username`",
    );
    check(
        &parameters(&url),
        &[("git_token", "reader")],
        "Checkout.AuthenticationFailed",
        "`URL` is forbidden: `no right to read`; hint: the token needs the right to read the repository's contents",
    );
    let named = Parameters { token_secret: Some("mine".to_owned()), ..parameters(&url) };
    assert!(check_out(&named, &[("mine", "right")]).is_ok());
    check(
        &named,
        &[("git_token", "right")],
        "Checkout.UnusableSecret",
        "secret `mine` is not among those this stage is given; hint: give the project a secret of this name that holds an \
         access token, on one line",
    );
}

#[test]
fn servers_that_are_away_or_ill() {
    let repository = Repository::small();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let Err((failure, _)) = check_out(&parameters(&format!("http://{closed}/site")), &[]) else { panic!() };
    assert_eq!(failure.error, "Checkout.Unreachable");
    assert!(failure.cause.contains("no connection: Connection refused"), "{}", failure.cause);

    let answer = |answer: Answer| GitServer::start_with(repository.root(), move |_, _| answer.clone());
    let busy = answer(Answer::text(503, "back soon"));
    check(
        &parameters(&busy.url("x")),
        &[],
        "Checkout.Unreachable",
        "no answer from `URL`: status 503: `back soon`",
    );
    let odd = answer(Answer::text(418, ""));
    check(
        &parameters(&odd.url("x")),
        &[],
        "Checkout.BadAnswer",
        "`URL` answers what is not git's protocol: status 418",
    );
    let mut around = Answer::text(302, "");
    around.headers.push(("location".to_owned(), "/x/info/refs?service=git-upload-pack".to_owned()));
    let around = answer(around);
    let hint = "; hint: give the URL that `git clone` takes over HTTP; some hosts want `.git` at its end";
    check(
        &parameters(&around.url("x")),
        &[],
        "Checkout.NotARepository",
        &format!("`URL` is not a git repository: it redirects more than 5 times{hint}"),
    );

    let refuses = GitServer::start_with(repository.root(), |request, git| {
        let mut answer = git(&request);
        if request.is_fetch() {
            answer.body = b"000dpackfile\n0011\x03out of disk\n0000".to_vec();
        }
        answer
    });
    check(&parameters(&refuses.url("site")), &[], "Checkout.Refused", "`URL` refuses: out of disk");
}

#[test]
fn parameters_decide_whether_a_warning_is_a_failure() {
    let repository = Repository::small();
    let target = repository.blob(b"README.md");
    let module = repository.git(&["rev-parse", "HEAD"]);
    let pointer =
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 1\n", "ab".repeat(32));
    let pointer = repository.blob(pointer.as_bytes());
    for entry in
        [format!("120000,{target},link"), format!("160000,{module},lib"), format!("100644,{pointer},film")]
    {
        repository.git(&["update-index", "--add", "--cacheinfo", &entry]);
    }
    repository.git(&["commit", "--quiet", "--message", "Everything"]);
    let server = GitServer::start(repository.root());
    let url = server.url("site");
    let hint =
        |parameter: &str| format!("; hint: with `{parameter}: \"report\"` it is left out, and reported");
    check(
        &Parameters { symlinks: Policy::Fail, ..parameters(&url) },
        &[],
        "Checkout.SymbolicLink",
        &format!("`link` is a symbolic link to `README.md`, which artifacts cannot have{}", hint("symlinks")),
    );
    check(
        &Parameters { submodules: Policy::Fail, ..parameters(&url) },
        &[],
        "Checkout.Submodule",
        &format!("`lib` is a submodule at commit {module}, which is not fetched{}", hint("submodules")),
    );
    check(
        &Parameters { lfs: Policy::Fail, ..parameters(&url) },
        &[],
        "Checkout.LfsPointer",
        &format!("`film` is a Git LFS pointer to a file of 1 bytes, which is not fetched{}", hint("lfs")),
    );
}
