//! Ropewalk's own form, for hooks of bare repositories and for scripts:
//! `{"ref": "refs/heads/main", "commit": "<full id>", "repository": "https://…"}`.

use serde::Deserialize;

use crate::delivery::Change;
use crate::form::parse;
use crate::{Delivery, Error, Forge};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    /// A full name, or a branch's.
    r#ref: String,
    /// Zeros where the reference is deleted.
    commit: String,
    /// The project's own repository where it is missing.
    repository: Option<String>,
    before: Option<String>,
    pusher: Option<String>,
    message: Option<String>,
}

pub(crate) fn read(body: &[u8], delivery: Option<&str>) -> Result<Delivery, Error> {
    let payload: Payload = parse(Forge::Generic, body)?;
    let is_full = payload.r#ref.starts_with("refs/") || payload.r#ref.is_empty();
    let change = Change {
        delivery: delivery.map(str::to_owned),
        repository: payload.repository,
        reference: if is_full { payload.r#ref } else { format!("refs/heads/{}", payload.r#ref) },
        before: payload.before,
        after: Some(payload.commit),
        forced: false,
        pusher: payload.pusher,
        message: payload.message,
    };
    Ok(Delivery::Push(vec![change.check(Forge::Generic)?]))
}
