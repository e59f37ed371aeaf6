//! Bitbucket Cloud's payloads. One push may change several references.

use serde::Deserialize;

use crate::delivery::Change;
use crate::form::parse;
use crate::{Delivery, Error, Forge, MAX_PUSHES};

/// What other hosts say where a reference was not there before.
const NOTHING: &str = "0000000000000000000000000000000000000000";

#[derive(Deserialize)]
struct Payload {
    actor: Option<Actor>,
    repository: Repository,
    push: Changes,
}

#[derive(Deserialize)]
struct Actor {
    nickname: Option<String>,
    display_name: Option<String>,
}

#[derive(Deserialize)]
struct Repository {
    full_name: String,
}

#[derive(Deserialize)]
struct Changes {
    changes: Vec<ChangedReference>,
}

#[derive(Deserialize)]
struct ChangedReference {
    new: Option<Reference>,
    old: Option<Reference>,
    #[serde(default)]
    forced: bool,
}

#[derive(Deserialize)]
struct Reference {
    r#type: String,
    name: String,
    target: Target,
}

#[derive(Deserialize)]
struct Target {
    hash: String,
    message: Option<String>,
}

impl Reference {
    fn full_name(&self) -> Option<String> {
        match self.r#type.as_str() {
            "branch" => Some(format!("refs/heads/{}", self.name)),
            "tag" | "annotated_tag" => Some(format!("refs/tags/{}", self.name)),
            _ => None,
        }
    }
}

pub(crate) fn read(event: &str, body: &[u8], delivery: Option<&str>) -> Result<Delivery, Error> {
    match event {
        "repo:push" => {}
        "diagnostics:ping" => return Ok(Delivery::Ping),
        other => {
            return Ok(Delivery::Ignored { event: other.to_owned() });
        }
    }
    let payload: Payload = parse(Forge::Bitbucket, body)?;
    if payload.push.changes.len() > MAX_PUSHES {
        let problem = format!("it changes more references than MAX_PUSHES, {MAX_PUSHES}");
        return Err(Error::Malformed { forge: Forge::Bitbucket, problem });
    }
    let repository = format!("https://bitbucket.org/{}.git", payload.repository.full_name);
    let actor = payload.actor.and_then(|actor| actor.nickname.or(actor.display_name));
    let mut pushes = Vec::new();
    for change in payload.push.changes {
        let Some(reference) = change.new.as_ref().or(change.old.as_ref()).and_then(Reference::full_name)
        else {
            continue;
        };
        let (after, message) = change.new.map(|new| (new.target.hash, new.target.message)).unzip();
        let change = Change {
            delivery: delivery.map(str::to_owned),
            repository: Some(repository.clone()),
            reference,
            before: Some(change.old.map_or_else(|| NOTHING.to_owned(), |old| old.target.hash)),
            after,
            forced: change.forced,
            pusher: actor.clone(),
            message: message.flatten(),
        };
        pushes.push(change.check(Forge::Bitbucket)?);
    }
    if pushes.is_empty() {
        return Ok(Delivery::Ignored { event: event.to_owned() });
    }
    Ok(Delivery::Push(pushes))
}
