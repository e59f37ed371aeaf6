use super::{AttestError, Resource, Statement, TREE_DIGEST};
use crate::{Digest, Tree};

/// So many names of subjects are told.
const MAX_NAMES_SHOWN: usize = 5;

/// What is held against a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    shown: String,
    digest: Digest,
    /// Algorithms by which a subject may be named so.
    algorithms: &'static [&'static str],
}

impl Target {
    /// A file, by what is in it.
    pub fn file(name: &str, contents: &[u8]) -> Self {
        Self { shown: format!("file `{name}`"), digest: Digest::of(contents), algorithms: &["sha256"] }
    }

    /// A folder: a whole artifact, no more and no less.
    pub fn folder(name: &str, tree: &Tree) -> Self {
        Self { shown: format!("folder `{name}`"), digest: tree.digest(), algorithms: &[TREE_DIGEST] }
    }

    /// Something of this digest: a file, an image's manifest, or an artifact.
    pub fn digest(digest: Digest) -> Self {
        Self { shown: "what is named".to_owned(), digest, algorithms: &["sha256", TREE_DIGEST] }
    }

    /// The subject of the statement that is this.
    pub fn find<'a>(&self, statement: &'a Statement) -> Result<&'a Resource, AttestError> {
        let hex = self.digest.hex();
        let is_this = |subject: &&Resource| {
            self.algorithms.iter().any(|algorithm| subject.digest.get(*algorithm) == Some(&hex))
        };
        statement.subject.iter().find(is_this).ok_or_else(|| {
            let names = statement.subject.iter().filter_map(|subject| subject.name.as_deref());
            let mut shown: Vec<String> =
                names.take(MAX_NAMES_SHOWN).map(|name| format!("`{name}`")).collect();
            match statement.subject.len().saturating_sub(shown.len()) {
                0 if shown.is_empty() => shown.push("nothing".to_owned()),
                0 => {}
                more => shown.push(format!("{more} more")),
            }
            AttestError::NotASubject {
                shown: self.shown.clone(),
                digest: self.digest.to_string(),
                subjects: shown.join(", "),
            }
        })
    }
}
