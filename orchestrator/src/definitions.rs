//! Definitions that were checked lately, so that runs of one pipeline, one after the other, don't each read it anew. A
//! definition is named by its digest, so what is kept is never out of date.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;

use artifact::{Digest, Store};
use workflow::Definition;

use crate::error::ApiError;
use crate::project::{check_pipeline, load_pipeline};

/// So many are kept, those that were used last.
const MAX_KEPT: usize = 16;

thread_local! {
    static KEPT: RefCell<VecDeque<(Digest, Arc<Definition>)>> = const { RefCell::new(VecDeque::new()) };
}

/// The definition of this digest, which a project or a run names.
pub(crate) fn load(store: &impl Store, digest: &Digest) -> Result<Arc<Definition>, ApiError> {
    if let Some(kept) = KEPT.with_borrow_mut(|kept| use_kept(kept, digest)) {
        return Ok(kept);
    }
    let definition = Arc::new(check_pipeline(&load_pipeline(store, digest)?)?);
    KEPT.with_borrow_mut(|kept| {
        kept.truncate(MAX_KEPT - 1);
        kept.push_front((*digest, definition.clone()));
    });
    Ok(definition)
}

/// Forgets all, so that each simulation begins alike.
#[cfg(test)]
pub(crate) fn forget() {
    KEPT.with_borrow_mut(VecDeque::clear);
}

fn use_kept(kept: &mut VecDeque<(Digest, Arc<Definition>)>, digest: &Digest) -> Option<Arc<Definition>> {
    let place = kept.iter().position(|(other, _)| other == digest)?;
    let used = kept.remove(place)?;
    let definition = used.1.clone();
    kept.push_front(used);
    Some(definition)
}

#[cfg(test)]
mod tests {
    use artifact::MemoryStore;
    use serde_json::json;

    use super::*;

    #[test]
    fn keeps_those_that_were_used_last() {
        let store = MemoryStore::default();
        let digests: Vec<Digest> = (0..=MAX_KEPT)
            .map(|number| {
                let pipeline = json!({ "Comment": number.to_string(), "StartAt": "S", "States": { "S": { "Type": "Succeed" } } });
                let text = pipeline.to_string();
                let digest = Digest::of(text.as_bytes());
                store.set(&crate::project::definition_key(&digest), text.as_bytes()).unwrap();
                digest
            })
            .collect();
        let first = load(&store, &digests[0]).unwrap();
        for digest in &digests[1..MAX_KEPT] {
            load(&store, digest).unwrap();
        }
        assert!(Arc::ptr_eq(&first, &load(&store, &digests[0]).unwrap()));
        let second = load(&store, &digests[1]).unwrap();
        load(&store, &digests[MAX_KEPT]).unwrap();
        assert!(Arc::ptr_eq(&first, &load(&store, &digests[0]).unwrap()));
        assert!(Arc::ptr_eq(&second, &load(&store, &digests[1]).unwrap()));
        store.delete(&crate::project::definition_key(&digests[2])).unwrap();
        assert!(load(&store, &digests[2]).is_err(), "it was used least, and is kept");
    }
}
