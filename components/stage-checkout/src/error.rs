//! Why there is no checkout: the error's name for Retry and Catch, the cause, and a hint.

use std::io;

use ropewalk_stage::Failure;
use ropewalk_stage::outbound;

use crate::limits::MAX_QUOTED_CHARS;

/// Why a commit isn't checked out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A parameter is malformed, or contradicts another one.
    #[error("parameter `{name}`: {problem}")]
    InvalidParameter {
        /// The parameter.
        name: &'static str,
        /// What is wrong with it.
        problem: String,
        /// What would be right.
        hint: Option<String>,
    },
    /// The secret that `token_secret` names isn't given to this stage, or is no token.
    #[error("secret `{name}` {problem}")]
    UnusableSecret {
        /// The secret's name.
        name: String,
        /// What is wrong with it. Never its value.
        problem: &'static str,
    },
    /// The component may not call this host.
    #[error("host `{host}` is not among the component's `allowed_outbound_hosts`")]
    HostNotAllowed {
        /// The host.
        host: String,
    },
    /// No answer, or one that says to come again later.
    #[error("no answer from `{url}`: {cause}")]
    Unreachable {
        /// Where the request went.
        url: String,
        /// What happened.
        cause: String,
    },
    /// The server wants credentials, or other ones.
    #[error("`{url}` {problem}")]
    AuthenticationFailed {
        /// The repository.
        url: String,
        /// What the server does.
        problem: String,
        /// What to do.
        hint: &'static str,
    },
    /// There is no git repository that the smart protocol can read.
    #[error("`{url}` is not a git repository: {cause}")]
    NotARepository {
        /// The repository.
        url: String,
        /// What was there instead.
        cause: String,
    },
    /// No reference of this name.
    #[error("`{url}` has no {wanted}")]
    UnknownRef {
        /// The repository.
        url: String,
        /// What was wanted, for a person: "branch `x`".
        wanted: String,
        /// Branches that are there.
        known: Vec<String>,
    },
    /// The server doesn't give this commit.
    #[error("`{url}` does not give commit {commit}: {cause}")]
    UnknownCommit {
        /// The repository.
        url: String,
        /// The commit's id.
        commit: String,
        /// What the server says, and what else was tried.
        cause: String,
    },
    /// A limit is reached.
    #[error("{what} is larger than {limit}, {max}")]
    TooLarge {
        /// What is.
        what: String,
        /// The limit's name.
        limit: &'static str,
        /// The limit, with its unit.
        max: String,
    },
    /// The pack isn't what git would send.
    #[error("the pack is corrupt: {0}")]
    CorruptPack(String),
    /// The answer isn't what git would send.
    #[error("`{url}` answers what is not git's protocol: {cause}")]
    BadAnswer {
        /// Where the request went.
        url: String,
        /// What is wrong with the answer.
        cause: String,
    },
    /// The server reports an error of its own.
    #[error("`{url}` refuses: {message}")]
    Refused {
        /// The repository.
        url: String,
        /// The server's words.
        message: String,
    },
    /// A kind of repository or server that can't be read yet.
    #[error("`{url}` {what}")]
    Unsupported {
        /// The repository.
        url: String,
        /// What it needs.
        what: String,
    },
    /// A path that must not be written.
    #[error("path `{path}` is not safe: {cause}")]
    UnsafePath {
        /// The path.
        path: String,
        /// Why.
        cause: String,
    },
    /// Something that can't be checked out, where a parameter says that this is a failure.
    #[error("{what}")]
    LeftOut {
        /// The error's name.
        name: &'static str,
        /// What, and where.
        what: String,
        /// The parameter that says so.
        parameter: &'static str,
    },
    /// A file can't be written.
    #[error("failed to write `{path}`: {source}")]
    Write {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
}

impl Error {
    /// The error's name, on which Retry and Catch act.
    pub fn name(&self) -> &'static str {
        match self {
            Self::InvalidParameter { .. } => "Checkout.InvalidParameter",
            Self::UnusableSecret { .. } => "Checkout.UnusableSecret",
            Self::HostNotAllowed { .. } => "Checkout.HostNotAllowed",
            Self::Unreachable { .. } => "Checkout.Unreachable",
            Self::AuthenticationFailed { .. } => "Checkout.AuthenticationFailed",
            Self::NotARepository { .. } => "Checkout.NotARepository",
            Self::UnknownRef { .. } => "Checkout.UnknownRef",
            Self::UnknownCommit { .. } => "Checkout.UnknownCommit",
            Self::TooLarge { .. } => "Checkout.TooLarge",
            Self::CorruptPack(_) => "Checkout.CorruptPack",
            Self::BadAnswer { .. } => "Checkout.BadAnswer",
            Self::Refused { .. } => "Checkout.Refused",
            Self::Unsupported { .. } => "Checkout.Unsupported",
            Self::UnsafePath { .. } => "Checkout.UnsafePath",
            Self::LeftOut { name, .. } => name,
            Self::Write { source, .. } if source.kind() == io::ErrorKind::StorageFull => "Checkout.TooLarge",
            Self::Write { .. } => "Checkout.WriteFailed",
        }
    }

    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::InvalidParameter { hint, .. } => hint.clone(),
            Self::UnusableSecret { .. } => Some(
                "give the project a secret of this name that holds an access token, on one line".to_owned(),
            ),
            Self::HostNotAllowed { .. } => {
                Some("add it to `allowed_outbound_hosts` of `stage-checkout` in spin.toml".to_owned())
            }
            Self::AuthenticationFailed { hint, .. } => Some((*hint).to_owned()),
            Self::NotARepository { .. } => Some(
                "give the URL that `git clone` takes over HTTP; some hosts want `.git` at its end".to_owned(),
            ),
            Self::UnknownRef { known, .. } if !known.is_empty() => {
                Some(format!("it has {}", quoted_list(known)))
            }
            Self::UnknownCommit { .. } => Some(
                "a forced push or a deleted branch may have left it behind: run the newest commit".to_owned(),
            ),
            Self::TooLarge { .. } => {
                Some("keep large files out of the repository, in Git LFS or as packages".to_owned())
            }
            Self::LeftOut { parameter, .. } => {
                Some(format!("with `{parameter}: \"report\"` it is left out, and reported"))
            }
            _ => None,
        }
    }

    /// A limit that is reached.
    pub(crate) fn too_large(what: impl Into<String>, limit: &'static str, max: impl Into<String>) -> Self {
        Self::TooLarge { what: what.into(), limit, max: max.into() }
    }

    /// What the gitoxide crates find wrong with a pack or an object in it.
    pub(crate) fn corrupt(what: &str, cause: &dyn std::fmt::Display) -> Self {
        Self::CorruptPack(format!("{what}: {}", sentence(&cause.to_string())))
    }

    /// A request to `url` that got no answer.
    pub(crate) fn transport(
        url: &str,
        error: outbound::Error,
        max_body_bytes: u64,
        limit: &'static str,
    ) -> Self {
        match error {
            outbound::Error::Forbidden(host) => Self::HostNotAllowed { host },
            outbound::Error::TooLarge => {
                Self::too_large(format!("the answer of `{url}`"), limit, format!("{max_body_bytes} bytes"))
            }
            outbound::Error::Invalid(problem) => {
                Self::InvalidParameter { name: "repository", problem, hint: None }
            }
            other => Self::Unreachable { url: url.to_owned(), cause: other.to_string() },
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error.hint() {
            Some(hint) => Self::new(error.name(), format!("{error}; hint: {hint}")),
            None => Self::new(error.name(), &error),
        }
    }
}

/// Names in backquotes, with commas between them.
fn quoted_list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Another one's words, made fit for a sentence of ours: one line, no capital at its beginning, no full stop.
fn sentence(text: &str) -> String {
    let text = quoted(text.as_bytes());
    let text = text.trim_end_matches('.');
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(first), Some(second)) if first.is_uppercase() && !second.is_uppercase() => {
            first.to_lowercase().chain(text.chars().skip(1)).collect()
        }
        _ => text.to_owned(),
    }
}

/// A server's words, safe to repeat: text, one line, at most [`MAX_QUOTED_CHARS`].
pub(crate) fn quoted(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let one_line = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut short: String = one_line.clone().take(MAX_QUOTED_CHARS).collect();
    if one_line.count() > MAX_QUOTED_CHARS {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_name_the_cause_and_the_way_out() {
        let error = Error::UnknownRef {
            url: "https://git.example/site".to_owned(),
            wanted: "branch `mian`".to_owned(),
            known: vec!["main".to_owned(), "next".to_owned()],
        };
        let failure = Failure::from(error);
        assert_eq!(failure.error, "Checkout.UnknownRef");
        assert_eq!(
            failure.cause,
            "`https://git.example/site` has no branch `mian`; hint: it has `main`, `next`"
        );
    }

    #[test]
    fn words_of_others_stay_on_one_line() {
        assert_eq!(quoted(b" not our ref\n\x1b[31mabc\n"), "not our ref  [31mabc");
        assert_eq!(quoted(&[b'x'; 1000]).chars().count(), MAX_QUOTED_CHARS + 1);
        assert_eq!(sentence("Pack entry is truncated."), "pack entry is truncated");
        assert_eq!(sentence("IO failed"), "IO failed");
    }
}
