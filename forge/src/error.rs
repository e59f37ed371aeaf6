//! Why a delivery is refused, with the status to answer.

use crate::{Forge, MAX_BODY_BYTES};

/// Why a delivery is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nothing was signed, or nothing that is known.
    #[error("the delivery has no signature: header `{expected}` is missing")]
    MissingSignature {
        /// The header, or headers, that would have it.
        expected: &'static str,
    },
    /// The signature is of another body, or by another secret.
    #[error("the signature in header `{header}` is wrong")]
    WrongSignature {
        /// The header that has it.
        header: &'static str,
    },
    /// The project has no secret to verify with.
    #[error("the project has no webhook secret")]
    NoSecret,
    /// The body isn't what this host sends.
    #[error("the {forge} delivery is malformed: {problem}")]
    Malformed {
        /// Who sent it.
        forge: Forge,
        /// What is wrong with it.
        problem: String,
    },
    /// The body is too long.
    #[error("the delivery has {bytes} bytes, more than MAX_BODY_BYTES, {MAX_BODY_BYTES} bytes")]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
}

impl Error {
    /// The HTTP status to answer.
    pub fn status(&self) -> u16 {
        match self {
            Self::MissingSignature { .. } | Self::WrongSignature { .. } => 401,
            Self::NoSecret => 403,
            Self::Malformed { .. } => 400,
            Self::TooLarge { .. } => 413,
        }
    }

    /// A name for programs: `wrong_signature`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MissingSignature { .. } => "missing_signature",
            Self::WrongSignature { .. } => "wrong_signature",
            Self::NoSecret => "no_webhook_secret",
            Self::Malformed { .. } => "malformed_delivery",
            Self::TooLarge { .. } => "delivery_too_large",
        }
    }

    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::MissingSignature { .. } => Some("give the webhook the project's secret, on the git host"),
            Self::WrongSignature { .. } => Some("the webhook's secret on the git host is not the project's"),
            Self::NoSecret => {
                Some("give the project a `webhook_secret`, and the webhook on the git host the same")
            }
            Self::Malformed { .. } | Self::TooLarge { .. } => None,
        }
    }
}
