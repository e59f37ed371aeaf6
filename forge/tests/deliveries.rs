//! Deliveries as hosts send them, signed here: small ones of our own, and real payloads from `shared`
//! beside the repository, where that is there.

use std::fs;
use std::path::{Path, PathBuf};

use forge::{Delivery, Error, Forge, MAX_BODY_BYTES, Push, receive, sign};

const SECRET: &str = "between you and me";
const OLD: &str = "95790bf891e76fee5e1747ab589903a6a1f80f22";
const NEW: &str = "da1560886d4f094c3e6c9ef40349f7d38b5d27d7";

/// What a host sends with a body: the event, and the signature in its own header.
fn headers(forge: Forge, event: &str, body: &[u8]) -> Vec<(&'static str, String)> {
    let signature = sign(body, SECRET);
    let bare = signature.trim_start_matches("sha256=").to_owned();
    let event = event.to_owned();
    match forge {
        Forge::GitHub => vec![
            ("x-github-event", event),
            ("x-github-delivery", "d-1".to_owned()),
            ("x-hub-signature-256", signature),
        ],
        Forge::Gitea => vec![
            ("x-github-event", event.clone()),
            ("x-gogs-event", event.clone()),
            ("x-gitea-event", event),
            ("x-gitea-delivery", "d-1".to_owned()),
            ("x-gitea-signature", bare),
        ],
        Forge::Forgejo => vec![
            ("x-gitea-event", event.clone()),
            ("x-forgejo-event", event),
            ("x-forgejo-delivery", "d-1".to_owned()),
            ("x-forgejo-signature", bare),
        ],
        Forge::Gogs => {
            vec![("x-gogs-event", event), ("x-gogs-delivery", "d-1".to_owned()), ("x-gogs-signature", bare)]
        }
        Forge::GitLab => vec![
            ("x-gitlab-event", event),
            ("x-gitlab-event-uuid", "d-1".to_owned()),
            ("x-gitlab-token", SECRET.to_owned()),
        ],
        Forge::Bitbucket => {
            vec![("x-event-key", event), ("x-request-uuid", "d-1".to_owned()), ("x-hub-signature", signature)]
        }
        Forge::Generic => {
            vec![("x-ropewalk-signature", signature), ("x-ropewalk-delivery", "d-1".to_owned())]
        }
    }
}

fn deliver(headers: &[(&'static str, String)], body: &[u8], secret: &str) -> Result<Delivery, Error> {
    let lookup = |name: &str| headers.iter().find(|(one, _)| *one == name).map(|(_, value)| value.as_str());
    receive(lookup, body, secret)
}

/// One line for each push: reference, commit, what happened, who, message, repository.
fn describe(push: &Push) -> String {
    assert_eq!(push.delivery.as_deref(), Some("d-1"));
    let branch_or_tag = push.branch.as_deref().map(|name| format!("branch {name}"));
    let branch_or_tag = branch_or_tag.or(push.tag.as_deref().map(|name| format!("tag {name}")));
    let short = |id: &Option<String>| id.as_deref().map_or("-", |id| &id[..7]).to_owned();
    let flags = [("created", push.created), ("deleted", push.deleted), ("forced", push.forced)];
    let flags: Vec<_> = flags.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect();
    format!(
        "{}: {} {}..{} [{}] by {} {:?} {}",
        push.forge,
        branch_or_tag.unwrap_or_else(|| push.reference.clone()),
        short(&push.before),
        short(&push.commit),
        flags.join(" "),
        push.pusher.as_deref().unwrap_or("-"),
        push.message.as_deref().unwrap_or_default(),
        push.repository.as_deref().unwrap_or("-"),
    )
}

#[track_caller]
fn check(forge: Forge, event: &str, body: &str, expected: &str) {
    let actual = match deliver(&headers(forge, event, body.as_bytes()), body.as_bytes(), SECRET) {
        Ok(Delivery::Push(pushes)) => pushes.iter().map(describe).collect::<Vec<_>>().join("\n"),
        Ok(Delivery::Ping) => "ping".to_owned(),
        Ok(Delivery::Ignored { event }) => format!("ignored: {event}"),
        Err(error) => format!("{}: {error}", error.status()),
    };
    assert_eq!(actual, expected);
}

fn github(reference: &str, before: &str, after: &str, more: &str) -> String {
    format!(
        r#"{{"ref": "{reference}", "before": "{before}", "after": "{after}", "pusher": {{"name": "ada"}},
        "head_commit": {{"id": "{after}", "message": "Splice the ends\n\nBoth of them.\n"}},
        "repository": {{"clone_url": "https://github.com/o/n.git"}}{more}}}"#
    )
}

#[test]
fn pushes_to_github() {
    let zeros = "0".repeat(40);
    let check = |body: String, expected: &str| check(Forge::GitHub, "push", &body, expected);
    check(
        github("refs/heads/feature/x", OLD, NEW, ""),
        r#"GitHub: branch feature/x 95790bf..da15608 [] by ada "Splice the ends\n\nBoth of them." https://github.com/o/n.git"#,
    );
    check(
        github("refs/heads/main", OLD, NEW, r#", "forced": true"#),
        r#"GitHub: branch main 95790bf..da15608 [forced] by ada "Splice the ends\n\nBoth of them." https://github.com/o/n.git"#,
    );
    check(
        github("refs/tags/v1", &zeros, NEW, ""),
        r#"GitHub: tag v1 -..da15608 [created] by ada "Splice the ends\n\nBoth of them." https://github.com/o/n.git"#,
    );
    let deleted = github("refs/heads/old", OLD, &zeros, r#", "deleted": true"#)
        .replace(r#""head_commit": {"#, r#""x": {"#);
    check(deleted, r#"GitHub: branch old 95790bf..- [deleted] by ada "" https://github.com/o/n.git"#);
    let pull = github("refs/pull/7/head", OLD, NEW, "");
    check(
        pull,
        r#"GitHub: refs/pull/7/head 95790bf..da15608 [] by ada "Splice the ends\n\nBoth of them." https://github.com/o/n.git"#,
    );
}

#[test]
fn other_events() {
    check(Forge::GitHub, "ping", r#"{"zen": "x"}"#, "ping");
    check(Forge::GitHub, "pull_request", "{}", "ignored: pull_request");
    check(
        Forge::GitLab,
        "Merge Request Hook",
        r#"{"object_kind": "merge_request"}"#,
        "ignored: Merge Request Hook",
    );
    check(Forge::Bitbucket, "diagnostics:ping", "{}", "ping");
    check(Forge::Bitbucket, "pullrequest:created", "{}", "ignored: pullrequest:created");
    let marks = r#"{"repository": {"full_name": "o/n"}, "push": {"changes": []}}"#;
    check(Forge::Bitbucket, "repo:push", marks, "ignored: repo:push");
}

#[test]
fn the_generic_form() {
    let check = |body: &str, expected: &str| check(Forge::Generic, "", body, expected);
    check(
        &format!(r#"{{"ref": "refs/heads/main", "commit": "{NEW}"}}"#),
        r#"generic: branch main -..da15608 [] by - "" -"#,
    );
    check(
        &format!(
            r#"{{"ref": "next", "commit": "{NEW}", "before": "{OLD}", "pusher": "ada", "repository": "http://g.example/x"}}"#
        ),
        r#"generic: branch next 95790bf..da15608 [] by ada "" http://g.example/x"#,
    );
    check(
        &format!(r#"{{"ref": "refs/heads/main", "commit": "{}", "before": "{OLD}"}}"#, "0".repeat(40)),
        r#"generic: branch main 95790bf..- [deleted] by - "" -"#,
    );
    let malformed = |body: &str, problem: &str| {
        check(body, &format!("400: the generic delivery is malformed: {problem}"));
    };
    malformed("", "EOF while parsing a value at line 1 column 0");
    malformed(r#"{"ref": "main"}"#, "missing field `commit` at line 1 column 15");
    malformed(r#"{"ref": "main", "commit": "abc"}"#, "`commit` is `abc`, not the full id of a commit");
    malformed(
        &format!(r#"{{"ref": "", "commit": "{NEW}"}}"#),
        "`ref` is ``, not the full name of a reference",
    );
    malformed(
        &format!(r#"{{"ref": "a\nb", "commit": "{NEW}"}}"#),
        r"`ref` is `refs/heads/a\nb`, not the full name of a reference",
    );
    malformed(
        &format!(r#"{{"ref": "{}", "commit": "{NEW}"}}"#, "x".repeat(1025)),
        "a name or a URL is longer than MAX_TEXT_BYTES, 1024 bytes",
    );
    malformed(
        &format!(r#"{{"reff": "main", "commit": "{NEW}"}}"#),
        "unknown field `reff`, expected one of `ref`, `commit`, `repository`, `before`, `pusher`, `message` at line 1 column 7",
    );
}

#[test]
fn forms_are_verified_as_they_came() {
    let json = github("refs/heads/main", OLD, NEW, "");
    let body: String = form_urlencoded::Serializer::new(String::new()).append_pair("payload", &json).finish();
    let mut sent = headers(Forge::GitHub, "push", body.as_bytes());
    sent.push(("content-type", "application/x-www-form-urlencoded".to_owned()));
    assert!(
        matches!(deliver(&sent, body.as_bytes(), SECRET), Ok(Delivery::Push(pushes)) if pushes.len() == 1)
    );
    let mut sent = headers(Forge::GitHub, "push", b"x=y");
    sent.push(("content-type", "application/x-www-form-urlencoded; charset=utf-8".to_owned()));
    let error = deliver(&sent, b"x=y", SECRET).unwrap_err();
    assert_eq!(error.to_string(), "the GitHub delivery is malformed: the form has no field `payload`");
}

#[test]
fn nothing_is_read_that_is_not_verified() {
    let body = b"not even JSON";
    let sent = headers(Forge::GitHub, "push", body);
    let refused =
        |result: Result<Delivery, Error>| result.map_err(|error| (error.status(), error.code())).unwrap_err();
    assert_eq!(refused(deliver(&sent, body, SECRET)), (400, "malformed_delivery"));
    assert_eq!(refused(deliver(&sent, b"not even JSOM", SECRET)), (401, "wrong_signature"));
    assert_eq!(refused(deliver(&sent, body, "another")), (401, "wrong_signature"));
    assert_eq!(refused(deliver(&sent[..2], body, SECRET)), (401, "missing_signature"));
    assert_eq!(refused(deliver(&[], body, SECRET)), (401, "missing_signature"));
    let empty = [("x-github-event", "push".to_owned()), ("x-hub-signature-256", sign(body, ""))];
    assert_eq!(refused(deliver(&empty, body, "")), (403, "no_webhook_secret"));
    let large = vec![b' '; MAX_BODY_BYTES + 1];
    assert_eq!(refused(deliver(&[], &large, SECRET)), (413, "delivery_too_large"));
}

/// The host and the event of a file among the real payloads.
fn sender(file: &Path) -> Option<(Forge, String)> {
    let folder = file.parent()?.file_name()?.to_str()?;
    let name = file.file_name()?.to_str()?.strip_suffix(".json")?;
    let name = name.trim_end_matches("-event");
    Some(match folder {
        "github" => (Forge::GitHub, name.split('.').next()?.to_owned()),
        "gitea" => (Forge::Gitea, name.replace('-', "_")),
        "gogs" => (Forge::Gogs, name.to_owned()),
        "gitlab" => {
            let event = match name {
                "push" => "Push Hook",
                "tag" => "Tag Push Hook",
                _ => "Merge Request Hook",
            };
            (Forge::GitLab, event.to_owned())
        }
        "bitbucket" => {
            (Forge::Bitbucket, name.replace("pull-request-", "pullrequest:").replace("repo-", "repo:"))
        }
        _ => return None,
    })
}

fn payloads() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/webhooks");
    let Ok(hosts) = fs::read_dir(&folder) else {
        #[expect(clippy::print_stderr, reason = "what a test passes over is to be seen")]
        {
            eprintln!("passed over: there are no real payloads in `{}`", folder.display());
        }
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = hosts
        .flatten()
        .filter_map(|host| fs::read_dir(host.path()).ok())
        .flat_map(|files| files.flatten().map(|file| file.path()))
        .collect();
    files.sort();
    files
}

#[test]
fn real_payloads() {
    let codertocat = "by Codertocat \"";
    let expected = [
        ("bitbucket/repo-push.json", r#"Bitbucket: branch name-of-branch 1e65c05..709d658 [] by emmap1 "new commit message" https://bitbucket.org/team_name/repo_name.git"#.to_owned()),
        ("gitea/push-event.json", r#"Gitea: branch master -..67b5658 [created] by example "example" http://localhost:3000/example/example.git"#.to_owned()),
        ("github/ping.payload.json", "ping".to_owned()),
        ("github/push.payload.json", format!("GitHub: tag simple-tag 6113728..- [deleted] {codertocat}\" https://github.com/Codertocat/Hello-World.git")),
        ("github/push.1.payload.json", format!("GitHub: tag simple-tag 6113728..- [deleted] {codertocat}\" https://github.com/Codertocat/Hello-World.git")),
        ("github/push.with-new-branch.payload.json", format!("GitHub: branch master -..6113728 [created] {codertocat}Initial commit\" https://github.com/Codertocat/Hello-World.git")),
        ("gitlab/push-event.json", r#"GitLab: branch master 95790bf..da15608 [] by John Smith "fixed readme" http://example.com/mike/diaspora.git"#.to_owned()),
        ("gitlab/tag-event.json", r#"GitLab: tag v1.0.0 -..82b3d5a [created] by John Smith "" http://example.com/jsmith/example.git"#.to_owned()),
        ("gogs/push-event.json", r#"Gogs: branch develop 28e1879..bffeb74 [] by unknwon "Add new feature" http://localhost:3000/unknwon/webhooks.git"#.to_owned()),
    ];
    for file in payloads() {
        let Some((forge, event)) = sender(&file) else {
            continue;
        };
        let body = fs::read_to_string(&file).expect("a readable payload");
        let known = expected.iter().find(|(name, _)| file.ends_with(name));
        match known {
            Some((_, expected)) => check(forge, &event, &body, expected),
            None => check(forge, &event, &body, &format!("ignored: {event}")),
        }
        if forge != Forge::GitLab {
            let sent = headers(forge, &event, body.as_bytes());
            let changed = body.replacen('{', "{ ", 1);
            assert_eq!(
                deliver(&sent, changed.as_bytes(), SECRET).unwrap_err().status(),
                401,
                "{}",
                file.display()
            );
        }
    }
}
