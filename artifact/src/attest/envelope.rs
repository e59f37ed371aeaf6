use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde::{Deserialize, Serialize};

use super::{AttestError, PublicKey, SigningKey, Statement};

/// What is in an envelope: an in-toto statement.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// The largest envelope, in bytes.
pub const MAX_ENVELOPE_BYTES: usize = 16 << 20;
/// Most signatures that are looked at.
const MAX_SIGNATURES: usize = 64;

/// A DSSE envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// What the payload is: [`PAYLOAD_TYPE`].
    pub payload_type: String,
    /// Base64.
    pub payload: String,
    /// Who signed it.
    pub signatures: Vec<Signature>,
}

/// A signature of an envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The key's name, which nothing vouches for.
    #[serde(default)]
    pub keyid: String,
    /// Base64.
    pub sig: String,
}

impl Envelope {
    /// Signs a statement. The same statement and key give the same envelope.
    pub fn sign(statement: &Statement, key: &SigningKey) -> Result<Self, AttestError> {
        let payload =
            serde_json::to_vec(statement).map_err(|error| AttestError::NotAStatement(error.to_string()))?;
        let signature = key.sign(&encoded(PAYLOAD_TYPE, &payload));
        Ok(Self {
            payload_type: PAYLOAD_TYPE.to_owned(),
            payload: STANDARD.encode(payload),
            signatures: vec![Signature { keyid: key.public().id(), sig: STANDARD.encode(signature) }],
        })
    }

    /// Reads an envelope. Nothing of it is to be believed yet.
    pub fn read(text: &[u8]) -> Result<Self, AttestError> {
        if text.len() > MAX_ENVELOPE_BYTES {
            return Err(AttestError::TooLarge);
        }
        serde_json::from_slice(text).map_err(|error| AttestError::NotAnEnvelope(error.to_string()))
    }

    /// The envelope on one line.
    pub fn write(&self) -> Result<Vec<u8>, AttestError> {
        let mut text =
            serde_json::to_vec(self).map_err(|error| AttestError::NotAnEnvelope(error.to_string()))?;
        text.push(b'\n');
        Ok(text)
    }

    /// What the owner of this key signed. Nothing of the payload is read before its signature was found right.
    pub fn open(&self, key: &PublicKey) -> Result<Statement, AttestError> {
        if self.payload_type != PAYLOAD_TYPE {
            return Err(AttestError::PayloadType(self.payload_type.clone()));
        }
        let payload = decode(&self.payload)?;
        let message = encoded(&self.payload_type, &payload);
        if self.signatures.is_empty() {
            return Err(AttestError::Unsigned);
        }
        let signatures = || self.signatures.iter().take(MAX_SIGNATURES);
        let mut accepted = false;
        for signature in signatures() {
            accepted |= key.accepts(&message, &decode(&signature.sig)?);
        }
        if !accepted {
            let given = key.id();
            let named: Vec<&str> =
                signatures().map(|signature| signature.keyid.as_str()).filter(|id| !id.is_empty()).collect();
            if named.is_empty() || named.contains(&given.as_str()) {
                return Err(AttestError::Altered);
            }
            return Err(AttestError::WrongKey { signed_by: named.join(", "), given });
        }
        Statement::read(&payload)
    }
}

/// DSSE's pre-authentication encoding: what is signed.
fn encoded(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

/// Envelopes may have either alphabet.
fn decode(text: &str) -> Result<Vec<u8>, AttestError> {
    STANDARD
        .decode(text)
        .or_else(|_| URL_SAFE.decode(text))
        .map_err(|error| AttestError::NotAnEnvelope(format!("it is not base64: {error}")))
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_signed_is_as_the_specification_has_it() {
        let expected: &[u8] = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world";
        assert_eq!(super::encoded("http://example.com/HelloWorld", b"hello world"), expected);
    }
}
