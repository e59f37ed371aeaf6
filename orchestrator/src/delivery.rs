//! Which run a webhook's delivery started, so that one which comes twice starts none.

use artifact::{Digest, Store};
use forge::Push;

use crate::error::ApiError;
use crate::table;

/// Key of a delivery's record. `None`: the git host gives its deliveries no ids.
pub fn key(project: &str, push: &Push) -> Option<String> {
    let delivery = push.delivery.as_deref().filter(|id| !id.is_empty())?;
    let forge = push.forge.to_string();
    // One delivery may tell of several references.
    let parts = [project, &forge, delivery, &push.reference].join("\n");
    Some(format!("delivery/{}", Digest::of(parts.as_bytes()).hex()))
}

/// The id of the delivery's run: the one that it was given first, otherwise `fresh`. Whether that run was
/// begun is another question: the host may have ended in between.
pub fn claim(store: &impl Store, key: &str, fresh: String) -> Result<String, ApiError> {
    if let Some(id) = table::read(store, key)? {
        return Ok(id);
    }
    let record = serde_json::to_vec(&fresh).map_err(|error| ApiError::corrupt(key, error))?;
    if store.swap(key, None, &record)? {
        return Ok(fresh);
    }
    table::read(store, key)?.ok_or_else(|| ApiError::corrupt(key, "it is gone again"))
}

#[cfg(test)]
mod tests {
    use artifact::MemoryStore;

    use super::*;

    #[test]
    fn the_first_id_stays() {
        let store = MemoryStore::default();
        assert_eq!(claim(&store, "delivery/x", "a".to_owned()).unwrap(), "a");
        assert_eq!(claim(&store, "delivery/x", "b".to_owned()).unwrap(), "a");
        assert_eq!(claim(&store, "delivery/y", "b".to_owned()).unwrap(), "b");
    }
}
