//! What a delivery says, whatever host sent it.

use std::fmt;

use serde::Serialize;

use crate::{Error, MAX_MESSAGE_BYTES, MAX_TEXT_BYTES};

/// What a host has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// References changed: one, except that Bitbucket tells of several at once. Never empty.
    Push(Vec<Push>),
    /// The host tries whether it is heard.
    Ping,
    /// Something else happened, or a push changed no branch, tag or other reference.
    Ignored {
        /// The event, by the host's name for it.
        event: String,
    },
}

/// A reference that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Push {
    /// Who sent it.
    pub forge: Forge,
    /// The delivery's id, by which one that comes twice is known.
    pub delivery: Option<String>,
    /// The repository's URL over HTTP, without credentials. The generic form may leave it out.
    pub repository: Option<String>,
    /// The full name: `refs/heads/main`.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The branch, if the reference is one.
    pub branch: Option<String>,
    /// The tag, if the reference is one.
    pub tag: Option<String>,
    /// What the reference points at now: a commit or an annotated tag. `None` where it was deleted.
    pub commit: Option<String>,
    /// What it pointed at before. `None` where it is new, or the host doesn't say.
    pub before: Option<String>,
    /// Whether the reference is new. The generic form may not say: `false`.
    pub created: bool,
    /// Whether the reference is gone: there is nothing to build.
    pub deleted: bool,
    /// Whether history was rewritten. Gitea, Forgejo, Gogs and GitLab don't say: `false`.
    pub forced: bool,
    /// Who pushed.
    pub pusher: Option<String>,
    /// The commit's message.
    pub message: Option<String>,
}

/// Kinds of hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Forge {
    /// GitHub, also Enterprise Server.
    GitHub,
    /// GitLab.
    GitLab,
    /// Gitea.
    Gitea,
    /// Forgejo.
    Forgejo,
    /// Gogs.
    Gogs,
    /// Bitbucket Cloud.
    Bitbucket,
    /// Anything that sends Ropewalk's own form: a hook of a bare repository, a script.
    Generic,
}

impl Forge {
    /// The header that names the event.
    pub(crate) fn event_header(self) -> Option<&'static str> {
        Some(match self {
            Self::GitHub => "x-github-event",
            Self::GitLab => "x-gitlab-event",
            Self::Gitea => "x-gitea-event",
            Self::Forgejo => "x-forgejo-event",
            Self::Gogs => "x-gogs-event",
            Self::Bitbucket => "x-event-key",
            Self::Generic => return None,
        })
    }

    /// The header that has the delivery's id.
    pub(crate) fn delivery_header(self) -> &'static str {
        match self {
            Self::GitHub => "x-github-delivery",
            Self::GitLab => "x-gitlab-event-uuid",
            Self::Gitea => "x-gitea-delivery",
            Self::Forgejo => "x-forgejo-delivery",
            Self::Gogs => "x-gogs-delivery",
            Self::Bitbucket => "x-request-uuid",
            Self::Generic => "x-ropewalk-delivery",
        }
    }
}

impl fmt::Display for Forge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GitHub => "GitHub",
            Self::GitLab => "GitLab",
            Self::Gitea => "Gitea",
            Self::Forgejo => "Forgejo",
            Self::Gogs => "Gogs",
            Self::Bitbucket => "Bitbucket",
            Self::Generic => "generic",
        })
    }
}

/// A change as a host words it, not yet checked.
#[derive(Debug, Default)]
pub(crate) struct Change {
    pub(crate) delivery: Option<String>,
    pub(crate) repository: Option<String>,
    pub(crate) reference: String,
    /// Ids: zeros, or nothing, for what isn't there.
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    pub(crate) forced: bool,
    pub(crate) pusher: Option<String>,
    pub(crate) message: Option<String>,
}

impl Change {
    /// Checks what will be used, and cuts what may be long.
    pub(crate) fn check(self, forge: Forge) -> Result<Push, Error> {
        let malformed = |problem: String| Error::Malformed { forge, problem };
        let reference = self.reference;
        let name = reference.strip_prefix("refs/").unwrap_or_default();
        if name.is_empty() || name.contains(|c: char| c.is_control() || c.is_whitespace()) {
            return Err(malformed(format!(
                "`ref` is `{}`, not the full name of a reference",
                reference.escape_debug()
            )));
        }
        let texts =
            [Some(&reference), self.repository.as_ref(), self.pusher.as_ref(), self.delivery.as_ref()];
        if texts.into_iter().flatten().any(|text| text.len() > MAX_TEXT_BYTES) {
            return Err(malformed(format!(
                "a name or a URL is longer than MAX_TEXT_BYTES, {MAX_TEXT_BYTES} bytes"
            )));
        }
        let id = |member: &str, id: Option<String>| match id {
            Some(id) if !is_id(&id) => Err(malformed(format!(
                "`{member}` is `{}`, not the full id of a commit",
                cut(&id, 80).escape_debug()
            ))),
            id => Ok(id.filter(|id| id.bytes().any(|digit| digit != b'0')).map(|id| id.to_ascii_lowercase())),
        };
        let commit = id(if forge == Forge::Generic { "commit" } else { "after" }, self.after)?;
        let is_from_nothing = self.before.is_some();
        let before = id("before", self.before)?;
        Ok(Push {
            forge,
            delivery: self.delivery,
            repository: self.repository,
            branch: name.strip_prefix("heads/").map(str::to_owned),
            tag: name.strip_prefix("tags/").map(str::to_owned),
            created: is_from_nothing && before.is_none() && commit.is_some(),
            deleted: commit.is_none(),
            forced: self.forced,
            commit,
            before,
            pusher: self.pusher,
            message: self.message.map(|message| cut(message.trim_end(), MAX_MESSAGE_BYTES).to_owned()),
            reference,
        })
    }
}

/// SHA-1 or SHA-256, in full.
fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|digit| digit.is_ascii_hexdigit())
}

/// The beginning of a text, at most so many bytes.
fn cut(text: &str, max_bytes: usize) -> &str {
    &text[..text.floor_char_boundary(max_bytes)]
}
