//! The commit: found behind tags, and told of.

use gix_date::time::format::ISO8601_STRICT;
use gix_hash::{Kind as Hash, ObjectId};
use gix_object::bstr::ByteSlice;
use gix_object::{CommitRef, Kind, TagRef};
use serde::Serialize;

use crate::error::{Error, quoted};
use crate::limits::MAX_TAG_DEPTH;
use crate::objects::Objects;

const HASH: Hash = Hash::Sha1;

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Commit {
    /// Its id.
    pub id: ObjectId,
    /// The tree of its files.
    pub tree: ObjectId,
    /// Who wrote it.
    pub author: Author,
    /// The first line of its message, at most `MAX_QUOTED_CHARS` characters.
    pub subject: String,
    /// When it was committed: `2026-08-17T21:43:13+02:00`.
    pub committed_at: String,
}

/// Who wrote a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Author {
    /// Name.
    pub name: String,
    /// Address.
    pub email: String,
}

impl Commit {
    /// The commit at `id`, or behind the annotated tag at `id`.
    pub(crate) fn read(objects: &mut Objects, id: ObjectId) -> Result<Self, Error> {
        let mut target = id;
        for _ in 0..=MAX_TAG_DEPTH {
            let (kind, bytes) = objects.read(&target)?;
            match kind {
                Kind::Commit => return Self::parse(target, &bytes),
                Kind::Tag => {
                    let tag = TagRef::from_bytes(&bytes, HASH)
                        .map_err(|error| Error::corrupt(&format!("tag {target}"), &error))?;
                    target = tag.target();
                }
                Kind::Tree | Kind::Blob => {
                    return Err(Error::InvalidParameter {
                        name: if target == id { "commit" } else { "ref" },
                        problem: format!("{target} is a {kind}, not a commit"),
                        hint: None,
                    });
                }
            }
        }
        Err(Error::too_large("a chain of tags", "MAX_TAG_DEPTH", MAX_TAG_DEPTH.to_string()))
    }

    fn parse(id: ObjectId, bytes: &[u8]) -> Result<Self, Error> {
        let corrupt = |error: &dyn std::fmt::Display| Error::corrupt(&format!("commit {id}"), error);
        let commit = CommitRef::from_bytes(bytes, HASH).map_err(|error| corrupt(&error))?;
        let author = commit.author().map_err(|error| corrupt(&error))?;
        let time = commit.time().map_err(|error| corrupt(&error))?;
        Ok(Self {
            id,
            tree: commit.tree(),
            author: Author { name: quoted(author.name), email: quoted(author.email) },
            subject: quoted(commit.message().title.lines().next().unwrap_or_default()),
            committed_at: time.format_or_unix(ISO8601_STRICT),
        })
    }
}
