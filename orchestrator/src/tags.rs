//! Names for artifacts. What has one is kept, whatever becomes of the run that made it.

use std::collections::BTreeMap;

use artifact::{Artifacts, Digest};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::api::Orchestrator;
use crate::collector;
use crate::error::ApiError;
use crate::host::Host;
use crate::table;

/// Most tags: they are one value of the store.
pub const MAX_TAGS: usize = 4_000;
/// Most characters of a tag.
pub const MAX_TAG_CHARS: usize = 100;
/// Key of all tags.
const KEY: &str = "tags";

/// What a tag stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Tag {
    artifact: Digest,
    at_ms: u64,
}

type Tags = BTreeMap<String, Tag>;

/// All tags.
pub fn list<H: Host>(app: &Orchestrator<H>) -> Result<Vec<Value>, ApiError> {
    let tags: Tags = table::read(app.host.store(), KEY)?.unwrap_or_default();
    let shown = tags
        .into_iter()
        .map(|(name, tag)| json!({ "name": name, "artifact": tag.artifact, "at_ms": tag.at_ms }));
    Ok(shown.collect())
}

/// Gives an artifact a name, which another one may have had.
pub fn set<H: Host>(app: &Orchestrator<H>, name: &str, artifact: Digest) -> Result<(), ApiError> {
    check_name(name)?;
    collector::give_up(app)?;
    let store = app.host.store();
    let at_ms = app.host.now_ms();
    table::update(store, KEY, |tags: &mut Tags| {
        if tags.len() >= MAX_TAGS && !tags.contains_key(name) {
            let message = format!("there are {MAX_TAGS} tags already (MAX_TAGS)");
            return Err(
                ApiError::new(507, "too-many-tags", message).hint("`ropewalk artifact untag` removes one")
            );
        }
        tags.insert(name.to_owned(), Tag { artifact, at_ms });
        Ok(())
    })?;
    // Nothing that is there now goes away any more.
    if Artifacts::new(store).keep(&artifact)? {
        return Ok(());
    }
    remove(app, name)?;
    Err(ApiError::unknown("unknown-artifact", format!("artifact `{artifact}` is not in the store")))
}

/// Removes a name. The artifact goes in time, if nothing else needs it.
pub fn remove<H: Host>(app: &Orchestrator<H>, name: &str) -> Result<(), ApiError> {
    collector::give_up(app)?;
    let mut is_known = false;
    table::update(app.host.store(), KEY, |tags: &mut Tags| {
        is_known = tags.remove(name).is_some();
        Ok(())
    })?;
    if is_known { Ok(()) } else { Err(ApiError::unknown("unknown-tag", format!("there is no tag `{name}`"))) }
}

fn check_name(name: &str) -> Result<(), ApiError> {
    let legal = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if (1..=MAX_TAG_CHARS).contains(&name.len()) && name.chars().all(legal) {
        return Ok(());
    }
    Err(ApiError::bad_request("invalid-name", format!("`{name}` cannot name a tag"))
        .hint(format!("use 1 to {MAX_TAG_CHARS} letters, digits, hyphens, underscores and full stops")))
}
