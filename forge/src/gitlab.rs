//! GitLab's payloads.

use serde::Deserialize;

use crate::delivery::Change;
use crate::form::parse;
use crate::{Delivery, Error, Forge};

/// What every payload says of itself, system hooks included, whose header doesn't name the event.
#[derive(Deserialize)]
struct Kind {
    object_kind: Option<String>,
    event_name: Option<String>,
}

#[derive(Deserialize)]
struct Payload {
    r#ref: String,
    before: Option<String>,
    after: String,
    /// The commit that a tag points at; of a branch, the same as `after`.
    checkout_sha: Option<String>,
    user_username: Option<String>,
    user_name: Option<String>,
    project: Project,
    commits: Option<Vec<Commit>>,
}

#[derive(Deserialize)]
struct Project {
    git_http_url: String,
}

#[derive(Deserialize)]
struct Commit {
    id: String,
    message: String,
}

pub(crate) fn read(event: &str, body: &[u8], delivery: Option<&str>) -> Result<Delivery, Error> {
    let kind: Kind = parse(Forge::GitLab, body)?;
    if !matches!(kind.object_kind.or(kind.event_name).as_deref(), Some("push" | "tag_push")) {
        return Ok(Delivery::Ignored { event: event.to_owned() });
    }
    let payload: Payload = parse(Forge::GitLab, body)?;
    let is_deleted = payload.after.bytes().all(|digit| digit == b'0');
    let commit = payload.checkout_sha.filter(|_| !is_deleted).unwrap_or(payload.after);
    let message = payload.commits.into_iter().flatten().find(|one| one.id == commit).map(|one| one.message);
    let change = Change {
        delivery: delivery.map(str::to_owned),
        repository: Some(payload.project.git_http_url),
        reference: payload.r#ref,
        before: payload.before,
        after: Some(commit),
        forced: false,
        pusher: payload.user_username.or(payload.user_name),
        message,
    };
    Ok(Delivery::Push(vec![change.check(Forge::GitLab)?]))
}
