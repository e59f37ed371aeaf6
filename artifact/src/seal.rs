//! Secrets at rest: sealed under a key derived from the master key, bound to what they belong to.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};

use crate::key::{KeyError, derive_key};

/// The length of a nonce, in bytes: long enough to be drawn at random for each secret.
pub const NONCE_BYTES: usize = 24;
/// By how many bytes what is sealed is longer than what is not.
pub const OVERHEAD_BYTES: usize = 1 + NONCE_BYTES + 16;

/// The first byte of everything sealed: the version of the format.
const VERSION: u8 = 1;
/// The label of the key that seals.
const LABEL: &str = "seal";

/// Why something cannot be sealed or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It is too short, or of another version.
    #[error("the sealed value of `{0}` is malformed")]
    Malformed(String),
    /// It was sealed under another master key, for another label, or changed.
    #[error(
        "the sealed value of `{0}` cannot be opened: hint: variable `master_key` has changed since it was stored; store it again"
    )]
    CannotOpen(String),
    /// The plaintext is larger than the cipher takes.
    #[error("the value of `{0}` is too large to be sealed")]
    TooLarge(String),
    /// There is no master key.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Seals a value by XChaCha20-Poly1305 under the key derived from the master key by the label `seal`.
///
/// `label` says what the value is (`project/docs/secret/TOKEN`): it is authenticated, so that no sealed
/// value can be passed off as another. The nonce must never be used twice: draw it at random. The
/// result is one byte of version, the nonce, and the ciphertext with its code.
pub fn seal(
    master_key: &str,
    label: &str,
    nonce: [u8; NONCE_BYTES],
    plaintext: &[u8],
) -> Result<Vec<u8>, SealError> {
    let payload = Payload { msg: plaintext, aad: label.as_bytes() };
    let ciphertext = cipher(master_key)?
        .encrypt(&XNonce::from(nonce), payload)
        .map_err(|_| SealError::TooLarge(label.to_owned()))?;
    let mut sealed = Vec::with_capacity(1 + NONCE_BYTES + ciphertext.len());
    sealed.push(VERSION);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(&ciphertext);
    Ok(sealed)
}

/// Opens what [`seal`] sealed under the same master key and label.
pub fn open(master_key: &str, label: &str, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
    let malformed = || SealError::Malformed(label.to_owned());
    let body = sealed.strip_prefix(&[VERSION]).ok_or_else(malformed)?;
    let (nonce, ciphertext) = body.split_first_chunk::<NONCE_BYTES>().ok_or_else(malformed)?;
    let payload = Payload { msg: ciphertext, aad: label.as_bytes() };
    cipher(master_key)?
        .decrypt(&XNonce::from(*nonce), payload)
        .map_err(|_| SealError::CannotOpen(label.to_owned()))
}

fn cipher(master_key: &str) -> Result<XChaCha20Poly1305, KeyError> {
    Ok(XChaCha20Poly1305::new(&derive_key(master_key, LABEL)?.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASTER: &str = "0123456789abcdef0123456789abcdef";
    const LABEL: &str = "project/docs/secret/TOKEN";

    #[test]
    fn opens_what_it_seals() {
        for plaintext in [&b""[..], b"hunter2", &[0; 10_000]] {
            let sealed = seal(MASTER, LABEL, [7; 24], plaintext).unwrap();
            assert_eq!(sealed.len(), plaintext.len() + OVERHEAD_BYTES);
            assert_eq!(open(MASTER, LABEL, &sealed), Ok(plaintext.to_vec()));
        }
    }

    #[test]
    fn what_was_changed_does_not_open() {
        let sealed = seal(MASTER, LABEL, [7; 24], b"hunter2").unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(open(MASTER, LABEL, &changed).is_err(), "{at}");
            assert!(open(MASTER, LABEL, &sealed[..at]).is_err(), "{at}");
        }
        let cannot = Err(SealError::CannotOpen("project/docs/secret/OTHER".into()));
        assert_eq!(open(MASTER, "project/docs/secret/OTHER", &sealed), cannot);
        let cannot = Err(SealError::CannotOpen(LABEL.into()));
        assert_eq!(open(&MASTER.replace('0', "9"), LABEL, &sealed), cannot);
        assert_eq!(open("", LABEL, &sealed), Err(SealError::Key(KeyError::Missing)));
        assert_eq!(open(MASTER, LABEL, b""), Err(SealError::Malformed(LABEL.into())));
    }
}
