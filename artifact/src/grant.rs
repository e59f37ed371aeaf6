//! Tokens by which one component lets another act for a run.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::Mac as _;
use serde::{Deserialize, Serialize};

use crate::key::{KeyError, derive_key, hmac};

/// The longest token, in bytes.
pub const MAX_TOKEN_BYTES: usize = 4096;

/// How every token begins: the version of its format.
const VERSION: &str = "rw1";
/// The label of the key that signs tokens.
const LABEL: &str = "grant";

/// What the bearer may do: publish to sites of this project and environment, as this run, for a while.
///
/// The token is `rw1.<claims>.<code>`, both base64url without padding: the claims as JSON, and
/// HMAC-SHA256 of `rw1.<claims>` under the key derived from the master key by the label `grant`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The project's name.
    pub project: String,
    /// The run's id.
    pub run: String,
    /// The environment: `production`.
    pub environment: String,
    /// Seconds since 1970-01-01T00:00:00Z, from which on the grant is void.
    pub expires_at_s: u64,
}

/// Why a token is not accepted, or cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// It has not the form of a token.
    #[error("the grant is malformed")]
    Malformed,
    /// It was signed under another key, or changed.
    #[error("the grant's signature is wrong")]
    WrongSignature,
    /// Its time is over.
    #[error("the grant has expired {0} s ago")]
    Expired(u64),
    /// Its names are too long.
    #[error("the grant would be longer than {MAX_TOKEN_BYTES} bytes")]
    TooLong,
    /// There is no master key to sign or verify with.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl Grant {
    /// The token that says this.
    pub fn sign(&self, master_key: &str) -> Result<String, GrantError> {
        let key = derive_key(master_key, LABEL)?;
        let claims = serde_json::to_vec(self).map_err(|_| GrantError::Malformed)?;
        let signed = format!("{VERSION}.{}", URL_SAFE_NO_PAD.encode(claims));
        let code = hmac(&key, signed.as_bytes()).finalize().into_bytes();
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(code));
        if token.len() > MAX_TOKEN_BYTES {
            return Err(GrantError::TooLong);
        }
        Ok(token)
    }

    /// What the token says, if it was made under this key and holds at `now_s` (seconds since 1970).
    /// The code is compared in constant time, and nothing is parsed before it was found right.
    pub fn verify(token: &str, master_key: &str, now_s: u64) -> Result<Self, GrantError> {
        let key = derive_key(master_key, LABEL)?;
        if token.len() > MAX_TOKEN_BYTES {
            return Err(GrantError::Malformed);
        }
        let (signed, code) = token.rsplit_once('.').ok_or(GrantError::Malformed)?;
        let (version, claims) = signed.split_once('.').ok_or(GrantError::Malformed)?;
        let code = URL_SAFE_NO_PAD.decode(code).map_err(|_| GrantError::Malformed)?;
        if version != VERSION {
            return Err(GrantError::Malformed);
        }
        hmac(&key, signed.as_bytes()).verify_slice(&code).map_err(|_| GrantError::WrongSignature)?;
        let claims = URL_SAFE_NO_PAD.decode(claims).map_err(|_| GrantError::Malformed)?;
        let grant: Self = serde_json::from_slice(&claims).map_err(|_| GrantError::Malformed)?;
        if now_s >= grant.expires_at_s {
            return Err(GrantError::Expired(now_s - grant.expires_at_s));
        }
        Ok(grant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASTER: &str = "0123456789abcdef0123456789abcdef";

    fn grant() -> Grant {
        Grant {
            project: "docs".into(),
            run: "r1".into(),
            environment: "production".into(),
            expires_at_s: 1000,
        }
    }

    #[track_caller]
    fn check(token: &str, master: &str, now_s: u64, expected: &Result<Grant, GrantError>) {
        assert_eq!(&Grant::verify(token, master, now_s), expected);
    }

    #[test]
    fn holds_until_it_expires() {
        let token = grant().sign(MASTER).unwrap();
        check(&token, MASTER, 0, &Ok(grant()));
        check(&token, MASTER, 999, &Ok(grant()));
        check(&token, MASTER, 1000, &Err(GrantError::Expired(0)));
        check(&token, MASTER, 1060, &Err(GrantError::Expired(60)));
    }

    #[test]
    fn foreign_and_changed_tokens_are_refused() {
        let token = grant().sign(MASTER).unwrap();
        let other = "another key, of at least 32 characters";
        check(&token, other, 0, &Err(GrantError::WrongSignature));
        check(&token, "", 0, &Err(GrantError::Key(KeyError::Missing)));
        let code = token.rsplit_once('.').unwrap().1;
        let mut forged = grant();
        forged.project = "bank".into();
        let claims = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&forged).unwrap());
        check(&format!("rw1.{claims}.{code}"), MASTER, 0, &Err(GrantError::WrongSignature));
        check(&format!("rw1.{claims}.{}", &code[..40]), MASTER, 0, &Err(GrantError::WrongSignature));
        check(&format!("rw1.{claims}."), MASTER, 0, &Err(GrantError::WrongSignature));
        for malformed in ["", ".", "..", "a.b.c", "rw1", "rw2.e30.AAAA", &"x".repeat(5000)] {
            check(malformed, MASTER, 0, &Err(GrantError::Malformed));
        }
    }

    #[test]
    fn every_changed_character_is_noticed() {
        let token = grant().sign(MASTER).unwrap();
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(Grant::verify(&changed, MASTER, 0).is_err(), "{at}");
        }
    }

    #[test]
    fn a_grant_has_a_limit() {
        let mut long = grant();
        long.run = "r".repeat(4000);
        assert_eq!(long.sign(MASTER), Err(GrantError::TooLong));
    }
}
