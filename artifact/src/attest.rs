//! Attestations: signed statements about what was made, and how.
//!
//! A statement is an in-toto Statement v1 with SLSA provenance v1 as its predicate. It is signed as a DSSE envelope, by
//! ed25519. Keys are PEM: PKCS#8 and `SubjectPublicKeyInfo`, as `openssl genpkey -algorithm ed25519` and
//! `openssl pkey -pubout` write them.

mod envelope;
mod key;
mod statement;
mod target;

pub use envelope::{Envelope, MAX_ENVELOPE_BYTES, PAYLOAD_TYPE, Signature};
pub use key::{InvalidKey, PublicKey, SigningKey};
pub use statement::{
    BUILD_TYPE, BuildDefinition, Builder, Metadata, PROVENANCE, Provenance, Resource, RunDetails, STATEMENT,
    Statement, TREE_DIGEST,
};
pub use target::Target;

/// Why an attestation is not to be believed, or cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttestError {
    /// It is no DSSE envelope.
    #[error("the attestation is not a DSSE envelope: {0}")]
    NotAnEnvelope(String),
    /// It is larger than [`MAX_ENVELOPE_BYTES`].
    #[error("the attestation has more than {MAX_ENVELOPE_BYTES} bytes")]
    TooLarge,
    /// What is signed is no in-toto statement.
    #[error("the attestation's payload is of type `{0}`, not `{PAYLOAD_TYPE}`")]
    PayloadType(String),
    /// Nobody signed it.
    #[error("the attestation has no signature")]
    Unsigned,
    /// It was signed by other keys.
    #[error(
        "the attestation was signed by key {signed_by}, not by {given}: hint: give the public key of whoever signed it"
    )]
    WrongKey {
        /// The ids of the keys that it names.
        signed_by: String,
        /// The id of the key that was given.
        given: String,
    },
    /// It, or its signature, is not what was signed.
    #[error("the signature is wrong: the statement was altered after it was signed")]
    Altered,
    /// It is no statement, or not by the rules.
    #[error("what was signed is not an in-toto statement with provenance: {0}")]
    NotAStatement(String),
    /// It is a statement of another version.
    #[error("the statement is of type `{0}`, not `{STATEMENT}`")]
    StatementType(String),
    /// It says something else than how things were made.
    #[error("the statement's predicate is `{0}`, not `{PROVENANCE}`")]
    UnknownPredicate(String),
    /// It is about other things.
    #[error("{shown} ({digest}) is not what was attested: the statement is about {subjects}")]
    NotASubject {
        /// What was to be verified.
        shown: String,
        /// Its digest.
        digest: String,
        /// The names of what the statement is about.
        subjects: String,
    },
}

#[cfg(test)]
mod tests;
