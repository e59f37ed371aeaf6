use ed25519_dalek::pkcs8::DecodePrivateKey;
use ed25519_dalek::pkcs8::spki::{DecodePublicKey, EncodePublicKey};
use ed25519_dalek::{Signature, Signer};

use crate::Digest;

/// A key that signs. Its bytes are wiped when it is dropped.
pub struct SigningKey(ed25519_dalek::SigningKey);

/// A key that verifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(ed25519_dalek::VerifyingKey);

/// The text is not the key that it should be. It is never shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// Not a private key.
    #[error(
        "it is not an ed25519 private key in PEM (PKCS#8): hint: `openssl genpkey -algorithm ed25519` makes one"
    )]
    Private,
    /// Not a public key.
    #[error("it is not an ed25519 public key in PEM: hint: `openssl pkey -in KEY -pubout` writes one")]
    Public,
    /// A private key where a public one is wanted.
    #[error("it is a private key: hint: `openssl pkey -in KEY -pubout` writes its public key")]
    PrivateGiven,
}

impl SigningKey {
    /// Reads PEM: `-----BEGIN PRIVATE KEY-----`.
    pub fn from_pem(text: &str) -> Result<Self, InvalidKey> {
        let key = ed25519_dalek::SigningKey::from_pkcs8_pem(text.trim()).map_err(|_| InvalidKey::Private)?;
        Ok(Self(key))
    }

    /// The key that verifies what this one signs.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.public().id())
    }
}

impl PublicKey {
    /// Reads PEM: `-----BEGIN PUBLIC KEY-----`.
    pub fn from_pem(text: &str) -> Result<Self, InvalidKey> {
        if text.contains("PRIVATE KEY-----") {
            return Err(InvalidKey::PrivateGiven);
        }
        let key = ed25519_dalek::VerifyingKey::from_public_key_pem(text.trim());
        key.map(Self).map_err(|_| InvalidKey::Public)
    }

    /// The key's name: SHA-256 of its `SubjectPublicKeyInfo` in DER, as hexadecimal digits.
    pub fn id(&self) -> String {
        let der = self.0.to_public_key_der().expect("an ed25519 key has 32 bytes, which DER can say");
        Digest::of(der.as_bytes()).hex()
    }

    /// Whether this key's owner signed the message.
    pub(super) fn accepts(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.0.verify_strict(message, &signature).is_ok())
    }
}
