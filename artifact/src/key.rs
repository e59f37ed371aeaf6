//! Keys derived from the master key, one for each use.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The shortest master key, in bytes.
pub const MIN_MASTER_KEY_BYTES: usize = 32;

/// The master key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is empty.
    #[error("variable `master_key` is not set")]
    Missing,
    /// It is shorter than [`MIN_MASTER_KEY_BYTES`].
    #[error("variable `master_key` has {0} characters: at least {MIN_MASTER_KEY_BYTES} are needed")]
    TooShort(usize),
}

/// The key for one use: HMAC-SHA256 of the label under the master key. Whoever learns it learns
/// neither the master key nor a key of another label.
pub fn derive_key(master: &str, label: &str) -> Result<[u8; 32], KeyError> {
    match master.len() {
        0 => Err(KeyError::Missing),
        length if length < MIN_MASTER_KEY_BYTES => Err(KeyError::TooShort(length)),
        _ => Ok(hmac(master.as_bytes(), label.as_bytes()).finalize().into_bytes().into()),
    }
}

/// HMAC-SHA256 over a message, not yet finished: to make a code or to verify one in constant time.
pub(crate) fn hmac(key: &[u8], message: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(message);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_differ_by_master_and_label() {
        let (one, other) = ("m".repeat(32), "n".repeat(32));
        assert_eq!(derive_key(&one, "a"), derive_key(&one, "a"));
        assert_ne!(derive_key(&one, "a"), derive_key(&one, "b"));
        assert_ne!(derive_key(&one, "a"), derive_key(&other, "a"));
    }

    #[test]
    fn weak_master_keys_are_refused() {
        assert_eq!(derive_key("", "a"), Err(KeyError::Missing));
        assert_eq!(derive_key("short", "a"), Err(KeyError::TooShort(5)));
    }
}
