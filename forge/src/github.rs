//! GitHub's payloads, and those of Gitea, Forgejo and Gogs, which were made after them.

use serde::Deserialize;

use crate::delivery::Change;
use crate::form::parse;
use crate::{Delivery, Error, Forge};

#[derive(Deserialize)]
struct Payload {
    r#ref: String,
    before: Option<String>,
    after: String,
    #[serde(default)]
    forced: bool,
    head_commit: Option<Commit>,
    commits: Option<Vec<Commit>>,
    repository: Repository,
    pusher: Option<User>,
}

#[derive(Deserialize)]
struct Commit {
    id: String,
    message: String,
}

#[derive(Deserialize)]
struct Repository {
    clone_url: String,
}

/// GitHub tells the name of who pushed, the others a whole user.
#[derive(Deserialize)]
struct User {
    login: Option<String>,
    name: Option<String>,
}

pub(crate) fn read(
    forge: Forge,
    event: &str,
    body: &[u8],
    delivery: Option<&str>,
) -> Result<Delivery, Error> {
    match event {
        "push" => {}
        "ping" => return Ok(Delivery::Ping),
        other => {
            return Ok(Delivery::Ignored { event: other.to_owned() });
        }
    }
    let payload: Payload = parse(forge, body)?;
    let commits = payload.head_commit.into_iter().chain(payload.commits.into_iter().flatten());
    let message = commits.into_iter().find(|commit| commit.id == payload.after).map(|commit| commit.message);
    let change = Change {
        delivery: delivery.map(str::to_owned),
        repository: Some(payload.repository.clone_url),
        reference: payload.r#ref,
        before: payload.before,
        after: Some(payload.after),
        forced: payload.forced,
        pusher: payload.pusher.and_then(|user| user.login.or(user.name)),
        message,
    };
    Ok(Delivery::Push(vec![change.check(forge)?]))
}
